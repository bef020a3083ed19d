"""The walk of the usual guides, with the AWS CLI and with boto3, as they print it."""

import json
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from support.documents import allow, document, trust_web_identity
from support.names import fresh

THUMBPRINT = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"


def ok(done):
    """The JSON (or text) that a successful command printed."""
    assert done.returncode == 0, done.stderr
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout.strip()


@pytest.fixture(scope="module")
def cluster(server):
    """A cluster whose provider is not yet registered: the guides do it."""
    name = fresh("guide")
    server.irsa_ok("issuer", "create", name)
    return name


def test_the_walk_with_the_aws_cli(server, aws, cluster, world, tmp_path):
    def file(name, text):
        (tmp_path / name).write_text(text)
        return f"file://{tmp_path / name}"

    issuer = ok(aws(
        "eks", "describe-cluster", "--name", cluster,
        "--query", "cluster.identity.oidc.issuer", "--output", "text",
    ))
    assert issuer == f"{server.url}/id/{cluster}"
    assert cluster in ok(aws("eks", "list-clusters"))["clusters"]

    identity = ok(aws("sts", "get-caller-identity"))
    account = identity["Account"]
    shown = aws("sts", "get-caller-identity", "--query", "Account", "--output", "text")
    assert (shown.returncode, shown.stdout) == (0, f"{account}\n")
    assert identity["Arn"] == f"arn:aws:iam::{account}:user/admin"
    assert identity["UserId"].startswith("AIDA")

    provider = issuer.removeprefix("http://")
    provider_arn = f"arn:aws:iam::{account}:oidc-provider/{provider}"
    created = ok(aws(
        "iam", "create-open-id-connect-provider", "--url", issuer,
        "--client-id-list", "sts.amazonaws.com", "--thumbprint-list", THUMBPRINT,
    ))
    assert created == {"OpenIDConnectProviderArn": provider_arn}
    listed = ok(aws("iam", "list-open-id-connect-providers"))
    assert {"Arn": provider_arn} in listed["OpenIDConnectProviderList"]
    got = ok(aws(
        "iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", provider_arn,
    ))
    assert got["Url"] == provider
    assert got["ClientIDList"] == ["sts.amazonaws.com"]
    assert got["ThumbprintList"] == [THUMBPRINT]
    assert got["CreateDate"]

    secret_name = fresh("guide/secret")
    secret = ok(aws(
        "secretsmanager", "create-secret", "--name", secret_name,
        "--description", "a secret of the guide", "--secret-string", '{"username":"app"}',
    ))
    assert secret["ARN"].startswith(
        f"arn:aws:secretsmanager:us-east-1:{account}:secret:{secret_name}-"
    )
    read = ok(aws("secretsmanager", "get-secret-value", "--secret-id", secret_name))
    assert json.loads(read["SecretString"]) == {"username": "app"}
    assert read["VersionStages"] == ["AWSCURRENT"]
    described = ok(aws("secretsmanager", "describe-secret", "--secret-id", secret_name))
    assert described["Description"] == "a secret of the guide"
    assert described["VersionIdsToStages"] == {secret["VersionId"]: ["AWSCURRENT"]}

    policy_name = fresh("guide-policy")
    permissions = document(
        allow(["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], secret["ARN"])
    )
    policy = ok(aws(
        "iam", "create-policy", "--policy-name", policy_name,
        "--policy-document", file("policy.json", permissions),
    ))["Policy"]
    assert policy["Arn"] == f"arn:aws:iam::{account}:policy/{policy_name}"
    assert (policy["DefaultVersionId"], policy["AttachmentCount"]) == ("v1", 0)

    role_name = fresh("guide-role")
    trust = trust_web_identity(provider_arn, "system:serviceaccount:demo:app")
    role = ok(aws(
        "iam", "create-role", "--role-name", role_name,
        "--assume-role-policy-document", file("trust.json", trust),
        "--description", "my-role-description",
    ))["Role"]
    assert role["Arn"] == f"arn:aws:iam::{account}:role/{role_name}"
    assert role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"] == json.loads(trust)
    done = aws(
        "iam", "attach-role-policy", "--role-name", role_name, "--policy-arn", policy["Arn"],
    )
    assert (done.returncode, done.stdout) == (0, "")
    got = ok(aws("iam", "get-role", "--role-name", role_name))["Role"]
    assert got["AssumeRolePolicyDocument"] == json.loads(trust)
    assert (got["MaxSessionDuration"], got["Description"]) == (3600, "my-role-description")
    assert ok(aws(
        "iam", "get-role", "--role-name", role_name,
        "--query", "Role.AssumeRolePolicyDocument",
    )) == json.loads(trust)
    attached = ok(aws("iam", "list-attached-role-policies", "--role-name", role_name))
    assert attached == {
        "AttachedPolicies": [{"PolicyName": policy_name, "PolicyArn": policy["Arn"]}]
    }
    assert ok(aws("iam", "list-role-policies", "--role-name", role_name)) == {"PolicyNames": []}
    refused = aws(
        "iam", "get-role-policy", "--role-name", role_name, "--policy-name", "missing",
    )
    assert refused.returncode in (254, 255), "which of them depends on the CLI's version"
    assert refused.stderr.strip().endswith(
        "An error occurred (NoSuchEntity) when calling the GetRolePolicy operation: "
        "The role policy with name missing cannot be found."
    )
    ok(aws(
        "iam", "put-role-policy", "--role-name", role_name, "--policy-name", "inline",
        "--policy-document", file("inline.json", permissions),
    ))
    inline = ok(aws(
        "iam", "get-role-policy", "--role-name", role_name, "--policy-name", "inline",
    ))
    assert inline == {
        "RoleName": role_name, "PolicyName": "inline", "PolicyDocument": json.loads(permissions),
    }

    token = tmp_path / "token"
    token.write_text(world.pod_token("demo/app", issuer=cluster))
    pod = server.environment() | {
        "AWS_ROLE_ARN": role["Arn"], "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_SESSION_NAME": "guide",
    }
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del pod[name]
    identity = ok(aws("sts", "get-caller-identity", environment=pod))
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role_name}/guide"
    assert identity["UserId"] == f"{role['RoleId']}:guide"
    read = ok(aws("secretsmanager", "get-secret-value", "--secret-id", secret_name, environment=pod))
    assert json.loads(read["SecretString"]) == {"username": "app"}

    events = ok(aws(
        "cloudtrail", "lookup-events", "--lookup-attributes",
        "AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity",
    ))["Events"]
    assert {event["EventName"] for event in events} == {"AssumeRoleWithWebIdentity"}
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    assert any(
        (record["requestParameters"] or {}).get("roleArn") == role["Arn"] for record in records
    )


def test_the_walk_with_boto3(server, world):
    cluster = fresh("guide")
    server.irsa_ok("issuer", "create", cluster)
    iam, eks = server.client("iam"), server.client("eks")
    secrets, account = server.client("secretsmanager"), server.account

    described = eks.describe_cluster(name=cluster)["cluster"]
    assert described["name"] == cluster
    assert described["status"] == "ACTIVE"
    issuer = described["identity"]["oidc"]["issuer"]
    arn = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])[
        "OpenIDConnectProviderArn"
    ]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/{issuer.removeprefix('http://')}"
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (got["Url"], got["ClientIDList"]) == (
        issuer.removeprefix("http://"), ["sts.amazonaws.com"],
    )

    name = fresh("guide")
    secret = secrets.create_secret(Name=name, SecretString="boto3 value")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "boto3 value"
    assert secrets.describe_secret(SecretId=secret["ARN"])["Name"] == name

    permissions = document(allow("secretsmanager:GetSecretValue", secret["ARN"]))
    policy = iam.create_policy(PolicyName=name, PolicyDocument=permissions)["Policy"]
    trust = trust_web_identity(arn, "system:serviceaccount:demo:app")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    assert iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"] == json.loads(trust)
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == [
        {"PolicyName": name, "PolicyArn": policy["Arn"]}
    ]
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    with pytest.raises(ClientError) as missing:
        iam.get_role_policy(RoleName=name, PolicyName="missing")
    assert missing.value.response["Error"]["Code"] == "NoSuchEntity"

    token = world.pod_token("demo/app", issuer=cluster)
    answer = world.assume_with_token(role["Arn"], token, session_name="guide")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{role['RoleId']}:guide",
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/guide",
    }
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:demo:app"
    assert answer["Audience"] == "sts.amazonaws.com"
    # As recorded from AWS: the provider's ARN, whatever its documents say.
    assert answer["Provider"] == arn
    events = world.events("EventName", "AssumeRoleWithWebIdentity")
    assert any((event["requestParameters"] or {}).get("roleArn") == role["Arn"] for event in events)


def test_documents_go_over_the_wire_url_encoded(server, world):
    from support.raw_request import Request

    name, _ = world.role()
    answer = Request.of_query("iam", Action="GetRole", RoleName=name).sign(
        server, server.admin
    ).send(server)
    assert answer.status == 200, answer.text
    written = answer.member("AssumeRolePolicyDocument")
    assert written.startswith("%7B%22Version%22")
    assert json.loads(unquote(written))["Version"] == "2012-10-17"
