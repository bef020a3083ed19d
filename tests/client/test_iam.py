"""IAM's operations: shapes, texts, tags, pages, and what a deletion ends."""

import json
import re

import boto3
import pytest
from botocore.config import Config

from support.documents import allow, document, trust_account, trust_web_identity
from support.names import fresh
from support.refusal import refused
from support.server import Credentials


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture(scope="module")
def unchecked(server):
    """IAM without botocore's own checks of lengths and patterns."""
    return boto3.session.Session(
        server.admin.access_key_id, server.admin.secret_access_key, region_name="us-east-1"
    ).client("iam", endpoint_url=server.url, config=Config(
        parameter_validation=False, retries={"total_max_attempts": 1}))


class TestProviders:
    def arn(self, server, path):
        return f"arn:aws:iam::{server.account}:oidc-provider/{path}"

    def test_life(self, server, iam):
        path = f"{fresh('issuer')}.example/id/A"
        arn = iam.create_open_id_connect_provider(
            Url=f"https://{path}", ClientIDList=["sts.amazonaws.com", "b"],
            ThumbprintList=["0" * 40], Tags=[{"Key": "z", "Value": "1"}, {"Key": "a", "Value": "2"}],
        )["OpenIDConnectProviderArn"]
        assert arn == self.arn(server, path)
        got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        assert got["Url"] == path
        assert got["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "z", "Value": "1"}]
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="c")
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
        iam.update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=arn, ThumbprintList=["1" * 40, "2" * 40])
        iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "z", "Value": "3"}])
        iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a", "missing"])
        got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        assert set(got["ClientIDList"]) == {"sts.amazonaws.com", "c"}
        assert got["ThumbprintList"] == ["1" * 40, "2" * 40]
        tags = iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)
        assert tags["Tags"] == [{"Key": "z", "Value": "3"}]
        assert iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        text = f"OpenIDConnect Provider not found for arn {arn}"
        with refused("NoSuchEntity", 404, text):
            iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        # AWS's documents call this idempotent; its recorded answers do not.
        with refused("NoSuchEntity", 404, f"OpenId connect Provider {arn} cannot be found."):
            iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)

    def test_without_a_thumbprint(self, iam):
        arn = iam.create_open_id_connect_provider(
            Url=f"https://{fresh('issuer')}.example", ClientIDList=["a"]
        )["OpenIDConnectProviderArn"]
        assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["Url"]

    def test_port_443_is_no_port(self, server, iam):
        """eksctl writes it; the ARN has none."""
        path = f"{fresh('issuer')}.example"
        arn = iam.create_open_id_connect_provider(
            Url=f"https://{path}:443/id/A", ClientIDList=["a"])["OpenIDConnectProviderArn"]
        assert arn == self.arn(server, f"{path}/id/A")
        with refused("EntityAlreadyExists", 409,
                     f"Provider with url https://{path}/id/A already exists."):
            iam.create_open_id_connect_provider(Url=f"https://{path}/id/A", ClientIDList=["a"])

    @pytest.mark.parametrize("url", ["http://issuer.example", "issuer.example", "https://",
                                     "https://a.example?x=y", "https://user@a.example"])
    def test_a_bad_url(self, iam, url):
        with refused("ValidationError", 400, "Invalid Open ID Connect Provider URL"):
            iam.create_open_id_connect_provider(Url=url, ClientIDList=["a"])

    def test_limits(self, iam, unchecked):
        url = f"https://{fresh('issuer')}.example"
        with refused("InvalidInput", 400, "Thumbprint list must contain fewer than 5 entries."):
            iam.create_open_id_connect_provider(Url=url, ThumbprintList=["0" * 40] * 6)
        with refused("LimitExceeded", 409,
                     "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"):
            iam.create_open_id_connect_provider(Url=url, ClientIDList=[f"c{n}" for n in range(101)])
        with refused("ValidationError", 400, re.compile(
                ".*at 'url' failed to satisfy constraint: Member must have length less than or equal to 255")):
            unchecked.create_open_id_connect_provider(Url="https://" + "a" * 248)


