"""Adding clusters that run elsewhere: their pods come in, and EKS's clients know their names."""

import base64
import json
import re
import time

import pytest
from botocore.exceptions import ClientError

from support.api_server import ApiServer
from support.certificates import Authority
from support.foreign_issuer import AUDIENCE, Key, jws
from support.names import fresh
from support.refusal import refused

SUBJECT = "system:serviceaccount:demo:app"
REFUSED_KEY = re.compile("Couldn't retrieve verification key .*")


def token(api, key=None, **changed):
    """A pod's token, as the API server would sign it."""
    key, now = key or api.keys[0], int(time.time())
    claims = {"iss": api.issuer, "sub": SUBJECT, "aud": [AUDIENCE], "iat": now, "nbf": now,
              "exp": now + 3600, "jti": fresh("jti")} | changed
    return jws({"alg": key.algorithm, "kid": key.kid}, claims, key.sign)


@pytest.fixture
def api(tmp_path):
    """An API server whose issuer nobody else can fetch."""
    made = ApiServer(tmp_path, issuer=f"https://{fresh('k')}.svc.cluster.local")
    yield made
    made.close()


@pytest.fixture
def cluster(server, api):
    """Runs `irsa cluster …`, as the administrator; the finished process."""
    def run(verb, name, *more, user=None):
        if verb == "add":
            more = ("--kubeconfig", str(api.kubeconfig(user)), "--context", "here", *more)
        return server.irsa("cluster", verb, name, *more)

    return run


@pytest.fixture
def added(cluster):
    """The name of a cluster that was added."""
    name = fresh("cluster")
    done = cluster("add", name)
    assert done.returncode == 0, done.stderr
    return name


def provider_arn(server, api):
    return f"arn:aws:iam::{server.account}:oidc-provider/{api.issuer.removeprefix('https://')}"


def states(done):
    """What each step of an answer in JSON came to."""
    assert done.returncode == 0, done.stderr
    return {step["What"]: step["State"] for step in json.loads(done.stdout)["Steps"]}


def provider_urls(server):
    listed = server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return [provider["Arn"].split(":oidc-provider/")[1] for provider in listed]


def test_one_command_lets_pods_in(server, world, api, cluster):
    name = fresh("cluster")
    first = cluster("add", name, "-o", "json")
    assert states(first) == {
        "cluster": "registered", "provider": "created", "audience": "already so", "keys": "set"}
    assert "its keys are pinned" in first.stderr
    assert "next: irsa serviceaccount create NAMESPACE/NAME" in first.stderr
    assert json.loads(first.stdout)["KeyIds"] == [api.keys[0].kid]

    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    answer = world.assume_with_token(role, token(api))
    assert answer["SubjectFromWebIdentityToken"] == SUBJECT
    stranger = Key(kid=api.keys[0].kid)
    with refused("InvalidIdentityToken", 400, re.compile(".*")):
        world.assume_with_token(role, token(api, stranger))
    with refused("InvalidIdentityToken", 400, REFUSED_KEY):
        world.assume_with_token(role, token(api, Key()))

    again = states(cluster("add", name, "-o", "json"))
    assert set(again.values()) == {"already so"}


def test_clients_of_eks_know_the_cluster(server, api, added, aws, tmp_path):
    eks = server.client("eks")
    found = eks.describe_cluster(name=added)["cluster"]
    assert (found["status"], found["version"]) == ("ACTIVE", "1.36")
    assert found["endpoint"] == api.url
    assert found["identity"]["oidc"]["issuer"] == api.issuer
    pem = base64.b64decode(found["certificateAuthority"]["data"]).decode()
    assert pem.split() == api.authority.file.read_text().split()
    pages = eks.get_paginator("list_clusters").paginate()
    assert added in [name for page in pages for name in page["clusters"]]

    kubeconfig = tmp_path / "written"
    done = aws("eks", "update-kubeconfig", "--name", added, "--kubeconfig", str(kubeconfig))
    assert done.returncode == 0, done.stderr
    assert api.url in kubeconfig.read_text() and found["arn"] in kubeconfig.read_text()

    listed = json.loads(server.irsa_ok("cluster", "list", "-o", "json"))["Clusters"]
    assert added in [one["Name"] for one in listed]
    shown = json.loads(server.irsa_ok("cluster", "show", added, "-o", "json"))
    assert shown["Provider"]["KeySource"] == "PINNED"
    assert "0 open" in server.irsa_ok("cluster", "show", added)


