"""What the tests share: a server of their own, clients in a clean environment, tokens, raw requests."""
