"""The three ways that the README prints, run as printed."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.amazon import BUCKET, EKS_ISSUERS, Amazon
from harness.amazon_webhook import PROGRAM as AMAZON_WEBHOOK
from harness.amazon_webhook import AmazonWebhook
from harness.chart import IMAGE, NO_RESOURCES, image_values, make_volume, remove_volume
from harness.helm import DEPLOY, HELM, settings
from harness.places import PROGRAMS
from harness.pods import plain_pod, variables_of
from support.documents import allow, document
from support.server import irsa_binary

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not (HELM and IMAGE), reason="no helm, or IRSA_IMAGE names no image (make test-k8s makes it)"),
]

README = Path(__file__).parents[2] / "README.md"
SECRET = "correct horse battery staple"
NOBODY = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
READ_SECRET = """
import boto3
print(boto3.client("secretsmanager").get_secret_value(SecretId="app/password")["SecretString"])
"""
SAY_WHO = """
import boto3
print(boto3.client("sts").get_caller_identity()["Arn"])
"""

# What a reader puts in the place of README's names. Everything else runs as printed: AWS's own names lead
# to irsa and to a server of buckets (harness/amazon.py).
NAMES = {"BUCKET": BUCKET, "REGISTRY/irsa": image_values()["image.repository"] if IMAGE else None}
# irsa keeps none of AWS's managed policies: one of the account's own, of that name, stands for it.
MANAGED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
# The suite has made the image, and the node has it: nothing is built anew, and there is no registry. That the
# image is called what the chart is told is checked.
BUILT = r"""
make() { [ "$1" = image ]; }
docker() { case $1 in load) tar -xOf "$3" manifest.json ;; push) docker load -i target/image/irsa.tar | grep -qF "\"$2\"" ;; esac; }
"""


def blocks(heading):
    """The indented blocks under a heading, each a script."""
    (_, section) = re.split(rf"^##+ {re.escape(heading)}\n", README.read_text(), flags=re.MULTILINE)
    section = re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in found]


def filled_in(script, names):
    """The script with a reader's names."""
    for printed, meant in names.items():
        script = script.replace(printed, meant)
    return script


def installing(script):
    """The script with a chart that this node carries; what the script itself sets comes later and counts."""
    assert script.count(" --wait") == 1
    here = shlex.join(settings(image_values() | NO_RESOURCES))
    return BUILT + script.replace(" --wait", f" --wait {here}")


