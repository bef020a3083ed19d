"""`irsa webhook` on a real API server: an annotated ServiceAccount is all that a pod needs."""

import base64
import json
import urllib.request

import pytest

from harness.control_plane import ETCD
from harness.http import answers
from harness.places import API_SERVER
from harness.pods import IDLE, TOKEN_DIRECTORY, plain_pod, service_account, variables_of
from harness.webhook import ANTI_SPOOF, OWN_NAMESPACE, REQUIRE_IDENTITY, Webhook
from support.names import fresh
from support.waiting import wait_until

ROLE = "arn:aws:iam::111122223333:role/app"
TOKEN_FILE = f"{TOKEN_DIRECTORY}/token"
IDENTITY = [("AWS_ROLE_ARN", ROLE), ("AWS_WEB_IDENTITY_TOKEN_FILE", TOKEN_FILE)]
TOKEN_VOLUME = {
    "name": "aws-iam-token", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {
        "audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}}]},
}
TOKEN_MOUNT = {"name": "aws-iam-token", "mountPath": TOKEN_DIRECTORY, "readOnly": True}


@pytest.fixture(scope="module")
def webhook(cluster, webhooks):
    """One with the defaults of AWS's."""
    return webhooks()


@pytest.fixture
def place(cluster, webhook):
    """A namespace that the webhook looks after, with the ServiceAccounts `app` and `plain`."""
    name = webhook.namespace(fresh("place"))
    cluster.kubectl.apply(service_account(name, "app", ROLE), service_account(name, "plain"))
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


def create(cluster, pod, query=""):
    """What the API server answers to a new pod."""
    return cluster.api.send("POST", f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods{query}", pod)


def admitted(cluster, pod, query=""):
    """The pod as it was admitted."""
    answer = create(cluster, pod, query)
    assert answer.status == 201, answer
    return answer.body


def our_volumes(pod):
    """All volumes but those that Kubernetes itself adds."""
    return [each for each in pod["spec"].get("volumes", []) if not each["name"].startswith("kube-api-access")]


def our_mounts(container):
    """All mounts but those that Kubernetes itself adds."""
    mounts = container.get("volumeMounts", [])
    return [each for each in mounts if not each["name"].startswith("kube-api-access")]


def events(cluster, namespace):
    """The messages of the webhook's Events."""
    found = cluster.api.get(f"/api/v1/namespaces/{namespace}/events")["items"]
    return [each["message"] for each in found if each["source"].get("component") == "irsa-webhook"]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_an_annotated_pod_gets_what_awss_webhook_gives(cluster, webhooks, version):
    webhook = webhooks("--aws-default-region=eu-central-1", "--sts-regional-endpoint=true", versions=[version])
    place = webhook.namespace(fresh("place"))
    cluster.kubectl.apply(service_account(place, "app", ROLE, token_expiration="3600"))
    pod = plain_pod(place, "app", "app")
    pod["spec"]["containers"][0]["env"] = [{"name": "MINE", "value": "first"}]
    pod["spec"]["volumes"] = [{"name": "cache", "emptyDir": {}}]
    made = admitted(cluster, pod)
    (container,) = made["spec"]["containers"]
    assert variables_of(container) == [
        ("MINE", "first"), ("AWS_STS_REGIONAL_ENDPOINTS", "regional"), ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_REGION", "eu-central-1"), *IDENTITY,
    ]
    assert our_mounts(container) == [TOKEN_MOUNT]
    token = json.loads(json.dumps(TOKEN_VOLUME).replace("86400", "3600"))
    assert our_volumes(made) == [token, {"name": "cache", "emptyDir": {}}]


def test_a_pod_of_a_plain_service_account_is_untouched(cluster, webhook, place, namespace):
    reviewed = admitted(cluster, plain_pod(place, "one", "plain"))
    cluster.kubectl.apply(service_account(namespace, "plain"))
    unseen = admitted(cluster, plain_pod(namespace, "one", "plain"))
    for pod in (reviewed, unseen):
        pod["spec"]["volumes"] = our_volumes(pod)
        pod["spec"]["containers"][0]["volumeMounts"] = our_mounts(pod["spec"]["containers"][0])
    assert reviewed["spec"] == unseen["spec"]
    assert reviewed["metadata"].get("annotations") == unseen["metadata"].get("annotations")


def test_a_second_pass_changes_nothing(cluster, webhook, place):
    pod = plain_pod(place, "first", "app")
    pod["spec"]["automountServiceAccountToken"] = False
    first = admitted(cluster, pod)
    before = webhook.count("irsa_webhook_admissions_total", namespace=place, reason="complete")
    again = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": place, "name": "second", "labels": {"app": "first"}},
        "spec": first["spec"],
    }
    assert admitted(cluster, again)["spec"] == first["spec"]
    assert webhook.count("irsa_webhook_admissions_total", namespace=place, reason="complete") == before + 1


def test_init_containers_and_native_sidecars_get_it_too(cluster, place):
    pod = plain_pod(place, "app", "app")
    (main,) = pod["spec"]["containers"]
    pod["spec"]["initContainers"] = [
        main | {"name": "before"}, main | {"name": "beside", "restartPolicy": "Always"}]
    spec = admitted(cluster, pod)["spec"]
    for container in spec["containers"] + spec["initContainers"]:
        assert variables_of(container) == IDENTITY, container["name"]
        assert our_mounts(container) == [TOKEN_MOUNT], container["name"]
    assert [each.get("restartPolicy") for each in spec["initContainers"]] == [None, "Always"]


def test_a_container_can_be_left_out(cluster, place):
    pod = plain_pod(place, "app", "app")
    (main,) = pod["spec"]["containers"]
    pod["spec"]["containers"].append(main | {"name": "log"})
    pod["metadata"]["annotations"] = {"eks.amazonaws.com/skip-containers": "log"}
    app, log = admitted(cluster, pod)["spec"]["containers"]
    assert (variables_of(app), variables_of(log)) == (IDENTITY, [])


def test_a_misspelt_annotation_is_shown_to_the_one_who_creates_the_pod(cluster, place):
    pod = plain_pod(place, "app", "app")
    pod["metadata"]["annotations"] = {"eks.amazonaws.com/skip-container": "log"}
    done = cluster.kubectl.run("create", "-f", "-", stdin=json.dumps(pod))
    assert done.returncode == 0, done.stderr
    assert "did you mean `eks.amazonaws.com/skip-containers`?" in done.stderr


def test_a_dry_run_leaves_nothing_behind(cluster, webhook):
    place = webhook.namespace(fresh("place"), **{ANTI_SPOOF: "true"})
    cluster.kubectl.apply(service_account(place, "app", ROLE))
    good, spoof = plain_pod(place, "app", "app"), plain_pod(place, "spoof", "app")
    spoof["spec"]["containers"][0]["env"] = [{"name": "AWS_ROLE_ARN", "value": "arn:aws:iam::111122223333:role/admin"}]
    (container,) = admitted(cluster, good, "?dryRun=All")["spec"]["containers"]
    assert variables_of(container) == IDENTITY
    assert cluster.api.namespaced("pods", place, "app") is None
    sent = webhook.count("irsa_webhook_events_total")
    assert create(cluster, spoof, "?dryRun=All").status == 403
    # A refusal that counts does leave an Event; the dry run's would have come before it.
    assert create(cluster, spoof).status == 403
    wait_until(lambda: webhook.count("irsa_webhook_events_total") > sent, "an Event", 10)
    assert webhook.count("irsa_webhook_events_total") == sent + 1
    assert len(events(cluster, place)) == 1


@pytest.mark.parametrize("spoof, told", [
    ({"env": [{"name": "AWS_ROLE_ARN", "value": "arn:aws:iam::111122223333:role/admin"}]},
     "spec.containers[0].env[0]: variable `AWS_ROLE_ARN` is reserved"),
    ({"env": [{"name": "AWS_ENDPOINT_URL_STS", "value": "http://evil.example"}]},
     "spec.containers[0].env[0]: variable `AWS_ENDPOINT_URL_STS` is reserved"),
    ({"volumeMounts": [{"name": "aws-iam-token", "mountPath": "/elsewhere"}]},
     "spec.volumes[0]: volume `aws-iam-token` has another source than the token or bundle"),
])
def test_a_pod_that_brings_its_own_is_refused_where_that_is_asked_for(cluster, webhook, spoof, told):
    place = webhook.namespace(fresh("place"), **{ANTI_SPOOF: "true"})
    cluster.kubectl.apply(service_account(place, "app", ROLE))
    pod = plain_pod(place, "app", "app")
    pod["spec"]["containers"][0] |= spoof
    if "volumeMounts" in spoof:
        pod["spec"]["volumes"] = [{"name": "aws-iam-token", "emptyDir": {}}]
    answer = create(cluster, pod)
    assert answer.status == 403
    assert told in answer.message
    assert webhook.count("irsa_webhook_admissions_total", namespace=place, reason="spoof") == 1
    message = wait_until(lambda: events(cluster, place), "an Event", 10)[0]
    assert told in message


def test_without_the_webhook_only_pods_that_require_identity_are_refused(cluster, webhooks):
    webhook = webhooks()
    strict = webhook.namespace(fresh("strict"), **{REQUIRE_IDENTITY: "true"})
    other = webhook.namespace(fresh("other"))
    for place in (strict, other):
        cluster.kubectl.apply(service_account(place, "app", ROLE))
    opted_in = plain_pod(other, "opted-in", "app")
    opted_in["metadata"]["labels"][REQUIRE_IDENTITY] = "true"
    webhook.process.kill()
    for pod, status in [(plain_pod(strict, "app", "app"), 500), (opted_in, 500), (plain_pod(other, "app", "app"), 201)]:
        assert create(cluster, pod).status == status, pod["metadata"]
    webhook.process.start()
    for pod in (plain_pod(strict, "app", "app"), opted_in):
        (container,) = admitted(cluster, pod)["spec"]["containers"]
        assert variables_of(container) == IDENTITY


def test_what_is_created_at_once_after_its_account_has_its_identity(cluster, webhook):
    place = webhook.namespace(fresh("place"))
    for number in range(20):
        cluster.api.create(
            f"/api/v1/namespaces/{place}/serviceaccounts", service_account(place, f"app-{number}", ROLE))
        (container,) = admitted(cluster, plain_pod(place, f"app-{number}", f"app-{number}"))["spec"]["containers"]
        assert variables_of(container) == IDENTITY, number


def test_new_certificate_files_are_taken_up(cluster, webhook, place):
    was = webhook.served_serial()
    written = webhook.write_certificate()
    assert written != was
    wait_until(lambda: webhook.served_serial() == written, "the new certificate", 20)
    (container,) = admitted(cluster, plain_pod(place, "app", "app"))["spec"]["containers"]
    assert variables_of(container) == IDENTITY


def test_roles_of_the_config_map(cluster, webhooks):
    webhook = webhooks("--watch-config-map")
    place, other = webhook.namespace(fresh("globbed-a")), webhook.namespace(fresh("other"))
    for each in (place, other):
        cluster.kubectl.apply(service_account(each, "app"), service_account(each, "annotated", ROLE))

    def configure(role):
        cluster.kubectl.apply({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "pod-identity-webhook", "namespace": OWN_NAMESPACE},
            "data": {"config": json.dumps({
                "globbed-*/app": {"RoleARN": role, "Audience": "theirs"},
                "globbed-*/annotated": {"RoleARN": role},
            })},
        })

    def role_of(namespace, account):
        pod = admitted(cluster, plain_pod(namespace, "app", account), "?dryRun=All")
        return dict(variables_of(pod["spec"]["containers"][0])).get("AWS_ROLE_ARN")

    for name in ("first", "second"):
        role = f"arn:aws:iam::111122223333:role/{name}"
        configure(role)
        wait_until(lambda: role_of(place, "app") == role, f"the role {name}", 20)  # noqa: B023
    assert role_of(place, "annotated") == ROLE
    assert role_of(other, "app") is None
    made = admitted(cluster, plain_pod(place, "app", "app"), "?dryRun=All")
    (volume,) = our_volumes(made)
    assert volume["projected"]["sources"][0]["serviceAccountToken"]["audience"] == "theirs"
    # A ConfigMap that cannot be read changes nothing.
    cluster.api.merge(
        f"/api/v1/namespaces/{OWN_NAMESPACE}/configmaps/pod-identity-webhook", {"data": {"config": "{"}})
    wait_until(lambda: webhook.count("irsa_webhook_config_map_valid") == 0, "the fault to be seen", 20)
    assert role_of(place, "app") == "arn:aws:iam::111122223333:role/second"
    cluster.kubectl("-n", OWN_NAMESPACE, "delete", "configmap", "pod-identity-webhook")


