"""A program that runs for as long as the cluster does."""

import os
import signal
import subprocess
import sys
import time

from support.waiting import wait_until

from .places import WORK


class Process:
    """A started program with its log; ends on `stop`."""

    def __init__(self, name, *command, ready, seconds=60.0, variables=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.ready = ready
        self.seconds = seconds
        self.variables = variables or {}
        self.log_file = WORK / f"{name}.log"
        self.start()

    def start(self):
        """Starts it, again if it was stopped, and waits until it is ready."""
        began = time.monotonic()
        environment = {"PATH": os.environ["PATH"], "HOME": str(WORK)} | self.variables
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        wait_until(self._is_ready, f"{self.name}; its log: {self.log_file}", self.seconds)
        print(f"{self.name}: ready after {time.monotonic() - began:.1f} s", file=sys.stderr)

    def _is_ready(self):
        status = self.process.poll()
        assert status is None, f"{self.name} ended with {status}: {self.tail()}"
        return self.ready()

    def tail(self, size=4000):
        """The end of its log."""
        return self.log_file.read_text(errors="replace")[-size:]

    def stop(self, seconds=10):
        """Ends it, by force when it takes too long: the namespace goes anyway."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()
