"""Policy documents."""

import json


def document(*statements, version="2012-10-17"):
    """A policy document of these statements, as text."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(action, resource="*", **more):
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust_account(account, **more):
    """A trust policy for an account's own principals."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    }
    return document(statement | more)


def trust_web_identity(provider_arn, subject, audience="sts.amazonaws.com", **more):
    """The trust policy of the guides: one ServiceAccount of one issuer."""
    issuer = provider_arn.split(":oidc-provider/", 1)[1]
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{issuer}:sub": subject, f"{issuer}:aud": audience}},
        }
        | more
    )
