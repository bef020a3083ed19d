"""An OIDC issuer that the server does not run: keys of our own, documents over loopback."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from .names import fresh

AUDIENCE = "sts.amazonaws.com"
_HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES = {"ES256": (ec.SECP256R1, "P-256", 32), "ES384": (ec.SECP384R1, "P-384", 48),
           "ES512": (ec.SECP521R1, "P-521", 66)}


def b64(data):
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _integer(number, size=None):
    size = size or (number.bit_length() + 7) // 8
    return b64(number.to_bytes(size, "big"))


class Key:
    """A signing key and its JWK."""

    def __init__(self, algorithm="RS256", kid=None, bits=2048, exponent=65537):
        self.algorithm = algorithm
        self.kid = kid or fresh("kid")
        if algorithm.startswith("RS"):
            self.private = rsa.generate_private_key(exponent, bits)
        else:
            self.private = ec.generate_private_key(_CURVES[algorithm][0]())

    def jwk(self):
        """The public half."""
        numbers = self.private.public_key().public_numbers()
        head = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        if self.algorithm.startswith("RS"):
            return head | {"kty": "RSA", "n": _integer(numbers.n), "e": _integer(numbers.e)}
        _, curve, size = _CURVES[self.algorithm]
        return head | {
            "kty": "EC", "crv": curve, "x": _integer(numbers.x, size), "y": _integer(numbers.y, size)
        }

    def pem(self):
        """The public half as the text that HS256 confusion uses for a secret."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, signed, der=False):
        """A JWS signature of `signed`."""
        digest = _HASHES[self.algorithm[-3:]]()
        if self.algorithm.startswith("RS"):
            return self.private.sign(signed, padding.PKCS1v15(), digest)
        signature = self.private.sign(signed, ec.ECDSA(digest))
        if der:
            return signature
        size = _CURVES[self.algorithm][2]
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def jws(header, payload, sign):
    """A compact JWS; header and payload are objects or raw text."""
    parts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    signed = ".".join(b64(part.encode()) for part in parts)
    return f"{signed}.{b64(sign(signed.encode()))}"


def hs256(secret):
    """Signs as HS256 does."""
    return lambda signed: hmac.new(secret, signed, hashlib.sha256).digest()


class Issuer:
    """One issuer of the site."""

    def __init__(self, site, *keys):
        self.name = fresh("issuer")
        self.url = f"{site.url}/{self.name}"
        self.keys = list(keys) or [site.shared_key]
        self.discovery = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        # A function of the handler that answers in place of the documents.
        self.behaviour = None
        self.requests = []
        site.issuers[self.name] = self

    def claims(self, subject, **changed):
        """The claims of a good token; a claim changed to `...` is left out."""
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": subject, "aud": [AUDIENCE],
            "iat": now, "nbf": now, "exp": now + 3600, "jti": fresh("jti"),
        } | changed
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, subject, header=None, key=None, **changed):
        """A token, good but for what is changed."""
        key = key or self.keys[0]
        head = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"} | (header or {})
        head = {name: value for name, value in head.items() if value is not ...}
        return jws(head, self.claims(subject, **changed), key.sign)

    def jwks(self):
        """The key set that the issuer publishes."""
        return {"keys": [key.jwk() for key in self.keys]}


class Site:
    """A server on loopback, over TLS where it is told how, that serves any number of issuers."""

    def __init__(self, tls=None):
        self.issuers = {}
        self.shared_key = Key()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                _, name, *rest = self.path.split("/", 2)
                issuer = site.issuers.get(name)
                if issuer is None:
                    return self.send_error(404)
                issuer.requests.append(self.path)
                if issuer.behaviour is not None:
                    return issuer.behaviour(self)
                found = {
                    ".well-known/openid-configuration": issuer.discovery, "keys": issuer.jwks(),
                }.get("".join(rest))
                if found is None:
                    return self.send_error(404)
                return self.answer(json.dumps(found).encode())

            def answer(self, body, status=200, headers=()):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def issuer(self, *keys):
        """A new issuer."""
        return Issuer(self, *keys)

    def close(self):
        self._server.shutdown()
        self._server.server_close()
