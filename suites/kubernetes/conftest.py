"""Fixtures: one cluster and one server for all tests."""

from support.environment import isolate_this_process

isolate_this_process()

import pytest  # noqa: E402

from harness.cluster import Cluster  # noqa: E402
from harness.places import HAS_NODE, HOST, WORK  # noqa: E402
from harness.webhook import Webhook, allow_webhooks  # noqa: E402
from support.documents import trust_web_identity  # noqa: E402
from support.names import fresh  # noqa: E402
from support.server import Server, irsa_binary  # noqa: E402
from support.world import World  # noqa: E402


def pytest_collection_modifyitems(items):
    """Where there is no node, its tests are skipped, and the summary says so."""
    if not HAS_NODE:
        for item in items:
            if item.get_closest_marker("node"):
                item.add_marker(pytest.mark.skip(reason="no node here"))


@pytest.fixture(scope="session")
def cluster():
    """The cluster; its issuer is the API server's own URL."""
    started = Cluster(irsa_binary())
    yield started
    started.stop()


@pytest.fixture(scope="session")
def server(cluster):
    """`irsa serve` beside the cluster, where pods reach it."""
    started = Server(
        WORK / "irsa", "--plaintext", "--dev-allow-remote", "--allow-issuer-cidr", f"{HOST}/32",
        listen=f"{HOST}:4566",
    )
    yield started
    started.stop()


@pytest.fixture(scope="session")
def world(server):
    """What tests set up on the server."""
    return World(server, None, WORK)


@pytest.fixture(scope="session")
def provider(cluster, server):
    """The ARN of the IAM provider of the cluster's issuer."""
    made = server.client("iam").create_open_id_connect_provider(
        Url=cluster.issuer, ClientIDList=["sts.amazonaws.com"],
        ThumbprintList=[cluster.authority.thumbprint()],
    )
    return made["OpenIDConnectProviderArn"]


@pytest.fixture(scope="session")
def webhooks(cluster):
    """Starts webhooks with these flags and registers them; all end with the tests."""
    allow_webhooks(cluster)
    started = []

    def start(*flags, versions=()):
        webhook = Webhook(cluster, fresh("webhook"), *flags)
        started.append(webhook)
        webhook.register(*versions)
        return webhook

    yield start
    for webhook in started:
        webhook.stop()


@pytest.fixture
def namespace(cluster):
    """A namespace of the test's own."""
    name = cluster.namespace(fresh("test"))
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def role_of(world, provider):
    """Makes a role that one ServiceAccount may assume; its name and ARN."""
    def make(namespace, service_account, *statements):
        subject = f"system:serviceaccount:{namespace}:{service_account}"
        return world.role(trust_web_identity(provider, subject), *statements)

    return make
