"""Policy documents that IAM refuses to store, each with AWS's text, and those that it takes."""

import json
import re

import pytest

from support.documents import allow, document, trust_account
from support.names import fresh
from support.refusal import refused

IAM_PATH = (
    'IAM resource path must either be "*", root, or start with user/, federated-user/, role/, group/, '
    "instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, "
    "oidc-provider/, report/, access-report/."
)
SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"


def one(**changed):
    """A good statement with members changed; `...` leaves one out."""
    statement = allow("s3:GetObject", "arn:aws:s3:::bucket/*") | changed
    return document({name: value for name, value in statement.items() if value is not ...})


BAD = {
    "empty object": ("{}", SYNTAX),
    "a list": ("[]", SYNTAX),
    "unknown field": (document(allow("s3:Get*", "*")).replace('"Version"', '"Extra": 1, "Version"'),
                      SYNTAX),
    "unknown field in a statement": (one(Extra="x"), SYNTAX),
    "Statement a text": ('{"Version":"2012-10-17","Statement":"x"}', SYNTAX),
    "no Statement": ('{"Version":"2012-10-17"}', SYNTAX),
    "Effect missing": (one(Effect=...), SYNTAX),
    "Effect a list": (one(Effect=["Allow"]), SYNTAX),
    "Effect unknown": (one(Effect="Permit"), SYNTAX),
    "Action and NotAction": (one(NotAction="s3:*"), SYNTAX),
    "Resource and NotResource": (one(NotResource="*"), SYNTAX),
    "Action an object": (one(Action={"a": "b"}), SYNTAX),
    "Resource an object": (one(Resource={"a": "b"}), SYNTAX),
    "Condition a list": (one(Condition=[]), SYNTAX),
    "unknown operator": (one(Condition={"StringMaybe": {"aws:username": "a"}}), SYNTAX),
    "Version unknown": (document(allow("s3:*", "*"), version="2013-10-17"), SYNTAX),
    "Version 2008": (document(allow("s3:*", "*"), version="2008-10-17"),
                     "Policy document must be version 2012-10-17 or greater."),
    "Version missing": (json.dumps({"Statement": [allow("s3:*", "*")]}),
                        "Policy document must be version 2012-10-17 or greater."),
    "effect in lower case": (one(Effect="allow"), LEGACY),
    "S3 ARN of two colons": (one(Resource="arn:aws:s3::bucket"), LEGACY),
    "a bad date": (one(Condition={"DateGreaterThan": {"aws:CurrentTime": "sdfdsf"}}), LEGACY),
    "the same Sid twice": (document(allow("s3:Get*", "*", Sid="a"), allow("s3:Put*", "*", Sid="a")),
                           "Statement IDs (SID) in a single policy must be unique."),
    "no action": (one(Action=...), "Policy statement must contain actions."),
    "empty actions": (one(Action=[]), "Policy statement must contain actions."),
    "action without vendor": (one(Action="GetObject"),
                              "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
    "action with two colons": (one(Action="s3:Get:Object"), "Actions/Condition can contain only one colon."),
    "action of a bad vendor": (one(Action="s&3:GetObject"), "Vendor s&3 is not valid"),
    "resource no ARN": (one(Resource="bucket"), 'Resource bucket must be in ARN format or "*".'),
    "partition": (one(Resource="arn:wrong:s3:::bucket"),
                  'Partition "wrong" is not valid for resource "arn:wrong:s3:::bucket".'),
    "resource vendor a glob": (one(Resource="arn:aws:*:::bucket"),
                               "Resource vendor must be fully qualified and cannot contain regexes."),
    "resource vendor missing": (one(Resource="arn:aws::::bucket"), LEGACY),
    "IAM resource with a region": (one(Action="iam:*", Resource="arn:aws:iam:us-east-1:123456789012:role/r"),
                                   "IAM resource arn:aws:iam:us-east-1:123456789012:role/r cannot "
                                   "contain region information."),
    "S3 resource with a region": (one(Resource="arn:aws:s3:us-east-1::bucket"),
                                  "Resource arn:aws:s3:us-east-1::bucket can not contain region information."),
    "IAM path": (one(Action="iam:*", Resource="arn:aws:iam::123456789012:thing/x"), IAM_PATH),
    "no resource": (one(Resource=...), "Policy statement must contain resources."),
    "empty resources": (one(Resource=[]), "Policy statement must contain resources."),
    "a principal": (one(Principal="*"), "Policy document should not specify a principal."),
    "a NotPrincipal": (one(NotPrincipal={"AWS": "*"}), "Policy document should not specify a principal."),
}


@pytest.mark.parametrize("case", BAD)
def test_a_managed_policy_with_a_fault(server, case):
    text, message = BAD[case]
    with refused("MalformedPolicyDocument", 400, message):
        server.client("iam").create_policy(PolicyName=fresh("bad"), PolicyDocument=text)


def test_every_way_to_store_a_policy_checks_it(server, world):
    iam = server.client("iam")
    role, _ = world.role()
    user, _ = world.user()
    policy = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=one())["Policy"]["Arn"]
    text, message = BAD["no resource"]
    for store in [
        lambda: iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=text),
        lambda: iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=text),
        lambda: iam.create_policy_version(PolicyArn=policy, PolicyDocument=text),
    ]:
        with refused("MalformedPolicyDocument", 400, message):
            store()
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    assert len(iam.list_policy_versions(PolicyArn=policy)["Versions"]) == 1


