"""Attacks on signatures, with requests made by hand."""

import re
import socket

import pytest

from support.documents import allow
from support.names import fresh
from support.raw_request import Request, amz_date
from support.refusal import check_text
from support.server import Credentials

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)
INVALID = "The security token included in the request is invalid"
UNKNOWN = "The security token included in the request is invalid."


def identity(**more):
    return Request.of_query("sts", Action="GetCallerIdentity", **more)


def read_secret(name):
    return Request.of_json(
        "secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": name}
    )


def check(answer, status, code, text):
    got = answer.error()
    assert (answer.status, got[0]) == (status, code), answer.text
    check_text(got[1], text)
    assert "date" in answer.headers, "clients correct their clocks by it"
    assert answer.headers.get("x-amzn-requestid")


@pytest.fixture(scope="module")
def session(world):
    """A session that may do anything."""
    _, role = world.role(None, allow("*"))
    return world.assume(role)


def set_header(name, value):
    return lambda request: request.headers.__setitem__(name, value)


def flip_signature(request):
    head, _, last = request.headers["authorization"].rpartition("Signature=")
    flipped = ("0" if last[0] != "0" else "1") + last[1:]
    request.headers["authorization"] = f"{head}Signature={flipped}"


TAMPERED = {
    "body": lambda request: setattr(request, "body", request.body + b"&x=y"),
    "query": lambda request: request.query.append(("x", "y")),
    "method": lambda request: setattr(request, "method", "GET"),
    "a signed header": set_header("x-amz-meta", "other"),
    "host": set_header("host", "sts.example.com"),
    "content type": set_header("content-type", "application/x-www-form-urlencoded"),
    "date": lambda request: request.headers.__setitem__("x-amz-date", amz_date(-60)),
    "signature": flip_signature,
    "signature in upper case": lambda request: request.headers.__setitem__(
        "authorization", re.sub("Signature=(.*)", lambda found: "Signature=" + found[1].upper(),
                                request.headers["authorization"])),
    "signature too short": lambda request: request.headers.__setitem__(
        "authorization", request.headers["authorization"][:-2]),
    "signed headers swapped": lambda request: request.headers.__setitem__(
        "authorization", re.sub("SignedHeaders=([^;]*);([^;]*)", r"SignedHeaders=\2;\1",
                                request.headers["authorization"])),
    "region of the scope": lambda request: request.headers.__setitem__(
        "authorization", request.headers["authorization"].replace("us-east-1", "us-west-2")),
}


@pytest.mark.parametrize("part", TAMPERED)
@pytest.mark.parametrize("who", ["long-term key", "session"])
def test_each_part_is_signed(server, session, part, who):
    request = identity()
    request.headers["x-amz-meta"] = "value"
    request.sign(server, server.admin if who == "long-term key" else session)
    assert request.send(server).status == 200
    TAMPERED[part](request)
    check(request.send(server), 403, "SignatureDoesNotMatch", MISMATCH)


def test_each_part_is_signed_in_json(server, world):
    name, _ = world.secret()
    other, _ = world.secret()
    request = read_secret(name).sign(server, server.admin)
    assert request.send(server).json()["SecretString"] == "a value"
    request.body = request.body.replace(name.encode(), other.encode())
    check(request.send(server), 400, "InvalidSignatureException", MISMATCH)


class TestTime:
    TOO_OLD = re.compile(r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z "
                         r"\(\d{8}T\d{6}Z - 15 min\.\)")
    TOO_NEW = re.compile(r"Signature not yet current: \d{8}T\d{6}Z is still later than "
                         r"\d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 15 min\.\)")

    @pytest.mark.parametrize(("shift", "text"), [(-905, TOO_OLD), (-86_400, TOO_OLD),
                                                  (905, TOO_NEW), (86_400, TOO_NEW)])
    def test_replayed(self, server, world, shift, text):
        request = identity()
        request.date = amz_date(shift)
        check(request.sign(server, server.admin).send(server), 403, "SignatureDoesNotMatch", text)
        request = read_secret(world.secret()[0])
        request.date = amz_date(shift)
        check(request.sign(server, server.admin).send(server), 400, "InvalidSignatureException", text)

    @pytest.mark.parametrize("shift", [-880, 0, 880])
    def test_within_the_window(self, server, shift):
        request = identity()
        request.date = amz_date(shift)
        assert request.sign(server, server.admin).send(server).status == 200

    def test_the_scopes_day_is_another(self, server):
        request = identity()
        scope = "20200101/us-east-1/sts/aws4_request"
        answer = request.sign(server, server.admin, scope=scope).send(server)
        check(answer, 403, "SignatureDoesNotMatch", re.compile(".*20200101.*"))

    def test_a_date_that_is_none(self, server):
        request = identity()
        request.date = "yesterday"
        check(request.sign(server, server.admin).send(server), 400, "IncompleteSignature",
              "Date must be in ISO-8601 'basic format'. Got 'yesterday'. "
              "See http://en.wikipedia.org/wiki/ISO_8601")