# What happens to the API server.


def ask_etcd(path, question):
    """An answer of etcd."""
    request = urllib.request.Request(
        f"{ETCD}/v3/kv/{path}", json.dumps(question).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def compact_etcd():
    """Makes etcd forget all changes until now."""
    anything = base64.b64encode(b"/").decode()
    revision = ask_etcd("range", {"key": anything})["header"]["revision"]
    ask_etcd("compaction", {"revision": revision, "physical": True})


def test_a_restart_of_the_api_server_is_survived(cluster, webhook, place):
    api_server = cluster.control_plane.api_server
    api_server.kill()
    assert not answers(f"{API_SERVER}/readyz")
    assert webhook.is_ready(), "what it knows stays true"
    api_server.start()
    (container,) = admitted(cluster, plain_pod(place, "before", "app"))["spec"]["containers"]
    assert variables_of(container) == IDENTITY
    cluster.api.create(f"/api/v1/namespaces/{place}/serviceaccounts", service_account(place, "new", ROLE))
    (container,) = admitted(cluster, plain_pod(place, "after", "new"))["spec"]["containers"]
    assert variables_of(container) == IDENTITY


def test_a_watch_that_has_expired_is_begun_anew(cluster, webhook, place):
    other = "arn:aws:iam::111122223333:role/other"
    path = f"/api/v1/namespaces/{place}/serviceaccounts"
    errors = webhook.count("irsa_webhook_watch_errors_total", resource="serviceaccounts")
    cluster.kubectl.apply(service_account(place, "dropped", ROLE))
    with webhook.frozen():
        cluster.control_plane.api_server.kill()
        cluster.control_plane.api_server.start()
        cluster.api.merge(f"{path}/app", service_account(place, "app", other))
        cluster.api.merge(f"{path}/dropped", {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}})
        compact_etcd()
        # What the API server itself remembers of changes begins here.
        cluster.control_plane.api_server.kill()
        cluster.control_plane.api_server.start()
    wait_until(
        lambda: webhook.count("irsa_webhook_watch_errors_total", resource="serviceaccounts") > errors,
        "the watch to fail", 30)

    def role_of(account):
        pod = admitted(cluster, plain_pod(place, "app", account), "?dryRun=All")
        return dict(variables_of(pod["spec"]["containers"][0])).get("AWS_ROLE_ARN")

    # An account that the watch had told of before is believed until the watch is told otherwise.
    wait_until(lambda: role_of("app") == other, "the change that was missed", 60)
    wait_until(lambda: role_of("dropped") is None, "the removal that was missed", 60)


