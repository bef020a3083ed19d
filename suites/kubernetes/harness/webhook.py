"""`irsa webhook` beside the cluster, registered by its URL as the chart registers it by a Service."""

import base64
import contextlib
import re
import signal
import socket
import ssl
import urllib.request

from cryptography import x509
from support.certificates import Authority
from support.server import irsa_binary
from support.waiting import wait_until

from .http import answers
from .places import HOST, WORK
from .process import Process

PREFIX = "eks.amazonaws.com"
REQUIRE_IDENTITY = f"{PREFIX}/require-identity"
ANTI_SPOOF = f"{PREFIX}/anti-spoof"
# Only namespaces with this label know of a webhook: each test has its own.
SUITE = "irsa.test/webhook"
OWN_NAMESPACE = "suite-webhook"
# Not one of the chart's names.
ACCESS_NAME = "suite-webhook"
TIMEOUT_SECONDS = 3

CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
# The entries of its configuration: path and failure policy.
ENTRIES = {
    "namespace": ("/mutate-enforce", "Fail"), "pod": ("/mutate-enforce", "Fail"), "rest": ("/mutate", "Ignore"),
}

# What the webhook may do: no more than the chart gives it.
ACCESS = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": ACCESS_NAME},
        "rules": [
            {"apiGroups": [""], "resources": ["serviceaccounts", "namespaces"], "verbs": ["get", "list", "watch"]},
            {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
            {
                "apiGroups": ["admissionregistration.k8s.io"], "resources": ["mutatingwebhookconfigurations"],
                "verbs": ["get", "list", "watch", "update", "patch"],
            },
        ],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": ACCESS_NAME},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": ACCESS_NAME},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ACCESS_NAME}],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": ACCESS_NAME, "namespace": OWN_NAMESPACE},
        "rules": [{
            "apiGroups": [""], "resources": ["secrets", "configmaps"],
            "verbs": ["create", "get", "list", "watch", "update", "patch"],
        }],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": ACCESS_NAME, "namespace": OWN_NAMESPACE},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCESS_NAME},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ACCESS_NAME}],
    },
]


def allow_webhooks(cluster):
    """Makes the webhook's own namespace and what it may do."""
    cluster.kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": OWN_NAMESPACE}}, *ACCESS)


