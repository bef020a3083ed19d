"""`irsa issuer publish` into a directory, and into a bucket of a stand-in for an S3 server."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support.cluster import Cluster
from support.foreign_issuer import Key
from support.names import fresh

DISCOVERY = ".well-known/openid-configuration"
KEYS = "openid/v1/jwks"
URL = "https://oidc.example/clusters"


class Bucket:
    """Objects by path; `puts` is what was written, in order."""

    def __init__(self):
        self.objects, self.puts, self.status = {}, [], None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def reply(self, status, body=b""):
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def signed(self):
                value = self.headers.get("authorization", "")
                assert "/s3/aws4_request" in value and "x-amz-content-sha256" in value
                return outer.status is None

            def do_GET(self):
                if not self.signed():
                    return self.reply(outer.status, b"<Error><Code>AccessDenied</Code></Error>")
                if self.path not in outer.objects:
                    return self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return self.reply(200, outer.objects[self.path])

            def do_PUT(self):
                self.signed()
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.objects[self.path] = body
                outer.puts.append((
                    self.path, self.headers["content-type"], self.headers["cache-control"]))
                self.reply(200)

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_address[1]}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()


@pytest.fixture
def bucket():
    made = Bucket()
    yield made
    made.httpd.shutdown()
    made.httpd.server_close()


@pytest.fixture
def keys(tmp_path):
    """Writes files of keys."""

    def write(*members):
        path = tmp_path / fresh("keys")
        path.write_text(json.dumps({"keys": [
            one.jwk() if isinstance(one, Key) else one for one in members]}))
        return str(path)

    return write


def names(text):
    return [key["kid"] for key in json.loads(text)["keys"]]


def test_an_issuer_of_the_server(server, tmp_path):
    name, place = fresh("publish"), tmp_path / "site"
    server.irsa_ok("issuer", "create", name)
    issuer = server.irsa_json("issuer", "show", name)
    result = server.irsa_json("issuer", "publish", name, "--directory", str(place))
    assert result["KeyIds"] == issuer["KeyIds"] and result["Written"] == [KEYS, DISCOVERY]
    assert names((place / KEYS).read_text()) == issuer["KeyIds"]
    assert json.loads((place / DISCOVERY).read_text()) == {
        "issuer": issuer["Url"], "jwks_uri": f"{issuer['Url']}/openid/v1/jwks",
        "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"]}
    for path in (DISCOVERY, KEYS):
        assert (place / path).stat().st_mode & 0o777 == 0o644
        assert len(list((place / path).parent.iterdir())) <= 2, "nothing is left over"
    before = (place / KEYS).stat().st_mtime_ns
    again = server.irsa("issuer", "publish", name, "--directory", str(place))
    assert again.returncode == 0 and "nothing is to be changed" in again.stderr
    assert (place / KEYS).stat().st_mtime_ns == before


def test_several_api_servers_and_files(server, tmp_path, keys):
    place, first, second, third = tmp_path / "site", Key(), Key("ES256"), Key("ES384")
    (tmp_path / "c").mkdir()
    cluster = Cluster(tmp_path / "c", URL)
    cluster.keys = {"keys": [first.jwk()]}
    pem = tmp_path / "third.pub"
    pem.write_bytes(third.pem())
    common = ("issuer", "publish", "--issuer-url", URL, "--directory", str(place),
              "--kubeconfig", str(cluster.kubeconfig), "--context", "test",
              "--keys", keys(second, first), "--keys", str(pem))
    try:
        result = server.irsa_json(*common, "--dry-run")
        assert not result["Applied"] and not place.exists()
        server.irsa_ok(*common)
    finally:
        cluster.close()
    assert names((place / KEYS).read_text())[:2] == [first.kid, second.kid]
    assert len(names((place / KEYS).read_text())) == 3
    algorithms = json.loads((place / DISCOVERY).read_text())["id_token_signing_alg_values_supported"]
    assert algorithms == ["ES256", "ES384", "RS256"]


def test_a_key_in_use_is_withdrawn_by_name_only(server, tmp_path, keys):
    place, old, new = tmp_path / "site", Key(), Key()
    common = ("issuer", "publish", "--issuer-url", URL, "--directory", str(place), "--keys")
    server.irsa_ok(*common, keys(old))
    before = (place / KEYS).read_text()
    done = server.irsa(*common, keys(new))
    assert done.returncode == 1 and f"--withdraw {old.kid}" in done.stderr
    assert (place / KEYS).read_text() == before
    server.irsa_ok(*common, keys(old, new))
    server.irsa_ok(*common, keys(old, new), "--withdraw", old.kid)
    assert names((place / KEYS).read_text()) == [new.kid]


@pytest.mark.parametrize(("change", "said"), [
    ({"d": "AQAB"}, "private member `d`"),
    ({"kid": None}, "kid"),
    ({"use": "enc"}, "`use` is not `sig`"),
])
def test_what_must_not_be_published_is_refused(server, tmp_path, keys, change, said):
    jwk = {name: value for name, value in (Key().jwk() | change).items() if value is not None}
    done = server.irsa("issuer", "publish", "--issuer-url", URL, "--directory",
                       str(tmp_path / "site"), "--keys", keys(Key(), jwk))
    assert done.returncode == 1 and said in done.stderr
    assert not (tmp_path / "site").exists()


def test_a_cluster_that_proves_nothing_is_not_believed(server, tmp_path):
    cluster = Cluster(tmp_path, URL)
    config = json.loads(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    cluster.kubeconfig.write_text(json.dumps(config))
    try:
        done = server.irsa("issuer", "publish", "--issuer-url", URL, "--directory",
                           str(tmp_path / "site"), "--context", "test",
                           "--kubeconfig", str(cluster.kubeconfig))
    finally:
        cluster.close()
    assert done.returncode == 1 and "does not verify" in done.stderr
    assert not (tmp_path / "site").exists()


def test_another_issuers_documents_stay(server, tmp_path, keys):
    place = ("--directory", str(tmp_path / "site"), "--keys", keys(Key()))
    server.irsa_ok("issuer", "publish", "--issuer-url", URL, *place)
    done = server.irsa("issuer", "publish", "--issuer-url", "https://other.example", *place)
    assert done.returncode == 1 and URL in done.stderr


def test_a_bucket_gets_the_keys_before_what_points_to_them(server, bucket, keys):
    key = Key()
    common = ("issuer", "publish", "--issuer-url", URL, "--bucket", "s3://issuers/a/b",
              "--s3-endpoint", bucket.url, "--keys", keys(key))
    server.irsa_ok(*common)
    cache = "public, max-age=3600"
    assert bucket.puts == [
        (f"/issuers/a/b/{KEYS}", "application/jwk-set+json", cache),
        (f"/issuers/a/b/{DISCOVERY}", "application/json", cache)]
    assert names(bucket.objects[f"/issuers/a/b/{KEYS}"]) == [key.kid]
    server.irsa_ok(*common)
    assert len(bucket.puts) == 2, "the second time says nothing new"
    bucket.status = 403
    done = server.irsa(*common)
    assert done.returncode == 3 and "AccessDenied" in done.stderr and "s3:GetObject" in done.stderr


@pytest.mark.parametrize("arguments", [
    ("--issuer-url", URL),
    ("--directory", "x"),
    ("--issuer-url", URL, "--directory", "x", "--bucket", "s3://abc"),
    ("--issuer-url", URL, "--bucket", "abc"),
    ("--issuer-url", f"{URL}/", "--directory", "x"),
    ("--issuer-url", "oidc.example", "--directory", "x"),
    ("--issuer-url", URL, "--bucket", "s3://abc", "--s3-endpoint", "http://s3.example"),
    ("--issuer-url", URL, "--directory", "x", "--s3-endpoint", "https://s3.example"),
])
def test_what_makes_no_sense_is_refused(server, arguments):
    assert server.irsa("issuer", "publish", *arguments).returncode == 2


def test_no_keys_are_nothing_to_publish(server, tmp_path):
    place = ("--issuer-url", URL, "--directory", str(tmp_path / "site"))
    done = server.irsa("issuer", "publish", *place)
    assert done.returncode == 1 and "--keys" in done.stderr
    assert server.irsa("issuer", "publish", *place, "--keys", "/nowhere").returncode == 5
