"""Questions about access, before anybody tries: `irsa can-i`, `who-can`, `what-can`."""

import json

import pytest

from support.documents import allow, document, trust_account
from support.names import fresh
from support.world import read_secret


@pytest.fixture
def pods(server, world):
    """A secret, a role that reads it, and the ServiceAccount that the role trusts."""

    class Pods:
        name, secret = world.secret()
        other_name, other = world.secret()
        provider = world.own_issuer()[1]
        account = f"{fresh('ns')}/app"
        role_name, role = world.pod_role(provider, account, read_secret(secret))

    return Pods


READ = "secretsmanager:GetSecretValue"


def ask(server, *arguments, **more):
    """Exit status and answer."""
    ran = server.irsa(*arguments, "-o", "json", **more)
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else ran.stderr


class TestCanI:
    def test_a_pod_may_read_what_its_role_may(self, server, world, pods):
        for resource, code, verdict in [(pods.secret, 0, "allowed"), (pods.other, 1, "denied")]:
            found, answer = ask(
                server, "can-i", READ, resource, "--service-account", pods.account
            )
            assert (found, answer["Verdict"]) == (code, verdict), answer
            assert [step["Action"] for step in answer["Steps"]] == [
                "sts:AssumeRoleWithWebIdentity", READ,
            ]
        found, answer = ask(
            server, "can-i", READ, pods.secret, "--service-account", "nobody/knows",
        )
        assert (found, answer["Verdict"]) == (1, "denied")

    def test_the_answer_is_what_the_call_comes_to(self, server, world, pods):
        """Asked by a session about itself, then tried."""
        _, user = world.user(read_secret(pods.secret))
        secrets = server.client("secretsmanager", user)
        for resource, verdict in [(pods.secret, "allowed"), (pods.other, "denied")]:
            found, answer = ask(server, "can-i", READ, resource, credentials=user)
            assert answer["Verdict"] == verdict
            # It may not see statements, and is not shown any.
            assert "Statement" not in answer["Steps"][0]
            assert "Explanation" not in answer["Steps"][0]
            try:
                secrets.get_secret_value(SecretId=resource)
                assert verdict == "allowed"
            except secrets.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "AccessDeniedException"
                assert verdict == "denied"

    def test_what_was_not_given_is_named(self, server, world, pods):
        statement = {**allow(READ, pods.secret),
                     "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
        _, role = world.role(None, statement)
        arguments = ["can-i", READ, pods.secret, "--as", role]
        for context, verdict in [
            ([], "conditional"),
            (["--context", "aws:SourceIp=10.1.2.3"], "allowed"),
            (["--context", "aws:SourceIp=192.0.2.1"], "denied"),
        ]:
            code, answer = ask(server, *arguments, *context)
            assert (code, answer["Verdict"]) == (0 if verdict == "allowed" else 1, verdict)
            (step,) = answer["Steps"]
            assert step.get("MissingKeys") == (["aws:SourceIp"] if not context else None)

    def test_others_are_for_those_who_may_ask(self, server, world, pods):
        _, user = world.user()
        ran = server.irsa("can-i", READ, pods.secret, "--as", pods.role, credentials=user)
        assert ran.returncode == 3
        assert "irsa:CheckAccess" in ran.stderr

    def test_nothing_is_said_of_other_accounts(self, server, pods):
        there = pods.role.replace(server.account, "999999999999")
        for arn in [there, there + "-not-there"]:
            ran = server.irsa("can-i", READ, pods.secret, "--as", arn)
            assert ran.returncode == 1
            assert "Only principals of your own account" in ran.stderr
        theirs = pods.secret.replace(server.account, "999999999999")
        code, answer = ask(server, "can-i", READ, theirs)
        assert (code, answer["Verdict"]) == (1, "undecided")

    def test_bad_input(self, server):
        for arguments, code, told in [
            (["s3", "*"], 1, "ValidationException"),
            (["s3:Get*", "*"], 1, "ValidationException"),
            (["s3:GetObject", "bucket"], 1, "The resource must be a full ARN"),
            (["s3:GetObject", "*", "--as", "user/nobody"], 5, "PrincipalNotFoundException"),
            (["s3:GetObject", "*", "--as", "policy/x"], 1, "must be the ARN of a user"),
            (["s3:GetObject", "*", "--context", "aws:SourceIp=1", "--context", "aws:SourceIp=2"],
             1, "takes one value"),
        ]:
            ran = server.irsa("can-i", *arguments)
            assert (ran.returncode, told in ran.stderr) == (code, True), (arguments, ran.stderr)


class TestWhoCan:
    def test_the_pods_service_account_is_named(self, server, world, pods):
        code, answer = ask(server, "who-can", READ, pods.secret)
        assert code == 0
        found = {one["PrincipalArn"]: one["Access"] for one in answer["Principals"]}
        assert found[pods.role]["Verdict"] == "allowed"
        assert found[f"arn:aws:iam::{server.account}:root"]["Verdict"] == "allowed"
        (entrance,) = [one for one in answer["Entrances"] if one["RoleArn"] == pods.role]
        (entrant,) = entrance["Entrants"]
        assert entrant["Kind"] == "service-account"
        assert entrant["ServiceAccount"] == pods.account
        assert entrant["PrincipalArn"] == pods.provider
        assert entrant["Access"]["Verdict"] == "allowed"
        text = server.irsa_ok("who-can", READ, pods.secret)
        assert f"← ServiceAccount {pods.account} of " in text

    def test_chains_of_roles_end(self, server, world, pods):
        """Two roles that can become each other, and a user that can become one of them."""
        user, _ = world.user(allow("sts:AssumeRole", "*"))
        name, one = world.role(None, read_secret(pods.secret), allow("sts:AssumeRole", "*"))
        other_name, other = world.role(None, allow("sts:AssumeRole", one))
        code, answer = ask(server, "who-can", READ, pods.secret)
        ways = {entrance["RoleArn"]: [entrant["PrincipalArn"] for entrant in entrance["Entrants"]]
                for entrance in answer["Entrances"]}
        assert {other, f"arn:aws:iam::{server.account}:user/{user}"} <= set(ways[one])
        assert one in ways[other]
        assert server.irsa("who-can", READ, pods.secret).returncode == 0

    def test_pages(self, server, world, pods):
        irsa = server.irsa_ok("who-can", READ, pods.secret, "-o", "json")
        assert len(json.loads(irsa)["Principals"]) >= 2

    def test_needs_a_permission(self, server, world, pods):
        _, user = world.user()
        assert server.irsa("who-can", READ, pods.secret, credentials=user).returncode == 3


class TestWhatCan:
    def test_a_role_and_its_pods(self, server, world, pods):
        for name in [pods.account, pods.role, f"role/{pods.role_name}"]:
            code, answer = ask(server, "what-can", name)
            assert code == 0
            # Other tests' roles may trust every ServiceAccount.
            (found,) = [one for one in answer["Principals"] if one["PrincipalArn"] == pods.role]
            assert found["PrincipalArn"] == pods.role
            (grant,) = found["Grants"]
            assert (grant["Service"], grant["Verdict"]) == ("secretsmanager", "allowed")
            assert grant["Grant"]["Resources"] == [pods.secret]

    def test_limits_and_refusals(self, server, world, pods):
        iam = server.client("iam")
        boundary = iam.create_policy(
            PolicyName=fresh("boundary"),
            PolicyDocument=document(allow("secretsmanager:*", "*")),
        )["Policy"]["Arn"]
        name, role = world.role(
            trust_account(server.account),
            allow(["secretsmanager:Get*", "s3:*"], "*"),
            {**allow("secretsmanager:GetSecretValue", pods.other), "Effect": "Deny"},
            PermissionsBoundary=boundary,
        )
        _, answer = ask(server, "what-can", role)
        (found,) = answer["Principals"]
        services = {grant["Service"]: grant for grant in found["Grants"]}
        assert services["secretsmanager"]["ActionCount"] >= 3
        (refusal,) = services["secretsmanager"]["Except"]
        assert refusal["Resources"] == [pods.other]
        text = server.irsa_ok("what-can", role)
        assert "but not secretsmanager:GetSecretValue" in text

    def test_nobody(self, start):
        # A server of its own: roles of other tests trust whole namespaces.
        server = start()
        ran = server.irsa("what-can", "nobody/knows")
        assert (ran.returncode, "no role of this account trusts" in ran.stderr) == (0, True)
        assert server.irsa("what-can", "user/nobody").returncode == 5
