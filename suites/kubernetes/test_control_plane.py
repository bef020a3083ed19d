"""Tokens of a real API server, with no node needed."""

import json
import re
import ssl
import urllib.request

import pytest

from harness.pods import service_account
from support.refusal import refused
from support.server import Credentials
from support.world import read_secret

AUDIENCE = "sts.amazonaws.com"


def fetch(cluster, path):
    """What the API server publishes to anyone."""
    context = ssl.create_default_context(cafile=str(cluster.authority.file))
    with urllib.request.urlopen(cluster.issuer + path, timeout=10, context=context) as response:
        return json.load(response)


@pytest.fixture
def token(cluster, namespace):
    """Has the API server make a token for a ServiceAccount of the test's namespace."""
    def make(name, *more, audience=AUDIENCE):
        cluster.kubectl.apply(service_account(namespace, name))
        return cluster.kubectl(
            "-n", namespace, "create", "token", name, "--audience", audience, *more).strip()

    return make


def test_the_api_server_publishes_its_issuer(cluster):
    discovery = fetch(cluster, "/.well-known/openid-configuration")
    assert discovery["issuer"] == cluster.issuer
    assert discovery["id_token_signing_alg_values_supported"] == ["RS256"]
    assert len(fetch(cluster, "/openid/v1/jwks")["keys"]) == 1


def test_a_token_of_the_api_server_is_exchanged(cluster, server, world, namespace, role_of, token):
    name, arn = world.secret("by TokenRequest")
    _, role = role_of(namespace, "app", read_secret(arn))
    answer = world.assume_with_token(role, token("app"))
    assert answer["SubjectFromWebIdentityToken"] == f"system:serviceaccount:{namespace}:app"
    assert answer["Provider"].endswith(cluster.issuer.removeprefix("https://"))
    session = Credentials.of(answer["Credentials"])
    read = server.client("secretsmanager", session).get_secret_value(SecretId=name)
    assert read["SecretString"] == "by TokenRequest"


def test_another_service_account_is_refused(world, namespace, role_of, token):
    _, role = role_of(namespace, "app")
    with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        world.assume_with_token(role, token("other"))


def test_a_token_for_the_api_server_itself_is_refused(world, namespace, role_of, token):
    _, role = role_of(namespace, "app")
    with refused("InvalidIdentityToken", 400, re.compile("The web identity token provided could not .*")):
        world.assume_with_token(role, token("app", audience="https://kubernetes.default.svc"))
