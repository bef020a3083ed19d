"""Ten thousand connections that say nothing."""

import contextlib
import resource
import socket

import pytest

from support.raw_request import Request

IDLE = 10_000
SPARE = 500


def test_ten_thousand_idle_connections(server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < IDLE + SPARE:
        pytest.skip(f"left out: the hard limit of open files is {hard}, {IDLE + SPARE} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + SPARE), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for number in range(IDLE):
            # One address has some 28,000 ports; three share the load.
            source = (f"127.0.0.{number % 3 + 2}", 0)
            connection = socket.create_connection((server.host, server.port), 10, source)
            stack.enter_context(connection)
        request = Request.of_query("sts", Action="GetCallerIdentity").sign(server, server.admin)
        for _ in range(5):
            answer = request.send(server)
            assert answer.status == 200, answer.text
            assert answer.member("Account") == server.account
    assert request.send(server).status == 200, "and after they are gone"