class TestRoles:
    def test_life(self, server, iam):
        name = fresh("Role")
        trust = trust_account(server.account)
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust, Path="/team/", Description="one",
            MaxSessionDuration=7200, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}],
        )["Role"]
        assert made["Arn"] == f"arn:aws:iam::{server.account}:role/team/{name}"
        assert re.fullmatch(r"AROA[A-Z2-7]{17}", made["RoleId"])
        iam.update_role(RoleName=name, Description="two", MaxSessionDuration=3600)
        assert iam.update_role_description(RoleName=name, Description="three")["Role"]["Description"] == "three"
        other = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                          "Action": "sts:AssumeRole"})
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=other)
        iam.tag_role(RoleName=name, Tags=[{"Key": "c", "Value": "3"}])
        iam.untag_role(RoleName=name, TagKeys=["a"])
        got = iam.get_role(RoleName=name)["Role"]
        assert (got["Path"], got["MaxSessionDuration"]) == ("/team/", 3600)
        assert got["AssumeRolePolicyDocument"] == json.loads(other)
        tags = [{"Key": "b", "Value": "1"}, {"Key": "c", "Value": "3"}]
        assert iam.list_role_tags(RoleName=name)["Tags"] == tags
        assert sorted(got["Tags"], key=lambda tag: tag["Key"]) == tags
        assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
        policy = document(allow("s3:*"))
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy)
        assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
        assert iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"] == json.loads(policy)
        with refused("DeleteConflict", 409, "Cannot delete entity, must delete policies first."):
            iam.delete_role(RoleName=name)
        iam.delete_role_policy(RoleName=name, PolicyName="inline")
        with refused("NoSuchEntity", 404, "The role policy with name inline cannot be found."):
            iam.delete_role_policy(RoleName=name, PolicyName="inline")
        arn = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        with refused("DeleteConflict", 409, "Cannot delete entity, must detach all policies first."):
            iam.delete_role(RoleName=name)
        with refused("DeleteConflict", 409, "Cannot delete a policy attached to entities."):
            iam.delete_policy(PolicyArn=arn)
        entities = iam.list_entities_for_policy(PolicyArn=arn)
        assert [role["RoleName"] for role in entities["PolicyRoles"]] == [name]
        assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        with refused("NoSuchEntity", 404, re.compile(".*")):
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
        assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"] == {
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        iam.delete_role_permissions_boundary(RoleName=name)
        assert "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"]
        iam.delete_role(RoleName=name)
        iam.delete_policy(PolicyArn=arn)
        missing = f"The role with name {name} cannot be found."
        for call in (
            lambda: iam.get_role(RoleName=name), lambda: iam.delete_role(RoleName=name),
            lambda: iam.list_role_policies(RoleName=name), lambda: iam.list_role_tags(RoleName=name),
            lambda: iam.update_role(RoleName=name), lambda: iam.list_attached_role_policies(RoleName=name),
            lambda: iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": ""}]),
            lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy),
            lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust),
        ):
            with refused("NoSuchEntity", 404, missing):
                call()

    def test_names_are_unique_without_case(self, server, iam):
        name = fresh("MixedCase")
        trust = trust_account(server.account)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        for other in (name, name.lower(), name.upper()):
            with refused("EntityAlreadyExists", 409, f"Role with name {other} already exists."):
                iam.create_role(RoleName=other, AssumeRolePolicyDocument=trust)

    @pytest.mark.parametrize(("changed", "text"), [
        ({"RoleName": "a b"}, "The specified value for roleName is invalid. It must contain only "
                              "alphanumeric characters and/or the following: +=,.@_-"),
        ({"RoleName": "a/b"}, "The specified value for roleName is invalid. It must contain only "
                              "alphanumeric characters and/or the following: +=,.@_-"),
        ({"Path": "no-slash"}, "The specified value for path is invalid. It must begin and end with "
                               "/ and contain only alphanumeric characters and/or / characters."),
    ])
    def test_characters(self, server, unchecked, changed, text):
        good = {"RoleName": fresh("role"), "AssumeRolePolicyDocument": trust_account(server.account)}
        with refused("ValidationError", 400, text):
            unchecked.create_role(**(good | changed))

    @pytest.mark.parametrize(("changed", "text"), [
        ({"RoleName": "r" * 65}, "Member must have length less than or equal to 64"),
        ({"MaxSessionDuration": 3599}, "Member must have value greater than or equal to 3600"),
        ({"MaxSessionDuration": 43201}, "Member must have value less than or equal to 43200"),
        ({"Description": "d" * 1001}, "Member must have length less than or equal to 1000"),
        ({"Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
         "Member must have length less than or equal to 50"),
        ({"Tags": [{"Key": "k" * 129, "Value": ""}]}, "Member must have length less than or equal to 128"),
        ({"Tags": [{"Key": "k", "Value": "v" * 257}]}, "Member must have length less than or equal to 256"),
    ])
    def test_constraints(self, server, unchecked, changed, text):
        good = {"RoleName": fresh("role"), "AssumeRolePolicyDocument": trust_account(server.account)}
        with refused("ValidationError", 400, re.compile(
                "1 validation error detected: Value .*at '.*' failed to satisfy constraint: " + text,
                re.DOTALL)):
            unchecked.create_role(**(good | changed))

    def test_names_at_their_limit(self, server, iam):
        import os

        name = ("r" * 40 + os.urandom(12).hex())[:64]
        assert len(name) == 64
        trust = trust_account(server.account)
        assert iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["RoleName"] == name

    def test_tags(self, iam, world):
        name, _ = world.role()
        with refused("InvalidInput", 400,
                     "Duplicate tag keys found. Please note that Tag keys are case insensitive."):
            iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
        iam.tag_role(RoleName=name, Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(50)])
        with refused("LimitExceeded", 409, re.compile(".*")):
            iam.tag_role(RoleName=name, Tags=[{"Key": "one-more", "Value": "v"}])
        assert len(iam.list_role_tags(RoleName=name)["Tags"]) == 50


