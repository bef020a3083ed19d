"""`irsa cluster add` on a real API server."""

import base64
import json
import ssl
import urllib.request

import pytest

from harness.places import HOST, WORK
from harness.pods import service_account
from support.documents import trust_web_identity
from support.names import fresh
from support.refusal import refused
from support.server import Server
from support.world import World

AUDIENCE = "sts.amazonaws.com"


@pytest.fixture
def fresh_server(cluster):
    """Starts servers that know nothing of the cluster."""
    started = []

    def start(*flags):
        made = Server(WORK / fresh("irsa"), "--plaintext", "--dev-allow-remote", *flags, listen=f"{HOST}:0")
        started.append(made)
        return made

    yield start
    for made in started:
        made.stop()


@pytest.fixture
def add(cluster):
    """Adds the cluster to a server, as one of the cluster's users; the finished process."""
    def run(server, name, *more, user="admin"):
        kubeconfig = cluster.control_plane.kubeconfigs[user]
        return server.irsa(
            "cluster", "add", name, "--kubeconfig", str(kubeconfig), "--context", "suite",
            "-o", "json", *more)

    return run


def states(done):
    assert done.returncode == 0, done.stderr
    return {step["What"]: step["State"] for step in json.loads(done.stdout)["Steps"]}


def role_of(server, provider, subject):
    trust = trust_web_identity(provider, f"system:serviceaccount:{subject}")
    return World(server, None, WORK).role(trust)[1]


@pytest.fixture
def token(cluster, namespace):
    """A token that the API server makes for the ServiceAccount `app` of the test's namespace."""
    cluster.kubectl.apply(service_account(namespace, "app"))
    return cluster.kubectl("-n", namespace, "create", "token", "app", "--audience", AUDIENCE).strip()


def test_one_command_and_pods_come_in(cluster, fresh_server, add, namespace, token):
    server, name = fresh_server(), fresh("cluster")
    assert set(states(add(server, name, "--dry-run")).values()) == {
        "would be registered", "would be created", "already so", "would be set"}
    assert not server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]

    done = add(server, name)
    assert states(done)["keys"] == "set" and "its keys are pinned" in done.stderr
    provider = json.loads(done.stdout)["ProviderArn"]
    assert provider.endswith(cluster.issuer.removeprefix("https://"))
    role = role_of(server, provider, f"{namespace}:app")
    world = World(server, None, WORK)
    answer = world.assume_with_token(role, token)
    assert answer["SubjectFromWebIdentityToken"] == f"system:serviceaccount:{namespace}:app"
    assert set(states(add(server, name)).values()) == {"already so"}

    found = server.client("eks").describe_cluster(name=name)["cluster"]
    version = cluster.api.get("/version")
    assert found["version"] == f"{version['major']}.{version['minor']}"
    context = ssl.create_default_context(
        cadata=base64.b64decode(found["certificateAuthority"]["data"]).decode())
    with urllib.request.urlopen(found["endpoint"] + "/readyz", timeout=10, context=context) as ready:
        assert ready.status == 200

    done = server.irsa("cluster", "remove", name, "--yes")
    assert done.returncode == 0 and role in done.stderr, done.stderr
    with refused("InvalidIdentityToken", 400, f"No OpenIDConnect provider found in your account for {cluster.issuer}"):
        world.assume_with_token(role, token)


def test_keys_come_through_the_clusters_own_ca(cluster, fresh_server, add, namespace, token):
    server = fresh_server("--allow-issuer-cidr", f"{HOST}/32")
    done = add(server, fresh("cluster"), "--keys", "private-ca")
    assert states(done)["keys"] == "set"
    role = role_of(server, json.loads(done.stdout)["ProviderArn"], f"{namespace}:app")
    assert World(server, None, WORK).assume_with_token(role, token)["Provider"]


def test_a_user_who_may_not_see_the_issuer_is_told_what_is_missing(fresh_server, add):
    server = fresh_server()
    done = add(server, "demo", user="webhook")
    assert done.returncode == 3, done.stderr
    assert "system:service-account-issuer-discovery" in done.stderr
    assert "kubectl create clusterrolebinding" in done.stderr
    assert not server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]


@pytest.fixture
def uninstalled(cluster):
    """Afterwards nothing of the webhook is left, its configuration first."""
    yield
    for kind, name in (("mutatingwebhookconfiguration", "irsa-webhook"), ("clusterrolebinding", "irsa-webhook"),
                       ("clusterrole", "irsa-webhook"), ("namespace", "irsa-system")):
        cluster.kubectl("delete", kind, name, "--ignore-not-found", "--timeout=60s", seconds=90)