def test_a_dry_run_changes_nothing(server, api, cluster):
    name = fresh("cluster")
    planned = states(cluster("add", name, "--dry-run", "-o", "json"))
    assert planned == {"cluster": "would be registered", "provider": "would be created",
                       "audience": "already so", "keys": "would be set"}
    with refused("ResourceNotFoundException", 404, f"No cluster found for name: {name}."):
        server.client("eks").describe_cluster(name=name)
    assert api.issuer.removeprefix("https://") not in provider_urls(server)


def test_an_exec_plugin_gives_the_token(api, cluster):
    done = cluster("add", fresh("cluster"), user=api.exec_plugin())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("path", "status", "code", "told"), [
    ("/.well-known/openid-configuration", 403, 3, "system:service-account-issuer-discovery"),
    ("/openid/v1/jwks", 403, 3, "kubectl create clusterrolebinding"),
    ("/.well-known/openid-configuration", 404, 5, "--service-account-issuer"),
    ("/openid/v1/jwks", 500, 1, "status 500"),
])
def test_what_an_api_server_does_not_say(server, api, cluster, path, status, code, told):
    api.status[path] = status
    done = cluster("add", fresh("cluster"))
    assert done.returncode == code and told in done.stderr, done.stderr
    assert api.issuer.removeprefix("https://") not in provider_urls(server)


def test_wrong_credentials_are_told_and_not_shown(api, cluster):
    done = cluster("add", fresh("cluster"), user={"token": "wrong-and-secret"})
    assert done.returncode == 4 and "(401)" in done.stderr
    assert "wrong-and-secret" not in done.stderr


def test_another_cluster_with_the_issuer_is_refused(server, world, api, cluster, added):
    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    first, theirs = api.keys[0], Key()
    api.keys = [theirs]
    other = fresh("cluster")
    done = cluster("add", other)
    assert done.returncode == 1 and "--service-account-issuer" in done.stderr, done.stderr
    assert added in done.stderr
    for flag in ("--share-issuer", "--replace-keys"):
        assert cluster("add", other, flag).returncode == 1
    with refused("InvalidIdentityToken", 400, REFUSED_KEY):
        world.assume_with_token(role, token(api, theirs))
    assert world.assume_with_token(role, token(api, first))["Provider"]


def test_keys_of_a_rotation_are_taken_and_others_are_not(server, world, api, cluster, added):
    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    old, new = api.keys[0], Key("ES256")
    api.keys = [new, old]
    with refused("InvalidIdentityToken", 400, REFUSED_KEY):
        world.assume_with_token(role, token(api, new))
    assert states(cluster("add", added, "-o", "json"))["keys"] == "set"
    for key in (old, new):
        world.assume_with_token(role, token(api, key))

    api.keys = [Key()]
    done = cluster("add", added)
    assert done.returncode == 1 and "--replace-keys" in done.stderr, done.stderr
    world.assume_with_token(role, token(api, new))
    assert states(cluster("add", added, "--replace-keys", "-o", "json"))["keys"] == "set"
    with refused("InvalidIdentityToken", 400, REFUSED_KEY):
        world.assume_with_token(role, token(api, new))
    world.assume_with_token(role, token(api))


def test_removing_shows_first_and_lets_nobody_new_in(server, world, api, cluster, added):
    name, role = world.pod_role(provider_arn(server, api), "demo/app")
    world.assume_with_token(role, token(api))
    for more, code in (((), 1), (("--dry-run",), 0)):
        done = cluster("remove", added, *more)
        assert done.returncode == code, done.stderr
        assert role in done.stderr and "1 open, the last until" in done.stderr, done.stderr

    assert states(cluster("remove", added, "--disable-only", "--yes", "-o", "json")) == {
        "provider": "disabled"}
    with refused("InvalidIdentityToken", 400, re.compile("No OpenIDConnect provider found .*")):
        world.assume_with_token(role, token(api))
    assert states(cluster("add", added, "-o", "json"))["status"] == "enabled"
    world.assume_with_token(role, token(api))

    done = cluster("remove", added, "--yes")
    assert done.returncode == 0 and "deregistered" in done.stdout, done.stderr
    with refused("InvalidIdentityToken", 400, re.compile("No OpenIDConnect provider found .*")):
        world.assume_with_token(role, token(api))
    assert server.client("iam").get_role(RoleName=name)["Role"]["Arn"] == role
    done = cluster("remove", added, "--yes")
    assert done.returncode == 5 and "irsa cluster list" in done.stderr


