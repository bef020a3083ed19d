"""STS but for web identity tokens: AssumeRole, sessions, caller identity, messages."""

import base64
import json
import re
import time
from datetime import UTC, datetime

import pytest

from support.documents import allow, deny, document, trust_account
from support.names import fresh
from support.raw_request import Request, amz_date
from support.refusal import refused
from support.server import Credentials


def not_authorized(action, caller, resource):
    return f"User: {caller} is not authorized to perform: {action} on resource: {resource}"


@pytest.fixture(scope="module")
def account(server):
    return server.account


@pytest.fixture(scope="module")
def assumer(server, world):
    """A user who may assume anything that trusts its account; name, ARN, credentials."""
    name, credentials = world.user(allow("sts:*"))
    return name, f"arn:aws:iam::{server.account}:user/{name}", credentials


class TestCallerIdentity:
    def test_of_a_user(self, server, assumer):
        name, arn, credentials = assumer
        answer = server.client("sts", credentials).get_caller_identity()
        assert (answer["Arn"], answer["Account"]) == (arn, server.account)
        assert re.fullmatch(r"AIDA[A-Z2-7]{17}", answer["UserId"])

    def test_of_a_session_drops_the_roles_path(self, server, world):
        role, arn = world.role(Path="/a/b/")
        assert arn == f"arn:aws:iam::{server.account}:role/a/b/{role}"
        answer = server.client("sts", world.assume(arn)).get_caller_identity()
        assert answer["Arn"] == f"arn:aws:sts::{server.account}:assumed-role/{role}/session"
        assert re.fullmatch(r"AROA[A-Z2-7]{17}:session", answer["UserId"])

    def test_under_an_explicit_deny(self, server, world):
        _, credentials = world.user(deny("*"))
        assert server.client("sts", credentials).get_caller_identity()["Account"] == server.account

    @pytest.mark.parametrize("path", ["/", "//"])
    @pytest.mark.parametrize("accept", [None, "application/json"])
    def test_raw(self, server, path, accept):
        request = Request.of_query("sts", Action="GetCallerIdentity")
        request.path = path
        if accept:
            request.headers["accept"] = accept
        # Query services normalise the path before they sign it.
        request_path, request.path = request.path, "/"
        request.sign(server, server.admin)
        request.path = request_path
        answer = request.send(server)
        assert answer.status == 200, answer.text
        id = answer.headers["x-amzn-requestid"]
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id)
        assert "date" in answer.headers
        arn = f"arn:aws:iam::{server.account}:user/admin"
        if accept:
            assert answer.headers["content-type"] == "application/json"
            result = answer.json()["GetCallerIdentityResponse"]
            assert result["GetCallerIdentityResult"]["Arn"] == arn
            assert result["ResponseMetadata"]["RequestId"] == id
        else:
            assert answer.headers["content-type"] == "text/xml"
            assert answer.text.startswith(
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            )
            assert answer.member("RequestId") == id
            assert answer.member("Arn") == arn

    @pytest.mark.parametrize("region", ["us-east-1", "eu-west-2"])
    def test_signed_for_any_region(self, server, region):
        answer = server.client("sts", region=region).get_caller_identity()
        assert answer["Account"] == server.account


