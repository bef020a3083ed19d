"""A pod: a process that has the web identity variables and nothing else."""

import json
import subprocess
import sys

import pytest

from support.environment import clean
from support.names import fresh
from support.server import REGION
from support.documents import allow
from support.world import read_secret

READ = """
import boto3, sys
print(boto3.client('secretsmanager').get_secret_value(SecretId=sys.argv[1])['SecretString'])
"""

# The SDK's own clock goes 51 minutes ahead for one call: nine minutes are left, and it must refresh
# when ten are. The clock of its signatures stays.
REFRESH = """
import boto3, botocore.credentials, datetime, sys
session = boto3.session.Session()
client = session.client('secretsmanager')
client.get_secret_value(SecretId=sys.argv[1])
credentials = session.get_credentials()
before = credentials.access_key
real = botocore.credentials._local_now
ahead = lambda: real() + datetime.timedelta(minutes=51)
botocore.credentials._local_now = credentials._time_fetcher = ahead
client.get_secret_value(SecretId=sys.argv[1])
botocore.credentials._local_now = credentials._time_fetcher = real
after = credentials.access_key
client.get_secret_value(SecretId=sys.argv[1])
print(before, after, credentials.access_key)
"""


@pytest.fixture
def pod(server, world, tmp_path):
    """Runs Python in a pod of a ServiceAccount."""

    def run(code, subject, role_arn, *arguments, pod_name=None):
        token = tmp_path / fresh("token")
        token.write_text(world.pod_token(subject, pod=pod_name))
        environment = clean({
            "AWS_ROLE_ARN": role_arn, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": server.url, "AWS_ENDPOINT_URL_STS": server.url,
        })
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
        )

    return run


def test_reads_its_secret(world, pod):
    name, arn = world.secret("for the pod")
    _, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
    done = pod(READ, "demo/app", role, name)
    assert (done.returncode, done.stdout) == (0, "for the pod\n"), done.stderr


def test_its_credentials_are_refreshed_before_they_end(world, pod):
    name, arn = world.secret()
    _, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
    done = pod(REFRESH, "demo/app", role, name)
    assert done.returncode == 0, done.stderr
    before, after, last = done.stdout.split()
    assert before.startswith("ASIA") and after.startswith("ASIA")
    assert before != after, "the SDK did not come back for new credentials"
    assert after == last, "fresh ones are kept"


def test_another_service_account_is_refused_and_told_why(server, world, pod):
    name, arn = world.secret()
    role_name, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
    done = pod(READ, "demo/other", role, name)
    assert done.returncode != 0
    assert (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    ) in done.stderr
    told = server.irsa_ok("explain", "--role", role_name)
    issuer = world.own_issuer()[1].split(":oidc-provider/")[1]
    lines = [line.strip() for line in told.splitlines()]
    failed = lines.index(f"✗ StringEquals {issuer}:sub does not hold")
    assert lines[failed + 1] == "policy wants: system:serviceaccount:demo:app"
    assert lines[failed + 2] == "request has:  system:serviceaccount:demo:other"
    assert f"✓ StringEquals {issuer}:aud holds" in lines
    assert server.irsa_ok("explain", "--service-account", "demo/other", "--role", role) == told


def test_another_secret_is_refused_in_awss_words_and_explained(server, world, pod):
    name, arn = world.secret()
    other, _ = world.secret()
    role_name, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
    code = (
        "import boto3, sys\nfrom botocore.exceptions import ClientError\n"
        "client = boto3.client('secretsmanager')\n"
        "client.get_secret_value(SecretId=sys.argv[1])\n"
        "try: client.get_secret_value(SecretId=sys.argv[2])\n"
        "except ClientError as error: import json; print(json.dumps(error.response))\n"
    )
    done = pod(code, "demo/app", role, name, other)
    assert done.returncode == 0, done.stderr
    response = json.loads(done.stdout)
    error, metadata = response["Error"], response["ResponseMetadata"]
    assert error["Code"] == "AccessDeniedException"
    assert metadata["HTTPStatusCode"] == 400
    start = f"User: arn:aws:sts::{server.account}:assumed-role/{role_name}/botocore-session-"
    assert error["Message"].startswith(start), error["Message"]
    assert error["Message"].endswith(
        f" is not authorized to perform: secretsmanager:GetSecretValue on resource: {other} "
        "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    told = server.irsa_ok("explain", metadata["RequestId"])
    assert told.startswith("✗ denied  secretsmanager:GetSecretValue")
    assert "no identity policy allows it" in told
    assert f"its resource: {arn}" in told


class TestSuffix:
    """A policy that names the secret as the guides do, without the six characters."""

    def arn_without(self, arn):
        return arn[:-7]

    def test_without_it_is_refused_and_explained_with_that_reason(self, server, world, pod):
        name, arn = world.secret()
        bare = self.arn_without(arn)
        role_name, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(bare))
        done = pod(READ, "demo/app", role, name)
        assert done.returncode != 0
        assert "An error occurred (AccessDeniedException) when calling the GetSecretValue " in done.stderr
        assert (
            f"is not authorized to perform: secretsmanager:GetSecretValue on resource: {name} "
            "because no identity-based policy allows the secretsmanager:GetSecretValue action"
        ) in done.stderr
        told = server.irsa_ok("explain", "--role", role_name)
        hints = [line for line in told.splitlines() if line.strip().startswith("hint:")]
        assert len(hints) == 1, told
        assert bare in hints[0] and "-??????" in hints[0], hints

    @pytest.mark.parametrize("suffix", ["-??????", "-*"])
    def test_with_a_pattern_for_it_is_allowed(self, world, pod, suffix):
        name, arn = world.secret("allowed")
        bare = self.arn_without(arn)
        _, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(bare + suffix))
        done = pod(READ, "demo/app", role, name)
        assert (done.returncode, done.stdout) == (0, "allowed\n"), done.stderr


