"""IAM's policy simulator with boto3 and the AWS CLI: answers as AWS gave them when it was recorded
(radkawar/stackd, testdata/aws/iam/simulation*.json)."""

import json
import re

import boto3
import pytest
from botocore.config import Config

from support.documents import allow, deny, document, trust_account
from support.names import fresh
from support.refusal import refused

A, B = "arn:aws:s3:::stackd-simulation/a", "arn:aws:s3:::stackd-simulation/b"
GET, PUT, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"


def compact(*statements):
    """A document without blanks, as the recordings have them: positions count them."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


ALLOW, DENY, ALLOW_PUT = compact(allow(GET)), compact(deny(GET)), compact(allow(PUT))


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture(scope="module")
def unchecked(server):
    """IAM without botocore's own checks."""
    return boto3.session.Session(
        server.admin.access_key_id, server.admin.secret_access_key, region_name="us-east-1"
    ).client("iam", endpoint_url=server.url, config=Config(
        parameter_validation=False, retries={"total_max_attempts": 1}))


def simulate(iam, policies=(ALLOW,), actions=(GET,), **more):
    """The results of a custom simulation."""
    answer = iam.simulate_custom_policy(
        PolicyInputList=list(policies), ActionNames=list(actions), **more)
    assert answer["IsTruncated"] is False
    return answer["EvaluationResults"]


def statement(policy, start, end, source="IAM Policy"):
    """A matched statement; places are (line, column)."""
    return {
        "SourcePolicyId": policy,
        "SourcePolicyType": source,
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


FIRST = statement("PolicyInputList.1", (1, 38), (1, 95))


class TestCustom:
    def test_without_resources(self, iam):
        assert simulate(iam) == [{
            "EvalActionName": GET, "EvalResourceName": "*", "EvalDecision": "allowed",
            "MatchedStatements": [FIRST], "MissingContextValues": [],
        }]

    def test_with_a_resource(self, iam):
        assert simulate(iam, ResourceArns=[A]) == [{
            "EvalActionName": GET, "EvalResourceName": A, "EvalDecision": "allowed",
            "MatchedStatements": [FIRST], "MissingContextValues": [], "EvalDecisionDetails": {},
            "ResourceSpecificResults": [{
                "EvalResourceName": A, "EvalResourceDecision": "allowed", "MatchedStatements": [FIRST],
            }],
        }]

    def test_with_two_resources(self, iam):
        result = simulate(iam, [compact(allow(GET, A))], ResourceArns=[A, B])[0]
        assert result["EvalResourceName"] == "arn:aws:s3:::${BucketName}/${KeyName}"
        assert result["EvalDecision"] == "implicitDeny"
        assert result["MatchedStatements"] == [statement("PolicyInputList.1", (1, 38), (1, 126))]
        decisions = [one["EvalResourceDecision"] for one in result["ResourceSpecificResults"]]
        assert decisions == ["allowed", "implicitDeny"]
        assert "MatchedStatements" not in result["ResourceSpecificResults"][1]

    def test_no_policies_at_all(self, iam):
        result = simulate(iam, [])[0]
        assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])

    def test_a_boundary(self, iam):
        boundary = {"PermissionsBoundaryPolicyInputList": [DENY]}
        result = simulate(iam, **boundary)[0]
        assert result["EvalDecision"] == "explicitDeny"
        assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
        assert result["MatchedStatements"] == [statement(
            "PermissionsBoundaryPolicyInputList.1", (1, 38), (1, 94), "Permissions Boundary Policy")]

    def test_an_organization_hides_the_rest(self, iam):
        levels = [{"ServiceControlPolicyInputList": [compact(allow("*"))]},
                  {"ServiceControlPolicyInputList": [DENY]}]
        result = simulate(iam, OrderedOrganizationPolicyInputList=levels)[0]
        assert result["EvalDecision"] == "explicitDeny"
        assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
        assert result["MatchedStatements"] == []

    def test_levels_are_at_most_seven(self, unchecked):
        level = {"ServiceControlPolicyInputList": [ALLOW]}
        with refused("ValidationError", 400, re.compile(r"1 validation error .*less than or equal to 7")):
            simulate(unchecked, OrderedOrganizationPolicyInputList=[level] * 8)

    def test_a_resource_policy_across_accounts(self, server, iam):
        caller = f"arn:aws:iam::{server.account}:user/hypothetical"
        policy = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*", Principal={"AWS": caller}))
        more = {"ResourceArns": [A], "ResourcePolicy": policy, "CallerArn": caller}
        result = simulate(iam, [], **more)[0]
        assert result["EvalDecision"] == "allowed"
        assert result["MatchedStatements"][0]["SourcePolicyType"] == "Resource Policy"
        owner = "arn:aws:iam::999999999999:root"
        result = simulate(iam, [], ResourceOwner=owner, **more)[0]
        assert result["EvalDecision"] == "implicitDeny"
        assert result["EvalDecisionDetails"] == {
            "IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
        with refused("InvalidInput", 400, "'999999999999' is not a valid as a Resource Owner."):
            simulate(iam, [], ResourceOwner="999999999999", **more)

    def test_context(self, iam):
        policy = compact(allow(GET, Condition={"NumericLessThan": {"stack:age": "10"}}))
        assert simulate(iam, [policy])[0]["MissingContextValues"] == ["stack:age"]
        entry = {"ContextKeyName": "stack:age", "ContextKeyType": "numeric", "ContextKeyValues": ["9.5"]}
        assert simulate(iam, [policy], ContextEntries=[entry])[0]["EvalDecision"] == "allowed"
        bad = entry | {"ContextKeyValues": ["nine"]}
        with refused("InvalidInput", 400,
                     "Invalid context value for key stack:age: expected numeric format."):
            simulate(iam, [policy], ContextEntries=[bad])

    def test_the_caller_that_nobody_named(self, iam):
        stub = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"
        policy = compact(allow(GET, Condition={"StringEquals": {"aws:userid": stub}}))
        assert simulate(iam, [policy])[0]["EvalDecision"] == "allowed"

    @pytest.mark.parametrize("more, text", [
        ({"policies": ["{"]}, "Policy input list item 1 has invalid content"),
        ({"actions": ["GetObject"]}, "The action is invalid since it is missing names"),
        ({"ResourceArns": ["not-an-arn"]}, "ResourceNames are not in a valid ARN format: not-an-arn."),
        ({"Marker": "not-a-simulation-marker"}, "Invalid marker for pagination."),
        ({"PermissionsBoundaryPolicyInputList": [ALLOW, ALLOW]},
         "The list of Permissions Boundary policies cannot exceed 1 items."),
        ({"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": []}]},
         "Organization policy at index 1 must contain at least one service control policy"),
        ({"actions": [GET, "madeup:Action"], "ResourceArns": [A]},
         f"Invalid Input Actions: [{GET}] and [madeup:Action] require different authorization "
         "information. "),
    ], ids=lambda value: "" if isinstance(value, dict) else value[:30])
    def test_refusals(self, iam, more, text):
        with refused("InvalidInput", 400, text):
            simulate(iam, **more)

    def test_pages(self, iam):
        actions = [PUT, "iam:GetUser", GET]
        pages = iam.get_paginator("simulate_custom_policy").paginate(
            PolicyInputList=[compact(allow("*"))], ActionNames=actions, PaginationConfig={"PageSize": 1})
        seen = [[one["EvalActionName"] for one in page["EvaluationResults"]] for page in pages]
        assert seen == [[action] for action in actions]


