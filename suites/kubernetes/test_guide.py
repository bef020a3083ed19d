"""The walk of the guides, as printed: an unmodified Deployment gets its identity and reads its secret."""

import base64
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.chart import IMAGE, NAMESPACE, Chart
from harness.helm import HELM
from harness.places import WORK
from harness.pod_tokens import ends_with_its_pod, pod_token
from harness.pods import TOKEN_DIRECTORY, plain_pod, variables_of
from harness.webhook import REQUIRE_IDENTITY
from support.documents import allow, document, trust_web_identity
from support.waiting import wait_until
from support.world import AUDIENCE, World

pytestmark = pytest.mark.node

GUIDE = (Path(__file__).parent / "guide.yaml").read_text()
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
VALUE = "correct horse battery staple"


def set_up_aws(cluster, server, provider):
    """What a guide has an administrator make: provider, where there is none yet, role, policy, secret."""
    iam = server.client("iam")
    provider = provider or iam.create_open_id_connect_provider(
        Url=cluster.issuer, ClientIDList=[AUDIENCE], ThumbprintList=[cluster.authority.thumbprint()],
    )["OpenIDConnectProviderArn"]
    iam.create_role(
        RoleName="app", AssumeRolePolicyDocument=trust_web_identity(provider, "system:serviceaccount:demo:app"))
    secret = server.client("secretsmanager").create_secret(Name="app/password", SecretString=VALUE)
    iam.put_role_policy(
        RoleName="app", PolicyName="read",
        PolicyDocument=document(allow("secretsmanager:GetSecretValue", secret["ARN"])))


def apply_guide(cluster, server, account="app"):
    """`kubectl apply -f`, for another ServiceAccount where one is named."""
    text = GUIDE.replace("ACCOUNT", server.account)
    if account != "app":
        text = text.replace("serviceAccountName: app", f"serviceAccountName: {account}")
        text = text.replace("name: app\n  namespace: demo\n  annotations", f"name: {account}\n  namespace: demo\n  annotations")
        text = text.replace("kind: Deployment\nmetadata:\n  name: app", f"kind: Deployment\nmetadata:\n  name: {account}")
        text = text.replace("{app: app}", f"{{app: {account}}}")
    cluster.kubectl("apply", "-f", "-", stdin=text)
    cluster.kubectl("-n", "demo", "rollout", "status", f"deployment/{account}", "--timeout=60s", seconds=90)


def logged(cluster, deployment, wanted):
    """The log of a Deployment, once it says that."""
    def said():
        # With --previous too: a refused script ends, and is started again.
        texts = [
            cluster.kubectl.run("-n", "demo", "logs", f"deployment/{deployment}", *more).stdout
            for more in ([], ["--previous"])]
        return next((text for text in texts if wanted in text), None)

    return wait_until(said, f"`{wanted}` in the log of {deployment}", 60)


def walk(cluster, server, endpoint, provider=None):
    """What the reader does and sees."""
    set_up_aws(cluster, server, provider)
    apply_guide(cluster, server)

    assert logged(cluster, "app", "The secret is") == f"The secret is: {VALUE}\n"

    shown = cluster.kubectl("-n", "demo", "exec", "deployment/app", "--", "env")
    variables = dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("AWS_"))
    assert variables["AWS_ROLE_ARN"] == f"arn:aws:iam::{server.account}:role/app"
    assert variables["AWS_WEB_IDENTITY_TOKEN_FILE"] == f"{TOKEN_DIRECTORY}/token"
    assert variables["AWS_ENDPOINT_URL"] == variables["AWS_ENDPOINT_URL_STS"] == endpoint

    token = cluster.kubectl("-n", "demo", "exec", "deployment/app", "--", "cat", f"{TOKEN_DIRECTORY}/token")
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["iss"], claims["aud"]) == (cluster.issuer, [AUDIENCE])
    assert claims["sub"] == "system:serviceaccount:demo:app"
    assert claims["kubernetes.io"]["pod"]["name"].startswith("app-")

    apply_guide(cluster, server, "other")
    assert "AccessDenied" in logged(cluster, "other", DENIED)
    told = server.irsa_ok("explain", "--service-account", "demo/other")
    issuer = cluster.issuer.removeprefix("https://")
    lines = [line.strip() for line in told.splitlines()]
    failed = lines.index(f"✗ StringEquals {issuer}:sub does not hold")
    assert lines[failed + 1:failed + 3] == [
        "policy wants: system:serviceaccount:demo:app", "request has:  system:serviceaccount:demo:other"]


