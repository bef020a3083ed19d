"""A systemd unit, and its command as a process under the unit's user, directories and flags."""

import os
import re
import shlex
import subprocess

from support.environment import clean
from support.waiting import wait_until

SPECIFIERS = {"%t": "/run", "%S": "/var/lib"}
PROGRAM = "/usr/local/bin/irsa"
# No user of this machine.
UID = 64_913

# WHY: a unit has directories of its own where the machine has none; a mount namespace is a place for
# them that the machine never sees.
PREPARE = """
set -eu
uid=$1 binary=$2
shift 2
for place in /run /var/lib /usr/local/bin; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
touch {program} && mount --bind "$binary" {program}
while [ "$1" != -- ]; do install -d -m "$1" -o "$uid" -g "$uid" "$2"; shift 2; done
shift
exec "$@"
"""


class Unit:
    """A unit file, as systemd reads it."""

    def __init__(self, path):
        self.path, self.text = path, path.read_text()
        lines = [line for line in self.text.splitlines() if line and not line.startswith("#")]
        self.settings = [tuple(line.split("=", 1)) for line in lines if not line.startswith("[")]

    def all(self, key):
        """The values of a key, in their order."""
        return [value for name, value in self.settings if name == key]

    def one(self, key):
        """The only value of a key."""
        (value,) = self.all(key)
        return value

    def command(self):
        """The words of the command."""
        text = self.one("ExecStart")
        for specifier, path in SPECIFIERS.items():
            text = text.replace(specifier, path)
        assert "%" not in text and "$" not in text, text
        return shlex.split(text)

    def flags(self):
        """Flags of the command, with their values."""
        words = [word.partition("=") for word in self.command()[2:]]
        return {flag: value for flag, _, value in words}

    def directories(self):
        """What systemd makes for it, with modes."""
        kinds = [("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib")]
        return {
            f"{base}/{name}": self.one(f"{kind}Mode")
            for kind, base in kinds for names in self.all(kind) for name in names.split()}


class Started:
    """The unit's command, running; `stop` when done."""

    def __init__(self, unit, binary, variables, log, trace=None):
        self.log = log
        places = [word for path, mode in unit.directories().items() for word in (mode, path)]
        tracing = ["strace", "-f", "-qq", "-o", str(trace)] if trace else []
        command = unit.command()
        assert command[0] == PROGRAM
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", PREPARE.format(program=PROGRAM), "sh",
                 str(UID), binary, *places, "--", *tracing, *self._as_user(command)],
                env=clean(variables), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)

    @staticmethod
    def _as_user(command):
        return ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all",
                "--bounding-set=-all", "--no-new-privs", *command]

    def path(self, inside):
        """A path of its own, seen from outside."""
        return f"/proc/{self.process.pid}/root{inside}"

    def logged(self, text):
        """Waits until the log says it."""
        def said():
            assert self.process.poll() is None, self.log.read_text()
            return text in self.log.read_text()

        wait_until(said, f"`{text}` in {self.log}", 30)

    def run(self, *arguments):
        """Another command of irsa's, beside it; its stdout."""
        done = subprocess.run(
            ["nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", *self._as_user([PROGRAM, *arguments])],
            env=clean(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self):
        """Ends it as systemd does; its exit code."""
        child = re.findall(r"\d+", self._children())
        # strace passes no signals on.
        os.kill(int(child[0]) if child else self.process.pid, 15)
        return self.process.wait(30)

    def _children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            return file.read()
