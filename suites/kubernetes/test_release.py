"""A release of the chart through its life: installed, upgraded, uninstalled while nothing answers."""

import base64
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from harness.chart import NO_RESOURCES
from harness.helm import CHART, DEPLOY, HELM, Helm, settings
from harness.places import PROGRAMS
from support.names import fresh

pytestmark = pytest.mark.skipif(not HELM, reason="no helm")

CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").decode()
KEY = {"AWS_ACCESS_KEY_ID": base64.b64encode(b"AKIAIOSFODNN7EXAMPLE").decode()}
SERVER = {
    "server.enabled": True, "server.tls.existingSecret": "irsa-server-tls", "rootKey.existingSecret": "irsa-root-key",
}
INSTALL = "helm install irsa deploy/helm/irsa"
# Its image is nowhere: no webhook ever answers.
NOWHERE = {"image.repository": "irsa.test/nowhere", "image.pullPolicy": "Never"} | NO_RESOURCES
POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"},
    "spec": {"schedulerName": "nobody", "containers": [{"name": "c", "image": "irsa.test/nowhere"}]},
}


def shell(cluster, script, directory):
    """What a script says in which kubectl and helm are the cluster's administrator's."""
    environment = {
        "PATH": f"{PROGRAMS}:{Path(HELM).parent}:/usr/bin:/bin", "HOME": str(directory),
        "KUBECONFIG": str(cluster.control_plane.kubeconfigs["admin"]),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Release:
    """The release `irsa` in a namespace of its own."""

    def __init__(self, cluster, namespace):
        self.cluster, self.kubectl, self.namespace = cluster, cluster.kubectl, namespace
        self.helm = Helm(cluster.control_plane.kubeconfigs["admin"])

    def __call__(self, verb, values=None):
        return self.helm(verb, "irsa", CHART, "--namespace", self.namespace, *settings(NOWHERE | (values or {})))

    def configuration(self):
        """The webhook configuration's entries, by name."""
        found = self.kubectl.get("mutatingwebhookconfiguration", "irsa-webhook")
        return {entry["name"]: entry for entry in found["webhooks"]}

    def write_bundles(self):
        """Writes the caBundle of each entry, as the webhook does."""
        patch = [
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": CA}
            for index in range(len(self.configuration()))]
        self.kubectl(
            "patch", "mutatingwebhookconfiguration", "irsa-webhook", "--type=json", "-p", json.dumps(patch))

    def named(self, kind):
        """The names of objects of the release."""
        found = self.kubectl.get("-n", self.namespace, kind, "-l", "app.kubernetes.io/instance=irsa")
        return [each["metadata"]["name"] for each in found["items"]]


@pytest.fixture
def release(cluster):
    """A release that is not installed yet."""
    namespace = cluster.namespace(fresh("system"), labels={"pod-security.kubernetes.io/enforce": "restricted"})
    made = Release(cluster, namespace)
    yield made
    made.helm.run("uninstall", "irsa", "--namespace", namespace)
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")


def test_an_upgrade_keeps_what_the_webhook_and_the_job_wrote(cluster, release, tmp_path):
    release("install", SERVER)
    release.write_bundles()
    (job,) = release.named("job")
    release.kubectl(
        "-n", release.namespace, "patch", "secret", "irsa-admin", "--type=merge", "-p", json.dumps({"data": KEY}))

    release("upgrade", SERVER | {"webhook.replicas": 3, "image.tag": "next"})
    bundles = {entry["clientConfig"].get("caBundle") for entry in release.configuration().values()}
    assert bundles == {CA}
    secret = release.kubectl.get("-n", release.namespace, "secret", "irsa-admin")
    assert secret["data"] == KEY
    assert job.startswith("irsa-init-")
    assert release.named("job") == [], "what is initialised is not initialised again"

    # As the notes print it.
    notes = release.helm("get", "notes", "irsa", "--namespace", release.namespace)
    (line,) = re.findall(r"eval .*", notes)
    assert shell(cluster, f"{line}\necho $AWS_ACCESS_KEY_ID", tmp_path).strip() == "AKIAIOSFODNN7EXAMPLE"

    release("upgrade", SERVER | {"webhook.failClosed": False})
    assert list(release.configuration()) == ["pod-identity-webhook.amazonaws.com"]
    release("upgrade", SERVER)
    assert len(release.configuration()) == 4


def test_an_upgrade_to_a_server_initialises_it(release):
    release("install")
    assert release.named("job") == []
    release("upgrade", SERVER)
    assert len(release.named("job")) == 1


def test_an_uninstall_frees_pods_that_a_dead_webhook_refuses(cluster, release, namespace):
    release("install")
    cluster.kubectl("label", "namespace", namespace, "eks.amazonaws.com/require-identity=true")
    pods = f"/api/v1/namespaces/{namespace}/pods"
    refused = cluster.api.send("POST", pods, POD)
    assert refused.status == 500
    assert "failed calling webhook" in refused.message

    # The webhook's own pods can be made all the while, or nobody could mend it.
    own = dict(POD, metadata={"name": "own"}, spec=POD["spec"] | {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [POD["spec"]["containers"][0] | {
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}]})
    cluster.api.create(f"/api/v1/namespaces/{release.namespace}/pods", own)

    release.helm("uninstall", "irsa", "--namespace", release.namespace)
    assert cluster.kubectl.run("get", "mutatingwebhookconfiguration", "irsa-webhook").returncode != 0
    cluster.api.create(pods, POD)


def test_data_and_key_outlive_an_uninstall(release):
    release("install", SERVER)
    release.helm("uninstall", "irsa", "--namespace", release.namespace)
    assert release.named("pvc") == ["irsa-server"]
    assert release.named("secret") == ["irsa-admin"]
    release("install", SERVER)


def test_the_charts_readme_installs_it(cluster, tmp_path):
    os.symlink(DEPLOY, tmp_path / "deploy")
    readme = (CHART / "README.md").read_text()
    alone, with_server = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    gone = "helm uninstall irsa --namespace irsa-system\nkubectl delete namespace irsa-system --timeout=60s"
    try:
        for script in (alone, with_server):
            notes = shell(cluster, script.replace(INSTALL, f"{INSTALL} {shlex.join(settings(NOWHERE))}"), tmp_path)
            assert "irsa 0.1.0 is installed" in notes
            shell(cluster, gone, tmp_path)
    finally:
        cluster.kubectl.run("delete", "namespace", "irsa-system", "--ignore-not-found", "--timeout=60s")
