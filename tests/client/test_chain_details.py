"""What a chain of real clients meets beyond the main road."""

import json
import re
import threading

import pytest

from support.documents import allow, deny, document, trust_account, trust_web_identity
from support.names import fresh
from support.raw_request import Request
from support.refusal import refused
from support.server import Credentials
from support.world import read_secret

SUBJECT = "system:serviceaccount:demo:app"


class TestSessionPolicyOfAWebIdentity:
    @pytest.fixture(scope="class")
    @classmethod
    def trusted(cls, world):
        name, arn = world.secret()
        issuer, provider = world.foreign_issuer()
        _, role = world.role(
            trust_web_identity(provider, SUBJECT), allow("secretsmanager:*", arn))
        return name, issuer, role

    def test_narrows(self, server, world, trusted):
        name, issuer, role = trusted
        policy = document(allow("secretsmanager:DescribeSecret"))
        answer = world.assume_with_token(role, issuer.token(SUBJECT), Policy=policy)
        assert 0 < answer["PackedPolicySize"] <= 100
        secrets = server.client("secretsmanager", Credentials.of(answer["Credentials"]))
        assert secrets.describe_secret(SecretId=name)["Name"] == name
        with refused("AccessDeniedException", 400, re.compile(
                ".*because no session policy allows the secretsmanager:GetSecretValue action")):
            secrets.get_secret_value(SecretId=name)

    @pytest.mark.parametrize("policy", [
        "{", "[]", document({"Effect": "Allow"}),
        document(allow("secretsmanager:*"), {"Effect": "Allow", "Action": "s3:*"}),
    ])
    def test_malformed(self, world, trusted, policy):
        _, issuer, role = trusted
        with refused("MalformedPolicyDocument", 400, re.compile(".+")):
            world.assume_with_token(role, issuer.token(SUBJECT), Policy=policy)

    def test_literals_that_storage_would_refuse(self, world, trusted):
        """AWS-recorded: STS is lenient with literals; they match nothing."""
        name, issuer, role = trusted
        condition = {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "nonsense"}}}
        policy = document(allow("secretsmanager:*", **condition))
        answer = world.assume_with_token(role, issuer.token(SUBJECT), Policy=policy)
        secrets = world.server.client("secretsmanager", Credentials.of(answer["Credentials"]))
        with refused("AccessDeniedException", 400, re.compile(".*no session policy allows.*")):
            secrets.get_secret_value(SecretId=name)


class TestTrust:
    def test_a_user_that_is_named_needs_no_policy_of_its_own(self, server, world):
        name, credentials = world.user()
        arn = f"arn:aws:iam::{server.account}:user/{name}"
        _, role = world.role(document(
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}))
        assert world.assume(role, credentials)

    def test_but_a_deny_still_denies(self, server, world):
        name, credentials = world.user(deny("sts:AssumeRole"))
        arn = f"arn:aws:iam::{server.account}:user/{name}"
        _, role = world.role(document(
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}))
        with refused("AccessDenied", 403, re.compile(".*sts:AssumeRole.*")):
            world.assume(role, credentials)

    def test_a_role_that_is_named(self, server, world):
        _, first = world.role()
        _, second = world.role(document(
            {"Effect": "Allow", "Principal": {"AWS": first}, "Action": "sts:AssumeRole"}))
        session = world.assume(first)
        assert world.assume(second, session)
        with refused("AccessDenied", 403, re.compile(".*sts:AssumeRole.*")):
            world.assume(second, world.user(allow("sts:*"))[1])

    def test_the_audience_of_azp(self, world):
        issuer, provider = world.foreign_issuer()
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        token = issuer.token(SUBJECT, aud=["other", "more"], azp="sts.amazonaws.com")
        assert world.assume_with_token(role, token)["Audience"] == "sts.amazonaws.com"

    def test_two_audiences_of_one_provider(self, server, world):
        issuer, provider = world.foreign_issuer()
        server.client("iam").add_client_id_to_open_id_connect_provider(
            OpenIDConnectProviderArn=provider, ClientID="second.example")
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
            world.assume_with_token(role, issuer.token(SUBJECT, aud=["second.example"]))
        server.client("iam").remove_client_id_from_open_id_connect_provider(
            OpenIDConnectProviderArn=provider, ClientID="sts.amazonaws.com")
        with refused("InvalidIdentityToken", 400, re.compile("The web identity token provided .*")):
            world.assume_with_token(role, issuer.token(SUBJECT))

    def test_a_provider_that_was_deleted(self, server, world):
        issuer, provider = world.foreign_issuer()
        _, role = world.role(trust_web_identity(provider, SUBJECT))
        assert world.assume_with_token(role, issuer.token(SUBJECT))
        server.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=provider)
        with refused("InvalidIdentityToken", 400,
                     f"No OpenIDConnect provider found in your account for {issuer.url}"):
            world.assume_with_token(role, issuer.token(SUBJECT))

    def test_of_another_account(self, world):
        issuer, _ = world.foreign_issuer()
        with refused("InvalidIdentityToken", 400,
                     f"No OpenIDConnect provider found in your account for {issuer.url}"):
            world.assume_with_token("arn:aws:iam::999999999999:role/any", issuer.token(SUBJECT))


