"""Operations of AWS that are not served say so; nothing is pretended."""

import re

import pytest

from support.refusal import refused

QUERY = {
    "iam": ("2010-05-08", {
        "create_group": {"GroupName": "g"},
        "create_instance_profile": {"InstanceProfileName": "p"},
        "create_service_linked_role": {"AWSServiceName": "x.amazonaws.com"},
        "get_account_summary": {},
        "create_saml_provider": {"SAMLMetadataDocument": "m" * 1000, "Name": "n"},
        "list_groups": {},
        "enable_mfa_device": {
            "UserName": "u", "SerialNumber": "s" * 9, "AuthenticationCode1": "123456",
            "AuthenticationCode2": "123456",
        },
    }),
    "sts": ("2011-06-15", {
        "get_federation_token": {"Name": "name"},
        "get_session_token": {},
        "assume_role_with_saml": {
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "PrincipalArn": "arn:aws:iam::123456789012:saml-provider/p", "SAMLAssertion": "abcd",
        },
        "assume_root": {
            "TargetPrincipal": "123456789012",
            "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"},
        },
    }),
}
JSON = {
    "secretsmanager": {
        "rotate_secret": {"SecretId": "s"},
        "cancel_rotate_secret": {"SecretId": "s"},
        "batch_get_secret_value": {"SecretIdList": ["s"]},
        "put_resource_policy": {"SecretId": "s", "ResourcePolicy": "{}"},
        "delete_resource_policy": {"SecretId": "s"},
        "validate_resource_policy": {"ResourcePolicy": "{}"},
        "replicate_secret_to_regions": {"SecretId": "s", "AddReplicaRegions": [{"Region": "eu-west-1"}]},
        "stop_replication_to_replica": {"SecretId": "s"},
    },
    "cloudtrail": {
        "create_trail": {"Name": "trail", "S3BucketName": "bucket"},
        "describe_trails": {},
        "start_query": {"QueryStatement": "SELECT 1"},
        "list_event_data_stores": {},
    },
}


@pytest.mark.parametrize(("service", "method"), [
    (service, method) for service, (_, methods) in QUERY.items() for method in methods
])
def test_query(server, service, method):
    version, methods = QUERY[service]
    client = server.client(service)
    operation = client.meta.method_to_api_mapping[method]
    with refused("InvalidAction", 400, f"Could not find operation {operation} for version {version}"):
        getattr(client, method)(**methods[method])


@pytest.mark.parametrize(("service", "method"), [
    (service, method) for service, methods in JSON.items() for method in methods
])
def test_json(server, service, method):
    with refused("UnknownOperationException", 400, re.compile(".*")):
        getattr(server.client(service), method)(**JSON[service][method])


@pytest.mark.parametrize(("method", "input"), [
    ("create_cluster", {"name": "c", "roleArn": "arn:aws:iam::123456789012:role/r",
                        "resourcesVpcConfig": {}}),
    ("delete_cluster", {"name": "c"}),
    ("list_nodegroups", {"clusterName": "c"}),
])
def test_rest_json(server, method, input):
    with refused("UnknownOperationException", 404, re.compile(".*")):
        getattr(server.client("eks"), method)(**input)


@pytest.mark.parametrize(("service", "method", "input"), [
    ("kms", "list_keys", {}), ("dynamodb", "list_tables", {}), ("ssm", "describe_parameters", {}),
    ("sqs", "list_queues", {}),
])
def test_services_that_are_not_there(server, service, method, input):
    with refused("UnknownOperationException", 400, re.compile(".*")):
        getattr(server.client(service), method)(**input)


def test_unserved_and_unsigned(server):
    """Who is not known is not told what is served."""
    from support.raw_request import Request

    answer = Request.of_query("iam", Action="CreateGroup", GroupName="g").send(server)
    assert answer.status in (400, 403)
    assert answer.error()[0] in ("InvalidAction", "MissingAuthenticationToken")