def shell(cluster, script, directory):
    """Runs a script in which kubectl, helm, irsa and aws are those of the tests."""
    tools = [PROGRAMS, Path(HELM).parent, Path(irsa_binary()).parent, Path(sys.executable).parent]
    environment = {
        "PATH": ":".join(map(str, [*tools, "/usr/bin", "/bin"])), "HOME": str(directory),
        "KUBECONFIG": str(directory / "kubeconfig"), "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def reader(cluster, tmp_path):
    """Who reads the README: a checkout, what is built, `read.json`, and kubectl's context `prod`."""
    os.symlink(DEPLOY, tmp_path / "deploy")
    (tmp_path / "target" / "image").mkdir(parents=True)
    os.symlink(IMAGE, tmp_path / "target" / "image" / "irsa.tar")
    (read,) = blocks("On Kubernetes, three ways")
    (tmp_path / "read.json").write_text(read)
    kubeconfig = json.loads(cluster.control_plane.kubeconfigs["admin"].read_text())
    kubeconfig["contexts"][0]["name"] = kubeconfig["current-context"] = "prod"
    (tmp_path / "kubeconfig").write_text(json.dumps(kubeconfig))
    cluster.node.load(IMAGE)
    yield tmp_path
    leave = "helm uninstall irsa --namespace irsa-system || true\n" \
        "kubectl delete namespace demo irsa-system --ignore-not-found --timeout=90s"
    shell(cluster, leave, tmp_path)


def logged(cluster, account, script=READ_SECRET, pod=None):
    """The phase in which a pod of that ServiceAccount ends that runs the script, and its log."""
    pod = pod or account
    cluster.kubectl.apply(plain_pod("demo", pod, account, "irsa.test/boto3:1", ["python3", "-c", script]))
    phase = cluster.wait_for_phase("demo", pod, "Succeeded", "Failed")["status"]["phase"]
    return phase, cluster.kubectl("-n", "demo", "logs", pod)


def assert_refused(cluster):
    """A pod of another ServiceAccount with the same annotation gets no credentials."""
    cluster.kubectl("-n", "demo", "create", "serviceaccount", "other")
    role = cluster.kubectl.get("-n", "demo", "serviceaccount", "app")["metadata"]["annotations"]
    cluster.kubectl(
        "-n", "demo", "annotate", "serviceaccount", "other",
        f"eks.amazonaws.com/role-arn={role['eks.amazonaws.com/role-arn']}")
    phase, log = logged(cluster, "other")
    assert phase == "Failed"
    assert NOBODY in log


@pytest.fixture
def volume(cluster):
    """What a cluster gives who asks for a volume."""
    make_volume(cluster)
    yield
    remove_volume(cluster)


def test_all_of_irsa_in_the_cluster(cluster, volume, reader):
    install, administer = blocks("No AWS: all of irsa in the cluster")
    # A script's port-forward takes a moment, which a reader's typing gives it.
    ready = "&\nuntil (: </dev/tcp/localhost/4566) 2>/dev/null; do sleep 0.1; done\ntrap 'kill $!' EXIT\n"
    shell(cluster, installing(install), reader)
    said = shell(cluster, administer.replace("&\n", ready, 1), reader)
    assert "irsa-demo-app" in said
    assert logged(cluster, "app") == ("Succeeded", f"{SECRET}\n")
    assert_refused(cluster)
    environment = "".join(
        line + "\n" for line in administer.splitlines() if "port-forward" in line or line.startswith("export"))
    explain = "irsa explain --service-account demo/other\n"
    told = shell(cluster, environment.replace("&\n", ready, 1) + explain, reader)
    assert "request has:  system:serviceaccount:demo:other" in told


@pytest.fixture
def amazon(cluster, reader):
    """AWS, whose CLI the reader has configured, and which keeps a secret."""
    started = Amazon(cluster)
    started.configure(reader)
    keep = f"aws secretsmanager create-secret --name app/password --secret-string '{SECRET}'"
    try:
        shell(cluster, keep, reader)
        yield started
    finally:
        started.stop()


def test_an_own_cluster_against_aws(cluster, reader, amazon):
    publish, flags, install = (
        filled_in(block, NAMES) for block in blocks("Your own cluster, against AWS"))
    shell(cluster, publish, reader)
    with cluster.control_plane.with_flags(*flags.split()):
        said = shell(cluster, installing(install), reader)
        assert "assumed-role/irsa-demo-app/" in said
        assert logged(cluster, "app") == ("Succeeded", f"{SECRET}\n")
        assert_refused(cluster)
        as_pod, as_account, _ = blocks("Be a pod")[0].splitlines()
        assert "assumed-role/irsa-demo-app/" in shell(cluster, as_pod.replace("app-7d9c5b6f4-x2x9k", "app"), reader)
        (reader / "main.py").write_text(READ_SECRET)
        assert shell(cluster, as_account, reader) == f"{SECRET}\n"


@pytest.mark.skipif(not AMAZON_WEBHOOK, reason="AWS's webhook could not be built")
def test_on_eks(cluster, reader, amazon):
    """EKS is an API server whose issuer AWS publishes, and AWS's webhook. `aws eks update-kubeconfig` has no
    place here: its tokens are for EKS's own authenticator."""
    issuer = f"{EKS_ISSUERS}/0123456789ABCDEF0123456789ABCDEF"
    own = shell(cluster, "aws sts get-caller-identity --query Account --output text", reader).strip()
    policy = shlex.quote(document(allow(["s3:Get*", "s3:List*"])))
    shell(cluster, f"aws iam create-policy --policy-name AmazonS3ReadOnlyAccess --policy-document {policy}", reader)
    names = NAMES | {MANAGED: MANAGED.replace("::aws:", f"::{own}:")}
    give, enforce = (filled_in(block, names) for block in blocks("On EKS"))
    with cluster.control_plane.with_flags(f"--service-account-issuer={issuer}"), contextlib.ExitStack() as stack:
        amazon.publish(issuer)
        webhook = AmazonWebhook(cluster)
        stack.callback(webhook.stop)
        said = shell(cluster, give, reader)
        assert "assumed-role/irsa-demo-app/" in said
        # What is printed for Terraform names what the command before it made.
        assert all(text in said for text in (
            f'"{issuer}"', '"irsa-demo-app"', '"system:serviceaccount:demo:app"', '"secretsmanager:GetSecretValue"'))
        assert_is_app(cluster, "with-aws-webhook")
        assert_refused(cluster)

        shell(cluster, installing(enforce), reader)
        assert_is_app(cluster, "with-both")
        webhook.process.kill()
        assert_is_app(cluster, "with-ours")
        unreachable = "kubectl -n irsa-system scale deployment/irsa-webhook --replicas=0\n" \
            "kubectl -n irsa-system wait --for=delete pod --all --timeout=60s"
        shell(cluster, unreachable, reader)
        refused = cluster.api.send("POST", "/api/v1/namespaces/demo/pods", plain_pod("demo", "with-none", "app"))
        assert refused.status == 500 and "failed calling webhook" in refused.message, refused


def assert_is_app(cluster, pod):
    """A pod of that name is the role, and carries each of its variables once."""
    phase, log = logged(cluster, "app", SAY_WHO, pod)
    assert phase == "Succeeded" and ":assumed-role/irsa-demo-app/" in log, log
    made = cluster.api.namespaced("pods", "demo", pod)["spec"]
    names = [name for name, _ in variables_of(made["containers"][0])]
    assert len(names) == len(set(names)) and {"AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS"} <= set(names), names
