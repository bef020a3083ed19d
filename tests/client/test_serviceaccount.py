"""`irsa serviceaccount create` and `delete`: IAM of a real server, a stand-in for the cluster."""

import json
import os
import subprocess

import pytest
import yaml

from support.cluster import Cluster
from support.documents import allow, document, trust_account
from support.environment import clean
from support.names import fresh

ROLE = "eks.amazonaws.com/role-arn"


@pytest.fixture
def issuer(server):
    """An issuer that has no provider."""
    name = fresh("account")
    server.irsa_ok("issuer", "create", name)
    return name, server.irsa_json("issuer", "show", name)["Url"]


@pytest.fixture
def read_only(server):
    """The ARN of a managed policy."""
    made = server.client("iam").create_policy(
        PolicyName=fresh("read"), PolicyDocument=document(allow("s3:Get*")))
    return made["Policy"]["Arn"]


@pytest.fixture
def cluster(issuer, tmp_path):
    made = Cluster(tmp_path, issuer[1])
    yield made
    made.close()


@pytest.fixture
def run(server, cluster):
    """Runs `irsa serviceaccount`; the finished process."""

    def runner(verb, *arguments, **more):
        kubeconfig = ["--kubeconfig", str(cluster.kubeconfig)]
        return server.irsa("serviceaccount", verb, *arguments, *kubeconfig, **more)

    return runner


def made(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def may_assume(server, issuer, account, role_arn, audience="sts.amazonaws.com"):
    """Whether a token of the ServiceAccount gets a session of the role."""
    token = server.irsa_ok("token", "create", "--issuer", issuer, "--service-account", account,
                           "--audience", audience).strip()
    sts = server.client("sts")
    try:
        sts.assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName="test", WebIdentityToken=token)
    except sts.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


def test_everything_in_one_command_and_nothing_in_the_second(
        server, issuer, cluster, run, read_only, tmp_path):
    account = f"{fresh('demo')}/app"
    namespace = account.partition("/")[0]
    inline = tmp_path / "policy.json"
    inline.write_text(document(allow("secretsmanager:GetSecretValue")))
    arguments = (account, "--attach-policy-arn", read_only, "--policy-document", str(inline),
                 "--tag", "team=a", "--token-expiration", "3600", "-o", "json")
    result = made(run("create", *arguments))
    role = result["RoleArn"]
    name = f"irsa-{namespace}-app"
    assert role == f"arn:aws:iam::{server.account}:role/{name}"
    assert result["Applied"] and len(result["Changes"]) == 6
    assert cluster.annotations(namespace, "app") == {
        ROLE: role, "eks.amazonaws.com/token-expiration": "3600"}
    iam = server.client("iam")
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [read_only]
    assert iam.get_role_policy(RoleName=name, PolicyName="irsa")["PolicyDocument"] == json.loads(
        inline.read_text())
    tags = {one["Key"]: one["Value"] for one in iam.get_role(RoleName=name)["Role"]["Tags"]}
    assert tags == {"team": "a", "irsa:service-account": account,
                    "irsa:issuer": issuer[1].split("://")[1]}
    assert may_assume(server, issuer[0], account, role)
    assert not may_assume(server, issuer[0], f"{namespace}/other", role)

    writes = len(cluster.writes)
    again = run("create", *arguments)
    assert made(again)["Changes"] == [] and "nothing is to be changed" in again.stderr
    assert len(cluster.writes) == writes


def test_a_dry_run_tells_all_and_does_nothing(server, cluster, run):
    account = f"{fresh('demo')}/app"
    done = run("create", account, "--dry-run", "-o", "json")
    result = made(done)
    assert not result["Applied"]
    for what in ("would create the OIDC provider", "would create the role",
                 "would create the namespace", f"would create the ServiceAccount {account}"):
        assert what in done.stderr
    assert cluster.writes == []
    iam = server.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=f"irsa-{account.replace('/', '-')}")


