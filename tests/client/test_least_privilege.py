"""`irsa least-privilege` and `irsa replay` over what boto3 did."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from support.documents import allow, deny, document, trust_web_identity
from support.names import fresh
from support.refusal import refused
from support.server import Credentials


@pytest.fixture
def pod(server, world):
    """A pod with wide policies that read two secrets of three and was refused a listing."""

    class Pod:
        prefix = fresh("app")
        provider = world.own_issuer()[1]
        subject = f"{fresh('ns')}/app"
        role, role_arn = world.pod_role(
            provider, subject,
            allow("secretsmanager:*", "*"),
            allow(["iam:GetUser", "iam:GetRole"], "*"),
            deny("secretsmanager:DeleteSecret", "*"),
        )
        credentials = Credentials.of(
            world.assume_with_token(role_arn, world.pod_token(subject))["Credentials"]
        )

    admin = server.client("secretsmanager")
    Pod.arns = [
        admin.create_secret(Name=f"{Pod.prefix}/{name}", SecretString="a value")["ARN"]
        for name in ("one", "two", "three")
    ]
    secrets = server.client("secretsmanager", Pod.credentials)
    for name in ("one", "two", "one"):
        secrets.get_secret_value(SecretId=f"{Pod.prefix}/{name}")
    secrets.describe_secret(SecretId=f"{Pod.prefix}/one")
    with refused("AccessDenied", 403, re.compile(".+")):
        server.client("iam", Pod.credentials).list_users()
    Pod.secrets = secrets
    return Pod


def any_suffix(arn):
    """The pattern of a secret's ARN, whatever its random end."""
    return arn[:-6] + "??????"


def as_list(value):
    return value if isinstance(value, list) else [value]


def write(tmp_path, text):
    path = tmp_path / "policy.json"
    path.write_text(text)
    return str(path)


