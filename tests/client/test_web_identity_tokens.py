"""AssumeRoleWithWebIdentity: every way in which a token can be wrong, and those in which it is not."""

import json
import re
import socket
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from support.documents import document, trust_web_identity
from support.foreign_issuer import AUDIENCE, Key, b64, hs256, jws
from support.names import fresh
from support.refusal import refused
from support.world import World

SUBJECT = "system:serviceaccount:demo:app"

NO_JWT = (
    "The ID Token provided is not a valid JWT. "
    "(You may see this error if you sent an Access Token)"
)
# AWS's text for a token without a signature is not on record; its code is.
EITHER = re.compile(".*valid JWT.*|The web identity token provided could not be validated.*")
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
NOT_VALIDATED = (
    "The web identity token provided could not be validated. "
    "See the AssumeRoleWithWebIdentity documentation for requirements."
)
UNREACHABLE = (
    "The request could not be fulfilled because the identity provider (IDP) that was asked to "
    "verify the incoming identity token could not be reached."
)
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
TIMESTAMP = "Invalid timestamp in token claims."
SEVERAL = "Token audience contains more than one audience while authorized party is not present"
FUTURE = re.compile(r"Token issued in the future: -?\d+")
EARLY = re.compile(
    r"Token not yet valid: current date/time \d{10} must be after or equal to the not-before "
    r"date/time \d{10}"
)
EXPIRED = re.compile(
    r"Token expired: current date/time \d{10} must be before the expiration date/time ?\d{10}"
)


@pytest.fixture(scope="module")
def trusted(world):
    """A foreign issuer, and a role that trusts one of its ServiceAccounts."""
    issuer, provider = world.foreign_issuer()
    _, role = world.role(trust_web_identity(provider, SUBJECT))
    return issuer, provider, role


def now():
    return int(time.time())


def tampered(token, part, change):
    """The token with one part decoded, changed and put back; the signature stays."""
    parts = token.split(".")
    import base64

    text = base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))
    parts[part] = b64(change(text))
    return ".".join(parts)


def raw_claims(issuer, changed):
    """Claims as text in which a member was replaced by raw JSON."""
    name, raw = changed
    claims = issuer.claims(SUBJECT)
    claims.pop(name, None)
    return json.dumps(claims)[:-1] + f', "{name}": {raw}' + "}"


def signed(issuer, claims, **header):
    """A token with the issuer's own signature over raw claims."""
    key = issuer.keys[0]
    head = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"} | header
    return jws(head, claims, key.sign)


