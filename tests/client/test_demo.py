"""`irsa demo`, and what it tells people to do by hand."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.environment import clean
from support.server import irsa_binary

STEPS = ["issuer", "trust", "token", "allowed", "other-pod", "other-secret", "audit"]
BY_HAND = "The same by hand, with aws and boto3, in an empty directory:\n"


def demo(directory, *arguments):
    return subprocess.run(
        [irsa_binary(), "demo", *arguments], env=clean({"HOME": str(directory), "TMPDIR": str(directory)}),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def test_a_line_for_each_step(tmp_path):
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(r"^(✓|✗) (\w+) +([a-z-]+) ", done.stdout, re.MULTILINE)
    assert lines[:7] == [("✓", "ok", step) for step in STEPS]
    assert "\x1b" not in done.stdout, "no colour when piped"
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def test_in_json(tmp_path):
    done = demo(tmp_path, "-o", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    text = json.dumps(report)
    assert all(step in text for step in STEPS)


@pytest.fixture
def by_hand(tmp_path):
    """Runs the commands that the demo ends with; what they printed."""
    home = tmp_path / "home"
    home.mkdir()
    _, _, script = demo(home).stdout.partition(BY_HAND)
    assert script
    # Nothing is changed but the port, which others may use, and where the commands are found.
    script = script.replace("irsa serve --dev", "irsa serve --dev --listen 127.0.0.1:0")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "irsa").symlink_to(irsa_binary())
    binaries = Path(sys.executable).parent
    script = re.sub(r"^export PATH=.*$", f"export PATH={commands}:{binaries}:$PATH", script, flags=re.MULTILINE)
    work = tmp_path / "work"
    work.mkdir()
    return subprocess.run(
        ["bash", "-c", f"trap 'kill %1 2>/dev/null' EXIT; {script}"], cwd=work,
        env=clean({"HOME": str(home)}), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False)


def test_by_hand(by_hand):
    out, log = by_hand.stdout, by_hand.stderr
    assert '"SecretString": "open-sesame"' in out, log
    assert "\nopen-sesame\n" in out, log
    assert '"SubjectFromWebIdentityToken": "system:serviceaccount:demo:app"' in out
    refusals = re.findall(r"An error occurred \((\w+)\) when calling the (\w+) operation", log)
    assert refusals == [("AccessDenied", "AssumeRoleWithWebIdentity"),
                        ("AccessDeniedException", "GetSecretValue")], log
    assert "StringEquals" in out and "does not hold" in out
    assert "no identity policy allows it" in out
    assert out.count('"EventName": "AssumeRoleWithWebIdentity"') >= 3
    assert "demo/app" in out.splitlines()[-1]
    assert "command not found" not in log and "usage:" not in log.lower(), log