@pytest.fixture(scope="module")
def user(server):
    """A user with an inline, an attached and a limiting policy."""
    iam, name = server.client("iam"), fresh("simulated")
    arn = iam.create_user(UserName=name, Path="/simulation/")["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="UserInline", PolicyDocument=compact(allow(GET, A)))
    managed = iam.create_policy(
        PolicyName=f"{name}-managed", Path="/simulation/",
        PolicyDocument=compact(allow(DELETE)))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=managed)
    return {"name": name, "arn": arn, "managed": managed}


class TestPrincipal:
    def decisions(self, iam, user, **more):
        """Decisions on reading, writing and deleting one object."""
        answer = iam.simulate_principal_policy(**{
            "PolicySourceArn": user["arn"], "ActionNames": [GET, PUT, DELETE], "ResourceArns": [A]} | more)
        return [one["EvalDecision"] for one in answer["EvaluationResults"]]

    def test_sources(self, iam, user):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=user["arn"], ActionNames=[GET, DELETE], ResourceArns=[A])
        inline, managed = answer["EvaluationResults"]
        assert inline["MatchedStatements"] == [
            statement(f"user_{user['name']}_UserInline", (1, 38), (1, 126))]
        assert managed["MatchedStatements"] == [
            statement(f"{user['name']}-managed", (1, 38), (1, 98))]
        assert "OrganizationsDecisionDetail" not in inline, "there is no organization"

    def test_the_path_does_not_count(self, iam, user):
        arn = user["arn"].replace("/simulation/", "/wrong-path/")
        assert self.decisions(iam, user, PolicySourceArn=arn) == ["allowed", "implicitDeny", "allowed"]

    @pytest.mark.parametrize("exclusion, expected", [
        ({"PolicyType": "inline"}, ["implicitDeny", "implicitDeny", "allowed"]),
        ({"PolicyType": "user-managed"}, ["allowed", "implicitDeny", "implicitDeny"]),
        ({"PolicyType": "rcp"}, ["allowed", "implicitDeny", "allowed"]),
        ({"PolicyArn": "{managed}"}, ["allowed", "implicitDeny", "allowed"]),
        ({"PolicyArn": "{pathless}"}, ["allowed", "implicitDeny", "implicitDeny"]),
        ({"InlinePolicyIdentifier": {
            "PolicyName": "UserInline", "AttachmentType": "user", "AttachmentName": "simulated*"}},
         ["implicitDeny", "implicitDeny", "allowed"]),
    ], ids=str)
    def test_exclusions(self, iam, user, exclusion, expected):
        filled = json.loads(
            json.dumps(exclusion)
            .replace("{managed}", user["managed"])
            .replace("{pathless}", user["managed"].replace("/simulation/", "/")))
        assert self.decisions(iam, user, PolicyExclusionList=[filled]) == expected

    def test_more_policies(self, iam, user):
        assert self.decisions(iam, user, PolicyInputList=[ALLOW_PUT]) == ["allowed"] * 3
        boundary = {"PermissionsBoundaryPolicyInputList": [ALLOW]}
        assert self.decisions(iam, user, **boundary) == ["allowed", "implicitDeny", "implicitDeny"]

    def test_a_role_as_its_pods_see_it(self, server, iam):
        """What a ServiceAccount's role may do, before any pod runs."""
        name = fresh("simulated")
        role = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust_account(server.account))["Role"]["Arn"]
        secret = f"arn:aws:secretsmanager:us-east-1:{server.account}:secret:db-AbCdEf"
        read = "secretsmanager:GetSecretValue"
        iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document(allow(read, secret)))
        for arn, expected in [(secret, "allowed"), (secret.replace("db", "other"), "implicitDeny")]:
            answer = iam.simulate_principal_policy(
                PolicySourceArn=role, ActionNames=[read], ResourceArns=[arn])
            assert answer["EvaluationResults"][0]["EvalDecision"] == expected

    def test_nobody(self, server, iam, user):
        with refused("NoSuchEntity", 404, "Unable to retrieve specified IAM entity."):
            self.decisions(iam, user, PolicySourceArn=user["arn"] + "-missing")
        root = f"arn:aws:iam::{server.account}:root"
        with refused("InvalidInput", 400, f"Invalid ARN provided in the request: {root}"):
            self.decisions(iam, user, PolicySourceArn=root)

    def test_keys(self, iam, user):
        policy = compact(allow(GET, "arn:aws:s3:::${aws:username}", Condition={"Bool": {"AWS:Mfa": "true"}}))
        answer = iam.get_context_keys_for_principal_policy(
            PolicySourceArn=user["arn"], PolicyInputList=[policy, policy])
        assert sorted(answer["ContextKeyNames"]) == ["AWS:Mfa", "AWS:Mfa", "aws:username", "aws:username"]
        answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])
        assert sorted(answer["ContextKeyNames"]) == ["AWS:Mfa", "aws:username"]


def test_the_command_line(aws):
    """The commands of AWS's guide."""
    result = aws("iam", "simulate-custom-policy", "--policy-input-list", ALLOW,
                 "--action-names", GET, "--resource-arns", A,
                 "--context-entries", "ContextKeyName=aws:x,ContextKeyValues=a,ContextKeyType=string")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["EvaluationResults"][0]["MatchedStatements"] == [FIRST]
    result = aws("iam", "get-context-keys-for-custom-policy", "--policy-input-list",
                 compact(allow(GET, Condition={"StringEquals": {"aws:x": "a"}})))
    assert json.loads(result.stdout) == {"ContextKeyNames": ["aws:x"]}
    result = aws("iam", "simulate-principal-policy", "--action-names", GET,
                 "--policy-source-arn", "arn:aws:iam::123456789012:user/nobody-here")
    assert result.returncode != 0
    assert "(NoSuchEntity)" in result.stderr or "(InvalidInput)" in result.stderr


def test_the_trail_calls_it_read_only(server, iam):
    simulate(iam)
    trail = server.client("cloudtrail")
    found = trail.lookup_events(LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "SimulateCustomPolicy"}])["Events"]
    assert found and found[0]["ReadOnly"] == "true"
