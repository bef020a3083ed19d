"""A webhook that looks after its own certificate, and after what the API server trusts."""

import pytest

from harness.http import answers
from harness.places import HOST
from harness.pods import plain_pod, service_account, variables_of
from harness.webhook import OWN_NAMESPACE, REQUIRE_IDENTITY, SelfCertified
from support.certificates import Authority
from support.names import fresh
from support.waiting import wait_until

ROLE = "arn:aws:iam::111122223333:role/app"


@pytest.fixture(scope="module")
def webhook(webhooks):
    """One that made its CA when it started."""
    return webhooks(kind=SelfCertified)


@pytest.fixture
def admitted(cluster, webhook):
    """Whether a pod that requires its identity gets in with it."""
    place = webhook.namespace(fresh("strict"), **{REQUIRE_IDENTITY: "true"})
    cluster.kubectl.apply(service_account(place, "app", ROLE))

    def ask():
        answer = cluster.api.send(
            "POST", f"/api/v1/namespaces/{place}/pods?dryRun=All", plain_pod(place, "app", "app"))
        if answer.status != 201:
            return False
        assert ("AWS_ROLE_ARN", ROLE) in variables_of(answer.body["spec"]["containers"][0])
        return True

    yield ask
    cluster.kubectl("delete", "namespace", place, "--wait=false")


def test_all_entries_trust_it_from_the_start(webhook, admitted):
    (bundle,) = set(webhook.trusted())
    assert bundle.startswith(b"-----BEGIN CERTIFICATE-----")
    assert admitted()


def test_what_others_write_over_the_bundle_does_not_stay(webhook, admitted, tmp_path):
    right = webhook.trusted()
    webhook.trust(Authority(tmp_path, names=[HOST]).file.read_bytes())
    wait_until(lambda: webhook.trusted() == right, "the right bundle", 30)
    wait_until(admitted, "the API server to trust it again", 10)


def test_deleting_the_secret_replaces_the_authority_and_no_pod_is_refused_meanwhile(cluster, webhook, admitted):
    old, serial = webhook.trusted(), webhook.served_serial()
    cluster.kubectl("-n", OWN_NAMESPACE, "delete", "secret", webhook.name)

    def replaced():
        assert admitted(), webhook.process.tail()
        return webhook.served_serial() != serial

    # A leaf of the new CA waits until API servers have surely seen that; the old one stays as long
    # as a replica may serve a leaf of it.
    wait_until(replaced, "a leaf of another CA", 90)
    (bundle,) = set(webhook.trusted())
    assert bundle not in old
    assert admitted()


def test_a_restart_keeps_the_authority(webhook, admitted):
    right = webhook.trusted()
    webhook.process.stop(seconds=30)
    assert not answers(f"http://127.0.0.1:{webhook.metrics_port}/readyz")
    assert not admitted(), "it requires its identity"
    webhook.process.start()
    assert webhook.trusted() == right
    wait_until(admitted, "the API server to call it again", 10)
