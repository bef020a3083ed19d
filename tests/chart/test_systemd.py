"""The systemd units: what they say holds together, and their commands run as they say."""

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from support.environment import clean
from unit import PROGRAM, UID, Started, Unit

SYSTEMD = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = {"signer": Unit(SYSTEMD / "irsa-signer.service"), "serve": Unit(SYSTEMD / "irsa.service")}
IRSA = os.environ.get("IRSA_BIN")
# 0 is best, 100 worst.
MOST_EXPOSED = 15
# Published beside the keys of the issuer's other signers: the waits do not matter here.
SIGNER = {"IRSA_SIGNER_ISSUER": "prod", "IRSA_SIGNER_KEY_ALGORITHM": "ES256"}

every = pytest.mark.parametrize("command", UNITS)
needs_irsa = pytest.mark.skipif(not IRSA, reason="IRSA_BIN is not set")
needs_root = pytest.mark.skipif(
    subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0,
    reason="a unit's user and directories need root, and mount namespaces")
needs_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
needs_strace = pytest.mark.skipif(
    not (shutil.which("strace") and shutil.which("systemd-analyze")), reason="no strace, or no systemd-analyze")


def variables_of(command, *, all_of_them):
    """The variables of the example of settings; with those that are commented out, too."""
    text = (SYSTEMD / f"{command}.env").read_text()
    pattern = r"^#?([A-Z_]+)=(.*)$" if all_of_them else r"^([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, text, re.MULTILINE))


@needs_irsa
@needs_analyze
@every
def test_systemd_finds_nothing_wrong(command, tmp_path):
    # It wants the program to be there.
    copy = tmp_path / UNITS[command].path.name
    copy.write_text(UNITS[command].text.replace("/usr/local/bin/irsa", os.path.abspath(IRSA)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, [line for line in done.stderr.splitlines() if copy.name in line]) == (0, [])


@needs_analyze
@every
def test_little_is_exposed(command):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", UNITS[command].path],
        capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


@needs_irsa
@every
def test_flags_and_variables_are_known(command):
    unit = UNITS[command]
    assert unit.command()[:2] == ["/usr/local/bin/irsa", command]
    said = subprocess.run([IRSA, command, "--help"], env=clean(), capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"--[a-z-]+", said))
    assert set(unit.flags()) <= known
    variables = variables_of(command, all_of_them=True)
    prefix = f"IRSA_{command.upper()}_"
    ours = {name for name in variables if name.startswith("IRSA_")}
    assert ours
    for name in ours:
        flag = "--" + name.removeprefix(prefix).lower().replace("_", "-")
        assert name.startswith(prefix) and flag in known, name
        assert flag not in unit.flags(), f"{name} would lose against the unit's own {flag}"
    done = subprocess.run(
        [IRSA, *unit.command()[1:], "--print-config"], env=clean(variables), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    taken = tomllib.loads(done.stdout)[command]
    assert {name for name in ours if f"# {name}" in done.stdout} == ours, taken


@every
def test_paths_hold_together(command):
    unit = UNITS[command]
    directories = unit.directories()
    assert set(directories.values()) == {"0700"}
    paths = [value for value in unit.flags().values() if value.startswith("/")]
    inside = [[place for place in directories if path == place or path.startswith(f"{place}/")] for path in paths]
    assert all(len(places) == 1 for places in inside), paths
    # What seals lies apart from what is sealed, and every directory is there for something.
    assert sorted(place for places in inside for place in places) == sorted(directories)
    assert unit.one("EnvironmentFile") == f"/etc/irsa/{command}.env"
    users = re.findall(r"^u (\S+) ", (SYSTEMD / "sysusers.conf").read_text(), re.MULTILINE)
    assert unit.one("User") == unit.one("Group") and unit.one("User") in users


def test_the_signer_is_there_before_the_api_server_and_again_when_it_ends():
    unit = UNITS["signer"]
    assert "kubelet.service" in unit.one("Before").split()
    assert (unit.one("Restart"), unit.one("StartLimitIntervalSec")) == ("always", "0")
    # Else a static pod that has mounted the directory looks into one that is no more.
    assert unit.one("RuntimeDirectoryPreserve") == "yes"
    # Else user ids of peers are not the host's.
    assert unit.all("DynamicUser") == unit.all("PrivateUsers") == []


def test_the_commands_of_the_readme_name_the_units_places():
    said = (SYSTEMD / "README.md").read_text()
    signer, server = UNITS["signer"].flags(), UNITS["serve"].flags()
    assert f"irsa init --data-dir {server['--data-dir']} --root-key-file {server['--root-key-file']}\n" in said
    assert f"--service-account-signing-endpoint={signer['--socket']} " in said
    assert f"hostPath: {{path: {os.path.dirname(signer['--socket'])}, type: Directory}}" in said
    for path in (signer["--state-dir"], signer["--sealing-key"]):
        assert f"`{path}`" in said
    for unit in UNITS.values():
        file = unit.one("EnvironmentFile")
        assert f"install -D -m 600 {os.path.basename(file)} {file} " in said
        assert f"install -D -m 644 {unit.path.name} -t /etc/systemd/system " in said


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mode_and_owner(path):
    found = os.stat(path)
    return stat.S_IMODE(found.st_mode), found.st_uid


def is_heard(path):
    """Whether the signer speaks with root, who runs the API server. Others read the end at once."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        # What HTTP/2 begins with, and an empty SETTINGS, which is answered by one.
        client.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        return client.recv(9)[3:4] == b"\x04"


class Host:
    """Both units, running as on a host, and the administrator."""

    def __init__(self, directory, *, traced):
        self.started = []
        self.traces = {}
        self.directory, self.traced = directory, traced

    def begin(self):
        """Starts the server, initialises it, and starts a signer beside it."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        server = self.start("serve", {"IRSA_SERVE_LISTEN": f"127.0.0.1:{port}"})
        server.logged("waiting for `irsa init`")
        flags = UNITS["serve"].flags()
        place = [f"{name}={flags[name]}" for name in ("--data-dir", "--root-key-file")]
        made = json.loads(server.run("init", *place, "-o", "json"))
        self.admin = {
            "AWS_ENDPOINT_URL": self.url, "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"]}
        server.logged("listens on")
        self.server = server
        self.irsa("issuer", "create", "prod", "--key-holder", "signers")
        self.signer = self.start("signer", SIGNER | self.admin)
        self.signer.logged("signing")

    def start(self, command, variables):
        trace = self.directory / f"{command}.trace" if self.traced else None
        self.traces[command] = trace
        started = Started(UNITS[command], os.path.abspath(IRSA), variables, self.directory / f"{command}.log", trace)
        self.started.append(started)
        return started

    def irsa(self, *arguments):
        done = subprocess.run(
            [IRSA, *arguments], env=clean(self.admin), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self):
        return [each.stop() for each in reversed(self.started)]


