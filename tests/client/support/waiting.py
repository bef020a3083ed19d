"""Waiting for a condition, never for a time."""

import time


def wait_until(condition, what, seconds=10.0):
    """The first true value of `condition`, asked until `seconds` are over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)
