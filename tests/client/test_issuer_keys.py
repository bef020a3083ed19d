"""Keys of API servers that sign with a file: `irsa issuer export-key`, `import-key`, `remove-key`."""

import base64
import hashlib
import json
import subprocess
import time
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from support.cluster import Cluster
from support.documents import trust_web_identity
from support.foreign_issuer import b64, jws
from support.names import fresh

SUBJECT = "system:serviceaccount:demo:app"


@pytest.fixture
def issuer(server):
    """An issuer whose keys are its signers'."""
    name = fresh("files")
    server.irsa_ok("issuer", "create", name, "--key-holder", "signers", "--register")
    return server.irsa_json("issuer", "show", name)


def spki(private):
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def kid(private):
    """As kube-apiserver computes it."""
    return b64(hashlib.sha256(spki(private)).digest())


def signed(issuer, private):
    """A token as kube-apiserver signs it with this key."""
    now = int(time.time())
    algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"

    def sign(text):
        if algorithm == "RS256":
            return private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = utils.decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return jws({"alg": algorithm, "kid": kid(private)}, {
        "aud": ["sts.amazonaws.com"], "iss": issuer["Url"], "sub": SUBJECT,
        "iat": now, "nbf": now, "exp": now + 3600}, sign)


def session(server, issuer, private):
    """Assumes a role that trusts the ServiceAccount; the error's code, or None."""
    name = fresh("role")
    provider = f"arn:aws:iam::{server.account}:oidc-provider/{issuer['Url'].split('://')[1]}"
    server.client("iam").create_role(
        RoleName=name, AssumeRolePolicyDocument=trust_web_identity(provider, SUBJECT))
    sts = server.client("sts")
    try:
        sts.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{server.account}:role/{name}", RoleSessionName="test",
            WebIdentityToken=signed(issuer, private))
    except sts.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return None


def document(issuer, path):
    with urlopen(f"{issuer['Url']}{path}", timeout=10) as answer:
        return json.load(answer)


def published(issuer):
    return {key["kid"] for key in document(issuer, "/openid/v1/jwks")["keys"]}


def write(path, private, form="PKCS8"):
    path.write_bytes(private.private_bytes(
        serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form),
        serialization.NoEncryption()))
    return str(path)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_exported_key_signs_for_its_issuer(server, issuer, tmp_path, algorithm):
    file, public = tmp_path / "sa.key", tmp_path / "sa.pub"
    result = server.irsa_json(
        "issuer", "export-key", issuer["Name"], "--file", str(file), "--public-file", str(public),
        "--key-algorithm", algorithm)
    assert file.stat().st_mode & 0o777 == 0o600
    private = serialization.load_pem_private_key(file.read_bytes(), None)
    assert result["KeyId"] == kid(private) and result["Algorithm"] == algorithm
    assert serialization.load_pem_public_key(public.read_bytes()) == private.public_key()
    assert f"--service-account-signing-key-file={file}" in result["ApiServerFlags"]
    assert f"--service-account-issuer={issuer['Url']}" in result["ApiServerFlags"]
    assert published(issuer) == {kid(private)}
    assert session(server, issuer, private) is None
    log = server.log()
    body = "".join(file.read_text().splitlines()[1:-1])
    assert body[:40] not in log


def test_a_private_key_never_goes_to_a_terminal_or_over_a_file(server, issuer, tmp_path):
    file = tmp_path / "sa.key"
    file.write_text("mine")
    done = server.irsa("issuer", "export-key", issuer["Name"], "--file", str(file))
    assert done.returncode == 1 and "import-key" in done.stderr
    assert file.read_text() == "mine" and published(issuer) == set()
    other = tmp_path / "other.key"
    done = server.irsa("issuer", "export-key", issuer["Name"], "--file", str(other))
    assert done.returncode == 0 and "PRIVATE" not in done.stdout + done.stderr
    done = server.irsa("issuer", "export-key", issuer["Name"])
    assert done.returncode == 2


def test_the_keys_of_the_server_never_leave_it(server, tmp_path):
    name = fresh("own")
    server.irsa_ok("issuer", "create", name)
    file = tmp_path / "sa.key"
    done = server.irsa("issuer", "export-key", name, "--file", str(file))
    assert done.returncode == 1 and "never leave" in done.stderr and "--key-holder" in done.stderr
    assert not file.exists()


def test_the_guides_key_pair(server, issuer, tmp_path):
    """SELF_HOSTED_SETUP of amazon-eks-pod-identity-webhook: ssh-keygen, twice."""
    key = tmp_path / "sa-signer.key"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-f", key, "-m", "pem", "-N", ""],
                   check=True, stdin=subprocess.DEVNULL)
    public = tmp_path / "sa-signer-pkcs8.pub"
    public.write_bytes(subprocess.run(
        ["ssh-keygen", "-e", "-m", "PKCS8", "-f", f"{key}.pub"], check=True,
        capture_output=True).stdout)
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    done = server.irsa("issuer", "import-key", issuer["Name"], f"{key}.pub")
    assert done.returncode == 1 and "ssh-keygen -e -m PKCS8" in done.stderr
    first = server.irsa_json("issuer", "import-key", issuer["Name"], str(public))
    assert first["Keys"] == [
        {"KeyId": kid(private), "Algorithm": "RS256", "WasPublished": False}]
    again = server.irsa_json("issuer", "import-key", issuer["Name"], str(key))
    assert again["Keys"][0] == first["Keys"][0] | {"WasPublished": True}
    assert published(issuer) == {kid(private)}
    assert session(server, issuer, private) is None