class TestKeysAndTokens:
    def test_unknown_key(self, server, world):
        stranger = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        check(identity().sign(server, stranger).send(server), 403, "InvalidClientTokenId", UNKNOWN)
        answer = read_secret("x").sign(server, stranger).send(server)
        check(answer, 400, "UnrecognizedClientException", UNKNOWN)

    def test_a_key_id_that_is_none(self, server):
        for id in ("x", "AKIA", "AKIA" + "1" * 16, "A" * 200):
            answer = identity().sign(server, Credentials(id, "s" * 40)).send(server)
            check(answer, 403, "InvalidClientTokenId", UNKNOWN)

    def test_session_key_without_its_token(self, server, session):
        bare = Credentials(session.access_key_id, session.secret_access_key)
        check(identity().sign(server, bare).send(server), 403, "InvalidClientTokenId", INVALID)
        answer = read_secret("x").sign(server, bare).send(server)
        check(answer, 400, "UnrecognizedClientException", UNKNOWN)

    def test_long_term_key_with_a_token(self, server, session):
        mixed = Credentials(
            server.admin.access_key_id, server.admin.secret_access_key, session.session_token
        )
        check(identity().sign(server, mixed).send(server), 403, "InvalidClientTokenId", INVALID)

    def test_tokens_of_two_sessions_swapped(self, server, world, session):
        _, role = world.role()
        other = world.assume(role)
        for id, secret, token in [
            (session.access_key_id, session.secret_access_key, other.session_token),
            (session.access_key_id, other.secret_access_key, other.session_token),
        ]:
            answer = identity().sign(server, Credentials(id, secret, token)).send(server)
            check(answer, 403, "InvalidClientTokenId", INVALID)
        # The key id and token of one with the secret of the other.
        swapped = Credentials(session.access_key_id, other.secret_access_key, session.session_token)
        check(identity().sign(server, swapped).send(server), 403, "SignatureDoesNotMatch", MISMATCH)

    @pytest.mark.parametrize("change", [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        lambda token: ("A" if token[0] != "A" else "B") + token[1:],
        lambda token: token[:-10], lambda token: token + "AAAA", lambda token: token + "=",
        lambda token: "x", lambda token: "A" * 4096, lambda token: "A" * 8000,
        lambda token: "not base64 %%%",
    ])
    def test_a_token_that_was_changed(self, server, session, change):
        changed = Credentials(
            session.access_key_id, session.secret_access_key, change(session.session_token)
        )
        check(identity().sign(server, changed).send(server), 403, "InvalidClientTokenId", INVALID)

    def test_a_session_of_another_installation(self, server, start, tmp_path):
        other = start("--account", server.account)
        name = fresh("role")
        from support.documents import trust_account

        role = other.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument=trust_account(server.account)
        )["Role"]["Arn"]
        answer = other.client("sts").assume_role(RoleArn=role, RoleSessionName="session")
        foreign = Credentials.of(answer["Credentials"])
        assert other.client("sts", foreign).get_caller_identity()["Account"] == server.account
        check(identity().sign(server, foreign).send(server), 403, "InvalidClientTokenId", INVALID)

    def test_token_not_signed(self, server, session):
        request = identity().sign(server, session, unsigned=("x-amz-security-token",))
        check(request.send(server), 403, "SignatureDoesNotMatch", re.compile(
            ".*'?[Xx]-[Aa]mz-[Ss]ecurity-[Tt]oken'? must be a 'SignedHeader' in the AWS Authorization."))

    def test_token_in_header_and_query(self, server, session):
        request = Request("sts", method="GET", query=[
            ("Action", "GetCallerIdentity"), ("Version", "2011-06-15"),
        ]).presign(server, session)
        request.headers["x-amz-security-token"] = session.session_token
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (403, "SignatureDoesNotMatch")


