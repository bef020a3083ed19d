"""Fixtures: a server that the tests share, servers with other flags, a foreign issuer's site."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.environment import isolate_this_process

isolate_this_process()

from support.foreign_issuer import Site  # noqa: E402
from support.server import Server  # noqa: E402
from support.world import World  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """`irsa serve --dev`, all in memory, shared by the tests."""
    started = Server(tmp_path_factory.mktemp("server"))
    yield started
    started.stop()


@pytest.fixture
def start(tmp_path):
    """Starts servers with other flags; those still there at the end are stopped."""
    started = []

    def starter(*flags, name="own", **more):
        made = Server(tmp_path / name, *flags, **more)
        started.append(made)
        return made

    yield starter
    for made in started:
        if made.process.returncode is None:
            made.stop()


@pytest.fixture(scope="session")
def site():
    """Issuers that the server does not run."""
    made = Site()
    yield made
    made.close()


@pytest.fixture(scope="session")
def world(server, site, tmp_path_factory):
    """What tests set up on the shared server."""
    return World(server, site, tmp_path_factory.mktemp("world"))


@pytest.fixture
def aws(server):
    """Runs the AWS CLI; the finished process."""
    binary = Path(sys.executable).with_name("aws")

    def run(*arguments, environment=None, text=True):
        return subprocess.run(
            [sys.executable, str(binary), *arguments],
            env=environment or server.environment(), stdin=subprocess.DEVNULL,
            capture_output=True, text=text, timeout=60, check=False,
        )

    return run