def test_a_policy_that_is_not_there_is_said_before_anything_is_made(server, cluster, run):
    name = fresh("role")
    for missing in (f"arn:aws:iam::{server.account}:policy/nowhere", "arn:aws:s3:::bucket"):
        done = run("create", f"{fresh('demo')}/app", "--role-name", name,
                   "--attach-policy-arn", missing)
        assert done.returncode in (1, 5) and "✓" not in done.stderr, done.stderr
    assert cluster.writes == []


def test_a_service_account_that_is_there_keeps_what_it_has(cluster, run):
    namespace = fresh("demo")
    cluster.add_account(namespace, "app", {"other": "kept", "eks.amazonaws.com/audience": "mine"})
    cluster.pods[(namespace, "app")] = ["app-1", "app-2"]
    done = run("create", f"{namespace}/app", "-o", "json")
    result = made(done)
    assert result["Audience"] == "mine", "the role trusts the tokens that pods get"
    assert cluster.annotations(namespace, "app") == {
        "other": "kept", "eks.amazonaws.com/audience": "mine", ROLE: result["RoleArn"]}
    assert cluster.account(namespace, "app")["secrets"] == [{"name": "kept"}]
    assert "app-1, app-2" in done.stderr and "kubectl rollout restart" in done.stderr


def test_another_role_is_replaced_only_when_asked(cluster, run):
    namespace = fresh("demo")
    before = {ROLE: "arn:aws:iam::123456789012:role/other"}
    cluster.add_account(namespace, "app", dict(before))
    done = run("create", f"{namespace}/app")
    assert done.returncode == 1 and "role/other" in done.stderr and "--override" in done.stderr
    assert cluster.annotations(namespace, "app") == before
    result = made(run("create", f"{namespace}/app", "--override", "-o", "json"))
    assert cluster.annotations(namespace, "app") == {ROLE: result["RoleArn"]}


def test_a_role_of_somebody_else_trusts_the_account_only_when_asked(server, issuer, cluster, run):
    name, account = fresh("role"), f"{fresh('demo')}/app"
    iam = server.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_account(server.account))
    done = run("create", account, "--role-name", name)
    assert done.returncode == 1 and "--extend-trust" in done.stderr
    assert cluster.writes == []
    result = made(run("create", account, "--role-name", name, "--extend-trust", "-o", "json"))
    assert may_assume(server, issuer[0], account, result["RoleArn"])
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert len(trust["Statement"]) == 2
    assert made(run("create", account, "--role-name", name, "-o", "json"))["Changes"] == []


def test_a_second_audience_is_added_to_the_provider(server, issuer, cluster, run):
    namespace = fresh("demo")
    made(run("create", f"{namespace}/one", "-o", "json"))
    result = made(run("create", f"{namespace}/two", "--audience", "two", "-o", "json"))
    assert any("add the audience two" in change for change in result["Changes"])
    assert cluster.annotations(namespace, "two")["eks.amazonaws.com/audience"] == "two"
    assert may_assume(server, issuer[0], f"{namespace}/two", result["RoleArn"], "two")
    assert not may_assume(server, issuer[0], f"{namespace}/two", result["RoleArn"])


def test_the_role_alone_needs_no_cluster(server, issuer):
    account = f"{fresh('demo')}/app"
    arguments = ("serviceaccount", "create", account, "--role-only", "-o", "json")
    for which in (["--issuer", issuer[0]], ["--issuer-url", issuer[1]]):
        result = made(server.irsa(*arguments, *which, "--kubeconfig", "/nowhere"))
    assert may_assume(server, issuer[0], account, result["RoleArn"])
    assert result["Changes"] == []


def test_a_role_that_is_there_is_only_annotated(cluster, run):
    namespace, arn = fresh("demo"), "arn:aws:iam::123456789012:role/team/there"
    result = made(run("create", f"{namespace}/app", "--attach-role-arn", arn, "-o", "json"))
    assert cluster.annotations(namespace, "app") == {ROLE: arn}
    assert "ProviderArn" not in result and len(result["Changes"]) == 2