# On a node.


@pytest.mark.node
def test_kubectl_run_shows_the_identity(cluster, place):
    overrides = json.dumps({"spec": {"serviceAccountName": "app", "enableServiceLinks": False}})
    cluster.kubectl(
        "-n", place, "run", "shown", "--image=irsa.test/busybox:1", "--image-pull-policy=Never",
        "--restart=Never", f"--overrides={overrides}", "--command", "--",
        "/bin/sh", "-c", f"env | grep AWS_; cat {TOKEN_FILE}")
    cluster.wait_for_phase(place, "shown", "Succeeded", "Failed")
    *variables, token = cluster.kubectl("-n", place, "logs", "shown").splitlines()
    assert sorted(variables) == [f"{name}={value}" for name, value in IDENTITY]
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["sub"], claims["aud"]) == (f"system:serviceaccount:{place}:app", ["sts.amazonaws.com"])


@pytest.mark.node
def test_init_containers_have_a_token_before_the_others_start(cluster, place):
    pod = plain_pod(place, "app", "app")
    (main,) = pod["spec"]["containers"]
    pod["spec"]["initContainers"] = [
        main | {"name": "before", "command": ["/bin/sh", "-c", 'grep -q "" "$AWS_WEB_IDENTITY_TOKEN_FILE"']}]
    cluster.kubectl.apply(pod)
    cluster.wait_for_phase(place, "app", "Running")


@pytest.mark.node
@pytest.mark.parametrize("label, gets", [("true", IDENTITY), ("false", [])])
def test_ephemeral_containers_get_it_where_the_namespace_says_so(cluster, webhook, label, gets):
    place = webhook.namespace(fresh("place"), **{"eks.amazonaws.com/ephemeral-containers": label})
    cluster.kubectl.apply(service_account(place, "app", ROLE), plain_pod(place, "app", "app"))
    cluster.wait_for_phase(place, "app", "Running")
    cluster.kubectl(
        "-n", place, "debug", "app", "--image=irsa.test/busybox:1", "--image-pull-policy=Never",
        "--container=debug", "--profile=general", "--", *IDLE)
    (debug,) = cluster.api.namespaced("pods", place, "app")["spec"]["ephemeralContainers"]
    assert variables_of(debug) == gets
