"""Names that no other test uses."""

import itertools
import os

_numbers = itertools.count(1)


def fresh(prefix):
    """A name of letters, digits and hyphens."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"
