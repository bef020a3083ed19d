"""The server as a process: what it prints, what it refuses to do, several at once, its end."""

import signal
import socket
import subprocess
import sys

import pytest

from support.environment import clean
from support.server import irsa_binary, parse_exports

EXPORTS = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_EC2_METADATA_DISABLED",
}


def run(*arguments, environment=None):
    return subprocess.run(
        [irsa_binary(), *arguments], env=environment or clean(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=30, check=False)


def test_stdout_carries_exports_and_nothing_else(start):
    server = start()
    assert set(server.variables) == EXPORTS
    assert server.variables["AWS_EC2_METADATA_DISABLED"] == "true"
    assert server.variables["AWS_ENDPOINT_URL"] == server.variables["AWS_ENDPOINT_URL_STS"]
    assert server.variables["AWS_REGION"] == server.variables["AWS_DEFAULT_REGION"] == "us-east-1"
    server.stop()
    assert parse_exports(server.stdout_file.read_text()) == server.variables


def test_an_account_of_ones_own(start):
    server = start("--account", "210987654321")
    assert server.account == "210987654321"


def test_keys_of_ones_own(tmp_path):
    from support.waiting import wait_until

    env_file = tmp_path / "env"
    environment = clean({
        "HOME": str(tmp_path), "IRSA_DEV_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "IRSA_DEV_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    })
    process = subprocess.Popen(
        [irsa_binary(), "serve", "--dev", "--listen", "127.0.0.1:0", "--env-file", str(env_file)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: process.poll() is not None or env_file.exists(), "the env file")
        assert process.poll() is None, process.stderr.read()
        variables = parse_exports(env_file.read_text())
        assert variables["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"
        done = run("whoami", environment=clean(variables))
        assert done.returncode == 0, done.stderr
        assert ":user/admin" in done.stdout
    finally:
        process.terminate()
        process.communicate(timeout=15)


def test_a_port_in_use(server):
    done = run("serve", "--dev", "--listen", f"127.0.0.1:{server.port}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{server.port}" in done.stderr and "--listen" in done.stderr and ":0" in done.stderr


@pytest.mark.parametrize("arguments", [
    ("serve", "--dev", "--listen", "0.0.0.0:0"),
    ("serve", "--listen", "0.0.0.0:0", "--data-dir", "/nonexistent/irsa"),
    ("serve", "--data-dir", "/nonexistent/irsa"),
])
def test_one_clear_sentence_and_exit_1(arguments, tmp_path):
    done = run(*arguments, environment=clean({"HOME": str(tmp_path)}))
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("error:") or done.stderr.startswith("✗"), done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4, done.stderr


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_graceful_end(start, ending):
    server = start()
    with socket.create_connection((server.host, server.port)):
        server.process.send_signal(ending)
        assert server.process.wait(timeout=12) == 0
    with pytest.raises(OSError):
        socket.create_connection((server.host, server.port), timeout=1).close()


class TestDev:
    """`irsa dev -- CMD`: a server for one command."""

    CODE = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"

    def test_runs_a_command_with_its_environment(self, tmp_path):
        done = run("dev", "--", sys.executable, "-c", self.CODE + "; raise SystemExit(3)",
                   environment=clean({"HOME": str(tmp_path)}))
        assert done.returncode == 3, done.stderr
        assert done.stdout.strip().endswith(":user/admin")
        assert list(tmp_path.iterdir()) == [], "something was left behind"

    def test_several_at_once(self, tmp_path):
        started = [
            subprocess.Popen([irsa_binary(), "dev", "--", sys.executable, "-c", self.CODE],
                             env=clean({"HOME": str(tmp_path)}), stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        for process in started:
            out, log = process.communicate(timeout=60)
            assert process.returncode == 0, log
            assert ":user/admin" in out


class TestIssuer:
    """A cluster issuer of the server's own: its documents, tokens and end."""

    def fetch(self, server, path, method="GET", **headers):
        import http.client
        import json

        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            return answer.status, json.loads(body) if answer.status == 200 else body
        finally:
            connection.close()

    def test_documents(self, server):
        from support.names import fresh

        name = fresh("issuer")
        server.irsa_ok("issuer", "create", name)
        status, discovery = self.fetch(server, f"/id/{name}/.well-known/openid-configuration")
        url = f"{server.url}/id/{name}"
        assert status == 200
        assert discovery == {
            "issuer": url, "jwks_uri": f"{url}/openid/v1/jwks",
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        status, keys = self.fetch(server, f"/id/{name}/openid/v1/jwks")
        (key,) = keys["keys"]
        assert (status, key["kty"], key["alg"], key["use"]) == (200, "RSA", "RS256", "sig")
        assert set(key) == {"kty", "alg", "use", "kid", "n", "e"}
        assert self.fetch(server, "/id/no-such-issuer/openid/v1/jwks")[0] == 404

    def test_documents_are_not_built_from_what_a_stranger_says(self, server, world):
        """R28: the Host header changes nothing in them."""
        path = f"/id/{world.own_issuer()[0]}/.well-known/openid-configuration"
        _, discovery = self.fetch(server, path)
        assert self.fetch(server, path, Host="evil.example") == (200, discovery)
        assert self.fetch(server, path, **{"X-Forwarded-Host": "evil.example"}) == (200, discovery)

    @pytest.mark.parametrize(("method", "change", "status"), [
        ("GET", lambda path: path + "/", 404), ("GET", lambda path: "/" + path, 404),
        ("GET", lambda path: path.replace("/id/", "/id/../id/"), 404),
        ("GET", lambda path: path.replace("/id/", "/%69d/"), 404),
        ("GET", lambda path: path.upper(), 404), ("POST", lambda path: path, 404),
        ("DELETE", lambda path: path, 404),
    ])
    def test_paths_are_matched_to_the_byte(self, server, world, method, change, status):
        path = f"/id/{world.own_issuer()[0]}/openid/v1/jwks"
        got, body = self.fetch(server, change(path), method)
        assert got in (status, 400, 403, 405), body
        assert b'"keys"' not in (body if isinstance(body, bytes) else b'"keys"')

    def test_head(self, server, world):
        import http.client

        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        connection.request("HEAD", f"/id/{world.own_issuer()[0]}/openid/v1/jwks")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        connection.close()

    @pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
    def test_tokens(self, server, world, algorithm):
        import base64
        import json

        from support.names import fresh

        name = fresh("issuer")
        server.irsa_ok("issuer", "create", name, "--register", "--key-algorithm", algorithm)
        token = world.pod_token("demo/app", pod="app-0", issuer=name)
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
            for part in token.split(".")[:2])
        assert header["alg"] == algorithm
        assert claims["aud"] == ["sts.amazonaws.com"]
        assert claims["sub"] == "system:serviceaccount:demo:app"
        assert claims["exp"] - claims["iat"] == 3600 and claims["nbf"] <= claims["iat"]
        assert claims["kubernetes.io"]["namespace"] == "demo"
        assert claims["kubernetes.io"]["serviceaccount"]["name"] == "app"
        assert claims["kubernetes.io"]["pod"]["name"] == "app-0"
        assert claims["jti"]
        _, role = world.pod_role(world.provider_of(f"{server.url}/id/{name}"), "demo/app")
        assert world.assume_with_token(role, token)["Audience"] == "sts.amazonaws.com"

    def test_a_token_file_ends_without_a_newline(self, server, world, tmp_path):
        file = tmp_path / "token"
        server.irsa_ok("token", "create", "--issuer", world.own_issuer()[0],
                       "--service-account", "demo/app", "--output-file", str(file))
        text = file.read_text()
        assert text == text.strip() and text.count(".") == 2
        assert file.stat().st_mode & 0o777 == 0o600

    def test_less_than_ten_minutes(self, server, world):
        done = server.irsa("token", "create", "--issuer", world.own_issuer()[0],
                           "--service-account", "demo/app", "--duration", "599s")
        assert done.returncode in (1, 2)
        assert "10m" in done.stderr or "600" in done.stderr, done.stderr

    def test_deleting_shows_what_depends_on_it(self, server, world):
        from support.names import fresh

        name = fresh("issuer")
        server.irsa_ok("issuer", "create", name, "--register")
        provider = world.provider_of(f"{server.url}/id/{name}")
        role_name, _ = world.pod_role(provider, "demo/app")
        done = server.irsa("issuer", "delete", name, "--yes")
        assert done.returncode == 0, done.stderr
        assert provider in done.stderr + done.stdout
        assert role_name in done.stderr + done.stdout
        assert self.fetch(server, f"/id/{name}/openid/v1/jwks")[0] == 404

    def test_an_operation_that_star_does_not_grant(self, server, world):
        """A3: `*` and NotAction do not grant what equals every role that trusts the issuer."""
        from support.documents import allow

        issuer = world.own_issuer()[0]
        condition = {"Condition": {"StringEquals": {"irsa:Namespace": "demo"}}}
        for statements, namespace, granted in [
            ([allow("*")], "demo", False),
            ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "demo", False),
            ([allow("irsa:*", **condition)], "demo", True),
            ([allow("irsa:*", **condition)], "kube-system", False),
        ]:
            _, credentials = world.user(*statements)
            done = server.irsa("token", "create", "--issuer", issuer, "--service-account",
                               f"{namespace}/app", credentials=credentials)
            assert (done.returncode == 0) is granted, (statements, done.stderr)
            if not granted:
                assert "irsa:CreateToken" in done.stderr and "AccessDenied" in done.stderr, done.stderr

    def test_inspect(self, server, world, tmp_path):
        token = world.pod_token("demo/app")
        file = tmp_path / "token"
        file.write_text(token)
        done = server.irsa("token", "inspect", str(file))
        assert done.returncode == 0, done.stderr
        assert "system:serviceaccount:demo:app" in done.stdout
        assert token.rsplit(".", 1)[1] not in done.stdout
        file.write_text(token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB"))
        assert server.irsa("token", "inspect", str(file)).returncode != 0


def test_garbage_leaves_no_records(server, world):
    """A9, in small: what strangers send is answered and leaves nothing in the trail."""
    from support.raw_request import Request

    _, role = world.role()
    before = len(world.events("EventName", "AssumeRoleWithWebIdentity"))
    for n in range(200):
        answer = Request.of_query(
            "sts", Action="AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="garbage",
            WebIdentityToken=f"garbage.{n}.x").send(server)
        assert answer.status == 400
    assert len(world.events("EventName", "AssumeRoleWithWebIdentity")) == before