class TestPolicies:
    def test_life(self, server, iam):
        name = fresh("policy")
        first, second = document(allow("s3:Get*")), document(allow("s3:Put*"))
        made = iam.create_policy(PolicyName=name, PolicyDocument=first, Path="/p/",
                                 Description="d", Tags=[{"Key": "a", "Value": "1"}])["Policy"]
        arn = made["Arn"]
        assert arn == f"arn:aws:iam::{server.account}:policy/p/{name}"
        assert re.fullmatch(r"ANPA[A-Z2-7]{17}", made["PolicyId"])
        with refused("EntityAlreadyExists", 409,
                     f"A policy called {name} already exists. Duplicate names are not allowed."):
            iam.create_policy(PolicyName=name, PolicyDocument=first, Path="/p/")
        got = iam.get_policy(PolicyArn=arn)["Policy"]
        assert (got["Description"], got["IsAttachable"]) == ("d", True)
        assert got["Tags"] == [{"Key": "a", "Value": "1"}]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=second)
        versions = {v["VersionId"]: v["IsDefaultVersion"]
                    for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]}
        assert versions == {"v1": True, "v2": False}
        assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == json.loads(second)
        with refused("NoSuchEntity", 404, re.compile(".+")):
            iam.get_policy_version(PolicyArn=arn, VersionId="v9")
        iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "b", "Value": "2"}])
        iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
        assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
        with refused("DeleteConflict", 409, re.compile("This policy has more than one version.*")):
            iam.delete_policy(PolicyArn=arn)
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
        iam.delete_policy(PolicyArn=arn)
        with refused("NoSuchEntity", 404, f"Policy {arn} was not found."):
            iam.get_policy(PolicyArn=arn)

    @pytest.mark.parametrize("arn", ["not-an-arn-but-twenty-long", "arn:aws:iam"])
    def test_no_arn(self, iam, unchecked, world, arn):
        role, _ = world.role()
        with refused("ValidationError", 400, re.compile(
                r"Invalid ARN:  Could not be parsed!|ARN .* is not valid\.|"
                r"1 validation error detected: .*")):
            unchecked.attach_role_policy(RoleName=role, PolicyArn=arn)

    def test_attaching_what_there_is_not(self, server, iam, world):
        role, _ = world.role()
        arn = f"arn:aws:iam::{server.account}:policy/{fresh('missing')}"
        with refused("NoSuchEntity", 404, f"Policy {arn} does not exist or is not attachable."):
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)


