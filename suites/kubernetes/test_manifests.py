"""Every manifest, and the chart with every kind of values, is taken by a real API server."""

import json

import pytest

from harness.helm import CHART, DEPLOY, HELM, Helm, settings
from support.names import fresh

MANIFESTS = sorted(
    path for path in (DEPLOY / "manifests").glob("*.yaml") if not path.name.endswith(".values.yaml"))
SERVER = {
    "server.enabled": True, "server.tls.existingSecret": "irsa-server-tls", "rootKey.existingSecret": "irsa-root-key",
}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
# Kinds of others that the chart renders on request.
FOREIGN = [
    ("cert-manager.io", "v1", "certificates", "Certificate"),
    ("monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor"),
    ("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"),
]


def definition(group, version, plural, kind):
    """A CustomResourceDefinition that takes anything."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}],
        },
    }


@pytest.fixture(scope="module", autouse=True)
def foreign_kinds(cluster):
    """The kinds of cert-manager and of the Prometheus operator."""
    cluster.kubectl.apply(*[definition(*each) for each in FOREIGN])
    names = [f"crd/{plural}.{group}" for group, _, plural, _ in FOREIGN]
    cluster.kubectl("wait", "--for=condition=Established", *names, "--timeout=30s")


@pytest.fixture
def system(cluster):
    """The namespace that the manifests are rendered for, with Pod Security on."""
    name = cluster.namespace("irsa-system", labels=RESTRICTED)
    yield name
    cluster.kubectl("delete", "namespace", name, "--timeout=60s", seconds=90)


@pytest.fixture
def release(cluster):
    """A namespace for the chart."""
    name = cluster.namespace(fresh("system"), labels=RESTRICTED)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def apply(cluster, text):
    """Asks whether it would be taken, applies it and takes it back."""
    given = ["apply", "--validate=strict", "-f", "-"]
    dry = cluster.kubectl(*given, "--dry-run=server", stdin=text)
    done = cluster.kubectl(*given, stdin=text)
    try:
        assert "Warning" not in dry + done
        assert len(done.splitlines()) > 5
    finally:
        # The namespace goes with its fixture.
        cluster.kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", stdin=text)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.stem)
def test_manifests_are_taken(cluster, system, manifest):
    apply(cluster, manifest.read_text())


@pytest.mark.skipif(not HELM, reason="no helm")
@pytest.mark.parametrize("values", [
    {},
    {"webhook.failClosed": False, "webhook.replicas": 1, "podDisruptionBudget.enabled": False},
    {"webhook.tls.source": "certManager", "webhook.tls.issuerRef.name": "issuer", "serviceMonitor.enabled": True},
    {"webhook.configMap": True, "webhook.antiSpoof": True, "webhook.roleSessionName": True,
     "webhook.strictValidation": True, "webhook.disableEc2Metadata": True},
    {"webhook.region": "eu-central-1", "webhook.composeRoleArn.enabled": True,
     "webhook.composeRoleArn.accountId": "111122223333"},
    {"networkPolicy.closeInstanceMetadata": ["default"]},
    SERVER | {"endpoint.caSecret": "irsa-server-tls", "serviceMonitor.enabled": True},
    SERVER | {"webhook.enabled": False, "bootstrap.enabled": False},
], ids=lambda values: ",".join(values) or "defaults")
def test_the_chart_is_taken(cluster, release, values):
    helm = Helm(cluster.control_plane.kubeconfigs["admin"])
    apply(cluster, helm("template", "irsa", CHART, "--namespace", release, "--no-hooks", *settings(values)))


@pytest.mark.skipif(not HELM, reason="no helm")
@pytest.mark.parametrize("values, told", [
    ({"server.enabled": True}, "rootKey.existingSecret is missing"),
    (SERVER | {"server.replicas": 2}, "server.replicas must be 1"),
    ({"webhook.enabled": False}, "nothing to install"),
    ({"webhook.unknown": True}, "unknown"),
    ({"webhook.tokenExpiration": 60}, "tokenExpiration"),
])
def test_values_that_make_no_sense_are_refused(cluster, values, told):
    helm = Helm(cluster.control_plane.kubeconfigs["admin"])
    done = helm.run("template", "irsa", CHART, *settings(values))
    assert done.returncode != 0
    assert told in done.stderr


def test_the_webhook_configuration_can_lock_nobody_out(cluster, system):
    """Entries that fail closed leave the system's namespaces alone."""
    (text,) = [path.read_text() for path in MANIFESTS if path.stem == "webhook"]
    listed = json.loads(cluster.kubectl("apply", "--dry-run=server", "-o", "json", "-f", "-", stdin=text))
    (configuration,) = [each for each in listed["items"] if each["kind"] == "MutatingWebhookConfiguration"]
    closed = [each for each in configuration["webhooks"] if each["failurePolicy"] == "Fail"]
    assert len(closed) == 2
    for entry in closed:
        assert entry["timeoutSeconds"] == 3
        assert entry["sideEffects"] == "NoneOnDryRun"
        (exempt,) = [
            each["values"] for each in entry["namespaceSelector"]["matchExpressions"] if each["operator"] == "NotIn"
            and each["key"] == "kubernetes.io/metadata.name"]
        assert exempt == ["kube-system", system]
