"""What the README prints for a cluster without AWS, run as printed."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.chart import IMAGE, NO_RESOURCES, image_values, make_volume, remove_volume
from harness.helm import DEPLOY, HELM, settings
from harness.places import PROGRAMS
from harness.pods import plain_pod
from support.server import irsa_binary

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not (HELM and IMAGE), reason="no helm, or IRSA_IMAGE names no image (make test-k8s makes it)"),
]

README = Path(__file__).parents[2] / "README.md"
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
}
SCRIPT = """
import boto3
print(boto3.client("secretsmanager").get_secret_value(SecretId="app/password")["SecretString"])
"""


def blocks(heading):
    """The indented blocks under a heading, each a script."""
    (_, section) = README.read_text().split(f"### {heading}\n")
    section = re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


def shell(cluster, script, directory):
    """Runs a script in which kubectl, helm, irsa and aws are those of the tests."""
    tools = [PROGRAMS, Path(HELM).parent, Path(irsa_binary()).parent, Path(sys.executable).parent]
    environment = {
        "PATH": ":".join(map(str, [*tools, "/usr/bin", "/bin"])), "HOME": str(directory),
        "KUBECONFIG": str(cluster.control_plane.kubeconfigs["admin"]),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def logged(cluster, account):
    """The phase in which a pod of that ServiceAccount ends that reads the secret, and its log."""
    cluster.kubectl.apply(plain_pod("demo", account, account, "irsa.test/boto3:1", ["python3", "-c", SCRIPT]))
    phase = cluster.wait_for_phase("demo", account, "Succeeded", "Failed")["status"]["phase"]
    return phase, cluster.kubectl("-n", "demo", "logs", account)


def test_all_of_irsa_in_the_cluster(cluster, tmp_path):
    os.symlink(DEPLOY, tmp_path / "deploy")
    (tmp_path / "read.json").write_text(json.dumps(READ))
    install, administer = blocks("No AWS: all of irsa in the cluster")
    make, _, install = install.partition("\n")
    assert make.startswith("make image"), "the suite has made it already"
    cluster.node.load(IMAGE)
    make_volume(cluster)
    here = shlex.join(settings(image_values() | NO_RESOURCES))
    # A script's port-forward takes a moment, which a reader's typing gives it.
    ready = "&\nuntil (: </dev/tcp/localhost/4566) 2>/dev/null; do sleep 0.1; done\ntrap 'kill $!' EXIT\n"
    try:
        shell(cluster, install.replace("--wait", f"--wait {here}"), tmp_path)
        explain = "irsa explain --service-account demo/other\n"
        said = shell(cluster, administer.replace("&\n", ready, 1), tmp_path)
        assert "irsa-demo-app" in said
        assert logged(cluster, "app") == ("Succeeded", "correct horse battery staple\n")

        cluster.kubectl("-n", "demo", "create", "serviceaccount", "other")
        role = cluster.kubectl.get("-n", "demo", "serviceaccount", "app")["metadata"]["annotations"]
        cluster.kubectl(
            "-n", "demo", "annotate", "serviceaccount", "other",
            f"eks.amazonaws.com/role-arn={role['eks.amazonaws.com/role-arn']}")
        phase, log = logged(cluster, "other")
        assert phase == "Failed"
        assert "Not authorized to perform sts:AssumeRoleWithWebIdentity" in log
        environment = "".join(
            line + "\n" for line in administer.splitlines() if "port-forward" in line or line.startswith("export"))
        told = shell(cluster, environment.replace("&\n", ready, 1) + explain, tmp_path)
        assert "request has:  system:serviceaccount:demo:other" in told
    finally:
        cluster.kubectl.run("delete", "namespace", "demo", "--ignore-not-found", "--timeout=60s", seconds=90)
        gone = "helm uninstall irsa --namespace irsa-system --wait --timeout 60s || true\nkubectl delete namespace irsa-system --timeout=60s"
        shell(cluster, gone, tmp_path)
        remove_volume(cluster)
