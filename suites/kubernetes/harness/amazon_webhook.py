"""AWS's own webhook, which EKS runs beside a cluster's control plane."""

import base64
import os

from support.certificates import Authority

from .amazon import REGION
from .http import answers
from .places import HOST, WORK
from .process import Process
from .webhook import free_port

# Where it could be built.
PROGRAM = os.environ.get("IRSA_SUITE_AWS_WEBHOOK")
NAME = "pod-identity-webhook"


class AmazonWebhook:
    """Running and registered as on EKS; `stop` when done."""

    def __init__(self, cluster):
        self._cluster = cluster
        authority = Authority(WORK / NAME, names=[HOST])
        chain, key, _ = authority.write("tls")
        port = free_port()
        self.process = Process(
            NAME, PROGRAM, "--in-cluster=false", f"--port={port}", f"--metrics-port={free_port()}",
            f"--kubeconfig={cluster.control_plane.kubeconfigs['admin']}", f"--tls-cert={chain}", f"--tls-key={key}",
            f"--aws-default-region={REGION}", "--sts-regional-endpoint=true",
            ready=lambda: answers(f"https://{HOST}:{port}/healthz"))
        cluster.kubectl.apply({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": NAME},
            "webhooks": [{
                "name": "iam-for-pods.amazonaws.com", "admissionReviewVersions": ["v1beta1"], "sideEffects": "None",
                "failurePolicy": "Ignore", "reinvocationPolicy": "IfNeeded", "timeoutSeconds": 10,
                "clientConfig": {
                    "url": f"https://{HOST}:{port}/mutate",
                    "caBundle": base64.b64encode(authority.file.read_bytes()).decode(),
                },
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            }],
        })

    def stop(self):
        """Ends it, and what the API server knows of it."""
        self._cluster.kubectl.run("delete", "mutatingwebhookconfiguration", NAME, "--ignore-not-found")
        self.process.stop()