def leave(cluster):
    """Removes what the walk made on the cluster."""
    cluster.kubectl("delete", "namespace", "demo", "--timeout=90s", seconds=120)


def test_the_guide_beside_the_cluster(cluster, server, provider, webhooks):
    webhook = webhooks(f"--endpoint-url={server.url}", "--aws-default-region=us-east-1")
    webhook.namespace("demo")
    try:
        walk(cluster, server, server.url, provider)
    finally:
        leave(cluster)


@pytest.mark.skipif(not (HELM and IMAGE), reason="no helm, or IRSA_IMAGE names no image (make test-k8s makes it)")
def test_the_guide_with_all_of_irsa_in_pods(cluster):
    chart = Chart(cluster, {"server.tokenReview.enabled": True})
    try:
        chart.reach_from_host()
        assert "kubectl annotate serviceaccount" in chart.notes
        walk(cluster, chart.server, chart.server.url)
        check_token_review(cluster, chart.server)
        check_rolling_restart(cluster)
        leave(cluster)
        check_uninstall(cluster, chart)
    except BaseException:
        print(chart.state())
        raise
    finally:
        chart.stop()


def check_token_review(cluster, server):
    """The server asks its own cluster with its pod's ServiceAccount: a token ends with its pod."""
    (provider,) = server.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    (pod,) = cluster.kubectl.get("-n", "demo", "pods", "-l", "app=app")["items"]
    token = pod_token(cluster, "demo", "app", pod)
    role = f"arn:aws:iam::{server.account}:role/app"
    world = World(server, None, WORK)
    server.irsa_ok("provider", "set", provider["Arn"], "--token-review", "--in-cluster")
    world.assume_with_token(role, token)
    ends_with_its_pod(cluster, world, role, "demo", pod, token)


def check_rolling_restart(cluster):
    """New webhooks take over from old ones: meanwhile no pod is refused, or goes without."""
    cluster.kubectl("label", "namespace", "demo", f"{REQUIRE_IDENTITY}=true")
    cluster.kubectl("-n", NAMESPACE, "rollout", "restart", "deployment/irsa-webhook")
    rolling = ["-n", NAMESPACE, "rollout", "status", "deployment/irsa-webhook", "--timeout=120s"]
    with ThreadPoolExecutor(1) as thread:
        rolled = thread.submit(cluster.kubectl, *rolling, seconds=130)
        numbers = itertools.count()
        while not rolled.done():
            pod = plain_pod("demo", f"pod-{next(numbers)}", "app")
            pod["spec"]["schedulerName"] = "nobody"
            made = cluster.api.create("/api/v1/namespaces/demo/pods", pod)
            assert "AWS_ROLE_ARN" in dict(variables_of(made["spec"]["containers"][0]))
        rolled.result()
    assert next(numbers) > 10


def check_uninstall(cluster, chart):
    """Nothing refuses pods afterwards, and data and keys are still there."""
    chart.helm("uninstall", "irsa", "--namespace", NAMESPACE, "--wait", "--timeout", "60s")
    configurations = cluster.kubectl.get("mutatingwebhookconfigurations")["items"]
    assert [each["metadata"]["name"] for each in configurations if each["metadata"]["name"].startswith("irsa-")] == []
    for kind, name in [("persistentvolumeclaims", "irsa-server"), ("secrets", "irsa-admin"), ("secrets", "irsa-root-key")]:
        assert cluster.api.namespaced(kind, NAMESPACE, name), name