@pytest.fixture
def host(tmp_path):
    made = []

    def make(*, traced=False):
        # Known before it begins, so that what was started ends whatever happens.
        made.append(Host(tmp_path, traced=traced))
        made[0].begin()
        return made[0]

    yield make
    for each in made:
        each.stop()


@needs_irsa
@needs_root
def test_the_commands_run_as_the_units_say(host):
    host = host()
    signer, flags = host.signer, UNITS["signer"].flags()
    path = signer.path(flags["--socket"])
    assert stat.S_ISSOCK(os.stat(path).st_mode)
    assert mode_and_owner(path) == (0o600, UID)
    assert mode_and_owner(os.path.dirname(path)) == (0o700, UID)
    assert mode_and_owner(signer.path(flags["--state-dir"])) == (0o700, UID)
    assert mode_and_owner(signer.path(flags["--sealing-key"])) == (0o600, UID)
    for name in ("--data-dir", "--root-key-file"):
        mode, owner = mode_and_owner(host.server.path(UNITS["serve"].flags()[name]))
        assert (mode & 0o077, owner) == (0, UID), name
    (key,) = json.loads(host.irsa("issuer", "show", "prod", "-o", "json"))["Keys"]
    assert key["KeyId"] in signer.log.read_text()
    assert is_heard(path)


def allowed_calls(unit):
    """The system calls that the unit's filter lets through."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True).stdout
    groups = {}
    for line in listed.splitlines():
        if line.startswith("@"):
            group = groups.setdefault(line.strip(), [])
        elif line.strip() and line.startswith(" ") and not line.strip().startswith("#"):
            group.append(line.strip())

    def calls(name):
        return {call for each in groups[name] for call in calls(each)} if name.startswith("@") else {name}

    first, *rest = unit.all("SystemCallFilter")
    allowed = {call for name in first.split() for call in calls(name)}
    for words in rest:
        assert words.startswith("~")
        allowed -= {call for name in words[1:].split() for call in calls(name)}
    return allowed


@needs_irsa
@needs_root
@needs_strace
def test_the_filters_let_through_what_the_commands_do(host):
    host = host(traced=True)
    assert is_heard(host.signer.path(UNITS["signer"].flags()["--socket"]))
    assert host.stop() == [0, 0]
    host.started.clear()
    for command, trace in host.traces.items():
        unit = UNITS[command]
        # What comes before is not irsa's.
        _, _, text = trace.read_text().partition(f'execve("{PROGRAM}"')
        used = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", text, re.MULTILINE))
        assert {"mmap", "accept4", "openat"} <= used
        assert used - allowed_calls(unit) == set()
        families = set(re.findall(r"\bsocket(?:pair)?\((AF_\w+)", text))
        assert families <= set(unit.one("RestrictAddressFamilies").split()), families
        # MemoryDenyWriteExecute=
        for line in re.findall(r"^.*\b(?:mmap|mprotect)\(.*PROT_EXEC.*$", text, re.MULTILINE):
            assert "PROT_WRITE" not in line, line
