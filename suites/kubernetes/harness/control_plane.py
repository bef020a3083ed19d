"""etcd, the API server, the controllers and the scheduler."""

import contextlib
import secrets
import socket

from support.certificates import Authority

from .api import Api
from .http import answers
from .kubectl import Kubectl, write_kubeconfig
from .places import API_SERVER, HOST, PROGRAMS, RUN, SERVICES, SERVICE_KUBERNETES, WORK
from .process import Process
from .signing_key import write_key_pair

ETCD = "http://127.0.0.1:2379"

# Who may call the API server: user and groups. A node has the rights of a node and no more.
USERS = {
    "admin": ("admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "node": ("system:node:node", "system:nodes"),
    "proxy": ("system:kube-proxy", ""),
    "webhook": ("suite-webhook", ""),
    "managed-webhook": ("suite-managed-webhook", ""),
}

DISCOVERY_FOR_ALL = {
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
    "metadata": {"name": "issuer-discovery-for-all"},
    "roleRef": {
        "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
        "name": "system:service-account-issuer-discovery",
    },
    "subjects": [{
        "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated",
    }],
}


class ControlPlane:
    """A control plane whose ServiceAccount issuer is the API server's own URL unless told."""

    def __init__(self, issuer=API_SERVER, *api_server_flags):
        RUN.mkdir(parents=True, exist_ok=True)
        self.issuer = issuer
        self.authority = Authority(WORK / "authority", names=[
            HOST, SERVICE_KUBERNETES, "kubernetes.default.svc", "irsa.test"])
        self.signing_key, self.public_key = write_key_pair(WORK)
        self.kubeconfigs = self._write_users()
        self.kubectl = Kubectl(self.kubeconfigs["admin"])
        self.api = Api(self.tokens["admin"], self.authority.file)
        self.processes = []
        try:
            self._start(api_server_flags)
        except BaseException:
            self.stop()
            raise

    def _write_users(self):
        self.tokens = {name: secrets.token_hex(16) for name in USERS}
        lines = [
            f'{self.tokens[name]},{user},{name},"{groups}"' for name, (user, groups) in USERS.items()
        ]
        (WORK / "tokens.csv").write_text("\n".join(lines) + "\n")
        return {
            name: write_kubeconfig(name, token, self.authority.file)
            for name, token in self.tokens.items()
        }

    def _start(self, api_server_flags):
        self._run("etcd", "etcd", *self._etcd_flags(), ready=lambda: answers(f"{ETCD}/health"))
        self.api_server = self._run(
            "kube-apiserver", PROGRAMS / "kube-apiserver", *self._api_server_flags(), *api_server_flags,
            ready=lambda: answers(f"{API_SERVER}/readyz"))
        self._run(
            "kube-controller-manager", PROGRAMS / "kube-controller-manager",
            f"--kubeconfig={self.kubeconfigs['controller-manager']}", "--leader-elect=false",
            f"--service-account-private-key-file={self.signing_key}", "--use-service-account-credentials",
            f"--root-ca-file={self.authority.file}", f"--cert-dir={RUN}/controller-manager",
            f"--bind-address={HOST}", ready=lambda: answers(f"https://{HOST}:10257/healthz"))
        self._run(
            "kube-scheduler", PROGRAMS / "kube-scheduler", f"--kubeconfig={self.kubeconfigs['scheduler']}",
            "--leader-elect=false", f"--bind-address={HOST}", f"--cert-dir={RUN}/scheduler",
            ready=lambda: answers(f"https://{HOST}:10259/healthz"))
        self.kubectl.apply(DISCOVERY_FOR_ALL)

    def _run(self, name, *command, ready):
        started = Process(name, *command, ready=ready)
        self.processes.append(started)
        return started

    def _etcd_flags(self):
        peers = "http://127.0.0.1:2380"
        return [
            f"--name={socket.gethostname()}", f"--data-dir={RUN}/etcd",
            f"--listen-client-urls={ETCD}", f"--advertise-client-urls={ETCD}",
            f"--listen-peer-urls={peers}", f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster={socket.gethostname()}={peers}",
        ]

    def _api_server_flags(self):
        certificate, key, _ = self.authority.write("api-server")
        return [
            f"--etcd-servers={ETCD}", f"--advertise-address={HOST}", "--secure-port=443",
            # Other addresses' port 443 is others'.
            f"--bind-address={HOST}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--cert-dir={RUN}/api-server", f"--service-cluster-ip-range={SERVICES}",
            f"--service-account-issuer={self.issuer}",
            f"--service-account-signing-key-file={self.signing_key}",
            f"--service-account-key-file={self.public_key}",
            f"--api-audiences={self.issuer},https://kubernetes.default.svc",
            f"--token-auth-file={WORK}/tokens.csv", "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
            "--kubelet-preferred-address-types=InternalIP",
        ]

    @contextlib.contextmanager
    def with_flags(self, *flags):
        """The API server meanwhile runs with these before its own, as an administrator adds them."""
        program, *own = self.api_server.command
        self.api_server.kill()
        self.api_server.command = [program, *flags, *own]
        self.api_server.start()
        try:
            yield
        finally:
            self.api_server.kill()
            self.api_server.command = [program, *own]
            self.api_server.start()

    def stop(self):
        """Ends all of it, last started first."""
        for process in reversed(self.processes):
            process.stop()
