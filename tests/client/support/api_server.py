"""An API server as far as it tells of its own tokens: issuer, keys, version."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .certificates import Authority
from .foreign_issuer import Key

TOKEN = "token-of-the-suite"


class ApiServer:
    """Over TLS, with a CA of its own, for whoever has the token; `close` when done."""

    def __init__(self, directory, issuer=None):
        self.directory = directory
        self.authority = Authority(directory / "authority")
        self.keys = [Key()]
        self.status = {}
        self.is_public = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = outer.answer(self.path, self.headers.get("Authorization"))
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = self.authority.server_context()
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        self.issuer = issuer or self.url
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, authorization):
        """Status and document."""
        if not self.is_public and authorization != f"Bearer {TOKEN}":
            return 401, {"kind": "Status", "code": 401}
        if path in self.status:
            return self.status[path], {"kind": "Status", "code": self.status[path]}
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer, "jwks_uri": f"{self.url}/openid/v1/jwks",
                "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"]},
            "/openid/v1/jwks": {"keys": [key.jwk() for key in self.keys]},
            "/version": {"major": "1", "minor": "36", "gitVersion": "v1.36.4"},
        }
        return (200, documents[path]) if path in documents else (404, {})

    def kubeconfig(self, user=None):
        """A kubeconfig for it; its path."""
        path = self.directory / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "elsewhere",
            "clusters": [{"name": "c", "cluster": {
                "server": self.url, "certificate-authority": str(self.authority.file)}}],
            "users": [{"name": "u", "user": user or {"token": TOKEN}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        }))
        return path

    def exec_plugin(self):
        """A user whose token a program gives, as `aws eks get-token` does."""
        credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                      "status": {"token": TOKEN}}
        return {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
            "command": sys.executable, "args": ["-c", f"print({json.dumps(json.dumps(credential))})"]}}

    def close(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