class TestUsers:
    def test_life(self, server, iam):
        name = fresh("user")
        made = iam.create_user(UserName=name, Path="/p/", Tags=[{"Key": "a", "Value": "1"}])["User"]
        assert made["Arn"] == f"arn:aws:iam::{server.account}:user/p/{name}"
        with refused("EntityAlreadyExists", 409, f"User with name {name} already exists."):
            iam.create_user(UserName=name)
        assert iam.get_user(UserName=name)["User"]["UserId"] == made["UserId"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key["AccessKeyId"])
        assert (key["Status"], len(key["SecretAccessKey"])) == ("Active", 40)
        listed = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        assert [one["AccessKeyId"] for one in listed] == [key["AccessKeyId"]]
        assert "SecretAccessKey" not in listed[0]
        mine = server.client("iam", Credentials.of_key(key))
        policy = document(allow("iam:GetUser"))
        iam.put_user_policy(UserName=name, PolicyName="self", PolicyDocument=policy)
        assert mine.get_user()["User"]["UserName"] == name
        used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert used["UserName"] == name
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
        with refused("InvalidClientTokenId", 403,
                     "The security token included in the request is invalid."):
            mine.get_user()
        iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Active")
        assert mine.get_user()["User"]["UserName"] == name
        arn = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=policy)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        assert iam.list_attached_user_policies(UserName=name)["AttachedPolicies"][0]["PolicyArn"] == arn
        assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["self"]
        assert iam.get_user_policy(UserName=name, PolicyName="self")["PolicyDocument"] == json.loads(policy)
        iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
        iam.delete_user_permissions_boundary(UserName=name)
        iam.tag_user(UserName=name, Tags=[{"Key": "b", "Value": "2"}])
        iam.untag_user(UserName=name, TagKeys=["a"])
        assert iam.list_user_tags(UserName=name)["Tags"] == [{"Key": "b", "Value": "2"}]
        with refused("DeleteConflict", 409, re.compile("Cannot delete entity, must .* first.")):
            iam.delete_user(UserName=name)
        iam.detach_user_policy(UserName=name, PolicyArn=arn)
        iam.delete_user_policy(UserName=name, PolicyName="self")
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        renamed = fresh("renamed")
        iam.update_user(UserName=name, NewUserName=renamed)
        assert iam.get_user(UserName=renamed)["User"]["UserId"] == made["UserId"]
        iam.delete_user(UserName=renamed)
        with refused("NoSuchEntity", 404, f"The user with name {renamed} cannot be found."):
            iam.get_user(UserName=renamed)

    def test_get_user_by_a_session(self, server, world):
        _, role = world.role(None, allow("*"))
        with refused("ValidationError", 400,
                     "Must specify userName when calling with non-User credentials"):
            server.client("iam", world.assume(role)).get_user()


