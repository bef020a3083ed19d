"""A server of buckets as S3 is one, for what README's commands do with a bucket: signatures are verified, and
nobody reads without one unless the bucket's policy says so."""

import hashlib
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ALGORITHM = "AWS4-HMAC-SHA256 "
# Over TLS a client may leave the body out of the signature.
UNSIGNED = "UNSIGNED-PAYLOAD"


class Refused(Exception):
    """Status and S3's code."""


class Bucket:
    """As S3 makes it: private, and not to be made public by a policy alone."""

    def __init__(self):
        self.objects, self.policy, self.blocks_public_access = {}, None, True

    def is_public(self, name):
        """Whether everybody reads its objects."""
        return self.policy is not None and any(
            (one["Effect"], one["Principal"], one["Action"], one["Resource"])
            == ("Allow", "*", "s3:GetObject", f"arn:aws:s3:::{name}/*")
            for one in self.policy["Statement"])


class Buckets:
    """Serves at that address what an account keeps there; `sites` are other hosts' documents, by URL."""

    def __init__(self, address, host, key, context):
        self.host, self._key = host, key
        self.region = host.split(".")[1]
        self._buckets, self.sites = {}, {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                try:
                    status, content = outer.answer(self.command, self.headers, self.path, body)
                except Refused as refused:
                    status, code = refused.args
                    content = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
                self.send_response(status)
                if status != 204:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_DELETE = _serve

        self._server = ThreadingHTTPServer((address, 443), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, headers, target, body):
        """Status and content."""
        site = self.sites.get(f"https://{headers['host']}{target}")
        if site is not None:
            return 200, site
        caller = self._verified(method, headers, target, body)
        path, _, query = target.partition("?")
        name, path = self._place(headers["host"], path)
        if query == "" and path == "" and method == "PUT":
            return self._create(name, body, caller)
        bucket = self._buckets.get(name)
        if bucket is None:
            raise Refused(404, "NoSuchBucket")
        if method == "GET" and query == "":
            return self._read(name, bucket, path, caller)
        if not caller:
            raise Refused(403, "AccessDenied")
        if (method, path, query) == ("DELETE", "", "publicAccessBlock"):
            bucket.blocks_public_access = False
            return 204, b""
        if (method, path, query) == ("PUT", "", "policy"):
            return self._set_policy(name, bucket, json.loads(body))
        if method == "PUT" and query == "" and path:
            bucket.objects[path] = body
            return 200, b""
        raise Refused(501, "NotImplemented")

    def _place(self, host, path):
        """Bucket and object: the bucket is in the host's name or begins the path."""
        if host != self.host:
            return host.removesuffix(f".{self.host}"), path.removeprefix("/")
        name, _, rest = path.removeprefix("/").partition("/")
        return name, rest

    def _create(self, name, body, caller):
        if not caller:
            raise Refused(403, "AccessDenied")
        if f"<LocationConstraint>{self.region}<".encode() not in body:
            raise Refused(400, "IllegalLocationConstraintException")
        if name in self._buckets:
            raise Refused(409, "BucketAlreadyOwnedByYou")
        self._buckets[name] = Bucket()
        return 200, b""

    def _set_policy(self, name, bucket, policy):
        before, bucket.policy = bucket.policy, policy
        if bucket.blocks_public_access and bucket.is_public(name):
            bucket.policy = before
            raise Refused(403, "AccessDenied")
        return 204, b""

    def _read(self, name, bucket, path, caller):
        if not (caller or bucket.is_public(name)):
            raise Refused(403, "AccessDenied")
        if path not in bucket.objects:
            raise Refused(404, "NoSuchKey")
        return 200, bucket.objects[path]

    def _verified(self, method, headers, target, body):
        """Whether the account's key signed it, for S3 in this region; nobody where it is not signed."""
        said = headers.get("authorization")
        if said is None:
            return False
        parts = dict(part.strip().split("=", 1) for part in said.removeprefix(ALGORITHM).split(","))
        identifier, *scope = parts["Credential"].split("/")
        if identifier != self._key.access_key_id:
            raise Refused(403, "InvalidAccessKeyId")
        digest = headers["x-amz-content-sha256"]
        if scope[1:] != [self.region, "s3", "aws4_request"] or digest not in (
                UNSIGNED, hashlib.sha256(body).hexdigest()):
            raise Refused(400, "AuthorizationHeaderMalformed")
        signed = {name: headers[name] for name in parts["SignedHeaders"].split(";")}
        path, _, query = target.partition("?")
        request = AWSRequest(
            method, f"https://{headers['host']}{path}", signed,
            params=dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))
        request.context["timestamp"] = headers["x-amz-date"]
        key = Credentials(self._key.access_key_id, self._key.secret_access_key)
        signer = S3SigV4Auth(key, "s3", self.region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        if signer.signature(text, request) != parts["Signature"]:
            raise Refused(403, "SignatureDoesNotMatch")
        return True
