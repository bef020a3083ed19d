"""`irsa webhook` with a CA of its own, and no more rights than the chart gives it for that."""

import base64
import contextlib
import ssl

from cryptography import x509
from support.certificates import Authority
from support.server import irsa_binary
from support.waiting import wait_until

from .http import answers
from .places import HOST, WORK
from .process import Process
from .webhook import ENTRIES, OWN_NAMESPACE, Webhook, free_port

# Who it is for the API server.
USER = "managed-webhook"
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


class ManagedWebhook(Webhook):
    """Started beside the cluster; ready once the API server has its configuration."""

    def __init__(self, cluster, name, *flags):
        self.cluster, self.name = cluster, name
        self.directory = WORK / name
        # Of no use: nobody but the webhook itself writes the caBundle.
        self.authority = Authority(self.directory)
        self.port, self.metrics_port = free_port(), free_port()
        self.flags = flags
        self._allow()

    @staticmethod
    def place(name):
        """A directory for files that it is given."""
        return WORK / name

    def served_serial(self, port=None):
        """The serial number of the certificate that it, or its replica on that port, serves."""
        pem = ssl.get_server_certificate((HOST, port or self.port))
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def _allow(self):
        create, keep = ["create"], ["get", "list", "watch", "patch"]
        core, webhooks = {"apiGroups": [""]}, {"apiGroups": ["admissionregistration.k8s.io"]}
        everywhere = [
            webhooks | {
                "resources": ["mutatingwebhookconfigurations"], "resourceNames": [self.name], "verbs": keep,
            },
            core | {"resources": ["serviceaccounts", "namespaces"], "verbs": ["get", "list", "watch"]},
            core | {"resources": ["configmaps"], "verbs": create},
            core | {"resources": ["configmaps"], "resourceNames": [self.name], "verbs": keep},
        ]
        here = [
            core | {"resources": ["secrets"], "verbs": create},
            core | {"resources": ["secrets"], "resourceNames": [self.name], "verbs": keep},
        ]
        self.cluster.kubectl.apply(
            *self._grant("ClusterRole", {}, everywhere),
            *self._grant("Role", {"namespace": OWN_NAMESPACE}, here))

    def _grant(self, kind, place, rules):
        group = "rbac.authorization.k8s.io"
        metadata = {"name": self.name} | place
        return (
            {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "rules": rules},
            {
                "apiVersion": f"{group}/v1", "kind": f"{kind}Binding", "metadata": metadata,
                "roleRef": {"apiGroup": group, "kind": kind, "name": self.name},
                "subjects": [{"apiGroup": group, "kind": "User", "name": f"suite-{USER}"}],
            },
        )

    def start(self):
        """Makes its configuration, with no caBundle, and starts it."""
        self.cluster.kubectl.apply(self.configuration(("v1",)))
        self.process = self._process(self.name, self.port, self.metrics_port)
        wait_until(self._is_called, f"the API server to call {self.name}", 30)

    @contextlib.contextmanager
    def replica(self):
        """Another of the same Secret and configuration; the port that it serves on."""
        port, metrics_port = free_port(), free_port()
        process = self._process(f"{self.name}-replica", port, metrics_port)
        try:
            yield port
        finally:
            process.stop()

    def _process(self, log, port, metrics_port):
        kubeconfig = self.cluster.control_plane.kubeconfigs[USER]
        return Process(
            log, irsa_binary(), "webhook", f"--port={port}", f"--metrics-port={metrics_port}",
            f"--namespace={OWN_NAMESPACE}", f"--kubeconfig={kubeconfig}", f"--tls-secret={self.name}",
            f"--webhook-configuration={self.name}", f"--certificate-host={HOST}",
            f"--endpoint-ca-config-map={self.name}", *self.flags,
            ready=lambda: answers(f"http://127.0.0.1:{metrics_port}/readyz"))

    def _entry(self, name, versions, namespaces, objects):
        path, _ = ENTRIES[name]
        entry = super()._entry(name, versions, namespaces, objects)
        return entry | {"clientConfig": {"url": f"https://{HOST}:{self.port}{path}"}}

    # What the cluster has of it.

    def bundles(self):
        """The caBundle of each entry, PEM."""
        found = self.cluster.api.get(f"{CONFIGURATIONS}/{self.name}")
        configs = (entry["clientConfig"] for entry in found["webhooks"])
        return [base64.b64decode(config.get("caBundle", "")).decode() for config in configs]

    def overwrite(self, bundle):
        """Another writes the caBundle of all entries."""
        encoded = base64.b64encode(bundle.encode()).decode()
        answer = self.cluster.api.send("PATCH", f"{CONFIGURATIONS}/{self.name}", [
            {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": encoded}
            for index in range(len(ENTRIES))
        ], "application/json-patch+json")
        assert answer.status == 200, answer

    def secret(self):
        """The members of its Secret."""
        found = self.cluster.api.namespaced("secrets", OWN_NAMESPACE, self.name)
        assert found["type"] == "kubernetes.io/tls"
        return {name: base64.b64decode(value) for name, value in found["data"].items()}

    def delete_secret(self):
        """As someone does who wants another CA."""
        path = f"/api/v1/namespaces/{OWN_NAMESPACE}/secrets/{self.name}"
        assert self.cluster.api.send("DELETE", path).status == 200


def subjects(bundle):
    """Whom the certificates of a bundle name."""
    found = x509.load_pem_x509_certificates(bundle.encode())
    return [certificate.subject.rfc4514_string() for certificate in found]