class TestPermission:
    def test_denied_in_awss_words(self, server, world):
        name, credentials = world.user(allow("iam:GetUser"))
        role, role_arn = world.role()
        client = server.client("iam", credentials)
        user = f"arn:aws:iam::{server.account}:user/{name}"
        with refused("AccessDenied", 403, (
                f"User: {user} is not authorized to perform: iam:GetRole on resource: role {role} "
                "because no identity-based policy allows the iam:GetRole action")):
            client.get_role(RoleName=role)
        missing = fresh("missing")
        with refused("AccessDenied", 403, (
                f"User: {user} is not authorized to perform: iam:GetRole on resource: role {missing} "
                "because no identity-based policy allows the iam:GetRole action")):
            client.get_role(RoleName=missing)
        arn = f"arn:aws:iam::{server.account}:policy/{missing}"
        with refused("AccessDenied", 403, (
                f"User: {user} is not authorized to perform: iam:GetPolicy on resource: policy {arn} "
                "because no identity-based policy allows the iam:GetPolicy action")):
            client.get_policy(PolicyArn=arn)

    def test_by_tag(self, server, world):
        condition = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "mine"}}}
        _, credentials = world.user(allow("iam:GetRole", **condition))
        mine, _ = world.role(Tags=[{"Key": "team", "Value": "mine"}])
        other, _ = world.role(Tags=[{"Key": "team", "Value": "yours"}])
        client = server.client("iam", credentials)
        assert client.get_role(RoleName=mine)["Role"]["RoleName"] == mine
        with refused("AccessDenied", 403, re.compile(".*no identity-based policy allows.*")):
            client.get_role(RoleName=other)

    @pytest.mark.parametrize("subject", ["******", "*?????", "${aws:username}", "${*}${*}", "a:b:c:d"])
    def test_the_value_of_a_variable_is_literal(self, server, world, subject):
        """A18: what a variable stands for is never a pattern, nor a variable again."""
        issuer, provider = world.foreign_issuer()
        wanted, _ = world.secret()
        host = provider.split(":oidc-provider/")[1]
        pattern = f"arn:aws:secretsmanager:us-east-1:{server.account}:secret:${{{host}:sub}}-??????"
        trust = document({
            "Effect": "Allow", "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
        })
        _, role = world.role(trust, allow("secretsmanager:GetSecretValue", pattern))

        def read(as_subject):
            answer = world.assume_with_token(role, issuer.token(as_subject))
            session = Credentials.of(answer["Credentials"])
            return server.client("secretsmanager", session).get_secret_value(SecretId=wanted)

        assert read(wanted)["Name"] == wanted
        with refused("AccessDeniedException", 400, re.compile(".*no identity-based policy allows.*")):
            read(subject)

