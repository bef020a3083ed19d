"""irsa from its chart: webhook and server as pods of the cluster."""

import base64
import json
import os
import secrets
import shutil
import tarfile
import threading

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from support.certificates import Authority
from support.server import ONE_TRY, REGION, Credentials, Server

from .helm import CHART, Helm, settings
from .places import HOST, WORK

IMAGE = os.environ.get("IRSA_IMAGE")
NAMESPACE = "irsa-system"
HOST_NAME = f"irsa-server.{NAMESPACE}.svc"
# As the image runs it.
USER = 65532
# The node has no control groups for pods, and its kubelet dies of resizing one.
NO_RESOURCES = {
    f"{part}.resources.{kind}": None for part in ("webhook", "server") for kind in ("requests", "limits")}


def image_values():
    """What the image is called."""
    with tarfile.open(IMAGE) as image:
        (manifest,) = json.load(image.extractfile("manifest.json"))
    repository, _, tag = manifest["RepoTags"][0].rpartition(":")
    return {"image.repository": repository, "image.tag": tag}


def make_volume(cluster):
    """No cluster is without; here it is a directory, of the user that the image runs as."""
    directory = WORK / "volume"
    directory.mkdir(exist_ok=True)
    shutil.chown(directory, USER, USER)
    cluster.kubectl.apply({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "irsa"},
        "spec": {
            "capacity": {"storage": "8Gi"}, "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": str(directory)},
        },
    })


def remove_volume(cluster):
    """Removes it, and what is in it."""
    cluster.kubectl.run("delete", "persistentvolume", "irsa", "--timeout=30s")
    shutil.rmtree(WORK / "volume", ignore_errors=True)


class Installed(Server):
    """A server that runs elsewhere, behind TLS, and who its administrator is."""

    def __init__(self, url, admin, authority_file):
        self.url, self.admin, self.authority_file = url, admin, authority_file
        self._clients = {}
        self._lock = threading.Lock()

    def client(self, service, credentials=None, region=REGION, **config):
        """An unmodified boto3 client that tries once; the administrator's unless told."""
        key = credentials or self.admin
        session = boto3.session.Session(
            key.access_key_id, key.secret_access_key, key.session_token, region)
        return session.client(
            service, endpoint_url=self.url, verify=str(self.authority_file),
            config=Config(**(ONE_TRY | config)))

    def unsigned_sts(self):
        """STS as a pod without credentials calls it."""
        return self.client("sts", signature_version=UNSIGNED)

    def environment(self, credentials=None):
        """What a child process needs to be that caller."""
        return super().environment(credentials) | {"AWS_CA_BUNDLE": str(self.authority_file)}


class Chart:
    """The chart's release `irsa`, ready; `stop` uninstalls it."""

    def __init__(self, cluster, more=None):
        self.cluster, self.kubectl = cluster, cluster.kubectl
        self.helm = Helm(cluster.control_plane.kubeconfigs["admin"])
        cluster.node.load(IMAGE)
        cluster.namespace(NAMESPACE, labels={"pod-security.kubernetes.io/enforce": "restricted"})
        authority = self._make_secrets()
        make_volume(cluster)
        values = {
            "server.enabled": True, "server.tls.existingSecret": "irsa-server-tls",
            "endpoint.caSecret": "irsa-server-tls", "rootKey.existingSecret": "irsa-root-key",
            "server.allowIssuerCidrs": [f"{HOST}/32:443"], "webhook.region": REGION,
        } | image_values() | NO_RESOURCES | (more or {})
        try:
            self.notes = self.helm(
                "install", "irsa", CHART, "--namespace", NAMESPACE, "--wait", "--timeout", "150s", *settings(values))
        except BaseException:
            print(self.state())
            self.stop()
            raise
        self.server = Installed(f"https://{HOST_NAME}", self._administrator(), authority.file)

    def state(self):
        """What the pods are at, for a test that fails."""
        said = [self.kubectl.run("-n", NAMESPACE, "get", "pods,pvc,jobs", "-o", "wide").stdout,
                self.kubectl.run("-n", NAMESPACE, "get", "events").stdout]
        for component in ("webhook", "server", "init"):
            said.append(self.kubectl.run(
                "-n", NAMESPACE, "logs", "--tail=20", "--prefix", "-l",
                f"app.kubernetes.io/component={component}").stdout)
        return "\n".join(said)

    def _make_secrets(self):
        authority = Authority(WORK / "chart", names=[HOST_NAME])
        chain, key, _ = authority.write("server")
        self._secret("irsa-root-key", {"root.key": secrets.token_bytes(32)})
        self._secret("irsa-server-tls", {
            "tls.crt": chain.read_bytes(), "tls.key": key.read_bytes(), "ca.crt": authority.file.read_bytes()})
        return authority

    def _secret(self, name, data):
        self.kubectl.apply({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": NAMESPACE, "name": name},
            "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
        })

    def _administrator(self):
        """As the notes say it."""
        data = self.kubectl.get("-n", NAMESPACE, "secret", "irsa-admin")["data"]
        said = {name: base64.b64decode(value).decode() for name, value in data.items()}
        return Credentials(said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"])

    def reach_from_host(self):
        """Makes the server's name known outside pods, as a load balancer would."""
        address = self.cluster.api.namespaced("services", NAMESPACE, "irsa-server")["spec"]["clusterIP"]
        with (WORK / "hosts").open("a") as hosts:
            hosts.write(f"{address} {HOST_NAME}\n")

    def stop(self):
        """Uninstalls it and removes what an uninstall leaves on purpose."""
        self.helm.run("uninstall", "irsa", "--namespace", NAMESPACE, "--wait", "--timeout", "60s")
        self.kubectl.run("delete", "namespace", NAMESPACE, "--timeout=60s", seconds=90)
        remove_volume(self.cluster)