class TestPresigned:
    def presigned(self, server, credentials, expires=60, date=None, headers=None, **more):
        request = Request("sts", method="GET", query=[
            ("Action", "GetCallerIdentity"), ("Version", "2011-06-15"),
        ])
        request.date = date or request.date
        return request.presign(server, credentials, expires, headers)

    def test_by_boto3(self, server):
        import urllib.request

        url = server.client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 200
            assert b":user/admin</Arn>" in answer.read()

    def test_by_a_session_with_the_token_in_the_query(self, server, world):
        role, arn = world.role()
        answer = self.presigned(server, world.assume(arn)).send(server)
        assert answer.status == 200, answer.text
        assert answer.member("Arn").endswith(f":assumed-role/{role}/session")

    def test_as_eks_get_token_does(self, server, aws):
        done = aws("eks", "get-token", "--cluster-name", "my-cluster")
        assert done.returncode == 0, done.stderr
        token = json.loads(done.stdout)["status"]["token"]
        assert token.startswith("k8s-aws-v1.")
        assert len(token) <= 4096
        encoded = token.removeprefix("k8s-aws-v1.")
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        assert "x-k8s-aws-id" in url

    def test_with_the_clusters_header_signed(self, server, world):
        _, arn = world.role()
        for credentials in (server.admin, world.assume(arn)):
            request = self.presigned(server, credentials, headers={"x-k8s-aws-id": "my-cluster"})
            assert request.send(server).status == 200
            bearer = "k8s-aws-v1." + base64.urlsafe_b64encode(
                f"{server.url}/?{request.raw_query()}".encode()
            ).decode().rstrip("=")
            assert len(bearer) <= 4096, "longer ones are refused by aws-iam-authenticator"
            request.headers["x-k8s-aws-id"] = "other-cluster"
            answer = request.send(server)
            assert answer.error()[0] == "SignatureDoesNotMatch"
            del request.headers["x-k8s-aws-id"]
            assert request.send(server).error()[0] == "SignatureDoesNotMatch"

    def test_expires_is_not_asked_on_sts(self, server):
        """AWS ignores X-Amz-Expires here and takes such a URL for 15 minutes."""
        date = amz_date(-600)
        assert self.presigned(server, server.admin, 60, date).send(server).status == 200
        answer = self.presigned(server, server.admin, 86400, amz_date(-1000)).send(server)
        code, text = answer.error()
        assert (answer.status, code) == (403, "SignatureDoesNotMatch")
        assert re.fullmatch(r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z "
                            r"\(\d{8}T\d{6}Z - 15 min\.\)", text)

    def test_posted_as_vault_does(self, server):
        request = Request.of_query("sts", Action="GetCallerIdentity")
        request.headers["x-vault-aws-iam-server-id"] = "vault.example"
        assert request.sign(server, server.admin).send(server).status == 200
        request.headers["x-vault-aws-iam-server-id"] = "other.example"
        assert request.send(server).error()[0] == "SignatureDoesNotMatch"