class TestPages:
    def test_roles(self, server, iam, world):
        path = f"/{fresh('page')}/"
        names = {world.role(Path=path)[0] for _ in range(7)}
        pages = list(iam.get_paginator("list_roles").paginate(
            PathPrefix=path, PaginationConfig={"PageSize": 3}))
        assert [len(page["Roles"]) for page in pages] == [3, 3, 1]
        assert [page["IsTruncated"] for page in pages] == [True, True, False]
        assert {role["RoleName"] for page in pages for role in page["Roles"]} == names

    def test_others(self, iam, world):
        role, _ = world.role()
        path = f"/{fresh('page')}/"
        for n in range(5):
            iam.put_role_policy(RoleName=role, PolicyName=f"p{n}", PolicyDocument=document(allow("s3:*")))
            arn = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=document(allow("s3:*")),
                                    Path=path)["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
            iam.create_user(UserName=fresh("u"), Path=path)
        for operation, member, arguments in [
            ("list_role_policies", "PolicyNames", {"RoleName": role}),
            ("list_attached_role_policies", "AttachedPolicies", {"RoleName": role}),
            ("list_policies", "Policies", {"PathPrefix": path, "Scope": "Local"}),
            ("list_users", "Users", {"PathPrefix": path}),
        ]:
            pages = list(iam.get_paginator(operation).paginate(
                **arguments, PaginationConfig={"PageSize": 2}))
            assert [len(page[member]) for page in pages] == [2, 2, 1], operation

    def test_an_edited_marker(self, iam, world):
        """A16: markers are sealed and bound to the listing."""
        path = f"/{fresh('page')}/"
        for _ in range(3):
            world.role(Path=path)
        marker = iam.list_roles(PathPrefix=path, MaxItems=1)["Marker"]
        edited = marker[:-2] + ("A" if marker[-2] != "A" else "B") + marker[-1]
        for call in (
            lambda: iam.list_roles(PathPrefix=path, Marker=edited),
            lambda: iam.list_roles(PathPrefix="/", Marker=marker),
            lambda: iam.list_users(PathPrefix=path, Marker=marker),
            lambda: iam.list_roles(PathPrefix=path, Marker="x"),
        ):
            with refused("ValidationError", 400, re.compile(".*[Mm]arker.*")):
                call()


INVALID = re.compile(r"The security token included in the request is invalid\.?")


class TestDeletion:
    """What a deletion ends, at once and everywhere."""

    @pytest.fixture
    def everywhere(self, server):
        """Calls each service with credentials that are no more."""

        def check(credentials):
            for service, call in [
                ("sts", lambda c: c.get_caller_identity()), ("iam", lambda c: c.list_roles()),
            ]:
                with refused("InvalidClientTokenId", 403, INVALID):
                    call(server.client(service, credentials))
            for service, call in [
                ("secretsmanager", lambda c: c.list_secrets()),
                ("cloudtrail", lambda c: c.lookup_events()),
            ]:
                with refused("UnrecognizedClientException", 400, INVALID):
                    call(server.client(service, credentials))
            with refused("UnrecognizedClientException", 403, INVALID):
                server.client("eks", credentials).list_clusters()

        return check

    def test_a_role(self, server, iam, world, everywhere):
        """A5: a role of the same name is another role."""
        name, arn = world.role(None, allow("*"))
        session = world.assume(arn)
        assert server.client("sts", session).get_caller_identity()
        iam.delete_role_policy(RoleName=name, PolicyName="inline")
        iam.delete_role(RoleName=name)
        everywhere(session)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_account(server.account))
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(allow("*")))
        everywhere(session)
        assert server.client("sts", world.assume(arn)).get_caller_identity()

    def test_a_user(self, server, iam, everywhere):
        name = fresh("user")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        credentials = Credentials.of_key(key)
        assert server.client("sts", credentials).get_caller_identity()
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        everywhere(credentials)
        iam.delete_user(UserName=name)
        everywhere(credentials)

    def test_a_principal_in_a_trust_policy(self, server, iam, world):
        """R9: trust goes to the unique id, not to whoever takes the name next."""
        user, credentials = world.user(allow("sts:*"))
        arn = f"arn:aws:iam::{server.account}:user/{user}"
        trust = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})
        role, role_arn = world.role(trust)
        shown = lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
        assert shown() == arn
        assert world.assume(role_arn, credentials)
        id = iam.get_user(UserName=user)["User"]["UserId"]
        iam.delete_user_policy(UserName=user, PolicyName="inline")
        iam.delete_access_key(UserName=user, AccessKeyId=credentials.access_key_id)
        iam.delete_user(UserName=user)
        assert shown() == id
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="inline", PolicyDocument=document(allow("sts:*")))
        again = Credentials.of_key(iam.create_access_key(UserName=user)["AccessKey"])
        assert shown() == id
        with refused("AccessDenied", 403, re.compile(".*not authorized to perform: sts:AssumeRole.*")):
            world.assume(role_arn, again)

    def test_an_attached_policy_works_at_once(self, server, iam, world):
        _, role = world.role()
        session = world.assume(role)
        secrets = server.client("secretsmanager", session)
        name = role.rsplit("/", 1)[1]
        for _ in range(3):
            iam.put_role_policy(RoleName=name, PolicyName="p",
                                PolicyDocument=document(allow("secretsmanager:ListSecrets")))
            assert secrets.list_secrets(MaxResults=1)
            iam.delete_role_policy(RoleName=name, PolicyName="p")
            with refused("AccessDeniedException", 400, re.compile(".*no identity-based policy.*")):
                secrets.list_secrets(MaxResults=1)


def test_the_account_lists_its_providers_only(server, iam, world):
    _, arn = world.foreign_issuer()
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert {"Arn": arn} in listed
    assert all(one["Arn"].startswith(f"arn:aws:iam::{server.account}:") for one in listed)


def test_a_trust_policy_may_name_a_provider_that_comes_later(server, iam, world):
    """As on AWS, federated principals are not looked up when they are written."""
    arn = f"arn:aws:iam::{server.account}:oidc-provider/{fresh('later')}.example"
    trust = trust_web_identity(arn, "system:serviceaccount:a:b")
    assert iam.create_role(RoleName=fresh("role"), AssumeRolePolicyDocument=trust)
