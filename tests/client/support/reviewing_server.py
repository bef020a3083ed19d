"""An API server as far as it answers TokenReviews."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .certificates import Authority

PATH = "/apis/authentication.k8s.io/v1/tokenreviews"
TOKEN = "token-of-the-reviewer"


class ReviewingServer:
    """Over TLS, for whoever has the token, or with `for_certificates` a certificate of its authority."""

    def __init__(self, directory, *, for_certificates=False):
        self.directory = directory
        self.authority = Authority(directory / "authority")
        self.for_certificates = for_certificates
        self.gone, self.asked, self.status = set(), [], None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, body = outer.answer(self.path, self.headers.get("Authorization"), review)
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = self.authority.server_context()
        if for_certificates:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority.file)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, authorization, review):
        """Status and document; every token but those that are gone is its subject's."""
        assert path == PATH
        if not self.for_certificates and authorization != f"Bearer {TOKEN}":
            return 401, {"kind": "Status", "code": 401, "message": "Unauthorized"}
        if self.status:
            return self.status, {"kind": "Status", "code": self.status, "message": "told so"}
        self.asked.append(review["spec"])
        token = review["spec"]["token"]
        if token.count(".") != 2 or token in self.gone:
            return 201, review | {"status": {"error": "[invalid bearer token, it has been deleted]"}}
        return 201, review | {"status": {
            "authenticated": True, "audiences": review["spec"]["audiences"],
            "user": {"username": "system:serviceaccount:demo:app"}}}

    def kubeconfig(self, **user):
        """A kubeconfig for it; its path."""
        path = self.directory / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "c", "cluster": {
                "server": self.url, "certificate-authority": str(self.authority.file)}}],
            "users": [{"name": "u", "user": user or {"token": TOKEN}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        }))
        return path

    def certificate(self):
        """A user whom it knows by a certificate."""
        chain, key, _ = self.authority.write("reviewer")
        return {"client-certificate": str(chain), "client-key": str(key)}

    def close(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
