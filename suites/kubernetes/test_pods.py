"""Real pods on a real node."""

import base64
import json

import pytest

from harness.pods import IDLE, TOKEN_DIRECTORY, pod, service_account
from support.server import REGION
from support.waiting import wait_until
from support.world import read_secret

pytestmark = pytest.mark.node

TOKEN_FILE = f"{TOKEN_DIRECTORY}/token"
READ = """
import boto3, sys
print(boto3.client('secretsmanager').get_secret_value(SecretId=sys.argv[1])['SecretString'])
"""

FETCH = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=2).read())"
ASK_API_SERVER = """
import json, os, ssl, urllib.request
account = '/var/run/secrets/kubernetes.io/serviceaccount'
host = os.environ['KUBERNETES_SERVICE_HOST'] + ':' + os.environ['KUBERNETES_SERVICE_PORT']
review = {'apiVersion': 'authentication.k8s.io/v1', 'kind': 'SelfSubjectReview'}
request = urllib.request.Request(
    f'https://{host}/apis/authentication.k8s.io/v1/selfsubjectreviews', json.dumps(review).encode(),
    {'Authorization': 'Bearer ' + open(f'{account}/token').read(), 'Content-Type': 'application/json'})
context = ssl.create_default_context(cafile=f'{account}/ca.crt')
with urllib.request.urlopen(request, context=context, timeout=10) as response:
    print(json.load(response)['status']['userInfo']['username'])
"""


@pytest.fixture
def run(cluster, server, namespace):
    """Runs a pod to its end, or until it runs with `until="Running"`; its phase and its log."""
    def start(name, account, image, command, role=None, until=("Succeeded", "Failed")):
        identity = {
            "AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN_FILE, "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": server.url,
            "AWS_ENDPOINT_URL_STS": server.url,
        } if role else {}
        cluster.kubectl.apply(
            service_account(namespace, account), pod(namespace, name, account, image, command, identity))
        phase = cluster.wait_for_phase(namespace, name, *until)["status"]["phase"]
        return phase, cluster.kubectl("-n", namespace, "logs", name)

    return start


def claims(token):
    """What a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_exec_shows_a_token_bound_to_pod_and_node(cluster, namespace, run):
    run("app", "app", "irsa.test/busybox:1", IDLE, until=("Running",))
    token = cluster.kubectl("-n", namespace, "exec", "app", "--", "cat", TOKEN_FILE)
    said = claims(token)
    assert said["iss"] == cluster.issuer
    assert said["aud"] == ["sts.amazonaws.com"]
    assert said["sub"] == f"system:serviceaccount:{namespace}:app"
    bound = said["kubernetes.io"]
    assert (bound["namespace"], bound["pod"]["name"], bound["node"]["name"]) == (namespace, "app", "node")


def test_logs_are_what_the_pod_printed(run):
    phase, log = run("app", "app", "irsa.test/busybox:1", ["/bin/sh", "-c", "echo said"])
    assert (phase, log) == ("Succeeded", "said\n")


def test_a_pod_reaches_the_api_server_as_in_any_cluster(namespace, run):
    phase, log = run("app", "app", "irsa.test/boto3:1", ["python3", "-c", ASK_API_SERVER])
    assert (phase, log) == ("Succeeded", f"system:serviceaccount:{namespace}:app\n")


def test_pods_reach_each_other_through_services(cluster, namespace, run):
    run("web", "web", "irsa.test/boto3:1", ["python3", "-m", "http.server", "8080"], until=("Running",))
    run("app", "app", "irsa.test/boto3:1", IDLE, until=("Running",))
    cluster.kubectl.apply({
        "apiVersion": "v1", "kind": "Service", "metadata": {"namespace": namespace, "name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
    })
    address = cluster.api.namespaced("services", namespace, "web")["spec"]["clusterIP"]
    ask = ["-n", namespace, "exec", "app", "--", "python3", "-c", FETCH, f"http://{address}/"]
    wait_until(lambda: "Directory listing" in cluster.kubectl.run(*ask).stdout, "the Service", 30)


def test_a_pod_reads_its_secret_with_boto3(world, namespace, role_of, run):
    name, arn = world.secret("for the pod")
    _, role = role_of(namespace, "app", read_secret(arn))
    phase, log = run("app", "app", "irsa.test/boto3:1", ["python3", "-c", READ, name], role)
    assert (phase, log) == ("Succeeded", "for the pod\n")


def test_irsa_in_a_pod_knows_who_it_is(server, namespace, role_of, run):
    role_name, role = role_of(namespace, "app")
    phase, log = run("app", "app", "irsa.test/irsa:1", ["irsa", "whoami"], role)
    assert phase == "Succeeded", log
    assert f"arn:aws:sts::{server.account}:assumed-role/{role_name}/" in log


def test_another_service_account_is_refused_and_told_why(
        cluster, server, world, namespace, role_of, run):
    name, arn = world.secret()
    role_name, role = role_of(namespace, "app", read_secret(arn))
    phase, log = run("other", "other", "irsa.test/boto3:1", ["python3", "-c", READ, name], role)
    assert phase == "Failed"
    assert (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    ) in log
    told = server.irsa_ok("explain", "--service-account", f"{namespace}/other")
    lines = [line.strip() for line in told.splitlines()]
    issuer = cluster.issuer.removeprefix("https://")
    failed = lines.index(f"✗ StringEquals {issuer}:sub does not hold")
    assert lines[failed + 1] == f"policy wants: system:serviceaccount:{namespace}:app"
    assert lines[failed + 2] == f"request has:  system:serviceaccount:{namespace}:other"
    assert f"✓ StringEquals {issuer}:aud holds" in lines