def test_the_namespace_may_be_said_otherwise(cluster, run):
    namespace = fresh("demo")
    made(run("create", "app", "-n", namespace, "-o", "json"))
    assert ROLE in cluster.annotations(namespace, "app")
    result = made(run("create", fresh("app"), "-o", "json"))
    assert result["ServiceAccount"].startswith("default/"), "the context's namespace"
    assert run("create", "a/app", "-n", "b").returncode == 2


def test_an_issuer_inside_the_cluster_is_refused_before_anything_is_made(cluster, run):
    cluster.issuer = "https://kubernetes.default.svc.cluster.local"
    done = run("create", f"{fresh('demo')}/app")
    assert done.returncode == 1 and "irsa cluster add" in done.stderr
    assert cluster.writes == []


@pytest.mark.parametrize(("verb", "end", "said"), [
    ("GET", "/serviceaccounts/app", "cannot GET"),
    ("GET", "/openid-configuration", "system:service-account-issuer-discovery"),
    ("POST", "/serviceaccounts", "cannot POST"),
])
def test_what_the_cluster_forbids_is_said(cluster, run, verb, end, said):
    cluster.forbidden.add((verb, end))
    done = run("create", f"{fresh('demo')}/app")
    assert done.returncode == 3 and said in done.stderr


def test_who_may_not_read_namespaces_or_pods_may_still_create(cluster, run):
    namespace = fresh("demo")
    cluster.add_account(namespace, "other")
    cluster.forbidden |= {("GET", namespace), ("GET", "/pods")}
    made(run("create", f"{namespace}/app", "-o", "json"))
    assert ROLE in cluster.annotations(namespace, "app")


def test_a_change_by_somebody_else_is_not_written_over(cluster, run):
    namespace = fresh("demo")
    cluster.add_account(namespace, "app")

    def changed():
        cluster.account(namespace, "app")["metadata"]["resourceVersion"] = "7"

    cluster.before_patch = changed
    done = run("create", f"{namespace}/app")
    assert done.returncode == 1 and "meanwhile" in done.stderr
    cluster.before_patch = None
    made(run("create", f"{namespace}/app", "-o", "json"))
    assert ROLE in cluster.annotations(namespace, "app")


@pytest.mark.parametrize("arguments", [
    ("Demo/app",),
    ("demo/app", "--token-expiration", "599"),
    ("demo/app", "--tag", "x"),
    ("demo/app", "--role-path", "x"),
    ("demo/app", "--attach-policy-arn", "ReadOnlyAccess"),
    ("demo/app", "--issuer-url", "oidc.example"),
    ("demo/app", "--role-only", "--attach-role-arn", "arn:aws:iam::1:role/x"),
    ("demo/app", "--print", "yaml", "--role-only"),
    ("demo/app", "--print", "yaml", "-o", "json"),
])
def test_what_makes_no_sense_is_refused(cluster, run, arguments):
    done = run("create", *arguments)
    assert done.returncode == 2, done.stderr
    assert cluster.writes == []


def test_a_trust_policy_is_no_inline_policy(server, cluster, run, tmp_path):
    policy = tmp_path / "policy.json"
    for text in (trust_account(server.account), "{", "{}"):
        policy.write_text(text)
        done = run("create", f"{fresh('demo')}/app", "--policy-document", str(policy))
        assert done.returncode in (1, 2), done.stderr
    assert cluster.writes == []


def test_aws_itself_is_never_changed_without_yes(cluster, tmp_path, server):
    """No server is named: it would be AWS, which this test's proxy-less sandbox does not reach."""
    environment = server.environment()
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"):
        del environment[name]
    done = subprocess.run(
        [os.environ["IRSA_BIN"], "serviceaccount", "create", "demo/app", "--role-only",
         "--issuer-url", "https://oidc.example/x", "--region", "xx-nowhere-1"],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False)
    assert done.returncode == 6, done.stderr
    assert "https://sts.xx-nowhere-1.amazonaws.com" in done.stderr