def test_a_permitted_call_is_explained_step_by_step(server, world):
    name, arn = world.secret()
    _, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
    token = world.pod_token("demo/app")
    answer = world.assume_with_token(role, token)
    from support.server import Credentials

    session = Credentials.of(answer["Credentials"])
    read = server.client("secretsmanager", session).get_secret_value(SecretId=name)
    told = server.irsa_ok("explain", read["ResponseMetadata"]["RequestId"])
    lines = [line.strip() for line in told.splitlines()]
    assert lines[0].startswith("✓ allowed  secretsmanager:GetSecretValue")
    assert f"✓ secretsmanager:GetSecretValue on {arn} is allowed" in lines
    assert "by the identity policy inline statement 1" in lines
    told = server.irsa_ok("explain", answer["ResponseMetadata"]["RequestId"])
    assert told.startswith("✓ allowed  sts:AssumeRoleWithWebIdentity")
    assert "by the trust policy" in told


class TestExec:
    """`irsa exec`: a local process as if it were a pod."""

    def test_is_that_pod_and_nothing_of_the_caller(self, server, world):
        secret_name, arn = world.secret("through exec")
        role_name, role = world.pod_role(world.own_issuer()[1], "demo/app", read_secret(arn))
        code = (
            "import boto3, os, sys\n"
            "assert 'AWS_ACCESS_KEY_ID' not in os.environ and 'AWS_PROFILE' not in os.environ\n"
            "token = open(os.environ['AWS_WEB_IDENTITY_TOKEN_FILE']).read()\n"
            "assert token == token.strip()\n"
            "print(boto3.client('sts').get_caller_identity()['Arn'].rsplit('/', 1)[0])\n"
            "print(boto3.client('secretsmanager').get_secret_value(SecretId=sys.argv[1])['SecretString'])\n"
            "print(os.path.dirname(os.environ['AWS_WEB_IDENTITY_TOKEN_FILE']))\n"
            "sys.exit(7)\n"
        )
        done = server.irsa(
            "exec", "--issuer", world.own_issuer()[0], "--service-account", "demo/app",
            "--role-arn", role, "--", sys.executable, "-c", code, secret_name,
        )
        assert done.returncode == 7, done.stderr
        identity, value, directory = done.stdout.splitlines()
        assert identity == f"arn:aws:sts::{server.account}:assumed-role/{role_name}"
        assert value == "through exec"
        from pathlib import Path

        assert not Path(directory).exists()


def test_a_wildcard_subject_under_string_equals_is_a_literal(server, world):
    """Pain 23: StringEquals takes `*` to the letter; StringLike does not."""
    from support.documents import trust_web_identity
    from support.refusal import refused

    provider = world.own_issuer()[1]
    trust = trust_web_identity(provider, "system:serviceaccount:demo:*")
    _, strict = world.role(trust)
    _, loose = world.role(trust.replace("StringEquals", "StringLike"))
    token = world.pod_token("demo/any")
    with refused("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        world.assume_with_token(strict, token)
    assert world.assume_with_token(loose, token)["SubjectFromWebIdentityToken"] == (
        "system:serviceaccount:demo:any"
    )


def test_deny_wins_over_allow(server, world):
    from support.documents import deny
    from support.refusal import refused
    from support.server import Credentials

    name, arn = world.secret()
    role_name, role = world.pod_role(
        world.own_issuer()[1], "demo/app", allow("*"), deny("secretsmanager:*", arn)
    )
    session = Credentials.of(
        world.assume_with_token(role, world.pod_token("demo/app"))["Credentials"]
    )
    text = (
        f"User: arn:aws:sts::{server.account}:assumed-role/{role_name}/pod is not authorized to "
        f"perform: secretsmanager:GetSecretValue on resource: {name} with an explicit deny in an "
        "identity-based policy"
    )
    with refused("AccessDeniedException", 400, text):
        server.client("secretsmanager", session).get_secret_value(SecretId=name)
