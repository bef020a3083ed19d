"""TLS on both sides: the server's own certificate, and those of issuers."""

import http.client
import re
import shutil
import ssl

import boto3
import pytest
from botocore.config import Config

from support.certificates import Authority
from support.documents import trust_web_identity
from support.environment import clean
from support.foreign_issuer import Site
from support.refusal import refused
from support.server import Server, irsa_binary
from support.waiting import wait_until
from support.world import World

SUBJECT = "system:serviceaccount:demo:app"
NOT_TRUSTED = re.compile(
    r"Couldn't retrieve verification key from your identity provider,  please reference "
    r"AssumeRoleWithWebIdentity documentation for requirements|"
    r"OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secure_site(authority):
    """Issuers over https, with a certificate that no system trusts."""
    made = Site(authority.server_context())
    yield made
    made.close()


class TestServer:
    def test_serves_https_and_reads_a_new_certificate(self, start, authority, tmp_path):
        chain, key, first = authority.write("first")
        new_chain, new_key, second = authority.write("second")
        own_chain, own_key = tmp_path / "cert.pem", tmp_path / "key.pem"
        shutil.copy(chain, own_chain)
        shutil.copy(key, own_key)
        server = start("--tls-cert", str(own_chain), "--tls-key", str(own_key))
        assert server.url.startswith("https://")
        client = boto3.session.Session(
            server.admin.access_key_id, server.admin.secret_access_key, region_name="us-east-1"
        ).client("sts", endpoint_url=server.url, verify=str(authority.file), config=Config(
            retries={"total_max_attempts": 1}))
        assert client.get_caller_identity()["Arn"].endswith(":user/admin")
        environment = server.environment() | {"AWS_CA_BUNDLE": str(authority.file)}
        import subprocess

        done = subprocess.run([irsa_binary(), "whoami"], env=environment, capture_output=True,
                              text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        del environment["AWS_CA_BUNDLE"]
        done = subprocess.run([irsa_binary(), "whoami"], env=environment, capture_output=True,
                              text=True, timeout=30, check=False)
        assert done.returncode != 0 and "certificate" in done.stderr, done.stderr

        def serial():
            pem = ssl.get_server_certificate((server.host, server.port), timeout=10)
            from cryptography import x509

            return x509.load_pem_x509_certificate(pem.encode()).serial_number

        assert serial() == first
        shutil.copy(new_key, own_key)
        shutil.copy(new_chain, own_chain)
        wait_until(lambda: serial() == second, "the new certificate", 20)
        own_key.write_text("not a key")
        assert serial() == second, "a file that cannot be read changes nothing"

    def test_plaintext_on_a_tls_port(self, start, authority):
        chain, key, _ = authority.write("plain")
        server = start("--tls-cert", str(chain), "--tls-key", str(key))
        connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        with pytest.raises((http.client.HTTPException, OSError)):
            connection.request("GET", "/")
            assert connection.getresponse().status == 400
            raise http.client.BadStatusLine("refused in plain text, which is as good")
        connection.close()

    def test_a_key_of_another_certificate(self, authority, tmp_path):
        import subprocess

        chain, _, _ = authority.write("one")
        _, key, _ = authority.write("two")
        for cert, private in [(chain, key), (chain, tmp_path / "missing"), (tmp_path / "missing", key)]:
            done = subprocess.run(
                [irsa_binary(), "serve", "--dev", "--listen", "127.0.0.1:0",
                 "--tls-cert", str(cert), "--tls-key", str(private)],
                env=clean(), capture_output=True, text=True, timeout=30, check=False)
            assert (done.returncode, done.stdout) == (1, ""), done.stderr
            assert done.stderr.strip()


class TestIssuers:
    """Which certificates an issuer may show."""

    def assume(self, world, secure_site, thumbprint):
        issuer, provider = world.foreign_issuer(site=secure_site, thumbprint=thumbprint)
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        return world.assume_with_token(role, issuer.token(SUBJECT))

    def test_of_an_authority_that_is_pinned(self, world, secure_site, authority):
        answer = self.assume(world, secure_site, authority.thumbprint())
        assert answer["SubjectFromWebIdentityToken"] == SUBJECT
        answer = self.assume(world, secure_site, authority.thumbprint().upper())
        assert answer["SubjectFromWebIdentityToken"] == SUBJECT

    def test_of_an_authority_that_nobody_knows(self, world, secure_site):
        with refused("InvalidIdentityToken", 400, NOT_TRUSTED):
            self.assume(world, secure_site, "a" * 40)

    def test_of_an_authority_of_the_system(self, start, secure_site, site, authority, tmp_path):
        server = start(variables={"SSL_CERT_FILE": str(authority.file)})
        answer = self.assume(World(server, site, tmp_path), secure_site, "a" * 40)
        assert answer["SubjectFromWebIdentityToken"] == SUBJECT


class TestAddresses:
    """R30: an installation asks nobody who lives in a network of its own, unless it is listed."""

    @pytest.fixture
    def installation(self, tmp_path, authority):
        """Starts `irsa serve` of an installation, without --dev."""
        from test_installation import initialise

        started = []

        def starter(*flags):
            data = tmp_path / "data"
            admin = initialise(data)
            server = Server.standing(
                tmp_path / "server", admin, "--data-dir", str(data), *flags,
                variables={"SSL_CERT_FILE": str(authority.file)})
            started.append(server)
            return server

        yield starter
        for server in started:
            server.stop()

    def test_loopback_is_refused_and_not_even_dialled(self, installation, site, secure_site, tmp_path):
        world = World(installation(), site, tmp_path)
        issuer, provider = world.foreign_issuer(site=secure_site)
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        with refused("InvalidIdentityToken", 400, NOT_TRUSTED):
            world.assume_with_token(role, issuer.token(SUBJECT))
        assert issuer.requests == []

    def test_loopback_when_listed(self, installation, site, secure_site, tmp_path):
        world = World(
            installation("--allow-issuer-cidr", f"127.0.0.1/32:{secure_site.port}"), site, tmp_path)
        issuer, provider = world.foreign_issuer(site=secure_site)
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        assert world.assume_with_token(role, issuer.token(SUBJECT))["Audience"]
        other, provider = world.foreign_issuer(site=secure_site)
        other.discovery["jwks_uri"] = f"https://127.0.0.1:{site.port}/keys"
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        with refused("InvalidIdentityToken", 400, NOT_TRUSTED):
            world.assume_with_token(role, other.token(SUBJECT))

    def test_http_is_for_developers(self, installation, site, tmp_path):
        world = World(installation("--allow-issuer-cidr", "127.0.0.0/8"), site, tmp_path)
        with refused("ValidationError", 400, "Invalid Open ID Connect Provider URL"):
            world.foreign_issuer()
        # Its own issuers are taken from the store.
        name = world.own_issuer()[0]
        provider = world.own_issuer()[1]
        _, role = world.pod_role(provider, "demo/app")
        token = world.pod_token("demo/app", issuer=name)
        assert world.assume_with_token(role, token)["Provider"] == provider
