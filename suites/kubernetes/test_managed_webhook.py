"""The webhook's own CA, and the bundle that pods are given, on a real API server and with the rights
that the chart gives: in a namespace that requires identity every failed handshake is a refused pod."""

import contextlib
import time

import pytest

from harness.managed_webhook import ManagedWebhook, subjects
from harness.pods import plain_pod, service_account, variables_of
from harness.webhook import REQUIRE_IDENTITY
from support.certificates import Authority
from support.names import fresh
from support.waiting import wait_until

ROLE = "arn:aws:iam::111122223333:role/app"
ENDPOINT = "https://irsa.test"


@pytest.fixture
def managed(cluster, webhooks):
    """Starts one with these flags."""
    with contextlib.ExitStack() as stack:
        def start(*flags):
            webhook = ManagedWebhook(cluster, fresh("managed"), *flags)
            stack.callback(webhook.stop)
            webhook.start()
            return webhook

        yield start


@pytest.fixture
def place_of(cluster):
    """Makes a namespace that requires identity, with the ServiceAccount `app`."""
    made = []

    def make(webhook):
        name = webhook.namespace(fresh("place"), **{REQUIRE_IDENTITY: "true"})
        made.append(name)
        cluster.kubectl.apply(service_account(name, "app", ROLE))
        return name

    yield make
    for name in made:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


def create(cluster, namespace, name="app", query=""):
    """The API server's answer to an annotated pod."""
    return cluster.api.send("POST", f"/api/v1/namespaces/{namespace}/pods{query}", plain_pod(namespace, name, "app"))


def assert_served(cluster, namespace):
    """An annotated pod gets its identity there."""
    answer = create(cluster, namespace, query="?dryRun=All")
    assert answer.status == 201, answer
    (container,) = answer.body["spec"]["containers"]
    assert dict(variables_of(container))["AWS_ROLE_ARN"] == ROLE


def test_a_webhook_with_no_certificate_makes_its_own(cluster, managed, place_of):
    webhook = managed()
    assert_served(cluster, place_of(webhook))
    authority = webhook.secret()["ca.crt"].decode()
    assert webhook.bundles() == [authority] * 3
    assert len(subjects(authority)) == 1
    expiry = webhook.count("irsa_webhook_certificate_expiry_timestamp_seconds")
    assert 29 < (expiry - time.time()) / 86400 < 31


def test_a_bundle_that_another_wrote_is_put_right(cluster, managed, place_of):
    webhook = managed()
    place = place_of(webhook)
    good = webhook.bundles()
    other = Authority(webhook.directory / "other").file.read_text()
    webhook.overwrite(other)
    wait_until(lambda: webhook.bundles() == good, "the caBundle as it was", 10)
    wait_until(lambda: create(cluster, place, query="?dryRun=All").status == 201, "reviews again", 10)


def test_another_ca_takes_over_with_no_failed_review(cluster, managed, place_of):
    webhook = managed()
    place = place_of(webhook)
    was = webhook.served_serial()
    (old,) = subjects(webhook.bundles()[0])
    with webhook.replica() as port:
        assert webhook.served_serial(port) == was
        webhook.delete_secret()
        deadline = time.monotonic() + 120
        while webhook.served_serial() == was or webhook.served_serial(port) == was:
            assert_served(cluster, place)
            assert time.monotonic() < deadline, "no other certificate is served"
        assert webhook.served_serial(port) == webhook.served_serial()
    for _ in range(20):
        assert_served(cluster, place)
    new, still = subjects(webhook.bundles()[0])
    assert still == old != new


def test_a_restart_keeps_the_certificate(cluster, managed, place_of):
    webhook = managed()
    place = place_of(webhook)
    was = webhook.served_serial()
    webhook.process.kill()
    webhook.process.start()
    assert webhook.served_serial() == was
    assert_served(cluster, place)


def test_pods_are_given_the_endpoints_ca_beside_the_public_roots(cluster, managed, place_of):
    directory = ManagedWebhook.place(name := fresh("endpoint"))
    authority, roots = Authority(directory / "ca"), Authority(directory / "roots")
    webhook = managed(
        f"--endpoint-url={ENDPOINT}", f"--endpoint-ca={authority.file}", f"--endpoint-ca-roots={roots.file}")
    place = place_of(webhook)

    def bundle():
        found = cluster.api.namespaced("configmaps", place, webhook.name)
        return found and found["data"]["ca.crt"]

    assert_served(cluster, place)
    answer = create(cluster, place, name)
    (container,) = answer.body["spec"]["containers"]
    variables = dict(variables_of(container))
    assert variables["AWS_ENDPOINT_URL_STS"] == ENDPOINT
    assert variables["AWS_CA_BUNDLE"] == variables["SSL_CERT_FILE"]
    volumes = {volume["name"]: volume for volume in answer.body["spec"]["volumes"]}
    (source,) = volumes["irsa-endpoint-ca"]["projected"]["sources"]
    assert source["configMap"]["name"] == webhook.name
    both = authority.file.read_text() + roots.file.read_text()
    wait_until(lambda: bundle() == both, "the bundle in the pod's namespace", 10)
    cluster.kubectl("delete", "configmap", webhook.name, "-n", place)
    wait_until(lambda: bundle() == both, "the bundle again", 40)
    fresh_authority = Authority(directory / "fresh").file.read_text()
    authority.file.write_text(fresh_authority)
    wait_until(lambda: bundle() == fresh_authority + roots.file.read_text(), "the changed bundle", 40)


def test_a_dry_run_brings_no_bundle(cluster, managed, place_of):
    authority = Authority(ManagedWebhook.place(fresh("endpoint")))
    webhook = managed(
        f"--endpoint-url={ENDPOINT}", f"--endpoint-ca={authority.file}", f"--endpoint-ca-roots={authority.file}")
    dry, wet = place_of(webhook), place_of(webhook)
    assert_served(cluster, dry)
    assert create(cluster, wet).status == 201
    wait_until(lambda: cluster.api.namespaced("configmaps", wet, webhook.name), "the bundle", 10)
    assert cluster.api.namespaced("configmaps", dry, webhook.name) is None