class TestRegions:
    def test_a_trail_of_each(self, server, world):
        user, credentials = world.user(allow("*"))
        name = fresh("secret")
        server.client("secretsmanager", credentials, "eu-west-1").create_secret(Name=name)
        server.client("iam", credentials).list_roles(MaxItems=1)
        found = lambda region: {
            event["EventName"]
            for event in server.client("cloudtrail", region=region).lookup_events(LookupAttributes=[
                {"AttributeKey": "Username", "AttributeValue": user}])["Events"]
        }
        assert found("eu-west-1") == {"CreateSecret"}
        assert found("us-east-1") == {"ListRoles"}
        assert found("eu-west-2") == set()


class TestFolding:
    def test_refusals_in_a_row_are_one_record_and_each_is_explained(self, server, world):
        """R48: beyond sixty a minute identical refusals are counted, not written."""
        name, _ = world.secret()
        user, credentials = world.user()
        secrets = server.client("secretsmanager", credentials)
        ids = []
        for _ in range(70):
            with refused("AccessDeniedException", 400, re.compile(".+")) as seen:
                secrets.get_secret_value(SecretId=name)
            ids.append(seen.request_id)
        events = world.events("AccessKeyId", credentials.access_key_id)
        assert 60 <= len(events) < 70
        for id in (ids[0], ids[-1]):
            assert "no identity policy allows it" in server.irsa_ok("explain", id)


class TestClusters:
    def test_missing(self, server):
        with refused("ResourceNotFoundException", 404, "No cluster found for name: nobody."):
            server.client("eks").describe_cluster(name="nobody")

    def test_pages(self, server):
        names = {fresh("page") for _ in range(3)}
        for name in names:
            server.irsa_ok("issuer", "create", name, "--key-algorithm", "ES256")
        pages = list(server.client("eks").get_paginator("list_clusters").paginate(
            PaginationConfig={"PageSize": 1}))
        assert all(len(page["clusters"]) == 1 for page in pages)
        assert names <= {name for page in pages for name in page["clusters"]}

    def test_denied(self, server, world):
        user, credentials = world.user()
        arn = f"arn:aws:iam::{server.account}:user/{user}"
        cluster = f"arn:aws:eks:us-east-1:{server.account}:cluster/any"
        with refused("AccessDeniedException", 403, (
                f"User: {arn} is not authorized to perform: eks:DescribeCluster on resource: "
                f"{cluster} because no identity-based policy allows the eks:DescribeCluster action")):
            server.client("eks", credentials).describe_cluster(name="any")


