"""The chart as helm renders it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import yaml

HELM = os.environ["IRSA_HELM"]
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "irsa"

# The least that makes a server.
SERVER = {
    "server.enabled": True, "server.tls.existingSecret": "irsa-server-tls", "rootKey.existingSecret": "irsa-root-key",
}


def helm(*arguments):
    """The finished process."""
    return subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)


def settings(values):
    """The flags of values, each under its path."""
    return [word for key, value in values.items() for word in ("--set-json", f"{key}={json.dumps(value)}")]


def rendered(values, *flags):
    """The objects, in the order in which they are installed."""
    done = helm("template", "irsa", CHART, "--namespace", "irsa-system", *flags, *settings(values))
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def refusal(values):
    """Why nothing is rendered."""
    done = helm("template", "irsa", CHART, "--namespace", "irsa-system", *settings(values))
    assert done.returncode != 0, f"{values} were taken"
    return done.stderr


def notes(values, directory):
    """What an installation says in the end. helm shows it to clusters only, so a copy of the chart holds it as a value."""
    copy = directory / "irsa"
    shutil.copytree(CHART, copy)
    (copy / "templates" / "NOTES.txt").rename(copy / "NOTES.txt")
    (copy / "templates" / "notes.yaml").write_text('notes: {{ tpl (.Files.Get "NOTES.txt") . | toJson }}\n')
    done = helm(
        "template", "irsa", copy, "--namespace", "irsa-system", "--show-only", "templates/notes.yaml", *settings(values))
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["notes"]


def of_kind(objects, kind):
    """Those of a kind, by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pods(objects):
    """The templates of all pods, by the name of their owner."""
    owners = [each for each in objects if each["kind"] in ("Deployment", "StatefulSet", "Job")]
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in owners}


def arguments(objects, owner):
    """The arguments of an owner's container."""
    (found,) = [pod for name, pod in pods(objects).items() if name.startswith(owner)]
    return found["containers"][0]["args"]