class TestTarget:
    """A4: what chooses the operation is signed."""

    def test_unsigned_target_changed(self, server, world):
        name, _ = world.secret()
        request = read_secret(name).sign(server, server.admin, unsigned=("x-amz-target",))
        request.headers["x-amz-target"] = "secretsmanager.DeleteSecret"
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (400, "InvalidSignatureException")
        assert server.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]

    def test_unsigned_target_as_it_was(self, server, world):
        name, _ = world.secret()
        request = read_secret(name).sign(server, server.admin, unsigned=("x-amz-target",))
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (400, "InvalidSignatureException")

    def test_signed_target_changed(self, server, world):
        name, _ = world.secret()
        request = read_secret(name).sign(server, server.admin)
        request.headers["x-amz-target"] = "secretsmanager.DeleteSecret"
        check(request.send(server), 400, "InvalidSignatureException", MISMATCH)

    @pytest.mark.parametrize("target", [
        "secretsmanager.NoSuchOperation", "nosuchservice.GetSecretValue", "secretsmanager", "",
        "secretsmanager.getsecretvalue", "secretsmanager.GetSecretValue.x",
    ])
    def test_unknown(self, server, target):
        request = Request.of_json("secretsmanager", target, {})
        answer = request.sign(server, server.admin).send(server)
        assert answer.status in (400, 404), answer.text
        assert answer.error()[0] == "UnknownOperationException"


class TestScope:
    def test_of_another_service(self, server):
        request = identity()
        request.service = "secretsmanager"
        check(request.sign(server, server.admin).send(server), 403, "SignatureDoesNotMatch",
              "Credential should be scoped to correct service: 'sts'. ")
        request = read_secret("x")
        request.service = "sts"
        answer = request.sign(server, server.admin).send(server)
        assert (answer.status, answer.error()[0]) == (400, "InvalidSignatureException")

    def test_of_a_region_that_there_is_not(self, server):
        request = identity()
        request.region = "mars-north-1"
        check(request.sign(server, server.admin).send(server), 403, "SignatureDoesNotMatch",
              re.compile("Credential should be scoped to a valid region, not 'mars-north-1'. ?"))

    def test_of_another_region_than_the_hosts(self, server):
        request = identity()
        request.sign(server, server.admin)
        request.headers["host"] = "sts.eu-west-1.amazonaws.com"
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("scope", ["20260101", "a/b/c", "a/b/c/d/e/f"])
    def test_malformed(self, server, scope):
        answer = identity().sign(server, server.admin, scope=scope).send(server)
        assert answer.status in (400, 403)
        assert answer.error()[0] in ("IncompleteSignature", "SignatureDoesNotMatch")

    def test_wrong_terminator(self, server):
        request = identity()
        scope = f"{request.date[:8]}/us-east-1/sts/aws4"
        check(request.sign(server, server.admin, scope=scope).send(server), 403,
              "SignatureDoesNotMatch",
              re.compile(".*valid terminator: 'aws4_request', not 'aws4'. ?"))