class TestRaces:
    def race(self, calls):
        """Runs them at once; what each returned or raised."""
        results = [None] * len(calls)
        barrier = threading.Barrier(len(calls))

        def run(index, call):
            barrier.wait()
            try:
                results[index] = call()
            except Exception as error:  # noqa: BLE001 - what it was is asserted below
                results[index] = error

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        return results

    def test_one_creates_the_secret(self, server):
        secrets, name = server.client("secretsmanager"), fresh("race")
        results = self.race([
            lambda n=n: secrets.create_secret(Name=name, SecretString=f"value {n}") for n in range(8)])
        won = [one for one in results if isinstance(one, dict)]
        assert len(won) == 1
        for error in (one for one in results if not isinstance(one, dict)):
            assert error.response["Error"]["Code"] == "ResourceExistsException"

    def test_one_creates_the_role(self, server):
        iam, name = server.client("iam"), fresh("Race")
        trust = trust_account(server.account)
        results = self.race([
            lambda n=n: iam.create_role(
                RoleName=name.upper() if n % 2 else name.lower(), AssumeRolePolicyDocument=trust)
            for n in range(8)])
        won = [one for one in results if isinstance(one, dict)]
        assert len(won) == 1
        for error in (one for one in results if not isinstance(one, dict)):
            assert error.response["Error"]["Code"] == "EntityAlreadyExists"

    def test_every_version_is_there_and_one_is_current(self, server):
        secrets, name = server.client("secretsmanager"), fresh("race")
        secrets.create_secret(Name=name, SecretString="first")
        results = self.race([
            lambda n=n: secrets.put_secret_value(SecretId=name, SecretString=f"value {n}")
            for n in range(8)])
        assert all(isinstance(one, dict) for one in results), results
        held = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
        current = [id for id, labels in held.items() if "AWSCURRENT" in labels]
        assert len(current) == 1
        every = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
        assert len(every) == 9

    def test_two_keys_at_most(self, server):
        iam, name = server.client("iam"), fresh("race")
        iam.create_user(UserName=name)
        self.race([lambda: iam.create_access_key(UserName=name) for _ in range(6)])
        assert len(iam.list_access_keys(UserName=name)["AccessKeyMetadata"]) == 2


class TestLoad:
    def test_every_answered_call_is_in_the_trail(self, server, world):
        """Eight clients at once; nothing that was answered is missing, not even right after."""
        name, arn = world.secret()
        _, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
        token = world.pod_token("demo/app")
        ids, lock = [], threading.Lock()

        def client(number):
            answer = world.assume_with_token(role, token, session_name=f"client-{number}")
            secrets = server.client("secretsmanager", Credentials.of(answer["Credentials"]))
            for _ in range(20):
                read = secrets.get_secret_value(SecretId=name)
                with lock:
                    ids.append(read["ResponseMetadata"]["RequestId"])

        threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(ids) == len(set(ids)) == 160
        recorded = [r for n in range(8) for r in world.events("Username", f"client-{n}")]
        read = [r["requestID"] for r in recorded if r["eventName"] == "GetSecretValue"]
        assert sorted(read) == sorted(ids), "each call once, and each of them"


class TestRefusalsInJson:
    def test_sts_in_json_when_asked(self, server):
        request = Request.of_query("sts", Action="GetCallerIdentity")
        request.headers["accept"] = "application/json"
        answer = request.send(server)
        assert answer.status == 403
        assert answer.headers["content-type"] == "application/json"
        fault = answer.json()
        assert fault["Error"]["Code"] == "MissingAuthenticationToken"
        assert fault["RequestId"] == answer.headers["x-amzn-requestid"]

    def test_iam_by_get(self, server):
        """A signed GET with the parameters in the query is as good as a form."""
        request = Request("iam", method="GET", query=[
            ("Action", "GetUser"), ("UserName", "admin"), ("Version", "2010-05-08")])
        answer = request.sign(server, server.admin).send(server)
        assert (answer.status, answer.member("UserName")) == (200, "admin")

    def test_iam_is_xml_all_the_same(self, server):
        answer = Request.of_query("iam", Action="GetUser").send(server)
        assert answer.headers["content-type"] == "text/xml"
        assert answer.text.startswith(
            '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>')
        assert re.search(r"</Error><RequestId>[0-9a-f-]{36}</RequestId></ErrorResponse>$", answer.text)

    def test_secrets_manager(self, server, world):
        answer = Request.of_json("secretsmanager", "secretsmanager.GetSecretValue", {
            "SecretId": fresh("missing")}).sign(server, server.admin).send(server)
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        assert answer.json() == {
            "__type": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret.",
        }