BAD_TOKENS = {
    # Not valid now. Skew is five minutes each way.
    "expired": (lambda i: i.token(SUBJECT, iat=now() - 7200, nbf=now() - 7200, exp=now() - 400),
                "ExpiredTokenException", EXPIRED),
    "issued in the future": (lambda i: i.token(SUBJECT, iat=now() + 400, exp=now() + 4000),
                             "InvalidIdentityToken", FUTURE),
    "not yet valid": (lambda i: i.token(SUBJECT, nbf=now() + 400), "InvalidIdentityToken", EARLY),
    # The signature.
    "payload changed": (lambda i: tampered(i.token("system:serviceaccount:demo:oth"), 1,
                                           lambda text: text.replace(b"demo:oth", b"demo:app")),
                        "InvalidIdentityToken", NOT_VALIDATED),
    "header changed": (lambda i: tampered(i.token(SUBJECT), 0,
                                          lambda text: text.replace(b'"JWT"', b'"jwt"')),
                       "InvalidIdentityToken", NOT_VALIDATED),
    "signature changed": (lambda i: tampered(i.token(SUBJECT), 2,
                                             lambda text: bytes([text[0] ^ 1]) + text[1:]),
                          "InvalidIdentityToken", NOT_VALIDATED),
    "signature empty": (lambda i: i.token(SUBJECT).rsplit(".", 1)[0] + ".",
                        "InvalidIdentityToken", EITHER),
    "another key of the same name": (lambda i: i.token(SUBJECT, key=Key(kid=i.keys[0].kid)),
                                     "InvalidIdentityToken", NOT_VALIDATED),
    # The algorithm.
    "alg none": (lambda i: jws({"alg": "none", "kid": i.keys[0].kid}, i.claims(SUBJECT),
                               lambda _: b""), "InvalidIdentityToken", EITHER),
    "alg None": (lambda i: jws({"alg": "None", "kid": i.keys[0].kid}, i.claims(SUBJECT),
                               lambda _: b"x"), "InvalidIdentityToken", NOT_VALIDATED),
    "HS256 with the public key": (lambda i: jws({"alg": "HS256", "kid": i.keys[0].kid},
                                                i.claims(SUBJECT), hs256(i.keys[0].pem())),
                                  "InvalidIdentityToken", NOT_VALIDATED),
    "PS256": (lambda i: i.token(SUBJECT, header={"alg": "PS256"}), "InvalidIdentityToken", NOT_VALIDATED),
    "RS512 named for an RS256 key": (lambda i: i.token(SUBJECT, header={"alg": "RS512"}),
                                     "InvalidIdentityToken", NO_KEY),
    "ES256 named for an RSA key": (lambda i: i.token(SUBJECT, header={"alg": "ES256"}),
                                   "InvalidIdentityToken", NO_KEY),
    # The key.
    "unknown kid": (lambda i: i.token(SUBJECT, header={"kid": fresh("no-such")}),
                    "InvalidIdentityToken", NO_KEY),
    "kid that climbs": (lambda i: i.token(SUBJECT, header={"kid": "../../k"}),
                        "InvalidIdentityToken", NO_KEY),
    "kid of SQL": (lambda i: i.token(SUBJECT, header={"kid": "' OR 1=1 --"}),
                   "InvalidIdentityToken", NO_KEY),
    "kid of 10 kB": (lambda i: i.token(SUBJECT, header={"kid": "k" * 10_000}),
                     "InvalidIdentityToken", re.compile(f"{re.escape(NO_JWT)}|{re.escape(NO_KEY)}")),
    # Critical headers.
    "crit": (lambda i: i.token(SUBJECT, header={"crit": ["exp"], "exp": now() + 60}),
             "InvalidIdentityToken", NO_JWT),
    "b64": (lambda i: i.token(SUBJECT, header={"b64": False}), "InvalidIdentityToken", NO_JWT),
    "zip": (lambda i: i.token(SUBJECT, header={"zip": "DEF"}), "InvalidIdentityToken", NO_JWT),
    # Not a JWT.
    "no dots": (lambda i: "access-token", "InvalidIdentityToken", NO_JWT),
    "two parts": (lambda i: i.token(SUBJECT).rsplit(".", 1)[0], "InvalidIdentityToken", NO_JWT),
    "four parts": (lambda i: i.token(SUBJECT) + ".x", "InvalidIdentityToken", NO_JWT),
    "padded": (lambda i: i.token(SUBJECT) + "==", "InvalidIdentityToken", NO_JWT),
    "standard alphabet": (lambda i: "+" + i.token(SUBJECT), "InvalidIdentityToken", NO_JWT),
    "blank in the middle": (lambda i: i.token(SUBJECT).replace(".", ". "), "InvalidIdentityToken", NO_JWT),
    "header no JSON": (lambda i: jws("{", i.claims(SUBJECT), i.keys[0].sign),
                       "InvalidIdentityToken", NO_JWT),
    "claims no JSON": (lambda i: signed(i, "{"), "InvalidIdentityToken", NO_JWT),
    "claims a list": (lambda i: signed(i, "[]"), "InvalidIdentityToken", NO_JWT),
    "claims too deep": (lambda i: signed(i, raw_claims(i, ("x", "[" * 40 + "]" * 40))),
                        "InvalidIdentityToken", NO_JWT),
    # Claims that are missing.
    **{f"no {claim}": (lambda i, claim=claim: i.token(SUBJECT, **{claim: ...}),
                       "InvalidIdentityToken", f"Missing a required claim: {claim}")
       for claim in ("iss", "sub", "aud", "iat", "exp")},
    # Claims that are wrong.
    "exp a fraction": (lambda i: signed(i, raw_claims(i, ("exp", f"{now() + 600}.5"))),
                       "InvalidIdentityToken", TIMESTAMP),
    "exp null": (lambda i: i.token(SUBJECT, exp=None), "InvalidIdentityToken", TIMESTAMP),
    "exp a text": (lambda i: i.token(SUBJECT, exp=str(now() + 600)), "InvalidIdentityToken", TIMESTAMP),
    "exp 1e400": (lambda i: signed(i, raw_claims(i, ("exp", "1e400"))),
                  "InvalidIdentityToken", re.compile(f"{re.escape(TIMESTAMP)}|{re.escape(NO_JWT)}")),
    "exp negative": (lambda i: i.token(SUBJECT, exp=-1), "InvalidIdentityToken", TIMESTAMP),
    "iat a fraction": (lambda i: signed(i, raw_claims(i, ("iat", f"{now()}.5"))),
                       "InvalidIdentityToken", TIMESTAMP),
    "nbf null": (lambda i: i.token(SUBJECT, nbf=None), "InvalidIdentityToken", TIMESTAMP),
    "sub of five characters": (lambda i: i.token("short"), "InvalidIdentityToken", NOT_VALIDATED),
    "sub of 256 characters": (lambda i: i.token("s" * 256), "InvalidIdentityToken", NOT_VALIDATED),
    "sub with a control character": (lambda i: i.token("system:\nserviceaccount"),
                                     "InvalidIdentityToken", NOT_VALIDATED),
    "sub a number": (lambda i: i.token(123456789), "InvalidIdentityToken", NOT_VALIDATED),
    # The audience.
    "aud not registered": (lambda i: i.token(SUBJECT, aud=["other.example"]),
                           "InvalidIdentityToken", NOT_VALIDATED),
    "aud in other case": (lambda i: i.token(SUBJECT, aud=[AUDIENCE.upper()]),
                          "InvalidIdentityToken", NOT_VALIDATED),
    "aud empty": (lambda i: i.token(SUBJECT, aud=[]), "InvalidIdentityToken",
                  "Claim is not allowed to be empty: aud"),
    "aud of numbers": (lambda i: i.token(SUBJECT, aud=[1]), "InvalidIdentityToken", NOT_VALIDATED),
    "two aud, no azp": (lambda i: i.token(SUBJECT, aud=[AUDIENCE, "kubernetes.default.svc"]),
                        "InvalidIdentityToken", SEVERAL),
    "azp not registered": (lambda i: i.token(SUBJECT, azp="other.example"),
                           "InvalidIdentityToken", NOT_VALIDATED),
}


