"""A stand-in for a Kubernetes API server: ServiceAccounts, namespaces, pods, the two documents."""

import copy
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from .foreign_issuer import Key
from .names import fresh


class Cluster:
    """`objects` are keyed by path; `forbidden` is a set of (verb, path ending) that is refused."""

    def __init__(self, directory, issuer):
        self.issuer = issuer
        self.keys = {"keys": [Key().jwk()]}
        self.objects = {}
        self.pods = {}
        self.forbidden = set()
        self.writes = []
        self.before_patch = None
        self.add_namespace("default")
        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        self.kubeconfig = directory / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "t0ken"}}],
            "contexts": [{"name": "test", "context": {
                "cluster": "c", "user": "u", "namespace": "default"}}],
        }))

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()

    def add_namespace(self, name):
        self.objects[f"/api/v1/namespaces/{name}"] = {"metadata": {"name": name}}

    def add_account(self, namespace, name, annotations=None, **metadata):
        if f"/api/v1/namespaces/{namespace}" not in self.objects:
            self.add_namespace(namespace)
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}"
        self.objects[path] = {"metadata": {
            "name": name, "namespace": namespace, "uid": fresh("uid"), "resourceVersion": "1",
            "annotations": annotations or {}, **metadata}, "secrets": [{"name": "kept"}]}

    def account(self, namespace, name):
        return self.objects.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}")

    def annotations(self, namespace, name):
        return self.account(namespace, name)["metadata"].get("annotations", {})

    def _handler(self):
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body):
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def refuse(self, status, reason, message):
                self.answer(status, {
                    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": message, "reason": reason, "code": status})

            def body(self):
                return json.loads(self.rfile.read(int(self.headers["content-length"] or 0)) or "{}")

            def handle_verb(self, verb):
                url = urlsplit(self.path)
                body = self.body() if self.headers["content-length"] else {}
                if self.headers["authorization"] != "Bearer t0ken":
                    return self.refuse(401, "Unauthorized", "Unauthorized")
                if any(verb == of and url.path.endswith(end) for of, end in cluster.forbidden):
                    return self.refuse(403, "Forbidden", f"cannot {verb} {url.path}")
                if verb != "GET":
                    cluster.writes.append((verb, url.path))
                return getattr(self, f"on_{verb.lower()}")(url, body)

            def on_get(self, url, _):
                if url.path == "/.well-known/openid-configuration":
                    return self.answer(200, {"issuer": cluster.issuer, "jwks_uri": "https://x/y"})
                if url.path == "/openid/v1/jwks":
                    return self.answer(200, cluster.keys)
                if url.path.endswith("/pods"):
                    wanted = parse_qs(url.query)["fieldSelector"][0].partition("=")[2]
                    namespace = url.path.split("/")[4]
                    names = cluster.pods.get((namespace, wanted), [])
                    items = [{"metadata": {"name": name}} for name in names]
                    return self.answer(200, {
                        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                        "metadata": {}, "items": items})
                found = cluster.objects.get(url.path)
                if found is None:
                    return self.refuse(404, "NotFound", f"{url.path} not found")
                return self.answer(200, found)

            def on_post(self, url, body):
                path = f"{url.path}/{body['metadata']['name']}"
                parent = url.path.rsplit("/", 1)[0]
                if parent != "/api/v1" and parent not in cluster.objects:
                    return self.refuse(404, "NotFound", f"{parent} not found")
                if path in cluster.objects:
                    return self.refuse(409, "AlreadyExists", f"{path} exists")
                body["metadata"] |= {"uid": fresh("uid"), "resourceVersion": "1"}
                cluster.objects[path] = body
                return self.answer(201, body)

            def on_patch(self, url, body):
                assert self.headers["content-type"] == "application/merge-patch+json"
                if cluster.before_patch:
                    cluster.before_patch()
                found = copy.deepcopy(cluster.objects[url.path])
                metadata = found["metadata"]
                if body["metadata"]["resourceVersion"] != metadata["resourceVersion"]:
                    return self.refuse(409, "Conflict", "the object has been modified")
                assert set(body) == {"metadata"}, "nothing but annotations is patched"
                for name, value in body["metadata"]["annotations"].items():
                    if value is None:
                        metadata["annotations"].pop(name, None)
                    else:
                        metadata["annotations"][name] = value
                metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
                cluster.objects[url.path] = found
                return self.answer(200, found)

            def on_delete(self, url, body):
                metadata = cluster.objects[url.path]["metadata"]
                assert body["preconditions"]["uid"] == metadata["uid"]
                return self.answer(200, cluster.objects.pop(url.path))

            def do_GET(self):
                self.handle_verb("GET")

            def do_POST(self):
                self.handle_verb("POST")

            def do_PATCH(self):
                self.handle_verb("PATCH")

            def do_DELETE(self):
                self.handle_verb("DELETE")

        return Handler