def test_the_printed_manifest_is_what_would_be_there(server, cluster, run):
    namespace = fresh("demo")
    done = run("create", f"{namespace}/app", "--print", "yaml", "--audience", "mine")
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout) == {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "name": "app", "namespace": namespace, "annotations": {
                "eks.amazonaws.com/audience": "mine",
                ROLE: f"arn:aws:iam::{server.account}:role/irsa-{namespace}-app"}}}
    assert cluster.writes == []


def test_terraform_makes_the_same_role(server, read_only, tmp_path):
    binary = os.environ.get("IRSA_TEST_TERRAFORM")
    if not binary:
        pytest.skip("left out: --print terraform applied (IRSA_TEST_TERRAFORM names no binary)")
    account = f"{fresh('demo')}/app"
    inline = tmp_path / "policy.json"
    inline.write_text(document(allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")))
    common = (account, "--policy-document", str(inline), "--attach-policy-arn", read_only,
              "--tag", "team=a b", "--role-only", "--issuer-url", f"https://{fresh('oidc')}.example")
    done = server.irsa("serviceaccount", "create", *common, "--print", "terraform")
    assert done.returncode == 0, done.stderr
    provider = f"""
terraform {{
  required_providers {{ aws = {{ source = "hashicorp/aws" }} }}
}}
provider "aws" {{
  region = "us-east-1"
  skip_metadata_api_check = true
  endpoints {{
    sts = "{server.url}"
    iam = "{server.url}"
  }}
}}
"""
    work = tmp_path / "terraform"
    work.mkdir()
    (work / "main.tf").write_text(provider + done.stdout)
    environment = clean() | server.environment() | {
        name: os.environ[name] for name in os.environ if name.startswith("TF_")
    } | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    for arguments in (["init", "-no-color"], ["apply", "-no-color", "-auto-approve"]):
        applied = subprocess.run(
            [binary, f"-chdir={work}", *arguments], env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=170, check=False)
        assert applied.returncode == 0, applied.stdout + applied.stderr
    result = made(server.irsa("serviceaccount", "create", *common, "-o", "json"))
    assert result["Changes"] == [], "Terraform left nothing to do"


def test_delete_takes_away_what_create_made(server, cluster, run, read_only, tmp_path):
    namespace = fresh("demo")
    inline = tmp_path / "policy.json"
    inline.write_text(document(allow("s3:GetObject")))
    arguments = (f"{namespace}/app", "--policy-document", str(inline),
                 "--attach-policy-arn", read_only, "-o", "json")
    role = made(run("create", *arguments))["RoleArn"]
    cluster.pods[(namespace, "app")] = ["app-1"]
    asked = run("delete", f"{namespace}/app")
    assert asked.returncode == 1 and "--yes" in asked.stderr and "app-1" in asked.stderr
    assert f"would delete the role {role}" in asked.stderr
    assert cluster.account(namespace, "app") is not None
    result = made(run("delete", f"{namespace}/app", "--yes", "-o", "json"))
    assert result["RoleArn"] == role
    assert cluster.account(namespace, "app") is None
    iam = server.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role.rpartition("/")[2])
    assert run("delete", f"{namespace}/app", "--yes").returncode == 5


def test_delete_leaves_what_others_made(server, cluster, run):
    namespace, name = fresh("demo"), fresh("role")
    iam = server.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust_account(server.account))
    arn = f"arn:aws:iam::{server.account}:role/{name}"
    cluster.add_account(namespace, "app", {ROLE: arn, "other": "kept"})
    done = run("delete", f"{namespace}/app", "--yes", "-o", "json")
    assert made(done)["RoleArn"] is None and f"the role {arn} stays" in done.stderr
    assert cluster.annotations(namespace, "app") == {"other": "kept"}
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == arn
