"""Issuers as EKS clusters, as the usual guides ask for them."""

import json
import re

import pytest

from support.names import fresh
from support.refusal import refused


@pytest.fixture
def eks(server):
    return server.client("eks")


def test_a_cluster(server, world, eks):
    issuer, provider = world.own_issuer()
    cluster = eks.describe_cluster(name=issuer)["cluster"]
    assert cluster["name"] == issuer and cluster["status"] == "ACTIVE"
    assert cluster["arn"] == f"arn:aws:eks:us-east-1:{server.account}:cluster/{issuer}"
    url = cluster["identity"]["oidc"]["issuer"]
    assert provider.endswith(url.split("://")[1])
    eks.get_waiter("cluster_active").wait(name=issuer, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    (record, *_) = [
        json.loads(event["CloudTrailEvent"])
        for event in server.client("cloudtrail").lookup_events(LookupAttributes=[
            {"AttributeKey": "EventName", "AttributeValue": "DescribeCluster"}])["Events"]
    ]
    assert (record["eventSource"], record["readOnly"]) == ("eks.amazonaws.com", True)
    assert record["requestParameters"] == {"name": issuer}


def test_all_clusters_page_by_page(world, eks):
    world.own_issuer()
    pages = list(eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1}))
    listed = [name for page in pages for name in page["clusters"]]
    assert all(len(page["clusters"]) <= 1 for page in pages)
    assert listed == sorted(set(listed)) and world.own_issuer()[0] in listed


def test_a_cluster_that_there_is_not(eks):
    name = fresh("cluster")
    with refused("ResourceNotFoundException", 404, f"No cluster found for name: {name}."):
        eks.describe_cluster(name=name)
    eks.get_waiter("cluster_deleted").wait(name=name, WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def test_without_permission(world, server):
    _, credentials = world.user()
    denied = re.compile(r"User: \S+ is not authorized to perform: eks:ListClusters .+")
    with refused("AccessDeniedException", 403, denied):
        server.client("eks", credentials).list_clusters()
