"""systemd itself runs the units, in a container of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.waiting import wait_until
from test_systemd import SYSTEMD, UNITS

IRSA = os.environ.get("IRSA_BIN")
MACHINE_HAS_SYSTEMD = os.path.isdir("/run/systemd/system")
SCRIPT = Path(__file__).parent / "boot.sh"
SETTINGS = {
    "serve": "IRSA_SERVE_LISTEN=127.0.0.1:4566\n",
    "signer": "IRSA_SIGNER_ISSUER=prod\nIRSA_SIGNER_KEY_ALGORITHM=ES256\n",
}
# Of the machine: how programs find libraries and users, and how runuser lets root be another one.
TAKEN = ("ld.so.cache", "login.defs", "nsswitch.conf", "os-release", "pam.d", "security")
TRIAL = """[Unit]
After=basic.target
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate
[Service]
Type=oneshot
ExecStart=/root/boot.sh
Environment=PATH=/usr/local/bin:/usr/sbin:/usr/bin
"""

pytestmark = pytest.mark.skipif(
    not (IRSA and os.geteuid() == 0 and shutil.which("systemd-nspawn") and os.path.islink("/lib")),
    reason="no systemd-nspawn, not root, or IRSA_BIN is not set")


def make_root(root, programs):
    """A host's files: /usr is the machine's, what is installed lies where the README puts it."""
    for directory in ("usr", "etc/systemd/system", "etc/sysusers.d", "etc/irsa", "var/lib", "var/log", "tmp", "run",
                      "proc", "sys", "dev", "root"):
        (root / directory).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    etc = root / "etc"
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (etc / "group").write_text("root:x:0:\n")
    (etc / "machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    for name in TAKEN:
        source = Path("/etc", name)
        if source.is_dir():
            shutil.copytree(source, etc / name)
        elif source.exists():
            shutil.copy(source, etc / name)
    for command, unit in UNITS.items():
        shutil.copy(unit.path, etc / "systemd" / "system")
        settings = etc / "irsa" / f"{command}.env"
        settings.write_text(SETTINGS[command])
        settings.chmod(0o600)
    shutil.copy(SYSTEMD / "sysusers.conf", etc / "sysusers.d" / "irsa.conf")
    (etc / "systemd" / "system" / "trial.service").write_text(TRIAL)
    shutil.copy(SCRIPT, root / "root" / "boot.sh")
    programs.mkdir()
    shutil.copy(IRSA, programs / "irsa")


@pytest.fixture
def groups():
    """Control groups of the container's own, where no systemd of the machine makes them."""
    made = []
    if not MACHINE_HAS_SYSTEMD:
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            mounts = {"": ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"], "name=systemd": ["/sys/fs/cgroup/systemd"]}
            for mount in [each for each in mounts.get(controllers, []) if os.path.exists(f"{each}/cgroup.procs")][:1]:
                made.append(Path(f"{mount}{path.rstrip('/')}/irsa-boot-{os.getpid()}"))
    for group in made:
        group.mkdir()
    yield made

    def gone():
        for group in made:
            for directory, _, _ in os.walk(group, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    # Until the last process that was killed has gone.
                    return False
        return True

    wait_until(gone, "the control groups to be empty")


def container(groups, root, programs, *command):
    """Runs a command in it; with `--boot` that is systemd."""
    unit = [] if MACHINE_HAS_SYSTEMD else ["--keep-unit"]
    enter = "".join(f"echo $$ >{group}/cgroup.procs && " for group in groups)
    return subprocess.run(
        ["sh", "-c", f'{enter}exec "$@"', "sh",
         "systemd-nspawn", "--quiet", f"--directory={root}", "--bind-ro=/usr", f"--bind-ro={programs}:/usr/local/bin",
         "--private-network", "--capability=CAP_IPC_LOCK", "--register=no", *unit, "--console=pipe", *command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120)


def test_systemd_runs_the_units(tmp_path, groups):
    root, programs = tmp_path / "root", tmp_path / "programs"
    make_root(root, programs)
    if container(groups, root, programs, "/usr/local/bin/irsa", "version").returncode != 0:
        pytest.skip("systemd-nspawn makes no containers here")
    booted = container(groups, root, programs, "--boot", "--", "--unit=trial.service")
    trace = root / "root" / "trace"
    told = booted.stdout + booted.stderr + (trace.read_text() if trace.exists() else "")
    seen = root / "root" / "seen"
    assert seen.exists(), told
    found = dict(line.split("=", 1) for line in seen.read_text().splitlines())
    assert "results" in found, told
    assert found["socket"] == "600 irsa-signer socket"
    assert found["directory"] == "700 irsa-signer"
    assert "kubelet.service" in found["before"].split()
    for unit in ("irsa", "irsa-signer"):
        bare = "0" * 16
        assert found[unit].split() == ["CapEff:", bare, "CapBnd:", bare, "NoNewPrivs:", "1", "Seccomp:", "2"], found[unit]
    assert (found["mounted"], found["restarts"]) == (found["mounted_later"], "1")
    assert (found["keys"], found["complaints"]) == ("1", "0")
    assert found["results"] == "success success"
