"""helm, and the chart."""

import json
import os
import subprocess
from pathlib import Path

from .places import WORK

HELM = os.environ.get("IRSA_SUITE_HELM")
DEPLOY = Path(__file__).parents[3] / "deploy"
CHART = DEPLOY / "helm" / "irsa"


def settings(values):
    """The flags of values, each under its path."""
    return [word for key, value in values.items() for word in ("--set-json", f"{key}={json.dumps(value)}")]


class Helm:
    """Runs helm as the cluster's administrator."""

    def __init__(self, kubeconfig):
        self.kubeconfig = kubeconfig

    def __call__(self, *arguments, seconds=180):
        """The stdout of a command that must succeed."""
        done = self.run(*arguments, seconds=seconds)
        assert done.returncode == 0, f"helm {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def run(self, *arguments, seconds=180):
        """The finished process."""
        return subprocess.run(
            [HELM, "--kubeconfig", str(self.kubeconfig), *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False, env={"HOME": str(WORK)},
        )
