"""The trail: CloudTrail's look-ups, `irsa audit`, `irsa explain`, and what must never be in it."""

import datetime
import json
import re

import pytest

from support.documents import allow, document, trust_account
from support.names import fresh
from support.raw_request import Request
from support.refusal import refused
from support.server import Credentials
from support.world import World, read_secret


@pytest.fixture
def chain(server, world):
    """A pod that read its secret and was refused another."""

    class Chain:
        name, arn = world.secret()
        other, _ = world.secret()
        provider = world.own_issuer()[1]
        namespace, pod = fresh("ns"), fresh("pod")
        subject = f"{namespace}/app"
        role_name, role = world.pod_role(provider, subject, read_secret(arn))
        token = world.pod_token(subject, pod=pod)
        answer = world.assume_with_token(role, token, session_name="trail")
        session = Credentials.of(answer["Credentials"])

    secrets = server.client("secretsmanager", Chain.session)
    secrets.get_secret_value(SecretId=Chain.name)
    with refused("AccessDeniedException", 400, re.compile(".+")) as Chain.refusal:
        secrets.get_secret_value(SecretId=Chain.other)
    return Chain


class TestLookupEvents:
    def test_a_web_identity_call(self, server, world, chain):
        (record,) = [
            event for event in world.events("EventName", "AssumeRoleWithWebIdentity")
            if (event["requestParameters"] or {}).get("roleArn") == chain.role
        ]
        subject = f"system:serviceaccount:{chain.namespace}:app"
        assert record["userIdentity"] == {
            "type": "WebIdentityUser", "principalId": f"{chain.provider}:sts.amazonaws.com:{subject}",
            "userName": subject, "identityProvider": chain.provider,
        }
        assert record["requestParameters"] == {"roleArn": chain.role, "roleSessionName": "trail"}
        response = record["responseElements"]
        credentials = response.pop("credentials")
        assert credentials["accessKeyId"] == chain.session.access_key_id
        assert "secretAccessKey" not in credentials
        assert chain.session.session_token not in json.dumps(record)
        assert re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M",
                            credentials["expiration"].replace("\u202f", " "))
        assert response["subjectFromWebIdentityToken"] == subject
        assert response["provider"] == chain.provider
        assert response["audience"] == "sts.amazonaws.com"
        assert response["assumedRoleUser"] == {
            "assumedRoleId": chain.answer["AssumedRoleUser"]["AssumedRoleId"],
            "arn": chain.answer["AssumedRoleUser"]["Arn"],
        }
        assert (record["eventSource"], record["readOnly"]) == ("sts.amazonaws.com", True)
        assert record["eventCategory"] == "Management"
        assert record["eventType"] == "AwsApiCall"
        assert record["managementEvent"] is True
        assert record["recipientAccountId"] == server.account
        assert record["requestID"] == chain.answer["ResponseMetadata"]["RequestId"]
        assert record["resources"] == [
            {"accountId": server.account, "type": "AWS::IAM::Role", "ARN": chain.role}]
        assert chain.token not in json.dumps(record)
        assert re.fullmatch(r"1\.\d\d", record["eventVersion"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["eventTime"])

    def test_the_calls_of_its_session_join_on_the_access_key(self, server, world, chain):
        records = world.events("AccessKeyId", chain.session.access_key_id)
        calls = [r for r in records if r["eventName"] == "GetSecretValue"]
        assert len(calls) == 2
        denied, allowed = calls
        identity = allowed["userIdentity"]
        role_id = chain.answer["AssumedRoleUser"]["AssumedRoleId"].split(":")[0]
        assert identity["type"] == "AssumedRole"
        assert identity["principalId"] == f"{role_id}:trail"
        assert identity["arn"] == chain.answer["AssumedRoleUser"]["Arn"]
        assert (identity["accountId"], identity["accessKeyId"]) == (
            server.account, chain.session.access_key_id)
        context = identity["sessionContext"]
        assert context["sessionIssuer"] == {
            "type": "Role", "principalId": role_id, "arn": chain.role,
            "accountId": server.account, "userName": chain.role_name,
        }
        assert context["webIdFederationData"]["federatedProvider"] == chain.provider
        assert context["attributes"]["mfaAuthenticated"] == "false"
        assert allowed["requestParameters"] == {"secretId": chain.name}
        assert allowed["responseElements"] is None
        assert "errorCode" not in allowed
        assert denied["errorCode"] == "AccessDenied" or denied["errorCode"] == "AccessDeniedException"
        assert denied["errorMessage"] == chain.refusal.text
        assert denied["requestParameters"] == {"secretId": chain.other}
        assert denied["requestID"] == chain.refusal.request_id

    def test_every_attribute(self, server, world, chain):
        cloudtrail = server.client("cloudtrail")
        (event, *_) = cloudtrail.lookup_events(LookupAttributes=[
            {"AttributeKey": "AccessKeyId", "AttributeValue": chain.session.access_key_id}])["Events"]
        assert event["Username"] == "trail"
        assert event["ReadOnly"] == "true"
        found = lambda key, value: {
            json.loads(one["CloudTrailEvent"])["eventID"]
            for page in cloudtrail.get_paginator("lookup_events").paginate(
                LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
            for one in page["Events"]
        }
        for key, value in [
            ("EventId", event["EventId"]), ("EventName", "GetSecretValue"), ("ReadOnly", "true"),
            ("Username", "trail"), ("EventSource", "secretsmanager.amazonaws.com"),
            ("AccessKeyId", chain.session.access_key_id),
        ]:
            assert event["EventId"] in found(key, value), key
        (assumed,) = [
            r for r in world.events("ResourceName", chain.role)
            if r["eventName"] == "AssumeRoleWithWebIdentity"]
        assert assumed["eventID"] in found("ResourceType", "AWS::IAM::Role")
        assert found("EventId", "00000000-0000-0000-0000-000000000000") == set()
        assert event["EventId"] not in found("ReadOnly", "false")

    def test_pages_are_newest_first(self, server, world):
        user, credentials = world.user(allow("iam:*"))
        iam = server.client("iam", credentials)
        for n in range(7):
            iam.list_roles(MaxItems=n + 1)
        pages = list(server.client("cloudtrail").get_paginator("lookup_events").paginate(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": user}],
            PaginationConfig={"PageSize": 3}))
        assert [len(page["Events"]) for page in pages] == [3, 3, 1]
        asked = [json.loads(one["CloudTrailEvent"])["requestParameters"]["maxItems"]
                 for page in pages for one in page["Events"]]
        assert asked == [7, 6, 5, 4, 3, 2, 1]

    def test_times(self, server, world, chain):
        hour = datetime.timedelta(hours=1)
        now = datetime.datetime.now(datetime.UTC)
        key = ("AccessKeyId", chain.session.access_key_id)
        assert world.events(*key, StartTime=now - hour, EndTime=now + hour)
        assert world.events(*key, StartTime=now - 2 * hour, EndTime=now - hour) == []
        with refused("InvalidTimeRangeException", 400, re.compile(".+")):
            world.events(*key, StartTime=now, EndTime=now - hour)

    @pytest.mark.parametrize(("input", "code"), [
        ({"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"},
                               {"AttributeKey": "Username", "AttributeValue": "b"}]},
         "InvalidLookupAttributesException"),
        ({"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "maybe"}]},
         "InvalidLookupAttributesException"),
        ({"LookupAttributes": [{"AttributeKey": "Nonsense", "AttributeValue": "a"}]},
         "InvalidLookupAttributesException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "edited"}, "InvalidNextTokenException"),
        ({"EventCategory": "nonsense"}, "InvalidEventCategoryException"),
    ])
    def test_bad(self, server, input, code):
        answer = Request.of_json(
            "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", input
        ).sign(server, server.admin).send(server)
        assert (answer.status, answer.error()[0]) == (400, code), answer.text

    def test_a_token_of_another_look_up(self, server, world):
        user, credentials = world.user(allow("iam:*"))
        for _ in range(3):
            server.client("iam", credentials).list_roles()
        cloudtrail = server.client("cloudtrail")
        attributes = [{"AttributeKey": "Username", "AttributeValue": user}]
        token = cloudtrail.lookup_events(LookupAttributes=attributes, MaxResults=1)["NextToken"]
        with refused("InvalidNextTokenException", 400, re.compile(".+")):
            cloudtrail.lookup_events(NextToken=token)

    def test_needs_permission(self, server, world):
        user, credentials = world.user()
        arn = f"arn:aws:iam::{server.account}:user/{user}"
        with refused("AccessDeniedException", 400, (
                f"User: {arn} is not authorized to perform: cloudtrail:LookupEvents because no "
                "identity-based policy allows the cloudtrail:LookupEvents action")):
            server.client("cloudtrail", credentials).lookup_events()

    def test_nobodys_calls_are_not_in_it(self, server, world):
        """A token that nobody verified, a signature that is wrong: the ring, never the trail."""
        name = fresh("nobody")
        stranger = Credentials(server.admin.access_key_id, "x" * 40)
        request = Request.of_json(
            "secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": name})
        answer = request.sign(server, stranger).send(server)
        assert answer.status == 400
        id = answer.headers["x-amzn-requestid"]
        assert name not in json.dumps(world.events("EventName", "GetSecretValue"))
        told = server.irsa_ok("explain", id)
        assert "InvalidSignatureException" in told

    def test_a_change_is_recorded_without_its_value(self, server, world):
        name = fresh("secret")
        value = fresh("canary-value")
        server.client("secretsmanager").create_secret(Name=name, SecretString=value)
        server.client("secretsmanager").put_secret_value(SecretId=name, SecretString=value + "2")
        for event in ("CreateSecret", "PutSecretValue"):
            records = [r for r in world.events("EventName", event) if name in json.dumps(r)]
            assert len(records) == 1
            assert records[0]["readOnly"] is False
            assert value not in json.dumps(records)


class TestAudit:
    def test_of_a_service_account(self, world, chain):
        records = world.records("--service-account", chain.subject)
        assert [(r["EventName"], r.get("ErrorCode") is None) for r in records] == [
            ("GetSecretValue", False), ("GetSecretValue", True), ("AssumeRoleWithWebIdentity", True)]
        assert {r["ServiceAccount"] for r in records} == {chain.subject}
        assert world.records("--service-account", f"{chain.namespace}/other") == []

    def test_of_a_pod(self, world, chain):
        records = world.records("--pod", chain.pod)
        assert len(records) == 3
        assert {r["PodName"] for r in records} == {chain.pod}

    def test_sessions_opened_by_sessions_of_the_pod(self, server, world):
        _, last = world.role(None, allow("sts:*"))
        subject = f"{fresh('ns')}/app"
        _, first = world.pod_role(world.own_issuer()[1], subject, allow("sts:AssumeRole", last))
        answer = world.assume_with_token(first, world.pod_token(subject))
        session = Credentials.of(answer["Credentials"])
        chained = world.assume(last, session)
        server.client("sts", chained).get_caller_identity()
        assert [r["EventName"] for r in world.records("--service-account", subject)] == [
            "GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"]

    def test_other_filters(self, world, chain):
        key = chain.session.access_key_id
        assert len(world.records("--access-key", key, "--event-name", "GetSecretValue")) == 2
        (denied,) = world.records("--access-key", key, "--denied")
        assert denied["RequestId"] == chain.refusal.request_id
        assert len(world.records("--access-key", key, "--since", "1h")) >= 2
        assert world.records("--access-key", key, "--since", "2099-01-01T00:00:00Z") == []
        assert len(world.records("--access-key", key, "--limit", "1")) == 1

    def test_a_token_that_was_not_taken_counts_as_denied(self, server, world):
        """`irsa audit --denied` lists what `irsa explain` calls a refusal."""
        issuer, provider = world.foreign_issuer()
        subject = f"system:serviceaccount:{fresh('ns')}:app"
        from support.documents import trust_web_identity

        _, role = world.role(trust_web_identity(provider, subject))
        token = issuer.token(subject, **{"https://aws.amazon.com/tags": "none"})
        with refused("InvalidIdentityToken", 400, re.compile(".+")) as seen:
            world.assume_with_token(role, token)
        (call,) = server.irsa_json("explain", "--role", role)["Calls"]
        assert call["RequestId"] == seen.request_id
        denied = [record["RequestId"] for record in world.records("--denied", "--since", "1h")]
        assert seen.request_id in denied

    def test_without_a_filter_too_calls_name_the_pod(self, world, chain):
        records = world.records("--access-key", chain.session.access_key_id)
        assert {(r["ServiceAccount"], r["PodName"]) for r in records} == {(chain.subject, chain.pod)}
        assert all(r["TokenId"] and r["PodUid"] for r in records)

    def test_as_a_table(self, server, chain):
        shown = server.irsa_ok("audit", "--service-account", chain.subject).splitlines()
        assert shown[0].split()[:4] == ["TIME", "EVENT", "OUTCOME", "CALLER"]
        assert len(shown) == 4
        assert "✗ AccessDenied" in shown[1] and "✓ ok" in shown[3]


class TestExplain:
    def test_by_id_and_the_last_refusal(self, server, world):
        _, role = world.role()
        name, _ = world.secret()
        session = world.assume(role)
        with refused("AccessDeniedException", 400, re.compile(".+")) as seen:
            server.client("secretsmanager", session).get_secret_value(SecretId=name)
        by_key = server.irsa_ok("explain", "--access-key", session.access_key_id)
        assert server.irsa_ok("explain", seen.request_id) == by_key
        (call,) = server.irsa_json("explain")["Calls"]
        assert call["Outcome"] == "denied"
        assert seen.text.split(" because")[0] in by_key

    def test_as_an_encoded_message(self, server, world):
        """aws sts decode-authorization-message --encoded-message "$(irsa explain --encoded)"."""
        _, role = world.role()
        name, _ = world.secret()
        session = world.assume(role)
        with refused("AccessDeniedException", 400, re.compile(".+")) as seen:
            server.client("secretsmanager", session).get_secret_value(SecretId=name)
        for which in (["--access-key", session.access_key_id], [seen.request_id]):
            printed = server.irsa_ok("explain", "--encoded", *which)
            message = server.client("sts").decode_authorization_message(
                EncodedMessage=printed.removesuffix("\n"))["DecodedMessage"]
            assert json.loads(message)["context"]["action"] == "secretsmanager:GetSecretValue"
        allowed = server.client("sts", session).get_caller_identity()["ResponseMetadata"]
        done = server.irsa("explain", "--encoded", allowed["RequestId"])
        assert (done.returncode, done.stdout) == (5, "")
        assert "no encoded message" in done.stderr

    def test_an_id_that_there_is_not(self, server):
        done = server.irsa("explain", "00000000-0000-0000-0000-000000000000")
        assert done.returncode == 5, done.stderr
        assert "no call that you may see has the request id" in done.stderr

    def test_without_permission(self, server, world):
        _, credentials = world.user(allow("*"))
        done = server.irsa("explain", credentials=credentials)
        assert done.returncode != 0
        assert "is not authorized to perform: irsa:" in done.stderr, done.stderr

    def test_a_token_that_was_refused(self, server, world):
        """Failures before the caller is known are in the ring."""
        issuer, provider = world.foreign_issuer()
        subject = "system:serviceaccount:demo:app"
        from support.documents import trust_web_identity

        _, role = world.role(trust_web_identity(provider, subject))
        with refused("InvalidIdentityToken", 400, re.compile(".+")) as seen:
            world.assume_with_token(role, issuer.token(subject, aud=["wrong.example"]))
        told = server.irsa_ok("explain", seen.request_id)
        assert "InvalidIdentityToken" in told
        assert "wrong.example" in told, "the operator learns which audience it was"


class TestSecrecy:
    """A17: values, tokens and keys are nowhere but where they belong."""

    def test_canaries(self, start, site, tmp_path):
        data = tmp_path / "data"
        server = start("--data-dir", str(data))
        world = World(server, site, tmp_path)
        canary = "canary-" + fresh("value")
        provider = world.own_issuer()[1]
        name, arn = world.secret(canary)
        issuer, foreign = world.foreign_issuer()
        _, role = world.pod_role(provider, "demo/app", read_secret(arn))
        token = world.pod_token("demo/app", pod="pod-0")
        answer = world.assume_with_token(role, token)
        session = Credentials.of(answer["Credentials"])
        assert server.client("secretsmanager", session).get_secret_value(SecretId=name)["SecretString"] == canary
        bad = issuer.token("system:serviceaccount:demo:app", aud=["x"])
        with refused("InvalidIdentityToken", 400, re.compile(".+")):
            world.assume_with_token(role, bad)
        with refused("AccessDeniedException", 400, re.compile(".+")):
            server.client("secretsmanager", session).put_secret_value(SecretId=name, SecretString=canary + "!")
        user, key = world.user()
        stranger = Credentials(key.access_key_id, "y" * 40)
        Request.of_query("sts", Action="GetCallerIdentity").sign(server, stranger).send(server)

        told = [server.irsa_ok("explain", "--since", "1h", "-o", "json"),
                server.irsa_ok("audit", "--limit", "1000", "-o", "json"),
                json.dumps(server.client("cloudtrail").lookup_events()["Events"], default=str)]
        told += [server.log(), server.stdout_file.read_text()]
        server.stop()
        files = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
        assert files, "the data directory is empty"
        secrets = {
            "value": canary, "web identity token": token, "its signature": token.rsplit(".", 1)[1],
            "refused token": bad.rsplit(".", 1)[1], "session token": session.session_token,
            "session secret": session.secret_access_key, "user's secret": key.secret_access_key,
        }
        for what, secret in secrets.items():
            for text in told:
                assert secret not in text, what
            for path, content in files.items():
                assert secret.encode() not in content, f"{what} in {path}"
        for path, content in files.items():
            assert b"PRIVATE KEY" not in content, path
        # The administrator's own secret is printed once, on stdout, and is nowhere else.
        assert server.admin.secret_access_key in server.env_file.read_text()
        assert server.admin.secret_access_key in told.pop()
        assert server.admin.secret_access_key.encode() not in b"".join(files.values())
        assert all(server.admin.secret_access_key not in text for text in told)

    def test_what_is_kept_outlives_a_power_cut(self, start, site, tmp_path):
        data = str(tmp_path / "data")
        first = start("--data-dir", data)
        world = World(first, site, tmp_path)
        name, arn = world.secret("kept")
        role_name, role = world.role(None, read_secret(arn))
        session = world.assume(role)
        user, key = world.user(allow("*"))
        issuer, _ = world.own_issuer()
        first.kill()
        second = start("--data-dir", data, name="second", listen=f"127.0.0.1:{first.port}")
        assert second.admin is None, "the administrator's secret is told once"
        second.admin = first.admin
        assert second.client("sts", key).get_caller_identity()["Account"] == first.account
        secrets = second.client("secretsmanager", session)
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "kept"
        token = World(second, site, tmp_path).pod_token("demo/app", issuer=issuer)
        assert token.count(".") == 2
        names = [json.loads(e["CloudTrailEvent"])["eventName"]
                 for e in second.client("cloudtrail", key).lookup_events()["Events"]]
        assert {"CreateSecret", "CreateRole", "AssumeRole", "CreateUser"} <= set(names)

    def test_all_regions_are_known_from_the_start(self, start, site, tmp_path):
        data = str(tmp_path / "data")
        first = start("--data-dir", data)
        elsewhere = first.client("secretsmanager", region="eu-central-1")
        asked = elsewhere.list_secrets()["ResponseMetadata"]["RequestId"]
        first.stop()
        second = start("--data-dir", data, name="second", listen=f"127.0.0.1:{first.port}")
        second.admin = first.admin
        (call,) = second.irsa_json("explain", asked)["Calls"]
        assert call["EventName"] == "ListSecrets"
        assert asked in [r["RequestId"] for r in World(second, site, tmp_path).records()]