def test_the_webhook_is_installed_on_request(cluster, fresh_server, add, uninstalled):
    server, name = fresh_server(), fresh("cluster")
    flags = ("--webhook", "--webhook-image", "irsa.test/irsa:1")
    assert states(add(server, name, *flags, "--dry-run"))["webhook"] == "would be installed"
    assert cluster.api.get("/api/v1/namespaces/irsa-system") is None

    assert states(add(server, name, *flags))["webhook"] == "installed"
    deployment = cluster.api.get("/apis/apps/v1/namespaces/irsa-system/deployments/irsa-webhook")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "irsa.test/irsa:1"
    assert f"--endpoint-url={server.url}" in container["args"]
    assert "irsa" in {field["manager"] for field in deployment["metadata"]["managedFields"]}
    configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    assert cluster.api.get(f"{configurations}/irsa-webhook")["webhooks"]

    assert set(states(add(server, name, *flags)).values()) == {"already so"}
    assert states(add(server, name, *flags, "--webhook-endpoint-url", "https://irsa.example"))["webhook"] == "installed"


def remove(cluster, server, name, *more):
    kubeconfig = cluster.control_plane.kubeconfigs["admin"]
    return server.irsa("cluster", "remove", name, "--webhook", "--kubeconfig", str(kubeconfig), "--context", "suite",
                       "-o", "json", *more)


def test_pods_are_given_the_ca_of_irsas_endpoint(cluster, fresh_server, add, uninstalled):
    server, name = fresh_server(), fresh("cluster")
    url = ("--webhook", "--webhook-endpoint-url")
    ca = ("--webhook-endpoint-ca", str(cluster.control_plane.authority.file))
    for flags, told in ((("--webhook", *ca), "https"), ((*url, "https://irsa.example", ca[0], "/dev/null"), "no certificate")):
        done = add(server, name, *flags)
        assert done.returncode != 0 and told in done.stderr, done.stderr
    flags = (*url, "https://irsa.example", *ca)
    assert states(add(server, name, *flags))["webhook"] == "installed"
    config_map = cluster.api.get("/api/v1/namespaces/irsa-system/configmaps/irsa-webhook-endpoint-ca")
    assert "BEGIN CERTIFICATE" in config_map["data"]["ca.crt"]
    deployment = cluster.api.get("/apis/apps/v1/namespaces/irsa-system/deployments/irsa-webhook")
    pod = deployment["spec"]["template"]["spec"]
    assert "--endpoint-ca=/etc/irsa/endpoint-ca/ca.crt" in pod["containers"][0]["args"]
    assert pod["volumes"][0]["configMap"]["name"] == "irsa-webhook-endpoint-ca"
    assert set(states(add(server, name, *flags)).values()) == {"already so"}
    assert states(add(server, name, *url, "https://irsa.example"))["webhook"] == "installed"
    deployment = cluster.api.get("/apis/apps/v1/namespaces/irsa-system/deployments/irsa-webhook")
    assert "volumes" not in deployment["spec"]["template"]["spec"]


def test_the_webhook_goes_with_its_cluster_on_request(cluster, fresh_server, add, uninstalled):
    server, name = fresh_server(), fresh("cluster")
    configuration = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/irsa-webhook"
    assert states(add(server, name, "--webhook"))["webhook"] == "installed"
    assert states(remove(cluster, server, name, "--dry-run"))["webhook"] == "would be uninstalled"
    assert cluster.api.get(configuration)

    done = remove(cluster, server, name, "--yes")
    assert list(states(done).items()) == [
        ("provider", "deleted"), ("webhook", "uninstalled"), ("cluster", "deregistered")], done.stdout
    assert cluster.api.get(configuration) is None
    for kind in ("deployments.apps", "serviceaccounts", "clusterroles", "clusterrolebindings", "networkpolicies"):
        listed = cluster.kubectl("-n", "irsa-system", "get", kind, "-o", "name")
        assert "irsa-webhook" not in listed, listed
    assert cluster.api.get("/api/v1/namespaces/irsa-system")

    # Without the flag, what is printed does the same.
    assert states(add(server, name, "--webhook"))["webhook"] == "installed"
    done = server.irsa("cluster", "remove", name, "--yes")
    assert done.returncode == 0 and cluster.api.get(configuration)
    commands = [line.split() for line in done.stderr.splitlines() if line.strip().startswith("kubectl delete")]
    assert len(commands) == 3 and commands[0][2] == "mutatingwebhookconfiguration", done.stderr
    for _, *arguments in commands:
        cluster.kubectl(*arguments)
    assert cluster.api.get(configuration) is None
    assert cluster.api.get("/apis/apps/v1/namespaces/irsa-system/deployments/irsa-webhook") is None


def test_what_something_else_looks_after_stays(cluster, fresh_server, add, uninstalled):
    cluster.namespace("irsa-system")
    cluster.kubectl(
        "apply", "--server-side", "--field-manager=helm", "-f", "-", stdin=json.dumps({
            "apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": True,
            "metadata": {"name": "irsa-webhook", "namespace": "irsa-system"}}))
    done = add(fresh_server(), fresh("cluster"), "--webhook")
    assert done.returncode == 1 and "looked after by something else" in done.stderr, done.stderr
    assert cluster.api.get("/apis/apps/v1/namespaces/irsa-system/deployments/irsa-webhook") is None