class TestLeastPrivilege:
    def test_what_was_used_and_nothing_else(self, server, pod):
        found = server.irsa_json("least-privilege", pod.role)
        one, two, three = pod.arns
        granted = {
            (action, resource)
            for statement in found["Policy"]["Statement"]
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }
        assert granted == {
            ("secretsmanager:GetSecretValue", any_suffix(one)),
            ("secretsmanager:GetSecretValue", any_suffix(two)),
            ("secretsmanager:DescribeSecret", any_suffix(one)),
        }
        assert three not in json.dumps(found["Policy"])
        assert found["Replay"] == {"Allowed": 4, "Denied": 0, "NotReplayable": 0}
        assert found["ImpliedByPresent"] == {"Proven": True, "Widenings": []}
        assert found["Fits"] == "managed policy or inline policy"
        whole = [grant for grant in found["Unused"] if grant["Whole"]]
        assert [grant["Actions"] for grant in whole] == [["iam:GetUser", "iam:GetRole"]]

    def test_the_role_does_its_work_with_it_alone(self, server, pod):
        text = server.irsa_ok("least-privilege", pod.role)
        iam = server.client("iam")
        iam.put_role_policy(RoleName=pod.role, PolicyName="inline", PolicyDocument=text)
        pod.secrets.get_secret_value(SecretId=f"{pod.prefix}/two")
        pod.secrets.describe_secret(SecretId=f"{pod.prefix}/one")
        for call in (
            lambda: pod.secrets.get_secret_value(SecretId=f"{pod.prefix}/three"),
            lambda: pod.secrets.describe_secret(SecretId=f"{pod.prefix}/two"),
        ):
            with pytest.raises(pod.secrets.exceptions.ClientError) as raised:
                call()
            assert raised.value.response["Error"]["Code"] == "AccessDeniedException"
        again = server.irsa_ok("least-privilege", pod.role)
        assert json.loads(again) == json.loads(text)

    def test_refusals_and_conditions_stay(self, server, world):
        role, arn = world.role(
            None,
            allow("secretsmanager:Get*", "*",
                  Condition={"Bool": {"aws:SecureTransport": "false"}}),
            deny("secretsmanager:*", "*", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}}),
        )
        name, secret = world.secret()
        session = world.assume(arn)
        server.client("secretsmanager", session).get_secret_value(SecretId=name)
        found = server.irsa_json("least-privilege", role)
        granting, refusing = found["Policy"]["Statement"]
        assert granting["Resource"] == any_suffix(secret)
        assert granting["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert refusing["Condition"] == {"StringEquals": {"aws:PrincipalTag/a": "b"}}
        assert found["ImpliedByPresent"]["Proven"]

    def test_what_was_taken_away_stays_away(self, server, pod):
        server.client("iam").put_role_policy(
            RoleName=pod.role, PolicyName="inline",
            PolicyDocument=document(allow("secretsmanager:GetSecretValue", "*")),
        )
        found = server.irsa_json("least-privilege", pod.role)
        assert [left["Action"] for left in found["LeftOut"]] == ["secretsmanager:DescribeSecret"]
        assert "DescribeSecret" not in json.dumps(found["Policy"])

    def test_a_role_that_did_nothing(self, server, world):
        role, _ = world.role(None, allow("s3:*"))
        done = server.irsa("least-privilege", role)
        assert done.returncode == 5
        assert "holds no permitted call" in done.stderr
        assert server.irsa("least-privilege", "nobody").returncode == 5


class TestReplay:
    def test_the_least_policy_changes_nothing(self, server, pod, tmp_path):
        path = write(tmp_path, server.irsa_ok("least-privilege", pod.role))
        arguments = ["replay", "--policy", path, "--role", pod.role, "--fail-on-new-deny"]
        found = server.irsa_json(*arguments)
        assert (found["NewlyDenied"], found["NewlyAllowed"], found["Unchanged"]) == (0, 0, 5)
        assert found["Changes"] == []

    def test_what_would_change(self, server, pod, tmp_path):
        one = any_suffix(pod.arns[0])
        path = write(tmp_path, document(
            allow("secretsmanager:*", one), allow("iam:ListUsers"),
        ))
        arguments = ["replay", "--policy", path, "--role", pod.role]
        found = server.irsa_json(*arguments)
        changes = {(change["Change"], change["Action"]): change for change in found["Changes"]}
        assert set(changes) == {
            ("newly-denied", "secretsmanager:GetSecretValue"), ("newly-allowed", "iam:ListUsers"),
        }
        denied = changes["newly-denied", "secretsmanager:GetSecretValue"]
        assert denied["Resource"] == pod.arns[1]
        assert denied["Calls"] == 1
        assert denied["Why"] == (
            f"no statement allows it; nearest: statement 1 of the proposed policy is about {one}"
        )
        assert server.irsa(*arguments).returncode == 0
        assert server.irsa(*arguments, "--fail-on-new-deny").returncode == 1

    def test_for_ci(self, server, pod, tmp_path):
        path = write(tmp_path, document(deny("secretsmanager:DescribeSecret", "*"),
                                        allow("secretsmanager:*", "*")))
        done = server.irsa(
            "replay", "--policy", path, "--role", pod.role, "--fail-on-new-deny", "-o", "junit"
        )
        assert done.returncode == 1
        suites = ElementTree.fromstring(done.stdout.encode())
        assert (suites.get("tests"), suites.get("failures")) == ("4", "1")
        (failure,) = suites.iter("failure")
        assert failure.get("message") == "statement 1 of the proposed policy denies it"

    def test_one_policy_of_several(self, server, pod, tmp_path):
        iam = server.client("iam")
        iam.put_role_policy(RoleName=pod.role, PolicyName="more",
                            PolicyDocument=document(allow("s3:*")))
        path = write(tmp_path, document(allow("iam:*")))
        arguments = ["replay", "--policy", path, "--role", pod.role, "--replace"]
        kept = server.irsa_json(*arguments, "more")
        assert (kept["NewlyDenied"], kept["NewlyAllowed"]) == (0, 1)
        replaced = server.irsa_json(*arguments, "inline")
        assert replaced["NewlyDenied"] == 4
        assert server.irsa(*arguments, "none").returncode == 5

    def test_a_trust_policy(self, server, pod, tmp_path):
        same = trust_web_identity(
            pod.provider, "system:serviceaccount:" + pod.subject.replace("/", ":")
        )
        other = trust_web_identity(pod.provider, "system:serviceaccount:other:app")
        for trust, denied in [(same, 0), (other, 1)]:
            path = write(tmp_path, trust)
            found = server.irsa_json("replay", "--policy", path, "--role", pod.role)
            assert (found["Calls"], found["NewlyDenied"]) == (1, denied)

    def test_who_may(self, server, world, tmp_path):
        _, little = world.user(allow("s3:*"))
        path = write(tmp_path, document(allow("s3:*")))
        done = server.irsa("replay", "--policy", path, credentials=little)
        assert done.returncode == 3
        assert "irsa:LookupDecisions" in done.stderr
