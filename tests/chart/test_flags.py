"""The binary knows every flag that the chart gives it."""

import os
import subprocess

import pytest

from chart import arguments, rendered
from test_chart import VALUES

IRSA = os.environ.get("IRSA_BIN")


@pytest.mark.skipif(not IRSA, reason="IRSA_BIN is not set")
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("owner", ["irsa-webhook", "irsa-server", "irsa-init"])
def test_flags_are_known(values, owner):
    objects = rendered(values)
    if not [each for each in objects if each["metadata"]["name"].startswith(owner) and "template" in each.get("spec", {})]:
        pytest.skip("not rendered with these values")
    done = subprocess.run(
        [IRSA, *arguments(objects, owner), "--print-config"], capture_output=True, text=True, check=False, timeout=20,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    assert done.returncode == 0, done.stderr