class TestAssumeRole:
    def test_answer(self, server, world, assumer):
        role, arn = world.role()
        answer = server.client("sts", assumer[2]).assume_role(RoleArn=arn, RoleSessionName="named")
        assert "PackedPolicySize" not in answer, "only with a session policy or tags"
        assert answer["AssumedRoleUser"]["Arn"] == (
            f"arn:aws:sts::{server.account}:assumed-role/{role}/named"
        )
        credentials = answer["Credentials"]
        assert re.fullmatch(r"ASIA[A-Z2-7]{16}", credentials["AccessKeyId"])
        assert len(credentials["SecretAccessKey"]) == 40
        assert len(credentials["SessionToken"]) < 2500
        left = (credentials["Expiration"] - datetime.now(UTC)).total_seconds()
        assert 3590 < left <= 3601

    def test_not_allowed_by_the_caller_or_the_trust(self, server, world, assumer):
        name, poor = world.user()
        _, open_role = world.role()
        _, closed = world.role(trust_account("999999999999"))
        missing = f"arn:aws:iam::{server.account}:role/{fresh('missing')}"
        caller = f"arn:aws:iam::{server.account}:user/{name}"
        with refused("AccessDenied", 403, not_authorized("sts:AssumeRole", caller, open_role)):
            world.assume(open_role, poor)
        for role in (closed, missing):
            with refused("AccessDenied", 403, not_authorized("sts:AssumeRole", assumer[1], role)):
                world.assume(role, assumer[2])

    def test_external_id(self, server, world, assumer):
        statement = json.loads(trust_account(server.account))["Statement"][0]
        condition = {"Condition": {"StringEquals": {"sts:ExternalId": "shared-id"}}}
        _, role = world.role(document(statement | condition))
        assert world.assume(role, assumer[2], ExternalId="shared-id")
        for wrong in ({}, {"ExternalId": "other-id"}):
            with refused("AccessDenied", 403, not_authorized("sts:AssumeRole", assumer[1], role)):
                world.assume(role, assumer[2], **wrong)

    BAD = {
        "transitive key not among the tags": (
            {"Tags": [{"Key": "a", "Value": "1"}], "TransitiveTagKeys": ["b"]},
            "InvalidParameterValue",
            "The specified transitive tag key must be included in the requested tags."),
        "keys that differ in case": (
            {"Tags": [{"Key": "team", "Value": "1"}, {"Key": "Team", "Value": "2"}]},
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
        "duration 899": (
            {"DurationSeconds": 899}, "ValidationError",
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy "
            "constraint: Member must have value greater than or equal to 900"),
        "duration over the maximum": (
            {"DurationSeconds": 3601}, "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        "session policy no JSON": (
            {"Policy": "{"}, "MalformedPolicyDocument", re.compile(".+")),
        "session policy with a principal": (
            {"Policy": document(allow("*") | {"Principal": "*"})}, "MalformedPolicyDocument",
            re.compile(".+")),
        "session policy of 2,049 characters": (
            {"Policy": document(allow("*"))[:-1] + " " * 2048 + "}"}, "ValidationError",
            re.compile(".+")),
        "51 tags": (
            {"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]}, "ValidationError",
            re.compile("1 validation error detected: Value .*at 'tags' failed to satisfy "
                       "constraint: Member must have length less than or equal to 50", re.DOTALL)),
        "a tag key of 129": (
            {"Tags": [{"Key": "k" * 129, "Value": ""}]}, "ValidationError",
            re.compile("1 validation error detected: Value .* at 'tags.1.member.key' failed to "
                       "satisfy constraint: Member must have length less than or equal to 128")),
        "a tag value of 257": (
            {"Tags": [{"Key": "k", "Value": "v" * 257}]}, "ValidationError",
            re.compile("1 validation error detected: Value .* at 'tags.1.member.value' failed to "
                       "satisfy constraint: Member must have length less than or equal to 256")),
        "external id of 1,225": (
            {"ExternalId": "e" * 1225}, "ValidationError",
            re.compile("1 validation error detected: Value .* at 'externalId' failed to satisfy "
                       "constraint: Member must have length less than or equal to 1224")),
        "eleven policy ARNs": (
            {"PolicyArns": [{"arn": f"arn:aws:iam::123456789012:policy/p{n}"} for n in range(11)]},
            "ValidationError", re.compile("1 validation error detected: Value .*at 'policyArns' "
            "failed to satisfy constraint: Member must have length less than or equal to 10")),
        "MFA": (
            {"SerialNumber": "arn:aws:iam::123456789012:mfa/u", "TokenCode": "123456"},
            "AccessDenied",
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
            "MFA serial number is valid and associated with this user."),
    }

    @pytest.mark.parametrize("case", BAD)
    def test_bad(self, server, world, assumer, case):
        more, code, text = self.BAD[case]
        _, role = world.role()
        from botocore.config import Config
        import boto3

        # botocore checks lengths itself; the server is to be asked.
        client = boto3.session.Session(
            assumer[2].access_key_id, assumer[2].secret_access_key, region_name="us-east-1"
        ).client("sts", endpoint_url=server.url, config=Config(parameter_validation=False,
                 retries={"total_max_attempts": 1}))
        with refused(code, 403 if code == "AccessDenied" else 400, text):
            client.assume_role(RoleArn=role, RoleSessionName="bad", **more)

    def test_as_many_tags_and_as_long_as_may_be(self, world, assumer):
        _, role = world.role()
        tags = [{"Key": f"key-{n}", "Value": "v"} for n in range(50)]
        assert world.assume(role, assumer[2], Tags=tags)
        assert world.assume(role, assumer[2], Tags=[{"Key": "k" * 128, "Value": "v" * 256}])

    def test_tags_need_the_trust_policys_permission(self, server, world, assumer):
        trust = json.loads(trust_account(server.account))["Statement"][0]
        _, role = world.role(document(trust | {"Action": "sts:AssumeRole"}))
        with refused("AccessDenied", 403, not_authorized("sts:TagSession", assumer[1], role)):
            world.assume(role, assumer[2], Tags=[{"Key": "team", "Value": "a"}])

    def test_too_much_for_a_token(self, world, assumer):
        import os

        _, role = world.role()
        # Random text does not compress.
        tags = [{"Key": os.urandom(60).hex(), "Value": os.urandom(120).hex()} for _ in range(50)]
        with refused("PackedPolicyTooLarge", 400, re.compile(r".*\d+% of allotted space.*")):
            world.assume(role, assumer[2], Tags=tags)


class TestChaining:
    @pytest.fixture(scope="class")
    @classmethod
    def first(cls, server, world, assumer):
        """A session, and a role that it may go on to."""
        _, role = world.role(None, allow("sts:*"), MaxSessionDuration=43200)
        _, next_role = world.role(MaxSessionDuration=43200)
        return role, next_role

    def test_more_than_an_hour_is_an_error(self, server, world, assumer, first):
        session = world.assume(first[0], assumer[2], DurationSeconds=43200)
        with refused("ValidationError", 400,
                     "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                     "assumed by role chaining."):
            world.assume(first[1], session, DurationSeconds=3601)
        assert world.assume(first[1], session, DurationSeconds=3600)

    def test_transitive_tags_are_handed_on(self, server, world, assumer, first):
        tags = [{"Key": "Team", "Value": "a"}, {"Key": "loose", "Value": "b"}]
        session = world.assume(first[0], assumer[2], Tags=tags, TransitiveTagKeys=["Team"])
        with refused("InvalidParameterValue", 400,
                     "One of the specified transitive tag keys can't be set because it conflicts "
                     "with a transitive tag key from the calling session."):
            world.assume(first[1], session, Tags=[{"Key": "team", "Value": "other"}])
        condition = {"Condition": {
            "StringEquals": {"aws:PrincipalTag/Team": "a"}, "Null": {"aws:PrincipalTag/loose": "true"},
        }}
        _, last = world.role(None, allow("secretsmanager:ListSecrets", **condition))
        chained = world.assume(last, session)
        assert server.client("secretsmanager", chained).list_secrets(MaxResults=1)
        straight = world.assume(last, assumer[2])
        with refused("AccessDeniedException", 400, re.compile(".*no identity-based policy allows.*")):
            server.client("secretsmanager", straight).list_secrets(MaxResults=1)

    def test_source_identity_stays(self, server, world, assumer, first):
        session = world.assume(first[0], assumer[2], SourceIdentity="alice")
        with refused("AccessDenied", 403, re.compile(".*sts:SetSourceIdentity.*")):
            world.assume(first[1], session, SourceIdentity="bob")
        answer = server.client("sts", session).assume_role(RoleArn=first[1], RoleSessionName="next")
        assert answer["SourceIdentity"] == "alice"


class TestSessionPolicy:
    def test_it_only_narrows(self, server, world, assumer):
        name, arn = world.secret()
        other, other_arn = world.secret()
        role_name, role = world.role(None, allow("secretsmanager:GetSecretValue", arn))
        policy = document(allow("secretsmanager:*"))
        wide = world.assume(role, assumer[2], Policy=policy)
        secrets = server.client("secretsmanager", wide)
        assert secrets.get_secret_value(SecretId=name)["ARN"] == arn
        caller = f"arn:aws:sts::{server.account}:assumed-role/{role_name}/session"
        tail = "because no identity-based policy allows the secretsmanager:GetSecretValue action"
        with refused("AccessDeniedException", 400, not_authorized(
                "secretsmanager:GetSecretValue", caller, other) + " " + tail):
            secrets.get_secret_value(SecretId=other)
        narrow = world.assume(role, assumer[2], Policy=document(allow("sts:*")))
        tail = "because no session policy allows the secretsmanager:GetSecretValue action"
        with refused("AccessDeniedException", 400, not_authorized(
                "secretsmanager:GetSecretValue", caller, name) + " " + tail):
            server.client("secretsmanager", narrow).get_secret_value(SecretId=name)
        barred = world.assume(role, assumer[2], Policy=document(allow("*"), deny("secretsmanager:*")))
        with refused("AccessDeniedException", 400, not_authorized(
                "secretsmanager:GetSecretValue", caller, name)
                + " with an explicit deny in a session policy"):
            server.client("secretsmanager", barred).get_secret_value(SecretId=name)

    def test_by_arn(self, server, world, assumer):
        name, arn = world.secret()
        _, role = world.role(None, allow("secretsmanager:*"))
        policy = server.client("iam").create_policy(
            PolicyName=fresh("session"), PolicyDocument=document(allow("secretsmanager:Get*", arn))
        )["Policy"]["Arn"]
        session = world.assume(role, assumer[2], PolicyArns=[{"arn": policy}])
        secrets = server.client("secretsmanager", session)
        assert secrets.get_secret_value(SecretId=name)["ARN"] == arn
        with refused("AccessDeniedException", 400, re.compile(".*no session policy allows.*")):
            secrets.list_secrets()
        missing = f"arn:aws:iam::{server.account}:policy/{fresh('missing')}"
        session = world.assume(role, assumer[2], PolicyArns=[{"arn": missing}])
        with refused("AccessDeniedException", 400, re.compile(".*no session policy allows.*")):
            server.client("secretsmanager", session).get_secret_value(SecretId=name)

    def test_permissions_boundary(self, server, world, assumer):
        name, _ = world.secret()
        boundary = server.client("iam").create_policy(
            PolicyName=fresh("boundary"), PolicyDocument=document(allow("sts:*"))
        )["Policy"]["Arn"]
        _, role = world.role(None, allow("secretsmanager:*"), PermissionsBoundary=boundary)
        session = world.assume(role, assumer[2])
        with refused("AccessDeniedException", 400, re.compile(
                ".*because no permissions boundary allows the secretsmanager:GetSecretValue action")):
            server.client("secretsmanager", session).get_secret_value(SecretId=name)


class TestAccessKeyInfo:
    def test_the_account_is_in_the_id(self, server, world):
        _, arn = world.role()
        sts = server.client("sts")
        for key in (server.admin, world.assume(arn)):
            assert sts.get_access_key_info(AccessKeyId=key.access_key_id)["Account"] == server.account
            # As AWS's own decoders read it.
            number = int.from_bytes(base64.b32decode(key.access_key_id[4:])[:6], "big")
            assert f"{(number & 0x7FFFFFFFFF80) >> 7:012}" == server.account
        assert sts.get_access_key_info(AccessKeyId="ASIAQNZGKIQY56JQ7WML")["Account"] == "029608264753"

    def test_bad(self, server):
        with refused("ValidationError", 400, re.compile(".+")):
            server.client("sts").get_access_key_info(AccessKeyId="not-an-access-key-id")


class TestDecodeAuthorizationMessage:
    def test_garbage(self, server):
        for message in ("x", "A" * 500, "a" * 10_240):
            with refused("InvalidAuthorizationMessageException", 400, re.compile(".+")):
                server.client("sts").decode_authorization_message(EncodedMessage=message)

    def test_needs_permission(self, server, world):
        name, credentials = world.user()
        caller = f"arn:aws:iam::{server.account}:user/{name}"
        with refused("AccessDenied", 403, (
                f"User: {caller} is not authorized to perform: sts:DecodeAuthorizationMessage "
                "because no identity-based policy allows the sts:DecodeAuthorizationMessage action")):
            server.client("sts", credentials).decode_authorization_message(EncodedMessage="x")

    def test_the_message_of_a_refusal(self, server, world):
        """Services of ours answer no encoded message; `irsa explain` gives it for any refusal."""
        _, arn = world.secret()
        _, role = world.role()
        secrets = server.client("secretsmanager", world.assume(role))
        with refused("AccessDeniedException", 400, re.compile(".+")) as seen:
            secrets.get_secret_value(SecretId=arn)
        encoded = server.irsa_ok("explain", seen.request_id, "--encoded").strip()
        decoded = json.loads(server.client("sts").decode_authorization_message(
            EncodedMessage=encoded
        )["DecodedMessage"])
        assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
        assert decoded["context"]["action"] == "secretsmanager:GetSecretValue"
        assert decoded["context"]["resource"] == arn
        assert decoded["matchedStatements"] == {"items": []}
        edited = encoded[:-2] + ("A" if encoded[-2] != "A" else "B") + encoded[-1]
        with refused("InvalidAuthorizationMessageException", 400, re.compile(".+")):
            server.client("sts").decode_authorization_message(EncodedMessage=edited)


def test_the_expiry_of_a_session_is_kept(server, world):
    """A session lives its full duration, whatever the token's own expiry."""
    from support.documents import trust_web_identity

    issuer, provider = world.foreign_issuer()
    subject = "system:serviceaccount:demo:app"
    _, role = world.role(trust_web_identity(provider, subject), MaxSessionDuration=7200)
    token = issuer.token(subject, exp=int(time.time()) + 60)
    answer = world.assume_with_token(role, token, DurationSeconds=7200)
    left = (answer["Credentials"]["Expiration"] - datetime.now(UTC)).total_seconds()
    assert 7190 < left <= 7201
    assert server.client("sts", Credentials.of(answer["Credentials"])).get_caller_identity()
