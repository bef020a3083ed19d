"""Environments that carry nothing of the caller's AWS identity, proxies or certificates."""

import os

# What a child process may keep of the caller's environment.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")

# What keeps an AWS client away from the machine's own configuration and from the network.
ISOLATED = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "NO_PROXY": "*",
}


def clean(extra=None):
    """The environment of a child process: the kept part, the isolation, and `extra`."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    return environment | ISOLATED | (extra or {})


def isolate_this_process():
    """Makes the clients of the test process itself as isolated as a child's."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.upper().endswith(("_PROXY", "CA_BUNDLE")):
            del os.environ[name]
    os.environ.update(ISOLATED)
