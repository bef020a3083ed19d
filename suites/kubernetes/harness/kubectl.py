"""kubectl as one of the cluster's users."""

import json
import subprocess

from .places import API_SERVER, PROGRAMS, WORK


def write_kubeconfig(user, token, authority_file):
    """A kubeconfig of a user who has a token; its path."""
    path = WORK / f"{user}.kubeconfig"
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "suite",
        "clusters": [{"name": "suite", "cluster": {
            "server": API_SERVER, "certificate-authority": str(authority_file)}}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "suite", "context": {"cluster": "suite", "user": user}}],
    }))
    path.chmod(0o600)
    return path


class Kubectl:
    """Runs kubectl."""

    def __init__(self, kubeconfig):
        self.kubeconfig = kubeconfig

    def run(self, *arguments, stdin=None, seconds=60):
        """The finished process."""
        return subprocess.run(
            [str(PROGRAMS / "kubectl"), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False, env={"HOME": str(WORK)},
        )

    def __call__(self, *arguments, stdin=None, seconds=60):
        """The stdout of a command that must succeed."""
        done = self.run(*arguments, stdin=stdin, seconds=seconds)
        assert done.returncode == 0, f"kubectl {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def apply(self, *objects):
        """Applies objects."""
        return self("apply", "-f", "-", stdin=json.dumps({
            "apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def get(self, *arguments):
        """An object, or a list of them."""
        return json.loads(self("get", *arguments, "-o", "json"))
