"""`irsa signer`, and an API server that signs through it."""

import json
import ssl
import urllib.error
import urllib.request

from support.server import irsa_binary

from .control_plane import ETCD
from .http import answers
from .places import HOST, PROGRAMS, RUN, WORK
from .process import Process

# Short, so that a rotation takes seconds; what must hold does not depend on them.
WAITS = ["--refresh-hint", "2s", "--keys-max-age", "4s", "--max-token-life", "10m"]


class Signer(Process):
    """`irsa signer`; ready when its socket is there."""

    def __init__(self, name, issuer, variables, *flags):
        self.socket = RUN / name / "signer.sock"
        super().__init__(
            name, irsa_binary(), "signer", "--issuer", issuer, "--socket", self.socket,
            "--state-dir", WORK / name, "--key-algorithm", "ES256", *WAITS, *flags,
            ready=self.socket.exists, variables=variables,
        )


class SignedApiServer(Process):
    """An API server beside the cluster's, with objects of its own in the same etcd."""

    def __init__(self, name, port, issuer, signer, authority, token):
        self.url = f"https://{HOST}:{port}"
        self._token = token
        self._context = ssl.create_default_context(cafile=str(authority.file))
        certificate, key, _ = authority.write(name)
        users = WORK / f"{name}.csv"
        users.write_text(f'{token},admin,admin,"system:masters"\n')
        super().__init__(
            name, PROGRAMS / "kube-apiserver",
            f"--etcd-servers={ETCD}", "--etcd-prefix=/signed", f"--advertise-address={HOST}",
            f"--secure-port={port}", f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            f"--cert-dir={RUN}/{name}", "--service-cluster-ip-range=10.1.0.0/24",
            f"--token-auth-file={users}", "--authorization-mode=RBAC",
            f"--service-account-issuer={issuer}", f"--api-audiences={issuer}",
            f"--service-account-signing-endpoint={signer.socket}",
            ready=lambda: answers(f"{self.url}/readyz"),
        )

    def send(self, method, path, body=None):
        """Status and body of the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._context) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def kids(self):
        """The names of the keys that it publishes."""
        status, keys = self.send("GET", "/openid/v1/jwks")
        assert status == 200, keys
        return {key["kid"] for key in keys["keys"]}

    def jwks(self):
        """The keys that it publishes, by their names."""
        return {key["kid"]: key for key in self.send("GET", "/openid/v1/jwks")[1]["keys"]}

    def try_token(self, account, audience="sts.amazonaws.com", secs=600):
        """A token of a ServiceAccount in the namespace default; nothing when none is made."""
        spec = {"audiences": [audience], "expirationSeconds": secs}
        path = f"/api/v1/namespaces/default/serviceaccounts/{account}/token"
        status, body = self.send("POST", path, {"spec": spec})
        return body["status"]["token"] if status == 201 else None

    def token(self, account, **more):
        """The same, where one must be made."""
        token = self.try_token(account, **more)
        assert token, self.tail()
        return token

    def takes(self, token):
        """Whether it lets in who has this token."""
        status, review = self.send(
            "POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token}})
        assert status == 201, review
        return review["status"].get("authenticated", False)