def test_only_the_clusters_own_webhook_is_taken_away(server, tmp_path, api, cluster, added):
    (tmp_path / "other").mkdir()
    other = ApiServer(tmp_path / "other", issuer=f"https://{fresh('k')}.svc.cluster.local")
    here = ("--kubeconfig", str(other.kubeconfig()), "--context", "here")
    try:
        done = cluster("remove", added, "--webhook", "--yes", *here)
        assert done.returncode == 1 and "is another one" in done.stderr, done.stderr
        assert other.issuer in done.stderr and "--context" in done.stderr
    finally:
        other.close()
    done = cluster("remove", added, "--yes", *here)
    assert done.returncode == 2 and "go with `--webhook`" in done.stderr, done.stderr
    assert added in server.irsa_ok("cluster", "list"), "nothing was changed"


def test_whoever_leaves_the_webhook_is_told_how_it_goes(cluster, added):
    done = cluster("remove", added, "--yes")
    assert done.returncode == 0, done.stderr
    commands = [line.strip() for line in done.stderr.splitlines() if line.strip().startswith("kubectl")]
    assert len(commands) == 3, done.stderr
    assert commands[0] == "kubectl delete mutatingwebhookconfiguration irsa-webhook --ignore-not-found"


def test_keys_come_through_a_private_ca(server, world, api, cluster):
    api.issuer, api.is_public = api.url, True
    done = cluster("add", fresh("cluster"), "--keys", "private-ca", "-o", "json")
    assert states(done)["keys"] == "set"
    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    world.assume_with_token(role, token(api))
    trust = json.loads(server.irsa_ok(
        "cluster", "show", json.loads(done.stdout)["Name"], "-o", "json"))["Provider"]
    assert trust["KeySource"] == "PRIVATE_AUTHORITY" and "KeySet" not in trust


@pytest.mark.parametrize("more", [(), ("--keys", "pinned"), ("--keys", "private-ca"), ("--dry-run",)])
def test_aws_itself_cannot_take_keys_that_it_cannot_fetch(server, api, more):
    environment = server.environment() | {"AWS_ENDPOINT_URL_IAM": "https://iam.amazonaws.com"}
    done = server.run(
        environment, "cluster", "add", "demo", "--kubeconfig", str(api.kubeconfig()), "--context", "here", *more)
    assert done.returncode == 1 and "AWS cannot fetch this cluster's keys" in done.stderr, done.stderr
    assert "irsa issuer publish" in done.stderr


def test_the_webhook_is_not_told_an_address_that_pods_cannot_reach(cluster):
    done = cluster("add", fresh("cluster"), "--webhook")
    assert done.returncode == 2 and "--webhook-endpoint-url" in done.stderr, done.stderr


def test_flags_that_mean_nothing_are_refused(cluster):
    for more in (("-n", "demo"), ("--ca-file", "/nowhere")):
        done = cluster("add", fresh("cluster"), *more)
        assert done.returncode == 2, done.stderr
    done = cluster("add", "not.a.name")
    assert done.returncode == 2 and "letters, digits" in done.stderr


def test_without_permission(server, world, api):
    _, credentials = world.user()
    arguments = ["cluster", "add", "demo", "--kubeconfig", str(api.kubeconfig()), "--context", "here"]
    done = server.irsa(*arguments, credentials=credentials)
    assert done.returncode == 3 and "irsa explain" in done.stderr, done.stderr


def test_another_ca_than_the_issuers_is_not_believed(server, world, api, cluster, tmp_path):
    api.issuer, api.is_public = api.url, True
    other = Authority(tmp_path / "other").file
    done = cluster("add", fresh("cluster"), "--keys", "private-ca", "--ca-file", str(other))
    assert done.returncode == 0, done.stderr
    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    with refused("InvalidIdentityToken", 400, REFUSED_KEY):
        world.assume_with_token(role, token(api))


def test_a_rotation_that_was_missed_is_explained(server, world, api, added):
    _, role = world.pod_role(provider_arn(server, api), "demo/app")
    with pytest.raises(ClientError) as raised:
        world.assume_with_token(role, token(api, Key()))
    request_id = raised.value.response["ResponseMetadata"]["RequestId"]
    told = server.irsa("explain", request_id)
    assert "pinned" in told.stdout and "irsa cluster add" in told.stdout, told.stdout + told.stderr
