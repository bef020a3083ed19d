"""A call that must be refused: with which code, status and text."""

import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


class Refusal:
    """What was answered."""

    code = status = text = request_id = None


@contextmanager
def refused(code, status, text):
    """The calls in the block are refused with exactly this text, or one that a pattern matches."""
    seen = Refusal()
    with pytest.raises(ClientError) as caught:
        yield seen
    response = caught.value.response
    seen.code = response["Error"]["Code"]
    seen.text = response["Error"].get("Message", "")
    seen.status = response["ResponseMetadata"]["HTTPStatusCode"]
    seen.request_id = response["ResponseMetadata"].get("RequestId")
    assert (seen.code, seen.status) == (code, status), f"{seen.code} {seen.status}: {seen.text}"
    check_text(seen.text, text)
    assert seen.request_id, "a refusal names its request id"


def check_text(got, wanted):
    """Compares a text with a text or with a compiled pattern."""
    if isinstance(wanted, re.Pattern):
        assert wanted.fullmatch(got), f"{got!r} does not match {wanted.pattern!r}"
    else:
        assert got == wanted