ACCEPTED = {
    "an action with blanks": one(Action="iam: asdf safdsf af "),
    "a short ARN": one(Resource="arn:aws:fdsasf"),
    "a service that nobody knows": one(Action="nosuch:Thing"),
    "an empty operator": one(Condition={"StringEquals": {}}),
    "an unknown operator with nothing": one(Condition={"StringMaybe": {}}),
    "a date of an hour": one(Condition={"DateGreaterThan": {"aws:CurrentTime": "01T"}}),
    "one statement bare": json.dumps({"Version": "2012-10-17", "Statement": allow("s3:*", "*")}),
    "an Id": document(allow("s3:*", "*")).replace('"Version"', '"Id": "x", "Version"'),
    "NotAction and NotResource": document(
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b"}),
    "numbers and booleans bare": one(Condition={"Bool": {"aws:SecureTransport": True},
                                                "NumericLessThan": {"s3:max-keys": 10}}),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_aws_takes_this(server, case):
    iam = server.client("iam")
    arn = iam.create_policy(PolicyName=fresh("odd"), PolicyDocument=ACCEPTED[case])["Policy"]["Arn"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(ACCEPTED[case])
    assert version["IsDefaultVersion"] is True


FEDERATED = "arn:aws:iam::123456789012:oidc-provider/issuer.example"


def trust(**changed):
    statement = {
        "Effect": "Allow", "Principal": {"Federated": FEDERATED},
        "Action": "sts:AssumeRoleWithWebIdentity",
    } | changed
    return document({name: value for name, value in statement.items() if value is not ...})


BAD_TRUST = {
    "no JSON": ("{", "This policy contains invalid Json"),
    "empty": ("x", "This policy contains invalid Json"),
    "no statement": ('{"Version":"2012-10-17","Statement":[]}',
                     "Could not parse the policy: Statement is empty!"),
    "no Effect": (trust(Effect=...), "Missing required field Effect"),
    "another Effect": (trust(Effect="Permit"), "Invalid effect: Permit"),
    "no Principal": (trust(Principal=...), "Missing required field Principal"),
    "an empty Principal": (trust(Principal={}), "Missing required field Principal cannot be empty!"),
    "no Action": (trust(Action=...), "Missing required field Action"),
    "another action": (trust(Action="s3:GetObject"),
                       "AssumeRole policy may only specify STS AssumeRole actions."),
    "every action": (trust(Action="*"), "AssumeRole policy may only specify STS AssumeRole actions."),
    "a Resource": (trust(Resource="*"), "Has prohibited field Resource"),
    "a NotResource": (trust(NotResource="*"), "AssumeRole policy must not contain resources."),
    "NotPrincipal": (trust(Principal=..., NotPrincipal={"AWS": "*"}), re.compile(
        r"Allow with NotPrincipal is not allowed\.|"
        r"AssumeRole policy must not contain NotPrincipal field\.")),
    "the same Sid twice": (
        document(*(json.loads(trust(Sid="a"))["Statement"][0] for _ in range(2))),
        "The Statement Ids in the policy are not unique"),
    "a principal that there is not": (
        trust(Principal={"AWS": "arn:aws:iam::123456789012:role/no-such-role"}, Action="sts:AssumeRole"),
        'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:role/no-such-role"'),
    "a federated principal that is none": (
        trust(Principal={"Federated": "arn:aws:iam::123456789012:role/r"}), re.compile(
            r"Federated principals must be valid domain names or SAML metadata ARNs|"
            r"Invalid principal in policy: .*")),
}


@pytest.mark.parametrize("case", BAD_TRUST)
def test_a_trust_policy_with_a_fault(server, world, case):
    text, message = BAD_TRUST[case]
    text = text.replace("123456789012", server.account)
    if isinstance(message, str):
        message = message.replace("123456789012", server.account)
    iam = server.client("iam")
    with refused("MalformedPolicyDocument", 400, message):
        iam.create_role(RoleName=fresh("bad"), AssumeRolePolicyDocument=text)
    role, _ = world.role()
    with refused("MalformedPolicyDocument", 400, message):
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=text)
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"] == json.loads(
        trust_account(server.account))


class TestSharedIssuers:
    """Issuers of many tenants need a claim that names the tenant; an EKS issuer is one tenant's."""

    def trust(self, server, issuer, condition=None):
        provider = f"arn:aws:iam::{server.account}:oidc-provider/{issuer}"
        more = {"Condition": condition} if condition else {}
        return trust(Principal={"Federated": provider}, **more)

    def test_an_eks_issuer_needs_none(self, server):
        issuer = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
        made = server.client("iam").create_role(
            RoleName=fresh("eks"), AssumeRolePolicyDocument=self.trust(server, issuer)
        )
        assert made["Role"]["RoleName"]

    @pytest.mark.parametrize(("condition", "taken"), [
        (None, False),
        ({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, False),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "*"}}, False),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/mine:*"}}, True),
        ({"StringNotEquals": {"token.actions.githubusercontent.com:sub": "repo:me/mine:x"}}, False),
        ({"StringEqualsIfExists": {"token.actions.githubusercontent.com:sub": "repo:me/mine:x"}}, False),
        ({"StringEquals": {"token.actions.githubusercontent.com:job_workflow_ref": "me/x@y"}}, True),
    ])
    def test_github_needs_one(self, server, condition, taken):
        iam = server.client("iam")
        text = self.trust(server, "token.actions.githubusercontent.com", condition)
        if taken:
            assert iam.create_role(RoleName=fresh("github"), AssumeRolePolicyDocument=text)
        else:
            with refused("MalformedPolicyDocument", 400, re.compile(".+")):
                iam.create_role(RoleName=fresh("github"), AssumeRolePolicyDocument=text)


