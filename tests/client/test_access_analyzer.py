"""Checks of policy documents, as pipelines ask for them."""

import json
import re

import pytest

from support.refusal import refused


@pytest.fixture
def analyzer(server):
    return server.client("accessanalyzer")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(("existing", "new", "result"), [
    (policy(allow("s3:*")), policy(allow("s3:Get*")), "PASS"),
    (policy(allow("s3:Get*")), policy(allow("s3:*")), "FAIL"),
    (policy(allow("s3:*"), {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}),
     policy(allow("s3:*")), "FAIL"),
    (policy(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
     policy(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.9.0.0/16"}})), "PASS"),
])
def test_new_access(analyzer, existing, new, result):
    answer = analyzer.check_no_new_access(
        existingPolicyDocument=existing, newPolicyDocument=new, policyType="IDENTITY_POLICY")
    assert answer["result"] == result
    if result == "FAIL":
        assert answer["reasons"] == [
            {"description": "New access in the statement with index: 0.", "statementIndex": 0}]
        assert answer["message"] == (
            "The modified permissions grant new access compared to your existing policy.")
    else:
        assert not answer.get("reasons")


def trust(subject):
    issuer = "oidc.example.com/id/A"
    return policy({
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
        "Condition": {"StringLike": {f"{issuer}:sub": subject},
                      "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}},
    })


def test_a_role_that_trusts_one_service_account_more(analyzer):
    one, all_of_it = "system:serviceaccount:shop:cart", "system:serviceaccount:shop:*"
    for existing, new, result in [(all_of_it, one, "PASS"), (one, all_of_it, "FAIL")]:
        answer = analyzer.check_no_new_access(
            existingPolicyDocument=trust(existing), newPolicyDocument=trust(new),
            policyType="RESOURCE_POLICY")
        assert answer["result"] == result


def test_the_example_of_the_command_line(aws, tmp_path):
    objects = ["arn:aws:s3:::amzn-s3-demo-bucket", "arn:aws:s3:::amzn-s3-demo-bucket/*"]
    existing, new = tmp_path / "existing.json", tmp_path / "new.json"
    existing.write_text(policy(allow(["s3:GetObject", "s3:ListBucket"], objects)))
    new.write_text(policy(allow(["s3:GetObject", "s3:GetObjectAcl", "s3:ListBucket"], objects)))
    done = aws("accessanalyzer", "check-no-new-access", "--existing-policy-document",
               f"file://{existing}", "--new-policy-document", f"file://{new}",
               "--policy-type", "IDENTITY_POLICY")
    assert json.loads(done.stdout) == {
        "result": "FAIL",
        "message": "The modified permissions grant new access compared to your existing policy.",
        "reasons": [{"description": "New access in the statement with index: 0.",
                     "statementIndex": 0}],
    }
    done = aws("accessanalyzer", "check-access-not-granted", "--policy-document",
               f"file://{existing}", "--access", "actions=s3:DeleteBucket,s3:GetBucketLocation",
               "--policy-type", "IDENTITY_POLICY")
    assert json.loads(done.stdout)["result"] == "PASS"


def test_what_cannot_be_decided(analyzer):
    def when(**conditions):
        return policy(allow("s3:*", Condition=conditions))
    with refused("UnprocessableEntityException", 422, re.compile("The check cannot be decided: .+")):
        analyzer.check_no_new_access(
            existingPolicyDocument=when(NumericLessThan={"x:n": "100"}),
            newPolicyDocument=when(NumericLessThan={"x:n": "10"}, StringLike={"x:n": "1*"}),
            policyType="IDENTITY_POLICY")


def test_a_document_that_is_none(analyzer):
    with refused("InvalidParameterException", 400, re.compile("The policyDocument is invalid: .+")):
        analyzer.check_access_not_granted(
            policyDocument="{", access=[{"actions": ["s3:GetObject"]}], policyType="IDENTITY_POLICY")
    (finding, *_) = analyzer.validate_policy(
        policyDocument="{", policyType="IDENTITY_POLICY")["findings"]
    assert (finding["findingType"], finding["issueCode"]) == ("ERROR", "JSON_SYNTAX_ERROR")


def test_findings_of_a_trust_policy(analyzer):
    """The example of the command line's guide."""
    document = policy({
        "Sid": "", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-west-2_EXAMPLE"}},
    })
    findings = analyzer.validate_policy(policyDocument=document, policyType="RESOURCE_POLICY")["findings"]
    by_code = {finding["issueCode"]: finding for finding in findings}
    sid = by_code["EMPTY_SID_VALUE"]
    assert sid["findingDetails"] == "Add a value to the empty string in the Sid element."
    assert sid["findingType"] == "SUGGESTION"
    assert sid["learnMoreLink"].endswith("-suggestion-empty-sid-value")
    (location,) = sid["locations"]
    assert location["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Sid"}]
    at = document.index('""')
    assert location["span"]["start"] == {"line": 1, "column": at, "offset": at}
    assert "MISMATCHED_ACTION_FOR_PRINCIPAL" in by_code


def test_all_findings_page_by_page(analyzer):
    document = policy({"Sid": "", **allow(["iam:PassRole", "s3:Nothing"])})
    asked = {"policyDocument": document, "policyType": "IDENTITY_POLICY"}
    whole = analyzer.validate_policy(**asked)["findings"]
    pages = list(analyzer.get_paginator("validate_policy").paginate(
        **asked, PaginationConfig={"PageSize": 1}))
    assert [finding for page in pages for finding in page["findings"]] == whole
    assert len(pages) == len(whole) > 1


def test_the_trail_shows_no_documents(server, analyzer):
    analyzer.check_no_new_access(
        existingPolicyDocument=policy(allow("s3:*")), newPolicyDocument=policy(allow("s3:*")),
        policyType="IDENTITY_POLICY")
    (record, *_) = [
        json.loads(event["CloudTrailEvent"])
        for event in server.client("cloudtrail").lookup_events(LookupAttributes=[
            {"AttributeKey": "EventName", "AttributeValue": "CheckNoNewAccess"}])["Events"]
    ]
    assert (record["eventSource"], record["readOnly"]) == ("access-analyzer.amazonaws.com", True)
    assert record["requestParameters"] == {"policyType": "IDENTITY_POLICY"}


def test_without_permission(world, server):
    _, credentials = world.user()
    denied = re.compile(r"User: \S+ is not authorized to perform: access-analyzer:ValidatePolicy .+")
    with refused("AccessDeniedException", 403, denied):
        server.client("accessanalyzer", credentials).validate_policy(
            policyDocument="{}", policyType="IDENTITY_POLICY")


def test_what_is_not_served(server, analyzer):
    with refused("UnknownOperationException", 404, re.compile(".*")):
        analyzer.list_analyzers()
