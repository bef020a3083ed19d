"""Every operation with values that nobody means: an answer of AWS's shape, never a failure of ours."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from support.raw_request import Request, form

SERVED = {
    "iam": {"protocol": "query"}, "sts": {"protocol": "query"},
    "secretsmanager": {"protocol": "json"}, "cloudtrail": {"protocol": "json"},
}

TEXTS = [
    "", " ", "x", "\x00", "\x1b[31m", "\r\nx: y", "\u202e", "\ufffe", "😀" * 3, "x" * 5000, "%", "*",
    "${aws:username}", "../../x", "<a>&\"'", "]]>", "arn:aws:iam::123456789012:role/x", "arn:::::", "{}",
    '{"Version":"2012-10-17","Statement":[]}', "[" * 200, "null", "-1", "99999999999999999999",
]
JSON_VALUES = [None, True, 0, -1, 2**63, 2**64, 1.5, [], {}, [None], [[]], {"a": {}}, "\x00", "\ud7ff",
               "x" * 5000, [""] * 200, {"x": "\x1b"}]


def model(service):
    loader = Loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def operations(protocol):
    return [
        (service, name)
        for service, facts in SERVED.items() if facts["protocol"] == protocol
        for name in model(service).operation_names
    ]


def flat(shape, name, text):
    """Form parameters that put `text` where a member of this shape holds texts."""
    if shape.type_name == "list":
        return flat(shape.member, f"{name}.member.1", text)
    if shape.type_name == "structure":
        made = {}
        for member, inner in list(shape.members.items())[:3]:
            made |= flat(inner, f"{name}.{member}", text)
        return made
    return {name: text}


def check(answer, sent):
    """Answered as AWS answers: not a failure of the server, and what it says can be read."""
    assert answer.status < 500, f"{answer.status} for {sent!r}: {answer.text[:500]}"
    assert answer.headers.get("x-amzn-requestid"), sent
    if answer.headers.get("content-type") == "text/xml":
        ElementTree.fromstring(answer.body)
    elif answer.body:
        json.loads(answer.body)
    if answer.status >= 400:
        assert answer.error()[0], sent


@pytest.fixture(scope="module")
def nobodys(world):
    """One who may do nothing, so that values are only read."""
    return world.user()[1]


@pytest.mark.parametrize(("service", "operation"), operations("query"))
def test_query(server, nobodys, service, operation):
    shape = model(service).operation_model(operation).input_shape
    if operation == "GetCallerIdentity" or shape is None:
        return
    for text in TEXTS:
        parameters = {"Action": operation}
        for name, member in shape.members.items():
            parameters |= flat(member, name, text)
        request = Request.of_query(service, **parameters)
        if operation != "AssumeRoleWithWebIdentity":
            request.sign(server, nobodys)
        check(request.send(server), text)


@pytest.mark.parametrize(("service", "operation"), operations("json"))
def test_json(server, nobodys, service, operation):
    described = model(service)
    target = f"{described.metadata['targetPrefix']}.{operation}"
    shape = described.operation_model(operation).input_shape
    for value in JSON_VALUES:
        members = dict.fromkeys(shape.members, value)
        request = Request.of_json(service, target, members).sign(server, nobodys)
        check(request.send(server), value)


OWN = ["CreateIssuer", "GetIssuer", "ListIssuers", "DeleteIssuer", "ListIssuerDependents",
       "CreateToken", "Explain", "LookupAudit", "GetServerInfo", "RegisterCluster", "GetCluster",
       "ListClusters", "DeregisterCluster", "GetProviderTrust", "SetProviderKeys",
       "DisableProvider", "EnableProvider", "ListProviderDependents", "SetProviderTokenReview",
       "UnsetProviderTokenReview"]
OWN_MEMBERS = ["Name", "IssuerUrl", "Url", "KeyAlgorithm", "IssuerName", "Issuer", "Namespace",
               "ServiceAccount", "Audiences", "Audience", "DurationSeconds", "PodName", "NodeName",
               "RequestId", "RoleArn", "AccessKeyId", "StartTime", "EndTime", "MaxResults",
               "NextToken", "EventName", "DeniedOnly", "Endpoint", "CertificateAuthority", "Version",
               "SharedIssuer", "ProviderArn", "KeySet", "Server", "TlsServerName", "BearerToken",
               "ClientCertificate", "ClientKey", "OwnPod"]


@pytest.mark.parametrize("operation", OWN)
def test_our_own_service(server, operation):
    for value in JSON_VALUES + TEXTS:
        members = dict.fromkeys(OWN_MEMBERS, value)
        request = Request.of_json("irsa", f"Irsa_20261121.{operation}", members)
        check(request.sign(server, server.admin).send(server), value)


class TestByTheAdministrator:
    """The same with somebody who may: what passes the constraints reaches the operations."""

    @pytest.mark.parametrize("operation", [
        "CreateRole", "CreateUser", "CreatePolicy", "CreateOpenIDConnectProvider", "PutRolePolicy",
        "UpdateAssumeRolePolicy", "TagRole", "GetRole", "GetPolicy", "AttachRolePolicy",
        "ListRoles", "ListPolicies", "GetAccessKeyLastUsed", "CreatePolicyVersion",
        "GetOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider", "UpdateRole",
        "PutRolePermissionsBoundary", "ListEntitiesForPolicy", "UpdateAccessKey",
    ])
    def test_iam(self, server, world, operation):
        role, arn = world.role()
        shape = model("iam").operation_model(operation).input_shape
        good = {"RoleName": role, "PolicyName": "p", "UserName": "admin", "PolicyArn": arn}
        for text in TEXTS:
            for name, member in shape.members.items():
                parameters = {"Action": operation} | {k: v for k, v in good.items() if k in shape.members}
                for other in shape.required_members:
                    parameters.setdefault(other, "{}" if "Document" in other else "x")
                parameters |= flat(member, name, text)
                if member.type_name in ("list", "structure"):
                    parameters.pop(name, None)
                request = Request.of_query("iam", **parameters).sign(server, server.admin)
                check(request.send(server), (name, text))

    @pytest.mark.parametrize("operation", [
        "CreateSecret", "GetSecretValue", "PutSecretValue", "UpdateSecret", "DescribeSecret",
        "ListSecrets", "ListSecretVersionIds", "DeleteSecret", "RestoreSecret", "TagResource",
        "UntagResource", "UpdateSecretVersionStage", "GetRandomPassword", "GetResourcePolicy",
    ])
    def test_secrets_manager(self, server, world, operation):
        name, _ = world.secret()
        shape = model("secretsmanager").operation_model(operation).input_shape
        for value in JSON_VALUES + TEXTS:
            for member in shape.members:
                members = {"SecretId": name} if "SecretId" in shape.members else {"Name": name}
                members[member] = value
                request = Request.of_json("secretsmanager", f"secretsmanager.{operation}", members)
                check(request.sign(server, server.admin).send(server), (member, value))

    def test_eks(self, server):
        for path in ["/clusters", "/clusters/x", "/clusters/%00", "/clusters/%zz", "/clusters/a%2Fb",
                     "/clusters/" + "x" * 5000, "/clusters//", "/clusters/x/y", "/clusters/%F0%9F%98%80"]:
            for query in [[], [("maxResults", "0")], [("maxResults", "x")], [("nextToken", "x")],
                          [("maxResults", "1"), ("maxResults", "2")]]:
                request = Request("eks", method="GET", path=path, query=query)
                answer = request.sign(server, server.admin).send(server)
                assert answer.status < 500, (path, query, answer.text)


def test_what_a_stranger_wrote_is_shown_escaped(server, world):
    """Nothing of all this reaches a terminal raw."""
    name = "x\u202e\u2028"
    request = Request.of_json("secretsmanager", "secretsmanager.GetSecretValue", {
        "SecretId": name}).sign(server, world.user()[1])
    check(request.send(server), name)
    for command in (["explain"], ["audit", "--denied", "--limit", "20"]):
        shown = server.irsa_ok(*command)
        assert not set(shown) & {"\x1b", "\u202e", "\u2028", "\x00"}, command
