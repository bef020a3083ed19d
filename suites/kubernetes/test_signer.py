"""API servers that sign through `irsa signer`: keys rotate, and nobody notices."""

import base64
import json
import subprocess
import threading
import urllib.request

import pytest

from harness.places import HOST, WORK
from harness.signed import WAITS, SignedApiServer, Signer
from support.documents import allow, trust_web_identity
from support.server import Server, irsa_binary
from support.waiting import wait_until
from support.world import World

PUBLIC_URL = "https://irsa.test"
NAME = "signed"
ISSUER = f"{PUBLIC_URL}/id/{NAME}"
LISTEN = f"{HOST}:4577"
TOKEN = "token-of-the-suite"


def start_server(admin=None):
    """`irsa serve` that keeps what it knows; documents are published for a proxy's URL."""
    server = Server(
        WORK / "signed-irsa", "--plaintext", "--dev-allow-remote", "--public-url", PUBLIC_URL,
        "--data-dir", str(WORK / "signed-irsa" / "data"), listen=LISTEN,
    )
    server.admin = server.admin or admin
    return server


class Installation:
    """irsa, a signer with no more rights than it needs, its API server, and a role to assume."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.server = start_server()
        self.irsa("issuer", "create", NAME, "--key-holder", "signers")
        provider = self.server.client("iam").create_open_id_connect_provider(
            Url=ISSUER, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40],
        )["OpenIDConnectProviderArn"]
        world = World(self.server, None, WORK)
        arn = f"arn:aws:irsa:us-east-1:{self.server.account}:issuer/{NAME}"
        _, publisher = world.user(allow(["irsa:PublishKeys", "irsa:GetIssuer"], arn))
        self.variables = self.server.environment(publisher)
        _, self.role = world.role(trust_web_identity(provider, "system:serviceaccount:default:app"))
        self.started = []
        self.signer = self.keep(Signer("signer-a", NAME, self.variables))
        self.api_server = self.keep(self.serve("signed-a", 6443, self.signer))
        status, body = self.api_server.send(
            "POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "app"}})
        assert status == 201, body

    def keep(self, process):
        self.started.append(process)
        return process

    def serve(self, name, port, signer):
        return SignedApiServer(name, port, ISSUER, signer, self.cluster.authority, TOKEN)

    def irsa(self, *arguments):
        """The stdout of an administrator's command that must succeed."""
        done = subprocess.run(
            [irsa_binary(), *arguments], env=self.server.environment(), capture_output=True,
            text=True, timeout=90, check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def show(self):
        return json.loads(self.irsa("issuer", "show", NAME, "-o", "json"))

    def jwks(self):
        """What irsa publishes, by the keys' names."""
        url = f"http://{LISTEN}/id/{NAME}/openid/v1/jwks"
        with urllib.request.urlopen(url, timeout=10) as response:
            return {key["kid"]: key for key in json.load(response)["keys"]}

    def exchange(self, token):
        """Credentials for a token; an error where it is refused."""
        return self.server.unsigned_sts().assume_role_with_web_identity(
            RoleArn=self.role, RoleSessionName="pod", WebIdentityToken=token)

    def stop(self):
        for process in reversed(self.started):
            process.stop()
        self.server.stop()


def header(token):
    """The first segment of a token."""
    text = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.fixture(scope="module")
def signed(cluster):
    made = Installation(cluster)
    yield made
    made.stop()


class Load:
    """Tokens made and exchanged without a pause; the first token again and again."""

    def __init__(self, signed, threads=4):
        self.signed = signed
        self.first = signed.api_server.token("app")
        self.exchanged, self.failures, self.kids = 0, [], set()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def _run(self):
        while not self._stop.is_set():
            try:
                token = self.signed.api_server.token("app")
                for each in (token, self.first):
                    self.signed.exchange(each)
                with self._lock:
                    self.exchanged += 2
                    self.kids.add(header(token)["kid"])
            except Exception as error:  # noqa: BLE001
                with self._lock:
                    self.failures.append(repr(error))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_the_api_server_and_irsa_publish_the_same_keys(signed):
    token = signed.api_server.token("app")
    assert header(token) == {"alg": "ES256", "kid": header(token)["kid"], "typ": "JWT"}
    assert signed.api_server.jwks() == signed.jwks()
    assert list(signed.jwks()) == [header(token)["kid"]]
    answer = signed.exchange(token)
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:default:app"
    status, discovery = signed.api_server.send("GET", "/.well-known/openid-configuration")
    assert status == 200
    assert discovery["id_token_signing_alg_values_supported"] == ["ES256"]


def test_tokens_live_no_longer_than_the_signer_lets_them(signed):
    token = signed.api_server.token("app", secs=86_400)
    text = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert claims["exp"] - claims["iat"] == 600


def test_keys_rotate_under_load_and_no_exchange_fails(signed):
    api_server = signed.api_server
    (old,) = signed.jwks()
    before = api_server.token("app", audience=ISSUER)
    with Load(signed) as load:
        signed.irsa("issuer", "rotate", NAME, "--until", "signing")
        (new,) = set(signed.jwks()) - {old}
        wait_until(lambda: new in load.kids, "tokens of the new key", 30)
    assert not load.failures, load.failures[:3]
    assert load.exchanged > 20
    assert load.kids == {old, new}
    states = {key["KeyId"]: key["State"] for key in signed.show()["Keys"]}
    assert states == {new: "SIGNING", old: "RETIRING"}
    assert api_server.jwks() == signed.jwks()
    after = api_server.token("app", audience=ISSUER)
    assert header(after)["kid"] == new
    assert api_server.takes(before) and api_server.takes(after)


def test_a_signer_that_restarts_goes_on_with_its_keys(signed):
    before = signed.api_server.token("app")
    signed.signer.kill()
    signed.signer.start()
    after = wait_until(lambda: signed.api_server.try_token("app"), "a token after the restart", 30)
    assert header(after)["kid"] == header(before)["kid"]
    signed.exchange(before)
    signed.exchange(after)


def test_it_signs_while_irsa_is_down_and_after_a_restart_too(signed):
    admin = signed.server.admin
    signed.server.kill()
    first = signed.api_server.token("app")
    signed.signer.stop()
    signed.signer.start()
    second = wait_until(lambda: signed.api_server.try_token("app"), "a token without irsa", 30)
    signed.server = start_server(admin)
    for token in (first, second):
        signed.exchange(token)
    assert signed.api_server.jwks() == signed.jwks()


def test_a_cluster_comes_up_before_the_irsa_that_runs_in_it(signed):
    name, url = "early", f"{PUBLIC_URL}/id/early"
    signed.irsa("issuer", "create", name, "--key-holder", "signers")
    world = World(signed.server, None, WORK)
    provider = signed.server.client("iam").create_open_id_connect_provider(
        Url=url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
    arn = f"arn:aws:irsa:us-east-1:{signed.server.account}:issuer/{name}"
    _, publisher = world.user(allow(["irsa:PublishKeys", "irsa:GetIssuer"], arn))
    variables = signed.server.environment(publisher)
    _, role = world.role(trust_web_identity(provider, "system:serviceaccount:default:app"))
    admin = signed.server.admin
    signed.server.kill()
    started = []
    try:
        started.append(Signer(
            "signer-early", name, variables, "--url", url, "--first-key-signs-unpublished"))
        started.append(SignedApiServer("signed-early", 6448, url, started[0], signed.cluster.authority, TOKEN))
        token = started[1].token("app")
        assert started[1].takes(started[1].token("app", audience=url))
        assert header(token)["kid"] in started[1].kids()
        assert "cannot be exchanged until" in started[0].tail()
        signed.server = start_server(admin)

        def exchanged():
            try:
                return signed.server.unsigned_sts().assume_role_with_web_identity(
                    RoleArn=role, RoleSessionName="pod", WebIdentityToken=token)
            except signed.server.client("sts").exceptions.ClientError:
                return None

        assert wait_until(exchanged, "the token that was made before the key was published", 60)
    finally:
        for process in reversed(started):
            process.stop()


def test_a_second_signer_on_the_socket_is_refused(signed):
    for state, said in [("other", "another signer serves on"), ("signer-a", "another signer uses the state directory")]:
        done = subprocess.run(
            [irsa_binary(), "signer", "--issuer", NAME, "--socket", str(signed.signer.socket),
             "--state-dir", str(WORK / state), *WAITS],
            env=signed.variables, capture_output=True, text=True, timeout=30, check=False,
        )
        assert done.returncode == 1
        assert said in done.stderr, done.stderr
    assert signed.api_server.token("app")
    assert not (WORK / "other.key").exists()


def test_api_servers_of_one_cluster_take_each_others_tokens(signed):
    signer = signed.keep(Signer("signer-b", NAME, signed.variables))
    wait_until(lambda: len(signed.show()["Signers"]) == 2, "the second signer's keys", 30)
    other = signed.keep(signed.serve("signed-b", 6444, signer))
    token = wait_until(lambda: other.try_token("app", audience=ISSUER), "a token of the second", 60)
    wait_until(lambda: signed.api_server.takes(token), "the first to take it", 30)
    assert other.takes(signed.api_server.token("app", audience=ISSUER))
    wait_until(lambda: other.jwks() == signed.api_server.jwks() == signed.jwks(), "the same keys", 30)
    signed.exchange(other.token("app"))