class TestAuthorization:
    def test_none(self, server):
        check(identity().send(server), 403, "MissingAuthenticationToken",
              "Request is missing Authentication Token")
        check(read_secret("x").send(server), 400, "MissingAuthenticationTokenException",
              "Request is missing Authentication Token")
        request = Request("eks", method="GET", path="/clusters/x")
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (403, "MissingAuthenticationTokenException")

    def test_in_header_and_query(self, server):
        request = Request("sts", method="GET", query=[
            ("Action", "GetCallerIdentity"), ("Version", "2011-06-15"),
        ]).presign(server, server.admin)
        request.headers["authorization"] = identity().sign(server, server.admin).headers["authorization"]
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (403, "SignatureDoesNotMatch")

    MALFORMED = {
        "Basic": ("Basic dXNlcjpwYXNz", None),
        "only the algorithm": ("AWS4-HMAC-SHA256", (
            "Authorization header requires 'Credential' parameter. Authorization header requires "
            "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "Authorization=AWS4-HMAC-SHA256")),
        "no equals sign": ("AWS4-HMAC-SHA256 Credential", re.compile(
            "'Credential' not a valid key=value pair \\(missing equal-sign\\) in Authorization "
            "header: '.*'")),
        "another algorithm": ("AWS4-HMAC-SHA1 Credential=a/b/c/d/aws4_request, SignedHeaders=host, "
                              "Signature=x", re.compile("Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.*")),
        "credential of one element": (
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host;x-amz-date, Signature=x",
            re.compile("Credential must have exactly 5 slash-delimited elements, e.g. "
                       "keyid/date/region/service/term, got 'a'.*")),
        "empty": ("", None),
        "long": ("AWS4-HMAC-SHA256 " + "x" * 8000, None),
    }

    @pytest.mark.parametrize("case", MALFORMED)
    def test_malformed(self, server, case):
        value, text = self.MALFORMED[case]
        request = identity()
        request.headers["authorization"] = value
        if case == "credential of one element":
            request.headers["x-amz-date"] = request.date
        answer = request.send(server)
        code, got = answer.error()
        if text is None:
            wanted = (400, "IncompleteSignature"), (403, "MissingAuthenticationToken")
            assert (answer.status, code) in wanted, answer.text
        else:
            assert (answer.status, code) == (400, "IncompleteSignature"), answer.text
            check_text(got, text)

    def test_host_not_signed(self, server):
        request = identity().sign(server, server.admin, unsigned=("host",))
        check(request.send(server), 403, "SignatureDoesNotMatch",
              "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")

    @pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                         "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64])
    def test_payloads_that_only_s3_takes(self, server, payload):
        request = identity()
        request.headers["x-amz-content-sha256"] = payload
        request.sign(server, server.admin)
        answer = request.send(server)
        assert (answer.status, answer.error()[0]) == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("name", ["authorization", "x-amz-date", "x-amz-security-token",
                                      "content-type"])
    def test_a_header_twice(self, server, session, name):
        request = identity().sign(server, session)
        lines = [f"{key}: {value}" for key, value in request.headers.items()]
        lines.append(f"{name}: {request.headers[name]}")
        answer = raw(server, "POST / HTTP/1.1", lines, request.body)
        assert answer.startswith(b"HTTP/1.1 403 "), answer
        assert b"<Code>SignatureDoesNotMatch</Code>" in answer

    def test_host_twice(self, server):
        request = identity().sign(server, server.admin)
        lines = [f"{key}: {value}" for key, value in request.headers.items()]
        answer = raw(server, "POST / HTTP/1.1", [*lines, "host: other.example"], request.body)
        assert re.match(rb"HTTP/1.1 (400|403) ", answer), answer
        assert b"<Arn>" not in answer


def raw(server, line, headers, body=b"", length=True):
    """Sends bytes and reads until the server closes."""
    head = [line, *headers, "connection: close"]
    if length:
        head.append(f"content-length: {len(body)}")
    with socket.create_connection((server.host, server.port), timeout=15) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


class TestParameters:
    """A11: a parameter twice, or here and there."""

    @pytest.fixture
    def deletion(self, server, world):
        """A signed form, and a check that it was not carried out."""
        name, _ = world.role()

        def send(body, query=()):
            request = Request("iam", body, query=list(query), headers={
                "content-type": "application/x-www-form-urlencoded",
            })
            answer = request.sign(server, server.admin).send(server)
            assert server.client("iam").get_role(RoleName=name)["Role"]["RoleName"] == name
            return answer

        return name, send

    def test_action_twice(self, deletion):
        name, send = deletion
        for first, second in [("GetRole", "DeleteRole"), ("DeleteRole", "GetRole"),
                              ("DeleteRole", "DeleteRole")]:
            answer = send(f"Action={first}&Action={second}&Version=2010-05-08&RoleName={name}")
            assert answer.status == 400, answer.text

    def test_action_in_query_and_body(self, deletion):
        name, send = deletion
        for query, body in [("GetRole", "DeleteRole"), ("DeleteRole", "GetRole"),
                            ("DeleteRole", "DeleteRole")]:
            answer = send(f"Action={body}&Version=2010-05-08&RoleName={name}", [("Action", query)])
            assert answer.status == 400, answer.text

    def test_another_parameter_twice(self, deletion):
        name, send = deletion
        answer = send(f"Action=DeleteRole&Version=2010-05-08&RoleName={name}&RoleName={name}")
        assert answer.status == 400, answer.text

    @pytest.mark.parametrize(("body", "code"), [
        ("", "MissingAction"), ("Version=2010-05-08", "MissingAction"),
        ("Action=NoSuchAction&Version=2010-05-08", "InvalidAction"),
        ("Action=GetRole&Version=1999-01-01", "InvalidAction"),
        ("Action=GetRole", "InvalidAction"),
        ("Action=getrole&Version=2010-05-08", "InvalidAction"),
    ])
    def test_no_such_action(self, server, body, code):
        request = Request("iam", body, headers={"content-type": "application/x-www-form-urlencoded"})
        answer = request.sign(server, server.admin).send(server)
        assert (answer.status, answer.error()[0]) == (400, code), answer.text
        if code == "InvalidAction" and "NoSuchAction" in body:
            assert answer.error()[1] == "Could not find operation NoSuchAction for version 2010-05-08"

    @pytest.mark.parametrize("body", [
        b"Action=GetRole&Version=2010-05-08&RoleName=%", b"Action=GetRole&Version=2010-05-08&RoleName=%zz",
        b"Action=GetRole&Version=2010-05-08&RoleName=%ff%fe", b"\xff\xfe\x00",
        b"Action=GetRole&Version=2010-05-08&RoleName=%00",
        b"Action=CreateRole&Version=2010-05-08&Tags.member.0.Key=a",
        b"Action=CreateRole&Version=2010-05-08&Tags.member.99999999999.Key=a",
    ])
    def test_a_malformed_form(self, server, body):
        request = Request("iam", body, headers={"content-type": "application/x-www-form-urlencoded"})
        answer = request.sign(server, server.admin).send(server)
        assert answer.status == 400, answer.text
        assert answer.error()[0] in (
            "MalformedQueryString", "MalformedInput", "ValidationError", "MissingAction", "InvalidAction",
        ), answer.text

    @pytest.mark.parametrize("body", [
        "", "{", "[]", "null", '"text"', '{"SecretId": 1}', '{"SecretId": ["a"]}', '{"SecretId": "a",}',
        '{"SecretId": "a"} x', '{"SecretId": "\\ud800"}', '{"SecretId": NaN}', b'{"SecretId": "\xff"}',
        '{"x": ' + "[" * 100 + "]" * 100 + "}", "<xml/>",
    ])
    def test_malformed_json(self, server, body):
        request = Request.of_json("secretsmanager", "secretsmanager.GetSecretValue", body)
        answer = request.sign(server, server.admin).send(server)
        assert answer.status == 400, answer.text
        assert answer.error()[0] in ("SerializationException", "ValidationException"), answer.text

    def test_members_that_nobody_knows_are_ignored(self, server, world):
        """As AWS does: newer SDKs send members that a server does not know."""
        name, _ = world.secret()
        request = Request.of_json(
            "secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": name, "NoSuch": {"a": []}}
        )
        assert request.sign(server, server.admin).send(server).status == 200


class TestSize:
    def test_sts_takes_64_kib(self, server):
        fitting = identity()
        fitting.body += b"&x=" + b"y" * (64 * 1024 - len(fitting.body) - 3)
        assert len(fitting.body) == 64 * 1024
        assert fitting.sign(server, server.admin).send(server).status == 200
        larger = identity()
        larger.body += b"&x=" + b"y" * (64 * 1024 - len(larger.body) - 2)
        answer = larger.sign(server, server.admin).send(server)
        assert answer.status == 413, answer.text

    def test_others_take_1_mib(self, server):
        padding = '{"SecretId": "x", "y": "%s"}'
        size = 1024 * 1024 - len(padding) + 2
        for more, status, code in [(0, 400, "ResourceNotFoundException"), (1, 413, None)]:
            request = Request.of_json(
                "secretsmanager", "secretsmanager.GetSecretValue", padding % ("y" * (size + more))
            )
            assert len(request.body) == 1024 * 1024 + more
            answer = request.sign(server, server.admin).send(server)
            assert answer.status == status, answer.text[:300]
            if code:
                assert answer.error()[0] == code

    def test_a_length_that_promises_too_much(self, server):
        answer = raw(server, "POST / HTTP/1.1", [
            f"host: {server.host}:{server.port}", "content-length: 1000000000000",
        ], length=False)
        assert re.match(rb"HTTP/1.1 413 ", answer), answer

    def test_headers_over_16_kib(self, server):
        answer = raw(server, "POST / HTTP/1.1", [
            f"host: {server.host}:{server.port}", "x-long: " + "y" * 17_000,
        ])
        assert re.match(rb"HTTP/1.1 (400|431) ", answer), answer[:200]


class TestFraming:
    """A10: two ideas of where a body ends."""

    @pytest.mark.parametrize("order", [0, 1])
    def test_transfer_encoding_with_content_length(self, server, order):
        name = fresh("smuggled")
        inner = Request.of_query("iam", Action="CreateUser", UserName=name).sign(server, server.admin)
        smuggled = "\r\n".join(
            ["POST / HTTP/1.1", *(f"{k}: {v}" for k, v in inner.headers.items()),
             f"content-length: {len(inner.body)}"]
        ).encode() + b"\r\n\r\n" + inner.body
        body = b"0\r\n\r\n" + smuggled
        framing = [f"content-length: {len(body)}", "transfer-encoding: chunked"]
        if order:
            framing.reverse()
        with socket.create_connection((server.host, server.port), timeout=15) as connection:
            head = ["POST / HTTP/1.1", f"host: {server.host}:{server.port}", *framing]
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        assert answer.count(b"HTTP/1.1 ") == 1, "the connection stayed open"
        from support.refusal import refused

        with refused("NoSuchEntity", 404, f"The user with name {name} cannot be found."):
            server.client("iam").get_user(UserName=name)

    @pytest.mark.parametrize("framing", [
        ["transfer-encoding: chunked"], ["transfer-encoding: gzip, chunked"],
        ["content-length: 5", "content-length: 6"], ["content-length: -1"], ["content-length: +5"],
        ["content-length: 5x"], ["transfer-encoding : chunked", "content-length: 5"],
    ])
    def test_framing_that_nobody_needs(self, server, framing):
        head = ["POST / HTTP/1.1", f"host: {server.host}:{server.port}", *framing, "connection: close"]
        with socket.create_connection((server.host, server.port), timeout=15) as connection:
            connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + b"0\r\n\r\n")
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        assert re.match(rb"HTTP/1.1 (400|411|501) ", answer), answer

    @pytest.mark.parametrize("path", ["/x", "/../", "/%2e%2e/", "/%zz", "*"])
    def test_other_paths(self, server, path):
        request = identity()
        request.path = path
        answer = request.sign(server, server.admin).send(server)
        assert answer.status in (400, 403, 404), answer.text
        assert "GetCallerIdentityResult" not in answer.text

    @pytest.mark.parametrize("line", ["GARBAGE", "POST /", "POST / HTTP/9.9", "\x00\x01\x02"])
    def test_lines_that_are_not_http(self, server, line):
        with socket.create_connection((server.host, server.port), timeout=15) as connection:
            connection.sendall(line.encode() + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while piece := connection.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        assert answer == b"" or re.match(rb"HTTP/1.[01] (400|505) ", answer), answer

    def test_the_protocol_of_another_service(self, server):
        """R14: the route chooses the parser; a signed Content-Type of another protocol is refused."""
        request = identity()
        request.headers["content-type"] = "application/x-amz-json-1.1"
        answer = request.sign(server, server.admin).send(server)
        assert answer.status == 400, answer.text
        request = read_secret("x")
        request.headers["content-type"] = "application/x-www-form-urlencoded"
        answer = request.sign(server, server.admin).send(server)
        assert answer.status == 400, answer.text
