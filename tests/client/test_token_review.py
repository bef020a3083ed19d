"""An API server is asked whether the pod of a token still exists."""

import pytest

from support.names import fresh
from support.refusal import refused
from support.reviewing_server import TOKEN, ReviewingServer

UNREACHABLE = (
    "The request could not be fulfilled because the identity provider (IDP) that was asked to verify "
    "the incoming identity token could not be reached.")
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest.fixture(params=[False, True], ids=["token", "certificate"])
def api(request, tmp_path):
    """An API server for a token, and one for certificates."""
    made = ReviewingServer(tmp_path, for_certificates=request.param)
    yield made
    made.close()


@pytest.fixture
def issuer(server, world):
    """An issuer of the test's own, with its provider's ARN and a role for `demo/app`."""
    name = fresh("reviewed")
    server.irsa_ok("issuer", "create", name, "--register")
    provider = world.provider_of(f"{server.url}/id/{name}")
    return name, provider, world.pod_role(provider, "demo/app")[1]


def reviewed(server, provider, api, *more):
    """`irsa provider set --token-review`, as the finished process."""
    kubeconfig = api.kubeconfig(**(api.certificate() if api.for_certificates else {}))
    return server.irsa(
        "provider", "set", provider, "--token-review", "--kubeconfig", str(kubeconfig), *more)


def test_a_token_ends_with_its_pod(server, world, issuer, api):
    name, provider, role = issuer
    done = reviewed(server, provider, api)
    assert done.returncode == 0, done.stderr
    shown = server.irsa_json("provider", "show", provider)["TokenReview"]
    how = "CLIENT_CERTIFICATE" if api.for_certificates else "BEARER_TOKEN"
    assert shown == {
        "Server": api.url, "CertificateAuthority": shown["CertificateAuthority"], "Credential": how}

    token = world.pod_token("demo/app", pod="app-0", issuer=name)
    world.assume_with_token(role, token)
    assert api.asked[-1] == {"token": token, "audiences": ["sts.amazonaws.com"]}
    asked = len(api.asked)
    world.assume_with_token(role, token)
    assert len(api.asked) == asked, "the answer is kept for a moment"

    other = world.pod_token("demo/app", pod="app-1", issuer=name)
    api.gone.add(other)
    with refused("AccessDenied", 403, DENIED) as seen:
        world.assume_with_token(role, other)
    told = server.irsa_ok("explain", seen.request_id)
    assert "TokenReview says" in told and "it has been deleted" in told


def test_no_answer_is_no_session(server, world, issuer, api):
    name, provider, role = issuer
    assert reviewed(server, provider, api).returncode == 0
    for status in (401, 403, 500):
        api.status = status
        with refused("IDPCommunicationError", 400, UNREACHABLE):
            world.assume_with_token(role, world.pod_token("demo/app", issuer=name))
    api.close()
    with refused("IDPCommunicationError", 400, UNREACHABLE):
        world.assume_with_token(role, world.pod_token("demo/app", issuer=name))
    server.irsa_ok("provider", "set", provider, "--no-token-review")
    world.assume_with_token(role, world.pod_token("demo/app", issuer=name))


def test_the_credential_is_nowhere_to_be_seen(server, issuer, tmp_path):
    _, provider, _ = issuer
    api = ReviewingServer(tmp_path)
    done = reviewed(server, provider, api)
    for text in (
        done.stdout, done.stderr, server.irsa_ok("provider", "show", provider, "-o", "yaml"),
        server.irsa_ok("provider", "list", "-o", "json"),
        server.irsa_ok("audit", "--event-name", "SetProviderTokenReview", "-o", "json"), server.log(),
    ):
        assert TOKEN not in text
    assert api.url in server.irsa_ok("provider", "list")
    api.close()


def test_what_cannot_be_set_is_told(server, issuer, tmp_path):
    _, provider, _ = issuer
    api = ReviewingServer(tmp_path)
    program = {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/false", "interactiveMode": "Never"}}
    for user, more, code, told in [
        (program, [], 1, "known by an exec plugin, which runs on this machine only"),
        (program, [], 1, "kubectl create token"),
        ({"token": "wrong"}, [], 4, "has status 401: Unauthorized"),
        ({"token": TOKEN}, ["--in-cluster"], 2, "cannot be used with"),
        ({"token": TOKEN}, ["--no-token-review"], 2, "cannot be used with"),
        ({"token": TOKEN}, ["--api-server", "http://k.example"], 1, "must be an https"),
    ]:
        done = server.irsa(
            "provider", "set", provider, "--token-review", "--kubeconfig", str(api.kubeconfig(**user)), *more)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert told in done.stderr
    api.status = 403
    done = reviewed(server, provider, api)
    assert done.returncode == 3 and "system:auth-delegator" in done.stderr
    api.close()
    done = reviewed(server, provider, api)
    assert done.returncode == 6 and "cannot reach" not in done.stdout
    assert "TokenReview" not in server.irsa_json("provider", "show", provider)

    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    again = ReviewingServer(tmp_path)
    kubeconfig = again.kubeconfig(**program)
    server.irsa_ok(
        "provider", "set", provider, "--token-review", "--kubeconfig", str(kubeconfig),
        "--token-file", str(token))
    again.close()


def test_a_server_that_may_not_ask_says_what_it_needs(server, world, issuer, tmp_path):
    name, provider, role = issuer
    needs = "server.tokenReview.enabled=true"
    done = server.irsa("provider", "set", provider, "--token-review", "--in-cluster")
    assert done.returncode == 0 and needs in done.stderr
    assert server.irsa_json("provider", "show", provider)["TokenReview"] == {"Credential": "OWN_POD"}
    # This server runs in no pod.
    with refused("IDPCommunicationError", 400, UNREACHABLE) as seen:
        world.assume_with_token(role, world.pod_token("demo/app", issuer=name))
    assert needs in server.irsa_ok("explain", seen.request_id)
    assert needs in server.log()

    api = ReviewingServer(tmp_path)
    assert reviewed(server, provider, api).returncode == 0
    for status, told in [(403, "system:auth-delegator"), (401, "set another credential")]:
        api.status = status
        with refused("IDPCommunicationError", 400, UNREACHABLE) as seen:
            world.assume_with_token(role, world.pod_token("demo/app", issuer=name))
        assert told in server.irsa_ok("explain", seen.request_id)
    api.close()