class TestConditionsOnWebIdentitySessions:
    def test_the_claims_persist_in_the_session(self, server, world):
        """`sub` and `aud` stay keys of every later request."""
        name, arn = world.secret()
        issuer, provider = world.foreign_issuer()
        host = provider.split(":oidc-provider/")[1]
        trust = document({"Effect": "Allow", "Principal": {"Federated": provider},
                          "Action": "sts:AssumeRoleWithWebIdentity"})
        condition = {"Condition": {"StringEquals": {f"{host}:sub": SUBJECT}}}
        _, role = world.role(trust, allow("secretsmanager:GetSecretValue", arn, **condition))
        read = lambda subject: server.client("secretsmanager", Credentials.of(
            world.assume_with_token(role, issuer.token(subject))["Credentials"]
        )).get_secret_value(SecretId=name)
        assert read(SUBJECT)["Name"] == name
        with refused("AccessDeniedException", 400, re.compile(".*no identity-based policy allows.*")):
            read("system:serviceaccount:demo:other")

    @pytest.mark.parametrize(("operator", "key", "value", "allowed"), [
        ("StringEquals", "aws:PrincipalType", "AssumedRole", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True),
        ("StringEquals", "aws:PrincipalAccount", "123456789012", True),
        ("StringEquals", "aws:PrincipalAccount", "999999999999", False),
        ("StringLike", "aws:userid", "AROA*:pod", True),
        ("Null", "aws:username", "true", True),
        ("Null", "aws:TokenIssueTime", "false", True),
        ("StringLike", "aws:FederatedProvider", "arn:aws:iam::*:oidc-provider/*", True),
        ("NumericLessThan", "aws:EpochTime", "4102444800", True),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", True),
    ])
    def test_global_keys(self, server, world, operator, key, value, allowed):
        name, arn = world.secret()
        condition = {"Condition": {operator: {key: value.replace("123456789012", server.account)}}}
        _, role = world.pod_role(
            world.own_issuer()[1], "demo/app", allow("secretsmanager:GetSecretValue", arn, **condition))
        answer = world.assume_with_token(role, world.pod_token("demo/app"))
        secrets = server.client("secretsmanager", Credentials.of(answer["Credentials"]))
        if allowed:
            assert secrets.get_secret_value(SecretId=name)["Name"] == name
        else:
            with refused("AccessDeniedException", 400, re.compile(".*no identity-based.*")):
                secrets.get_secret_value(SecretId=name)


def test_revoking_older_sessions_by_policy(server, world):
    """AWSRevokeOlderSessions: a Deny on aws:TokenIssueTime ends what was issued before."""
    name, arn = world.secret()
    role, role_arn = world.role(None, read_secret(arn))
    session = world.assume(role_arn)
    secrets = server.client("secretsmanager", session)
    assert secrets.get_secret_value(SecretId=name)
    condition = {"Condition": {"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}}
    server.client("iam").put_role_policy(
        RoleName=role, PolicyName="AWSRevokeOlderSessions", PolicyDocument=document(deny("*", **condition)))
    with refused("AccessDeniedException", 400, re.compile(".*with an explicit deny in an identity-based policy")):
        secrets.get_secret_value(SecretId=name)


def test_a_policy_is_shown_as_it_was_written(server, world):
    role, _ = world.role()
    written = json.dumps(json.loads(document(allow("s3:Get*"))), indent=4)
    server.client("iam").put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=written)
    answer = Request.of_query("iam", Action="GetRolePolicy", RoleName=role, PolicyName="p").sign(
        server, server.admin).send(server)
    from urllib.parse import unquote

    assert unquote(answer.member("PolicyDocument")) == written
