"""irsa as a pod of a real API server, and a real API server that is asked about tokens."""

import base64
import json
import sys

import pytest

from harness.pod_tokens import ends_with_its_pod, pod_token
from harness.pods import IDLE, TOKEN_DIRECTORY, pod, service_account
from support.names import fresh
from support.refusal import refused
from support.server import REGION
from support.world import read_secret

READ = """
import boto3, sys
print(boto3.client('secretsmanager').get_secret_value(SecretId=sys.argv[1])['SecretString'])
"""
UNREACHABLE = (
    "The request could not be fulfilled because the identity provider (IDP) that was asked to verify "
    "the incoming identity token could not be reached.")


def claims(token):
    """What a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def admin(cluster):
    """Flags that name the cluster, as its administrator."""
    return ["--kubeconfig", str(cluster.control_plane.kubeconfigs["admin"])]


@pytest.fixture
def made_pod(cluster, server, namespace):
    """Makes a pod that has an identity; it need not run."""
    def make(name, role, account="app"):
        identity = {
            "AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{TOKEN_DIRECTORY}/token",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": server.url,
            "AWS_ENDPOINT_URL_STS": server.url,
        }
        cluster.kubectl.apply(
            service_account(namespace, account),
            pod(namespace, name, account, "irsa.test/busybox:1", IDLE, identity))
        return cluster.kubectl.get("-n", namespace, "pod", name)

    return make


@pytest.fixture
def reviewer(cluster, namespace, tmp_path):
    """A ServiceAccount's token in a file; the account may ask for TokenReviews, or nothing."""
    def make(*, may_ask):
        name = fresh("reviewer")
        cluster.kubectl("-n", namespace, "create", "serviceaccount", name)
        if may_ask:
            cluster.kubectl(
                "create", "clusterrolebinding", name, "--clusterrole=system:auth-delegator",
                f"--serviceaccount={namespace}:{name}")
        file = tmp_path / name
        file.write_text(cluster.kubectl("-n", namespace, "create", "token", name))
        return file

    return make


@pytest.fixture
def reviewed(server, provider, admin):
    """Has the API server asked about the provider's tokens until the test ends."""
    def begin(*flags):
        return server.irsa_json("provider", "set", provider, "--token-review", *admin, *flags)["TokenReview"]

    yield begin
    server.irsa_ok("provider", "set", provider, "--no-token-review")


def test_exec_is_the_pod(server, world, namespace, role_of, made_pod, admin):
    name, arn = world.secret("for the pod")
    _, role = role_of(namespace, "app", read_secret(arn))
    uid = made_pod("app-1", role)["metadata"]["uid"]
    run = ["exec", *admin, "--pod", f"{namespace}/app-1", "--", sys.executable, "-c"]
    assert server.irsa_ok(*run, READ, name) == "for the pod\n"
    token = server.irsa_ok(*run, "import os; print(open(os.environ['AWS_WEB_IDENTITY_TOKEN_FILE']).read())")
    bound = claims(token)["kubernetes.io"]
    assert bound["pod"] == {"name": "app-1", "uid": uid}
    assert bound["serviceaccount"]["name"] == "app"


def test_exec_is_the_service_account(cluster, server, world, namespace, role_of, admin):
    name, arn = world.secret("for the account")
    _, role = role_of(namespace, "app", read_secret(arn))
    account = service_account(namespace, "app")
    account["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": role}
    cluster.kubectl.apply(account)
    run = ["exec", *admin, "--service-account", f"{namespace}/app", "--", sys.executable, "-c"]
    assert server.irsa_ok(*run, READ, name) == "for the account\n"


def test_exec_tells_what_is_wrong(cluster, server, namespace, role_of, made_pod, admin, reviewer):
    _, role = role_of(namespace, "app")
    made_pod("app-1", role)
    done = server.irsa("exec", *admin, "--pod", f"{namespace}/gone", "--", "true")
    assert (done.returncode, done.stdout) == (5, "")
    assert f'there is no pod {namespace}/gone: pods "gone" not found' in done.stderr
    nobody = cluster.kubectl.kubeconfig.read_text().replace(
        cluster.control_plane.tokens["admin"], reviewer(may_ask=False).read_text().strip())
    kubeconfig = cluster.kubectl.kubeconfig.with_name(fresh("nobody"))
    kubeconfig.write_text(nobody)
    done = server.irsa("exec", "--kubeconfig", str(kubeconfig), "--pod", f"{namespace}/app-1", "--", "true")
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot get resource" in done.stderr


def test_a_deleted_pod_is_denied(
        cluster, server, world, namespace, role_of, made_pod, provider, reviewed, reviewer, admin):
    _, role = role_of(namespace, "app")
    made = made_pod("app-1", role)
    token = pod_token(cluster, namespace, "app", made)
    shown = reviewed("--token-file", str(reviewer(may_ask=True)))
    assert (shown["Server"], shown["Credential"]) == (cluster.issuer, "BEARER_TOKEN")
    assert cluster.issuer in server.irsa_ok("provider", "list")
    world.assume_with_token(role, token)

    ends_with_its_pod(cluster, world, role, namespace, made, token)
    with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        world.assume_with_token(role, token)
    assert "TokenReview says" in server.irsa_ok("explain", "--service-account", f"{namespace}/app")
    server.irsa_ok("provider", "set", provider, "--no-token-review")
    world.assume_with_token(role, token)


def test_an_api_server_that_is_away_is_told(world, namespace, role_of, made_pod, cluster, reviewed):
    _, role = role_of(namespace, "app")
    made_pod("app-1", role)
    token = cluster.kubectl("-n", namespace, "create", "token", "app", "--audience", "sts.amazonaws.com").strip()
    reviewed("--api-server", "https://127.0.0.1:1")
    with refused("IDPCommunicationError", 400, UNREACHABLE):
        world.assume_with_token(role, token)


def test_a_reviewer_that_may_not_ask_is_not_set(server, provider, reviewer, admin):
    file = reviewer(may_ask=False)
    done = server.irsa("provider", "set", provider, "--token-review", *admin, "--token-file", str(file))
    assert (done.returncode, done.stdout) == (3, "")
    assert "cannot create resource" in done.stderr and "system:auth-delegator" in done.stderr
    assert file.read_text().strip() not in done.stderr
    assert "TokenReview" not in server.irsa_json("provider", "show", provider)
