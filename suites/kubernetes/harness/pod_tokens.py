"""Tokens that live as long as their pod."""

from botocore.exceptions import ClientError

from support.waiting import wait_until
from support.world import AUDIENCE


def pod_token(cluster, namespace, account, pod):
    """A token of the ServiceAccount, bound to a pod."""
    metadata = pod["metadata"]
    return cluster.kubectl(
        "-n", namespace, "create", "token", account, "--audience", AUDIENCE, "--bound-object-kind", "Pod",
        "--bound-object-name", metadata["name"], "--bound-object-uid", metadata["uid"]).strip()


def ends_with_its_pod(cluster, world, role, namespace, pod, token):
    """Deletes the pod, and waits until its token is worth nothing."""
    name = pod["metadata"]["name"]
    cluster.kubectl("-n", namespace, "delete", "pod", name, "--grace-period=0", "--force")

    def denied():
        try:
            world.assume_with_token(role, token)
        except ClientError as error:
            return error.response["Error"]["Code"]

    # An answer is kept for ten seconds, and the API server has a cache of its own.
    assert wait_until(denied, "the token to end with its pod", 40) == "AccessDenied"
