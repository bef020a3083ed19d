"""Issuers, roles, users and sessions, made with unmodified clients."""

import json

from .documents import allow, document, trust_account, trust_web_identity
from .names import fresh
from .server import Credentials

AUDIENCE = "sts.amazonaws.com"


class World:
    """Makes what a test needs on one server."""

    def __init__(self, server, site, directory):
        self.server = server
        self.site = site
        self.directory = directory
        self._issuer = None

    # The server's own issuers.

    def own_issuer(self):
        """Name and provider ARN of an issuer that the server runs; one for all tests."""
        if self._issuer is None:
            name = fresh("cluster")
            self.server.irsa_ok("issuer", "create", name, "--register")
            self._issuer = (name, self.provider_of(f"{self.server.url}/id/{name}"))
        return self._issuer

    def provider_of(self, url):
        """The ARN of an issuer's provider."""
        path = url.split("://", 1)[1]
        return f"arn:aws:iam::{self.server.account}:oidc-provider/{path}"

    def pod_token(self, subject, pod=None, issuer=None, audience=AUDIENCE, duration="1h"):
        """A token of the server's own issuer for `namespace/name`."""
        name = issuer or self.own_issuer()[0]
        arguments = ["--issuer", name, "--service-account", subject, "--audience", audience]
        arguments += ["--duration", duration]
        if pod is not None:
            arguments += ["--pod", pod]
        return self.server.irsa_ok("token", "create", *arguments).strip()

    # Issuers that the server does not run.

    def foreign_issuer(self, *keys, site=None, thumbprint="a" * 40):
        """An issuer of the site and its provider's ARN."""
        issuer = (site or self.site).issuer(*keys)
        answer = self.server.client("iam").create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=[AUDIENCE], ThumbprintList=[thumbprint]
        )
        return issuer, answer["OpenIDConnectProviderArn"]

    # Roles, users, sessions.

    def role(self, trust=None, *statements, **more):
        """Name and ARN of a role with an inline policy of these statements."""
        iam = self.server.client("iam")
        name = fresh("role")
        trust = trust or trust_account(self.server.account)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="inline", PolicyDocument=document(*statements)
            )
        return name, made["Role"]["Arn"]

    def pod_role(self, provider, subject, *statements, **more):
        """A role that one ServiceAccount may assume."""
        namespace, name = subject.split("/")
        trust = trust_web_identity(provider, f"system:serviceaccount:{namespace}:{name}")
        return self.role(trust, *statements, **more)

    def user(self, *statements, **more):
        """Name and credentials of a user with an inline policy."""
        iam = self.server.client("iam")
        name = fresh("user")
        iam.create_user(UserName=name, **more)
        if statements:
            iam.put_user_policy(
                UserName=name, PolicyName="inline", PolicyDocument=document(*statements)
            )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return name, Credentials.of_key(key)

    def assume(self, role_arn, caller=None, session_name="session", **more):
        """Credentials of a session of a role."""
        answer = self.server.client("sts", caller).assume_role(
            RoleArn=role_arn, RoleSessionName=session_name, **more
        )
        return Credentials.of(answer["Credentials"])

    def assume_with_token(self, role_arn, token, session_name="pod", **more):
        """The answer of AssumeRoleWithWebIdentity."""
        return self.server.unsigned_sts().assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName=session_name, WebIdentityToken=token, **more
        )

    # Secrets.

    def secret(self, value="a value", **more):
        """Name and ARN of a secret."""
        name = fresh("secret")
        made = self.server.client("secretsmanager").create_secret(
            Name=name, SecretString=value, **more
        )
        return name, made["ARN"]

    # What was recorded.

    def records(self, *arguments):
        """Records of `irsa audit`."""
        return self.server.irsa_json("audit", *arguments)["Records"]

    def events(self, key, value, **more):
        """The records of LookupEvents by one attribute, newest first."""
        pages = self.server.client("cloudtrail").get_paginator("lookup_events").paginate(
            LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more
        )
        return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]


def read_secret(arn):
    """A statement that allows to read one secret."""
    return allow("secretsmanager:GetSecretValue", arn)