class Webhook:
    """A running webhook with certificate files, ready; `register` it, `stop` when done."""

    def __init__(self, cluster, name, *flags):
        self.cluster, self.name = cluster, name
        self.directory = WORK / name
        self.generation = 0
        self.authority = Authority(self.directory, names=[HOST])
        self.certificate, self.key = self.directory / "tls.crt", self.directory / "tls.key"
        self.write_certificate()
        self.port, self.metrics_port = free_port(), free_port()
        self.process = Process(
            name, irsa_binary(), "webhook", f"--port={self.port}", f"--metrics-port={self.metrics_port}",
            f"--namespace={OWN_NAMESPACE}", f"--kubeconfig={cluster.control_plane.kubeconfigs['webhook']}",
            "--in-cluster=false", f"--tls-cert={self.certificate}", f"--tls-key={self.key}", *flags,
            ready=self.is_ready)

    def is_ready(self):
        """Whether it says so."""
        return answers(f"http://127.0.0.1:{self.metrics_port}/readyz")

    def write_certificate(self):
        """Writes a new pair in the place of the one before; its serial number."""
        chain, key, serial = self.authority.write("fresh")
        key.replace(self.key)
        chain.replace(self.certificate)
        return serial

    def rotate_authority(self):
        """Gives it a certificate of another CA with no gap: both are trusted meanwhile."""
        old = self.authority.file.read_bytes()
        self.generation += 1
        self.authority = Authority(self.directory / f"ca-{self.generation}", names=[HOST])
        new = self.authority.file.read_bytes()
        self.trust(old + new)
        serial = self.write_certificate()
        wait_until(lambda: self.served_serial() == serial, "the new certificate", 20)
        self.trust(new)

    def trust(self, bundle):
        """Has the API server trust these and no others."""
        bundle = base64.b64encode(bundle).decode()
        answer = self.cluster.api.send("PATCH", f"{CONFIGURATIONS}/{self.name}", [
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle}
            for index in range(len(ENTRIES))
        ], "application/json-patch+json")
        assert answer.status == 200, answer

    def served_serial(self):
        """The serial number of the certificate that it serves."""
        pem = ssl.get_server_certificate((HOST, self.port))
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def stop(self):
        """Ends it, and what the API server knows of it."""
        self.cluster.kubectl.run("delete", "mutatingwebhookconfiguration", self.name, "--ignore-not-found")
        self.process.stop(seconds=30)

    @contextlib.contextmanager
    def frozen(self):
        """It does not run meanwhile; its connections stay."""
        self.process.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.process.send_signal(signal.SIGCONT)

    # What the API server knows.

    def register(self, *versions):
        """Registers it, with reviews of these versions, and waits until the API server calls it."""
        self.cluster.kubectl.apply(self.configuration(versions or ("v1",)))
        wait_until(self._is_called, f"the API server to call {self.name}", 30)

    def configuration(self, versions):
        """The chart's entries, by URL and only for namespaces that name this webhook."""
        ours = {"key": SUITE, "operator": "In", "values": [self.name]}
        required = {"key": REQUIRE_IDENTITY, "operator": "In", "values": ["true"]}
        other = {"key": REQUIRE_IDENTITY, "operator": "NotIn", "values": ["true"]}
        skipped = {"key": f"{PREFIX}/skip-pod-identity-webhook", "operator": "DoesNotExist"}
        return {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": self.name},
            "webhooks": [
                self._entry("namespace", versions, [ours, required], []),
                self._entry("pod", versions, [ours, other], [required]),
                self._entry("rest", versions, [ours, other], [other, skipped]),
            ],
        }

    def _entry(self, name, versions, namespaces, objects):
        path, policy = ENTRIES[name]
        pods = {"apiGroups": [""], "apiVersions": ["v1"], "scope": "Namespaced"}
        return {
            "name": f"{name}.pod-identity-webhook.amazonaws.com",
            "admissionReviewVersions": list(versions),
            "clientConfig": {
                "url": f"https://{HOST}:{self.port}{path}",
                "caBundle": base64.b64encode(self.authority.file.read_bytes()).decode(),
            },
            "failurePolicy": policy, "matchPolicy": "Equivalent", "reinvocationPolicy": "IfNeeded",
            "sideEffects": "NoneOnDryRun", "timeoutSeconds": TIMEOUT_SECONDS,
            "namespaceSelector": {"matchExpressions": namespaces},
            "objectSelector": {"matchExpressions": objects},
            "rules": [
                pods | {"operations": ["CREATE"], "resources": ["pods"]},
                pods | {"operations": ["UPDATE"], "resources": ["pods/ephemeralcontainers"]},
            ],
        }

    def _is_called(self):
        before = self.reviews()
        namespace = self.namespace(f"{self.name}-probe", exists_ok=True)
        self.cluster.api.send("POST", f"/api/v1/namespaces/{namespace}/pods?dryRun=All", {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"},
            "spec": {"automountServiceAccountToken": False, "containers": [{"name": "a", "image": "a"}]},
        })
        return self.reviews() > before

    def namespace(self, name, exists_ok=False, **labels):
        """Makes a namespace whose pods it reviews."""
        if not (exists_ok and self.cluster.api.get(f"/api/v1/namespaces/{name}")):
            self.cluster.namespace(name, labels={SUITE: self.name} | labels)
        return name

    # What it says of itself.

    def metrics(self):
        """Its metrics: name with labels, and value."""
        url = f"http://127.0.0.1:{self.metrics_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as response:
            lines = response.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def count(self, name, **labels):
        """The sum of a metric's series that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(
            value for series, value in self.metrics().items()
            if re.split(r"\{", series)[0] == name and all(label in series for label in wanted))

    def reviews(self):
        """How many reviews it has answered."""
        return self.count("http_request_count", code="200")


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