class TestQuotas:
    @staticmethod
    def of_size(characters, wrap=lambda resource: document(allow("s3:*", resource))):
        """A document of so many characters without white space."""
        count = len("".join(wrap("").split()))
        prefix = "arn:aws:s3:::"
        return wrap(prefix + "b" * (characters - count - len(prefix)))

    def test_a_managed_policy(self, server):
        iam = server.client("iam")
        fitting = self.of_size(6144)
        assert iam.create_policy(PolicyName=fresh("fits"), PolicyDocument=fitting + " " * 100)
        with refused("LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144"):
            iam.create_policy(PolicyName=fresh("large"), PolicyDocument=self.of_size(6145))

    def test_a_trust_policy(self, server):
        iam = server.client("iam")

        def trust_of(characters):
            base = trust(Sid="")
            return trust(Sid="s" * (characters - len("".join(base.split()))))

        assert iam.create_role(RoleName=fresh("fits"), AssumeRolePolicyDocument=trust_of(2048))
        with refused("LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048"):
            iam.create_role(RoleName=fresh("large"), AssumeRolePolicyDocument=trust_of(2049))

    def test_inline_policies_of_a_role_and_a_user(self, server, world):
        iam = server.client("iam")
        role, _ = world.role()
        iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=self.of_size(10_000))
        with refused("LimitExceeded", 409,
                     f"Maximum policy size of 10240 bytes exceeded for role {role}"):
            iam.put_role_policy(RoleName=role, PolicyName="b", PolicyDocument=self.of_size(241))
        iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=self.of_size(10_240))
        user, _ = world.user()
        with refused("LimitExceeded", 409,
                     f"Maximum policy size of 2048 bytes exceeded for user {user}"):
            iam.put_user_policy(UserName=user, PolicyName="a", PolicyDocument=self.of_size(2049))

    def test_five_versions(self, server):
        iam = server.client("iam")
        arn = iam.create_policy(PolicyName=fresh("versions"), PolicyDocument=one())["Policy"]["Arn"]
        for _ in range(4):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=one())
        with refused("LimitExceeded", 409, re.compile(
                r"A managed policy can have up to 5 versions\. Before you create a new version, "
                r"you must delete an existing version\.")):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=one())
        with refused("DeleteConflict", 409, re.compile(".*default version of a policy.*")):
            iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v5")
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=one(), SetAsDefault=True)
        assert made["PolicyVersion"]["VersionId"] == "v6", "numbers are never used again"
        assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v6"

    def test_ten_attached_policies(self, server, world):
        iam = server.client("iam")
        role, _ = world.role()
        for _ in range(10):
            arn = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=one())["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        other = iam.create_policy(PolicyName=fresh("p"), PolicyDocument=one())["Policy"]["Arn"]
        with refused("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10"):
            iam.attach_role_policy(RoleName=role, PolicyArn=other)

    def test_two_access_keys(self, server, world):
        user, _ = world.user()
        iam = server.client("iam")
        iam.create_access_key(UserName=user)
        with refused("LimitExceeded", 409, "Cannot exceed quota for AccessKeysPerUser: 2"):
            iam.create_access_key(UserName=user)
