"""Secrets Manager: versions, labels, idempotency, names, deletion, listing, passwords."""

import re
import string
import uuid

import boto3
import pytest
from botocore.config import Config

from support.documents import allow, deny
from support.names import fresh
from support.raw_request import Request
from support.refusal import refused

NOT_FOUND = "Secrets Manager can't find the specified secret."
MARKED = ("You can't perform this operation on the secret because it was marked for deletion.")


@pytest.fixture(scope="module")
def secrets(server):
    return server.client("secretsmanager")


@pytest.fixture(scope="module")
def unchecked(server):
    return boto3.session.Session(
        server.admin.access_key_id, server.admin.secret_access_key, region_name="us-east-1"
    ).client("secretsmanager", endpoint_url=server.url, config=Config(
        parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture
def name(secrets):
    """A secret with one value."""
    made = fresh("secret")
    secrets.create_secret(Name=made, SecretString="one")
    return made


def labels(secrets, name):
    return secrets.describe_secret(SecretId=name)["VersionIdsToStages"]


def by_label(secrets, name):
    """Version by label."""
    return {label: id for id, held in labels(secrets, name).items() for label in held}


class TestVersions:
    def test_labels_move(self, secrets, name):
        v1 = by_label(secrets, name)["AWSCURRENT"]
        put = secrets.put_secret_value(SecretId=name, SecretString="two")
        assert put["VersionStages"] == ["AWSCURRENT"]
        assert by_label(secrets, name) == {"AWSCURRENT": put["VersionId"], "AWSPREVIOUS": v1}
        v3 = secrets.put_secret_value(SecretId=name, SecretString="three")["VersionId"]
        assert by_label(secrets, name) == {"AWSCURRENT": v3, "AWSPREVIOUS": put["VersionId"]}
        got = secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
        assert (got["SecretString"], got["VersionId"]) == ("two", put["VersionId"])
        assert secrets.get_secret_value(SecretId=name, VersionId=v1)["SecretString"] == "one"
        listed = secrets.list_secret_version_ids(SecretId=name)["Versions"]
        assert {one["VersionId"] for one in listed} == {put["VersionId"], v3}
        all_ = secrets.list_secret_version_ids(SecretId=name, IncludeDeprecated=True)["Versions"]
        assert {one["VersionId"] for one in all_} == {v1, put["VersionId"], v3}
        assert all_[0]["KmsKeyIds"] == ["DefaultEncryptionKey"]

    def test_a_label_of_ones_own(self, secrets, name):
        put = secrets.put_secret_value(SecretId=name, SecretString="two", VersionStages=["MINE"])
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
        assert secrets.get_secret_value(SecretId=name, VersionStage="MINE")["SecretString"] == "two"
        current = by_label(secrets, name)["AWSCURRENT"]
        with refused("InvalidRequestException", 400,
                     "You provided a VersionStage that is not associated to the provided VersionId."):
            secrets.get_secret_value(SecretId=name, VersionId=current, VersionStage="MINE")
        secrets.update_secret_version_stage(
            SecretId=name, VersionStage="AWSCURRENT", RemoveFromVersionId=current,
            MoveToVersionId=put["VersionId"])
        assert by_label(secrets, name) == {
            "AWSCURRENT": put["VersionId"], "MINE": put["VersionId"], "AWSPREVIOUS": current}
        secrets.update_secret_version_stage(
            SecretId=name, VersionStage="MINE", RemoveFromVersionId=put["VersionId"])
        assert "MINE" not in by_label(secrets, name)

    def test_a_label_that_sits_elsewhere(self, secrets, name):
        put = secrets.put_secret_value(SecretId=name, SecretString="two")
        previous = by_label(secrets, name)["AWSPREVIOUS"]
        with refused("InvalidParameterException", 400, (
                "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is "
                f"currently attached to version {put['VersionId']}, so you must explicitly "
                "reference that version in RemoveFromVersionId.")):
            secrets.update_secret_version_stage(
                SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=previous)

    def test_not_there(self, secrets, name):
        with refused("ResourceNotFoundException", 400, (
                "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS")):
            secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
        id = str(uuid.uuid4())
        with refused("ResourceNotFoundException", 400,
                     f"Secrets Manager can't find the specified secret value for VersionId: {id}"):
            secrets.get_secret_value(SecretId=name, VersionId=id)

    def test_without_a_value(self, secrets):
        name = fresh("empty")
        assert "VersionId" not in secrets.create_secret(Name=name)
        with refused("ResourceNotFoundException", 400, (
                "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")):
            secrets.get_secret_value(SecretId=name)
        described = secrets.describe_secret(SecretId=name)
        assert not described.get("VersionIdsToStages")

    def test_binary(self, secrets):
        name = fresh("binary")
        value = bytes(range(256))
        secrets.create_secret(Name=name, SecretBinary=value)
        got = secrets.get_secret_value(SecretId=name)
        assert got["SecretBinary"] == value
        assert "SecretString" not in got

    def test_neither_or_both(self, secrets, name):
        with refused("InvalidRequestException", 400,
                     "You must provide either SecretString or SecretBinary."):
            secrets.put_secret_value(SecretId=name)
        with refused("InvalidParameterException", 400, re.compile(
                "You can't specify both a binary secret value and a string secret value in the same "
                ".*")):
            secrets.put_secret_value(SecretId=name, SecretString="a", SecretBinary=b"b")

    def test_update(self, secrets, name):
        before = by_label(secrets, name)["AWSCURRENT"]
        assert "VersionId" not in secrets.update_secret(SecretId=name, Description="new")
        assert by_label(secrets, name) == {"AWSCURRENT": before}
        assert secrets.describe_secret(SecretId=name)["Description"] == "new"
        after = secrets.update_secret(SecretId=name, SecretString="two")["VersionId"]
        assert by_label(secrets, name) == {"AWSCURRENT": after, "AWSPREVIOUS": before}


class TestClientRequestToken:
    def test_is_the_version(self, secrets, name):
        token = str(uuid.uuid4())
        for _ in range(3):
            put = secrets.put_secret_value(SecretId=name, SecretString="two", ClientRequestToken=token)
            assert put["VersionId"] == token
        assert len(labels(secrets, name)) == 2
        with refused("ResourceExistsException", 400, re.compile(f".*{token}.*")):
            secrets.put_secret_value(SecretId=name, SecretString="other", ClientRequestToken=token)
        with refused("ResourceExistsException", 400, re.compile(".+")):
            secrets.update_secret(SecretId=name, SecretString="other", ClientRequestToken=token)

    def test_creating_twice(self, secrets):
        name, token = fresh("secret"), str(uuid.uuid4())
        first = secrets.create_secret(Name=name, SecretString="a", ClientRequestToken=token)
        second = secrets.create_secret(Name=name, SecretString="a", ClientRequestToken=token)
        assert (first["ARN"], first["VersionId"]) == (second["ARN"], token)
        with refused("ResourceExistsException", 400,
                     f"The operation failed because the secret {name} already exists."):
            secrets.create_secret(Name=name, SecretString="b", ClientRequestToken=token)
        with refused("ResourceExistsException", 400,
                     f"The operation failed because the secret {name} already exists."):
            secrets.create_secret(Name=name, SecretString="a")

    def test_is_the_secrets_own(self, secrets):
        """External Secrets sends the same token for thousands of secrets."""
        token = "00000000-0000-0000-0000-000000000001"
        for _ in range(3):
            made = secrets.create_secret(Name=fresh("eso"), SecretString="a", ClientRequestToken=token)
            assert made["VersionId"] == token

    def test_a_raw_call_must_have_one(self, server):
        text = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        answer = Request.of_json("secretsmanager", "secretsmanager.CreateSecret", {
            "Name": fresh("raw"), "SecretString": "a",
        }).sign(server, server.admin).send(server)
        assert (answer.status, *answer.error()) == (400, "InvalidRequestException", text)
        assert '"Message"' in answer.text, "with a capital letter"
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"


class TestIdentifiers:
    def test_name_arn_and_partial_arn(self, secrets):
        name = fresh("path/to")
        arn = secrets.create_secret(Name=name, SecretString="a")["ARN"]
        assert re.fullmatch(
            rf"arn:aws:secretsmanager:us-east-1:\d{{12}}:secret:{re.escape(name)}-[A-Za-z0-9]{{6}}", arn)
        for id in (name, arn, arn[:-7]):
            assert secrets.get_secret_value(SecretId=id)["ARN"] == arn
        wrong = arn[:-1] + ("a" if arn[-1] != "a" else "b")
        for id in (wrong, name + arn[-7:], arn[:-3], fresh("missing"),
                   arn.replace("us-east-1", "eu-west-1")):
            with refused("ResourceNotFoundException", 400, NOT_FOUND):
                secrets.get_secret_value(SecretId=id)

    def test_a_name_that_ends_like_a_suffix(self, secrets):
        name = fresh("secret") + "-abcdef"
        arn = secrets.create_secret(Name=name, SecretString="a")["ARN"]
        assert secrets.get_secret_value(SecretId=name)["ARN"] == arn
        with refused("ResourceNotFoundException", 400, NOT_FOUND):
            secrets.get_secret_value(SecretId=arn[:-7])

    def test_a_new_secret_of_the_name_has_a_new_suffix(self, secrets):
        name = fresh("again")
        arns = set()
        for _ in range(3):
            arns.add(secrets.create_secret(Name=name, SecretString="a")["ARN"])
            secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        assert len(arns) == 3

    @pytest.mark.parametrize("name", ["a b", "a#b", "ä", "a\\b", "a*"])
    def test_bad_names(self, secrets, name):
        with refused("ValidationException", 400, (
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of "
                "the following: -/_+=.@!")):
            secrets.create_secret(Name=name, SecretString="a")

    def test_regions_are_apart(self, server, secrets, name):
        there = server.client("secretsmanager", region="eu-west-1")
        with refused("ResourceNotFoundException", 400, NOT_FOUND):
            there.get_secret_value(SecretId=name)
        arn = there.create_secret(Name=name, SecretString="there")["ARN"]
        assert ":eu-west-1:" in arn
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"


class TestLimits:
    def test_a_value(self, secrets, unchecked, name):
        secrets.put_secret_value(SecretId=name, SecretString="s" * 65_536)
        assert len(secrets.get_secret_value(SecretId=name)["SecretString"]) == 65_536
        for value in ({"SecretString": "s" * 65_537}, {"SecretString": "ä" * 32_769},
                      {"SecretBinary": b"s" * 65_537}):
            with refused("ValidationException", 400, re.compile(".*65536.*", re.DOTALL)) as seen:
                unchecked.put_secret_value(SecretId=name, **value)
            assert "ssss" not in seen.text and "ää" not in seen.text, "the value is not shown"

    def test_a_name(self, unchecked):
        name = (fresh("n") + "n" * 512)[:512]
        assert unchecked.create_secret(Name=name, SecretString="a")["Name"] == name
        with refused("ValidationException", 400, re.compile(
                ".*at 'name' failed to satisfy constraint: Member must have length less than or equal to 512")):
            unchecked.create_secret(Name=name + "n", SecretString="a")

    @pytest.mark.parametrize(("method", "input"), [
        ("create_secret", {"SecretString": "a"}), ("get_secret_value", {}),
        ("list_secrets", {"MaxResults": 101}), ("list_secrets", {"MaxResults": 0}),
        ("get_random_password", {"PasswordLength": 4097}),
        ("put_secret_value", {"SecretId": "x", "SecretString": "a", "ClientRequestToken": "short"}),
        ("create_secret", {"Name": "x", "Description": "d" * 2049}),
        ("list_secrets", {"SortOrder": "sideways"}),
    ])
    def test_constraints(self, unchecked, method, input):
        with refused("ValidationException", 400, re.compile("1 validation error detected: .*", re.DOTALL)):
            getattr(unchecked, method)(**input)

    def test_tags(self, secrets):
        name = fresh("tags")
        secrets.create_secret(Name=name, SecretString="a", Tags=[{"Key": "a", "Value": "1"}])
        secrets.tag_resource(SecretId=name, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(49)])
        with refused("InvalidParameterException", 400, re.compile(".*50.*")):
            secrets.tag_resource(SecretId=name, Tags=[{"Key": "more", "Value": "v"}])
        secrets.untag_resource(SecretId=name, TagKeys=["a", "missing"])
        assert len(secrets.describe_secret(SecretId=name)["Tags"]) == 49
        with refused("InvalidParameterException", 400, re.compile(".*")):
            secrets.tag_resource(SecretId=name, Tags=[{"Key": "aws:x", "Value": "v"}])


class TestDeletion:
    def test_and_restoration(self, secrets, name):
        deleted = secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
        assert deleted["DeletionDate"]
        for call in (lambda: secrets.get_secret_value(SecretId=name),
                     lambda: secrets.put_secret_value(SecretId=name, SecretString="a"),
                     lambda: secrets.update_secret(SecretId=name, Description="a")):
            with refused("InvalidRequestException", 400, MARKED):
                call()
        with refused("InvalidRequestException", 400, (
                "You can't create this secret because a secret with this name is already scheduled "
                "for deletion.")):
            secrets.create_secret(Name=name, SecretString="a")
        assert secrets.describe_secret(SecretId=name)["DeletedDate"]
        filters = [{"Key": "name", "Values": [name]}]
        assert secrets.list_secrets(Filters=filters)["SecretList"] == []
        listed = secrets.list_secrets(Filters=filters, IncludePlannedDeletion=True)["SecretList"]
        assert [one["Name"] for one in listed] == [name]
        assert secrets.restore_secret(SecretId=name)["Name"] == name
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
        assert "DeletedDate" not in secrets.describe_secret(SecretId=name)

    def test_by_force(self, secrets, name):
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        with refused("ResourceNotFoundException", 400, NOT_FOUND):
            secrets.get_secret_value(SecretId=name)
        assert secrets.create_secret(Name=name, SecretString="new")["Name"] == name
        missing = secrets.delete_secret(SecretId=fresh("missing"), ForceDeleteWithoutRecovery=True)
        assert missing["ResponseMetadata"]["HTTPStatusCode"] == 200
        with refused("ResourceNotFoundException", 400, NOT_FOUND):
            secrets.delete_secret(SecretId=fresh("missing"))

    @pytest.mark.parametrize("more", [
        {"RecoveryWindowInDays": 6}, {"RecoveryWindowInDays": 31},
        {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
    ])
    def test_windows(self, secrets, name, more):
        with refused("InvalidParameterException", 400, re.compile(".*RecoveryWindowInDays.*")):
            secrets.delete_secret(SecretId=name, **more)
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"


class TestListing:
    @pytest.fixture(scope="class")
    @classmethod
    def some(cls, secrets):
        """Five secrets under a prefix of their own."""
        prefix = fresh("list")
        for n in range(5):
            secrets.create_secret(
                Name=f"{prefix}/{n}", SecretString="a", Description=f"{prefix} number {n}",
                Tags=[{"Key": f"{prefix}-key", "Value": f"{prefix}-{n % 2}"}])
        return prefix

    def names(self, secrets, **more):
        pages = secrets.get_paginator("list_secrets").paginate(**more)
        return [one["Name"] for page in pages for one in page["SecretList"]]

    def test_pages(self, secrets, some):
        filters = [{"Key": "name", "Values": [some]}]
        pages = list(secrets.get_paginator("list_secrets").paginate(
            Filters=filters, PaginationConfig={"PageSize": 2}))
        assert [len(page["SecretList"]) for page in pages] == [2, 2, 1]
        assert len({one["Name"] for page in pages for one in page["SecretList"]}) == 5
        token = pages[0]["NextToken"]
        edited = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
        for call in (lambda: secrets.list_secrets(Filters=filters, NextToken=edited),
                     lambda: secrets.list_secrets(NextToken=token),
                     lambda: secrets.list_secrets(Filters=filters, NextToken="x")):
            with refused("InvalidNextTokenException", 400, re.compile(".+")):
                call()

    def test_filters(self, secrets, some):
        every = {f"{some}/{n}" for n in range(5)}
        for filters, wanted in [
            ([{"Key": "name", "Values": [some]}], every),
            ([{"Key": "name", "Values": [f"{some}/1", f"{some}/2"]}], {f"{some}/1", f"{some}/2"}),
            ([{"Key": "name", "Values": [some]}, {"Key": "name", "Values": [f"!{some}/1"]}],
             every - {f"{some}/1"}),
            ([{"Key": "tag-key", "Values": [f"{some}-key"]}], every),
            ([{"Key": "tag-value", "Values": [f"{some}-1"]}], {f"{some}/1", f"{some}/3"}),
            ([{"Key": "name", "Values": [some]}, {"Key": "tag-value", "Values": [f"{some}-0"]}],
             {f"{some}/{n}" for n in (0, 2, 4)}),
            ([{"Key": "description", "Values": [some]}], every),
            ([{"Key": "all", "Values": [some]}], every),
        ]:
            assert set(self.names(secrets, Filters=filters)) == wanted, filters

    def test_order(self, secrets, some):
        filters = [{"Key": "name", "Values": [some]}]
        ascending = self.names(secrets, Filters=filters, SortOrder="asc")
        assert ascending == [f"{some}/{n}" for n in range(5)]
        assert self.names(secrets, Filters=filters, SortOrder="desc") == ascending[::-1]


class TestPasswords:
    def test_default(self, secrets):
        passwords = {secrets.get_random_password()["RandomPassword"] for _ in range(20)}
        assert len(passwords) == 20
        for password in passwords:
            assert len(password) == 32
            for alphabet in (string.ascii_lowercase, string.ascii_uppercase, string.digits,
                             string.punctuation):
                assert set(alphabet) & set(password)
            assert " " not in password

    def test_choices(self, secrets):
        password = secrets.get_random_password(
            PasswordLength=500, ExcludeNumbers=True, ExcludePunctuation=True, ExcludeUppercase=True,
            ExcludeCharacters="abc")["RandomPassword"]
        assert len(password) == 500
        assert set(password) == set(string.ascii_lowercase) - set("abc")
        spaced = secrets.get_random_password(PasswordLength=4096, IncludeSpace=True)["RandomPassword"]
        assert " " in spaced

    def test_impossible(self, secrets):
        for more in ({"ExcludeNumbers": True, "ExcludePunctuation": True, "ExcludeUppercase": True,
                      "ExcludeLowercase": True}, {"PasswordLength": 3}):
            with refused("InvalidParameterException", 400, re.compile(".+")):
                secrets.get_random_password(**more)


class TestNotServed:
    """Members that would promise what is not done are refused, not swallowed."""

    @pytest.mark.parametrize("more", [
        {"KmsKeyId": "alias/mine"},
        {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
    ])
    def test_create(self, secrets, more):
        name = fresh("secret")
        (member,) = more
        with refused("InvalidParameterException", 400, re.compile(f".*{member}.*")):
            secrets.create_secret(Name=name, SecretString="a", **more)
        with refused("ResourceNotFoundException", 400, NOT_FOUND):
            secrets.describe_secret(SecretId=name)

    def test_others(self, secrets, name):
        with refused("InvalidParameterException", 400, re.compile(".*KmsKeyId.*")):
            secrets.update_secret(SecretId=name, KmsKeyId="alias/mine")
        with refused("InvalidParameterException", 400, re.compile(".*RotationToken.*")):
            secrets.put_secret_value(SecretId=name, SecretString="a", RotationToken="t" * 36)

    def test_get_resource_policy(self, secrets, name):
        answer = secrets.get_resource_policy(SecretId=name)
        assert answer["Name"] == name
        assert "ResourcePolicy" not in answer


class TestPermission:
    def test_before_existence(self, server, world):
        user, credentials = world.user(deny("secretsmanager:*", "*"))
        secrets = server.client("secretsmanager", credentials)
        arn = f"arn:aws:iam::{server.account}:user/{user}"
        for id in (fresh("missing"), world.secret()[0], world.secret()[1]):
            with refused("AccessDeniedException", 400, (
                    f"User: {arn} is not authorized to perform: secretsmanager:GetSecretValue on "
                    f"resource: {id} with an explicit deny in an identity-based policy")):
                secrets.get_secret_value(SecretId=id)

    def test_listing_has_no_resource(self, server, world):
        user, credentials = world.user(allow("s3:*"))
        arn = f"arn:aws:iam::{server.account}:user/{user}"
        with refused("AccessDeniedException", 400, (
                f"User: {arn} is not authorized to perform: secretsmanager:ListSecrets because no "
                "identity-based policy allows the secretsmanager:ListSecrets action")):
            server.client("secretsmanager", credentials).list_secrets()

    def test_condition_keys(self, server, world):
        name, arn = world.secret(Tags=[{"Key": "team", "Value": "a"}])
        server.client("secretsmanager").put_secret_value(SecretId=name, SecretString="b")
        for condition, call, allowed in [
            ({"StringEquals": {"secretsmanager:ResourceTag/team": "a"}}, {}, True),
            ({"StringEquals": {"aws:ResourceTag/team": "b"}}, {}, False),
            ({"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}},
             {"VersionStage": "AWSPREVIOUS"}, True),
            ({"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}},
             {"VersionStage": "AWSCURRENT"}, False),
            ({"ArnEquals": {"secretsmanager:SecretId": arn}}, {}, True),
            ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, {}, False),
            ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, True),
            ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {}, False),
            ({"Bool": {"aws:SecureTransport": "true"}}, {}, False),
        ]:
            _, credentials = world.user(
                allow("secretsmanager:GetSecretValue", Condition=condition))
            secrets = server.client("secretsmanager", credentials)
            if allowed:
                assert secrets.get_secret_value(SecretId=name, **call)["Name"] == name, condition
            else:
                with refused("AccessDeniedException", 400, re.compile(".*no identity-based.*")):
                    secrets.get_secret_value(SecretId=name, **call)

    def test_a_forwarded_address_counts_for_nothing(self, server, world):
        """A14."""
        name, _ = world.secret()
        user, credentials = world.user(allow("secretsmanager:GetSecretValue", Condition={
            "IpAddress": {"aws:SourceIp": "203.0.113.7"}}))
        request = Request.of_json("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": name})
        request.headers |= {"x-forwarded-for": "203.0.113.7", "forwarded": "for=203.0.113.7",
                            "x-real-ip": "203.0.113.7"}
        answer = request.sign(server, credentials).send(server)
        assert (answer.status, answer.error()[0]) == (400, "AccessDeniedException")
        (record,) = [event for event in world.events("AccessKeyId", credentials.access_key_id)
                     if event["eventName"] == "GetSecretValue"]
        assert record["sourceIPAddress"] == "127.0.0.1"