@pytest.mark.parametrize("case", BAD_TOKENS)
def test_a_bad_token_is_refused(world: World, trusted, case):
    issuer, _, role = trusted
    make, code, text = BAD_TOKENS[case]
    with refused(code, 400, text):
        world.assume_with_token(role, make(issuer))


GOOD_TOKENS = {
    "plain": lambda i: i.token(SUBJECT),
    "aud a text": lambda i: i.token(SUBJECT, aud=AUDIENCE),
    "a newline at the end": lambda i: i.token(SUBJECT) + "\n",
    "no typ": lambda i: i.token(SUBJECT, header={"typ": ...}),
    "no nbf": lambda i: i.token(SUBJECT, nbf=...),
    "expired within the skew": lambda i: i.token(SUBJECT, iat=now() - 3600, nbf=now() - 3600,
                                                 exp=now() - 200),
    "issued ahead within the skew": lambda i: i.token(SUBJECT, iat=now() + 200, nbf=now() + 200),
    "azp registered": lambda i: i.token(SUBJECT, azp=AUDIENCE),
    "two aud and azp": lambda i: i.token(SUBJECT, aud=[AUDIENCE, "other"], azp=AUDIENCE),
    "jku, x5u and jwk that nobody reads": lambda i: i.token(SUBJECT, header={
        "jku": "http://127.0.0.1:9/k", "x5u": "http://127.0.0.1:9/x", "jwk": Key().jwk(),
    }),
    "no kid, one key": lambda i: i.token(SUBJECT, header={"kid": ...}),
}