def test_two_keys_verify_side_by_side_until_one_is_removed(server, issuer, tmp_path):
    old, new = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    files = [write(tmp_path / "old.key", old, form="TraditionalOpenSSL"),
             write(tmp_path / "new.key", new)]
    server.irsa_ok("issuer", "import-key", issuer["Name"], *files)
    assert published(issuer) == {kid(old), kid(new)}
    discovery = document(issuer, "/.well-known/openid-configuration")
    assert discovery["id_token_signing_alg_values_supported"] == ["ES256", "RS256"]
    assert session(server, issuer, old) is None and session(server, issuer, new) is None
    asked = server.irsa("issuer", "remove-key", issuer["Name"], kid(old))
    assert asked.returncode == 1 and "--yes" in asked.stderr
    assert kid(old) in published(issuer)
    server.irsa_ok("issuer", "remove-key", issuer["Name"], kid(old), "--yes")
    assert published(issuer) == {kid(new)}
    assert session(server, issuer, old) == "InvalidIdentityToken"
    assert session(server, issuer, new) is None
    gone = server.irsa("issuer", "remove-key", issuer["Name"], kid(old), "--yes")
    assert gone.returncode == 5


def test_a_file_that_a_second_cluster_signs_with_is_refused(server, issuer, tmp_path):
    private = ec.generate_private_key(ec.SECP256R1())
    file = write(tmp_path / "copied.key", private)
    server.irsa_ok("issuer", "import-key", issuer["Name"], file)
    second = fresh("issuer")
    server.irsa_ok("issuer", "create", second, "--key-holder", "signers")
    done = server.irsa("issuer", "import-key", second, file)
    assert done.returncode == 1 and f"The key {kid(private)} belongs to another issuer" in done.stderr, done.stderr
    assert issuer["Name"] not in done.stderr and "irsa issuer export-key" in done.stderr
    server.irsa_ok("issuer", "import-key", issuer["Name"], file)
    server.irsa_ok("issuer", "remove-key", issuer["Name"], kid(private), "--yes")
    server.irsa_ok("issuer", "import-key", second, file)


def test_keys_in_files_are_rotated_by_their_users(server, issuer, tmp_path):
    name = issuer["Name"]
    server.irsa_ok("issuer", "export-key", name, "--file", str(tmp_path / "sa.key"))
    refused = server.irsa("issuer", "rotate", name)
    assert refused.returncode == 1
    assert "keys are in files of API servers" in refused.stderr
    assert f"irsa issuer export-key {name} --file NEW.key" in refused.stderr


def test_the_keys_of_a_running_cluster(server, issuer, tmp_path):
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    cluster = Cluster(tmp_path, "https://kubernetes.default.svc")
    cluster.keys = {"keys": [{
        "use": "sig", "kty": "RSA", "kid": kid(private), "alg": "RS256", "e": "AQAB",
        "n": b64(numbers.n.to_bytes(size, "big"))}]}
    try:
        done = server.irsa("issuer", "import-key", issuer["Name"],
                           "--kubeconfig", str(cluster.kubeconfig))
    finally:
        cluster.close()
    assert done.returncode == 0, done.stderr
    assert f"--service-account-issuer={issuer['Url']}" in done.stderr
    assert published(issuer) == {kid(private)}
    assert session(server, issuer, private) is None


@pytest.mark.parametrize(("content", "said"), [
    (b"", "neither a PEM block nor a JWK set"),
    (b"\xff", "neither a PEM block nor a JWK set"),
    (b"-----BEGIN PRIVATE KEY-----\nAAAA", "torn or damaged"),
    (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "CERTIFICATE"),
    (json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).encode(), "private member"),
])
def test_a_file_without_keys_is_refused(server, issuer, tmp_path, content, said):
    file = tmp_path / "keys"
    file.write_bytes(content)
    done = server.irsa("issuer", "import-key", issuer["Name"], str(file))
    assert done.returncode == 1 and said in done.stderr
    assert published(issuer) == set()


def test_what_names_no_keys_or_no_issuer(server, issuer, tmp_path):
    assert server.irsa("issuer", "import-key", issuer["Name"]).returncode == 2
    assert server.irsa("issuer", "import-key", issuer["Name"], "/nowhere").returncode == 5
    done = server.irsa("issuer", "import-key", "nobody-here", "/nowhere")
    assert done.returncode == 5 and "--key-holder signers" in done.stderr


def test_base64_of_what_is_sent_is_the_public_key_alone(server, issuer, tmp_path):
    private = rsa.generate_private_key(65537, 2048)
    file = write(tmp_path / "sa.key", private, form="TraditionalOpenSSL")
    done = server.irsa("-v", "issuer", "import-key", issuer["Name"], file)
    assert done.returncode == 0
    secret = base64.b64encode(private.private_numbers().d.to_bytes(256, "big")).decode()
    assert secret[10:60] not in done.stderr + server.log()