@pytest.mark.parametrize("case", GOOD_TOKENS)
def test_a_good_token_opens_a_session(server, world, trusted, case):
    issuer, provider, role = trusted
    answer = world.assume_with_token(role, GOOD_TOKENS[case](issuer))
    assert answer["Provider"] == provider
    assert answer["Audience"] == AUDIENCE
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_each_algorithm(world, algorithm):
    issuer, provider = world.foreign_issuer(Key(algorithm))
    _, role = world.role(trust_web_identity(provider, SUBJECT))
    answer = world.assume_with_token(role, issuer.token(SUBJECT))
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT


BAD_ES256 = {
    "DER": lambda key, data: key.sign(data, der=True),
    "63 bytes": lambda key, data: key.sign(data)[:63],
    "r is zero": lambda key, data: bytes(32) + key.sign(data)[32:],
    "s is zero": lambda key, data: key.sign(data)[:32] + bytes(32),
    "s is n": lambda key, data: key.sign(data)[:32] + bytes.fromhex(
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
}


@pytest.fixture(scope="module")
def elliptic(world):
    """An issuer with one P-256 key and a role that trusts it."""
    issuer, provider = world.foreign_issuer(Key("ES256"))
    return issuer, world.role(trust_web_identity(provider, SUBJECT))[1]


@pytest.mark.parametrize("case", BAD_ES256)
def test_a_bad_ecdsa_signature_is_refused(world, elliptic, case):
    issuer, role = elliptic
    key = issuer.keys[0]
    token = jws({"alg": "ES256", "kid": key.kid}, issuer.claims(SUBJECT),
                lambda data: BAD_ES256[case](key, data))
    with refused("InvalidIdentityToken", 400, NOT_VALIDATED):
        world.assume_with_token(role, token)


class WeakKey(Key):
    """A key whose JWK was made by hand."""

    def __init__(self, changed):
        super().__init__()
        self.changed = changed

    def jwk(self):
        return {k: v for k, v in (super().jwk() | self.changed).items() if v is not ...}


SMALL = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
UNUSABLE_KEYS = {
    "for encryption": {"use": "enc"},
    "key_ops without verify": {"key_ops": ["encrypt"], "use": ...},
    "of 1024 bits": {"n": b64(SMALL.to_bytes(128, "big"))},
    "exponent 1": {"e": b64(b"\x01")},
    "even exponent": {"e": b64(b"\x02")},
    "of 16384 bits": {"n": b64(b"\xff" * 2048)},
    "symmetric": {"kty": "oct", "k": b64(b"secret")},
    "with private members": {"d": b64(b"\x05" * 256)},
    "for another algorithm": {"alg": "RS512"},
}


@pytest.mark.parametrize("case", UNUSABLE_KEYS)
def test_a_key_that_must_not_verify_does_not(world, case):
    issuer, provider = world.foreign_issuer(WeakKey(UNUSABLE_KEYS[case]))
    _, role = world.role(trust_web_identity(provider, SUBJECT))
    with refused("InvalidIdentityToken", 400, NO_KEY):
        world.assume_with_token(role, issuer.token(SUBJECT))


class TestIssuer:
    """The token names its issuer; the provider is found in the role's account."""

    def test_unknown(self, world, trusted, site):
        unknown = site.issuer()
        text = f"No OpenIDConnect provider found in your account for {unknown.url}"
        with refused("InvalidIdentityToken", 400, text):
            world.assume_with_token(trusted[2], unknown.token(SUBJECT))
        assert unknown.requests == [], "an issuer that nobody registered was asked"

    @pytest.mark.parametrize("change", [lambda url: url + "/", lambda url: url.upper(),
                                        lambda url: url + "x", lambda url: url[:-1]])
    def test_spelled_otherwise(self, world, trusted, change):
        issuer, _, role = trusted
        url = change(issuer.url)
        with refused("InvalidIdentityToken", 400,
                     f"No OpenIDConnect provider found in your account for {url}"):
            world.assume_with_token(role, issuer.token(SUBJECT, iss=url))

    def test_of_another_with_the_same_kid(self, world, trusted):
        """A6: another issuer signs with this issuer's `iss` and kid."""
        issuer, _, role = trusted
        other, _ = world.foreign_issuer(Key(kid=issuer.keys[0].kid))
        forged = other.token(SUBJECT, iss=issuer.url)
        with refused("InvalidIdentityToken", 400, NOT_VALIDATED):
            world.assume_with_token(role, forged)

    def test_registered_but_not_trusted_by_the_role(self, world, trusted):
        """A20 among others: a provider whose URL starts like the trusted one's."""
        other, _ = world.foreign_issuer()
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(trusted[2], other.token(SUBJECT))

    def test_unreachable(self, world, site):
        issuer = site.issuer()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            issuer.url = f"http://127.0.0.1:{free.getsockname()[1]}/{issuer.name}"
            provider = world.server.client("iam").create_open_id_connect_provider(
                Url=issuer.url, ClientIDList=[AUDIENCE], ThumbprintList=["a" * 40]
            )["OpenIDConnectProviderArn"]
            _, role = world.role(trust_web_identity(provider, SUBJECT))
            with refused("IDPCommunicationError", 400, UNREACHABLE):
                world.assume_with_token(role, issuer.token(SUBJECT))

    def test_slow(self, world):
        issuer, provider = world.foreign_issuer()
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        import threading

        over = threading.Event()
        issuer.behaviour = lambda handler: over.wait(20)
        started = time.monotonic()
        with refused("IDPCommunicationError", 400, UNREACHABLE):
            world.assume_with_token(role, issuer.token(SUBJECT))
        over.set()
        assert 4.5 < time.monotonic() - started < 8

    BAD_SITES = {
        "discovery oversized": lambda issuer: lambda handler: handler.answer(b" " * (1024 * 1024 + 1) + b"{}"),
        "discovery no JSON": lambda issuer: lambda handler: handler.answer(b"<html>"),
        "discovery of another issuer": lambda issuer: lambda handler: handler.answer(
            json.dumps(issuer.discovery | {"issuer": issuer.url + "x"}).encode()),
        "discovery without jwks_uri": lambda issuer: lambda handler: handler.answer(
            json.dumps({"issuer": issuer.url}).encode()),
        "redirect to another port": lambda issuer: lambda handler: handler.answer(
            b"", 302, [("Location", "http://127.0.0.1:9/")]),
        "redirect to a private address": lambda issuer: lambda handler: handler.answer(
            b"", 302, [("Location", "http://169.254.169.254/latest/meta-data")]),
        "redirect without end": lambda issuer: lambda handler: handler.answer(
            b"", 302, [("Location", handler.path)]),
        "jwks_uri at a private address": lambda issuer: lambda handler: handler.answer(
            json.dumps(issuer.discovery | {"jwks_uri": "http://10.255.255.1/keys"}).encode()),
        "jwks_uri of another scheme": lambda issuer: lambda handler: handler.answer(
            json.dumps(issuer.discovery | {"jwks_uri": "file:///etc/passwd"}).encode()),
    }

    @pytest.mark.parametrize("case", BAD_SITES)
    def test_with_bad_documents(self, world, case):
        issuer, provider = world.foreign_issuer()
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        issuer.behaviour = self.BAD_SITES[case](issuer)
        started = time.monotonic()
        with refused("InvalidIdentityToken", 400, NO_KEY):
            world.assume_with_token(role, issuer.token(SUBJECT))
        assert time.monotonic() - started < 4, "refused by what it says, not by a time-out"

    def test_with_a_hundred_and_one_keys(self, world):
        keys = [Key("ES256") for _ in range(101)]
        issuer, provider = world.foreign_issuer(*keys)
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        with refused("InvalidIdentityToken", 400, NO_KEY):
            world.assume_with_token(role, issuer.token(SUBJECT))

    def test_keys_are_fetched_once(self, world):
        issuer, provider = world.foreign_issuer()
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        for _ in range(5):
            world.assume_with_token(role, issuer.token(SUBJECT))
        assert len(issuer.requests) == 2, issuer.requests

    def test_a_new_key_is_found_and_unknown_ones_are_not_asked_for_without_end(self, world):
        issuer, provider = world.foreign_issuer(Key("ES256"))
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        world.assume_with_token(role, issuer.token(SUBJECT))
        rotated = Key("ES256")
        issuer.keys.append(rotated)
        world.assume_with_token(role, issuer.token(SUBJECT, key=rotated))
        for _ in range(20):
            with refused("InvalidIdentityToken", 400, NO_KEY):
                world.assume_with_token(role, issuer.token(SUBJECT, header={"kid": fresh("kid")}))
        assert len(issuer.requests) <= 2 * 5, f"{len(issuer.requests)} requests"


class TestDuplicates:
    """A12: of duplicate members the last counts, in trust policy, answer and audit alike."""

    @pytest.mark.parametrize("name", ['"sub"', '"\\u0073ub"'])
    def test_the_last_sub_decides(self, world, trusted, name):
        issuer, _, role = trusted
        good = raw_claims(issuer, ("sub", '"system:serviceaccount:demo:other"'))[:-1]
        token = signed(issuer, good + f', {name}: "{SUBJECT}"' + "}")
        answer = world.assume_with_token(role, token, session_name=fresh("last"))
        assert answer["SubjectFromWebIdentityToken"] == SUBJECT
        key = answer["Credentials"]["AccessKeyId"]
        (record,) = [
            event for event in world.events("EventName", "AssumeRoleWithWebIdentity")
            if ((event["responseElements"] or {}).get("credentials") or {}).get("accessKeyId") == key
        ]
        assert record["userIdentity"]["userName"] == SUBJECT
        bad = raw_claims(issuer, ("sub", f'"{SUBJECT}"'))[:-1]
        token = signed(issuer, bad + f', {name}: "system:serviceaccount:demo:other"' + "}")
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(role, token)

    def test_in_the_header(self, world, trusted):
        issuer, _, role = trusted
        key = issuer.keys[0]
        header = f'{{"alg":"none","alg":"RS256","kid":"{key.kid}"}}'
        token = jws(header, issuer.claims(SUBJECT), key.sign)
        assert world.assume_with_token(role, token)["Audience"] == AUDIENCE


def refused_parameter(name, problem):
    return re.compile(
        r"1 validation error detected: Value (null |'.*' |)?at '" + name + "' failed to satisfy "
        "constraint: " + problem, re.DOTALL,
    )


class TestParameters:
    """Constraints are checked before anything else, with AWS's texts."""

    CASES = {
        "token of 20,001 characters": ({"WebIdentityToken": "a" * 20_001}, refused_parameter(
            "webIdentityToken", "Member must have length less than or equal to 20000")),
        "token of three characters": ({"WebIdentityToken": "abc"}, refused_parameter(
            "webIdentityToken", "Member must have length greater than or equal to 4")),
        "session name with a blank": ({"RoleSessionName": "a b"}, (
            "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*")),
        "session name of one character": ({"RoleSessionName": "a"}, (
            "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy "
            "constraint: Member must have length greater than or equal to 2")),
        "session name of 65": ({"RoleSessionName": "a" * 65}, refused_parameter(
            "roleSessionName", "Member must have length less than or equal to 64")),
        "duration 899": ({"DurationSeconds": "899"}, (
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have value greater than or equal to 900")),
        "duration 43201": ({"DurationSeconds": "43201"}, (
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have value less than or equal to 43200")),
        "no token": ({"WebIdentityToken": None}, (
            "1 validation error detected: Value null at 'webIdentityToken' failed to satisfy "
            "constraint: Member must not be null")),
        "no role": ({"RoleArn": None}, (
            "1 validation error detected: Value null at 'roleArn' failed to satisfy "
            "constraint: Member must not be null")),
        "role no ARN": ({"RoleArn": "x" * 20}, f"{'x' * 20} is invalid"),
        "two at once": ({"RoleSessionName": "a b", "DurationSeconds": "899"}, re.compile(
            "2 validation errors detected: Value .* at '.*' .*; Value .* at '.*' .*")),
    }

    @pytest.mark.parametrize("case", CASES)
    def test_out_of_bounds(self, server, trusted, case):
        from support.raw_request import Request
        from support.refusal import check_text

        changed, text = self.CASES[case]
        good = {
            "Action": "AssumeRoleWithWebIdentity", "RoleArn": trusted[2],
            "RoleSessionName": "session", "WebIdentityToken": trusted[0].token(SUBJECT),
        }
        parameters = {name: value for name, value in (good | changed).items() if value is not None}
        answer = Request.of_query("sts", **parameters).send(server)
        code, got = answer.error()
        assert (answer.status, code) == (400, "ValidationError"), answer.text
        check_text(got, text)

    def test_duration_above_the_roles_maximum(self, world, trusted):
        with refused("ValidationError", 400,
                     "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."):
            world.assume_with_token(trusted[2], trusted[0].token(SUBJECT), DurationSeconds=3601)

    def test_a_missing_role_and_one_that_does_not_trust_are_the_same(self, server, world, trusted):
        """A15: nobody learns from a refusal whether a role exists."""
        from support.raw_request import Request

        issuer, provider, _ = trusted
        _, other = world.role(trust_web_identity(provider, "system:serviceaccount:demo:other"))
        answers = []
        for role in (other, f"arn:aws:iam::{server.account}:role/{fresh('missing')}"):
            answer = Request.of_query(
                "sts", Action="AssumeRoleWithWebIdentity", RoleArn=role, RoleSessionName="same",
                WebIdentityToken=issuer.token(SUBJECT),
            ).send(server)
            id = answer.member("RequestId")
            assert answer.headers["x-amzn-requestid"] == id
            headers = {k: v for k, v in answer.headers.items() if k not in ("date", "x-amzn-requestid")}
            answers.append((answer.status, headers, answer.text.replace(id, "ID")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 403 and DENIED in answers[0][2]

    def test_over_the_query_string(self, server, trusted):
        from support.raw_request import Request

        request = Request("sts", method="GET", query=[
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
            ("RoleArn", trusted[2]), ("RoleSessionName", "query"),
            ("WebIdentityToken", trusted[0].token(SUBJECT)),
        ])
        answer = request.send(server)
        assert answer.status == 200, answer.text
        assert answer.member("SubjectFromWebIdentityToken") == SUBJECT
        assert answer.headers["content-type"] == "text/xml"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.member("Expiration"))
        request.method = "POST"
        assert request.send(server).status == 200

    def test_signed_all_the_same(self, server, world, trusted):
        """Trap 30: some clients sign it; the token decides."""
        answer = server.client("sts").assume_role_with_web_identity(
            RoleArn=trusted[2], RoleSessionName="signed", WebIdentityToken=trusted[0].token(SUBJECT)
        )
        assert answer["SubjectFromWebIdentityToken"] == SUBJECT

    def test_a_provider_that_is_not_oidc(self, world, trusted):
        with refused("InvalidIdentityToken", 400, "Provided Token is not a Login With Amazon token"):
            world.assume_with_token(trusted[2], trusted[0].token(SUBJECT), ProviderId="www.amazon.com")
        with refused("AccessDenied", 403, (
                "Unrecognized OAuth provider. Do not include a provider parameter when submitting "
                "OpenIDConnect ID tokens")):
            world.assume_with_token(trusted[2], trusted[0].token(SUBJECT), ProviderId="other.example")


class TestClaims:
    """Tags and source identity that the token carries."""

    TAGS = "https://aws.amazon.com/tags"
    SOURCE = "https://aws.amazon.com/source_identity"

    def trust(self, provider, *actions):
        trust = json.loads(trust_web_identity(provider, SUBJECT))["Statement"][0]
        return document(trust | {"Action": ["sts:AssumeRoleWithWebIdentity", *actions]})

    def test_tags_need_the_trust_policys_permission(self, world, trusted):
        issuer, provider, _ = trusted
        claim = {self.TAGS: {"principal_tags": {"team": ["a"]}, "transitive_tag_keys": ["team"]}}
        _, closed = world.role(self.trust(provider))
        _, open_ = world.role(self.trust(provider, "sts:TagSession"))
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(closed, issuer.token(SUBJECT, **claim))
        assert world.assume_with_token(open_, issuer.token(SUBJECT, **claim))["Credentials"]

    def test_source_identity(self, world, trusted):
        issuer, provider, _ = trusted
        claim = {self.SOURCE: "alice"}
        _, closed = world.role(self.trust(provider))
        _, open_ = world.role(self.trust(provider, "sts:SetSourceIdentity"))
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(closed, issuer.token(SUBJECT, **claim))
        answer = world.assume_with_token(open_, issuer.token(SUBJECT, **claim))
        assert answer["SourceIdentity"] == "alice"

    @pytest.mark.parametrize("claim", ["amr", "sts:RoleSessionName"])
    def test_conditions_on(self, world, trusted, claim):
        issuer, provider, _ = trusted
        path = provider.split(":oidc-provider/")[1]
        condition = {
            "amr": {"ForAnyValue:StringEquals": {f"{path}:amr": "authenticated"}},
            "sts:RoleSessionName": {"StringLike": {"sts:RoleSessionName": "good-*"}},
        }[claim]
        statement = json.loads(trust_web_identity(provider, SUBJECT))["Statement"][0]
        _, role = world.role(document(statement | {"Condition": condition}))
        good = issuer.token(SUBJECT, amr=["authenticated", "x"])
        bad = issuer.token(SUBJECT, amr=["anonymous"])
        assert world.assume_with_token(role, good, session_name="good-1")["Credentials"]
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(role, bad, session_name="bad-1")

    def test_aws_star_does_not_admit_web_identities(self, world, trusted):
        _, role = world.role(document({
            "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRoleWithWebIdentity",
        }))
        with refused("AccessDenied", 403, DENIED):
            world.assume_with_token(role, trusted[0].token(SUBJECT))


def test_a_hostile_subject_is_one_escaped_line(server, world):
    """A17: what a stranger wrote does not reach a terminal raw."""
    issuer, provider = world.foreign_issuer()
    subject = "system:\u202eserviceaccount:\u2028demo:x"
    role_name, role = world.role(trust_web_identity(provider, SUBJECT))
    with refused("AccessDenied", 403, DENIED):
        world.assume_with_token(role, issuer.token(subject))
    told = server.irsa_ok("explain", "--role", role_name)
    assert "\u202e" not in told and "\u2028" not in told and "\x1b" not in told
    (line,) = [line for line in told.splitlines() if "request has:" in line and "demo:x" in line]
    assert "\\u{202e}" in line and "\\u{2028}" in line
