"""`irsa init`, `irsa serve` of what it made, `irsa admin reset`."""

import configparser
import json
import os
import re
import subprocess

import pytest

from support.environment import clean
from support.names import fresh
from support.refusal import refused
from support.server import Credentials, Server, irsa_binary, parse_exports

INVALID = re.compile(r"The security token included in the request is invalid\.?")


def run(*arguments, variables=None):
    return subprocess.run(
        [irsa_binary(), *arguments], env=clean(variables or {}), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False)


def initialise(data, *flags):
    """Makes an installation; its administrator."""
    done = run("init", "--data-dir", str(data), "-o", "json", *flags)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert set(made) == {"AccountId", "Region", "UserArn", "AccessKeyId", "SecretAccessKey"}
    assert made["UserArn"] == f"arn:aws:iam::{made['AccountId']}:user/admin"
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def serve(tmp_path, data):
    started = []

    def starter(admin, *flags):
        server = Server.standing(
            tmp_path / f"server-{len(started)}", admin, "--data-dir", str(data), *flags)
        started.append(server)
        return server

    yield starter
    for server in started:
        if server.process.returncode is None:
            server.stop()


def test_init_then_serve(data, serve):
    admin = initialise(data, "--account", "210987654321", "--region", "eu-west-1")
    assert data.stat().st_mode & 0o777 == 0o700
    root_key = data.with_name(data.name + ".rootkey")
    assert root_key.is_file() and root_key.stat().st_mode & 0o077 == 0
    server = serve(admin)
    identity = server.client("sts").get_caller_identity()
    assert identity["Account"] == "210987654321"
    secrets = server.client("secretsmanager", region="eu-west-1")
    name = fresh("secret")
    secrets.create_secret(Name=name, SecretString="kept")
    assert server.stdout_file.read_text() == "", "nothing on stdout but with --dev"
    server.stop()
    again = serve(admin)
    secrets = again.client("secretsmanager", region="eu-west-1")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "kept"


def test_init_twice(data):
    initialise(data)
    done = run("init", "--data-dir", str(data))
    assert (done.returncode, done.stdout) == (1, "")
    assert "already initialised" in done.stderr
    assert run("init", "--data-dir", str(data), "--if-needed").returncode == 0


def test_the_key_goes_where_it_is_told(data, tmp_path):
    file = tmp_path / "credentials"
    done = run("init", "--data-dir", str(data), "--credentials-file", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    read = configparser.ConfigParser()
    read.read(file)
    secret = read["default"]["aws_secret_access_key"]
    assert len(secret) == 40 and secret not in done.stdout + done.stderr
    other = tmp_path / "other"
    done = run("init", "--data-dir", str(other), "--credentials-file", str(file))
    assert done.returncode == 1, "an existing file is never overwritten"
    read_again = configparser.ConfigParser()
    read_again.read(file)
    assert read_again["default"]["aws_secret_access_key"] == secret


def test_reset(data, serve):
    admin = initialise(data)
    server = serve(admin)
    assert server.client("sts").get_caller_identity()
    done = run("admin", "reset", "--data-dir", str(data), "-o", "json")
    assert done.returncode == 1, "not while a server runs"
    server.stop()
    done = run("admin", "reset", "--data-dir", str(data), "-o", "json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    new = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    server = serve(new)
    assert server.client("sts").get_caller_identity()["Arn"].endswith(":user/admin")
    with refused("InvalidClientTokenId", 403, INVALID):
        server.client("sts", admin).get_caller_identity()


def test_without_or_with_the_wrong_root_key(data, tmp_path):
    initialise(data)
    other = tmp_path / "other"
    initialise(other)
    wrong = other.with_name("other.rootkey")
    for file in (tmp_path / "missing", wrong):
        done = run("serve", "--data-dir", str(data), "--listen", "127.0.0.1:0",
                   "--root-key-file", str(file))
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert "root key" in done.stderr, done.stderr
    open_to_all = tmp_path / "open.rootkey"
    open_to_all.write_bytes(data.with_name("data.rootkey").read_bytes())
    open_to_all.chmod(0o644)
    done = run("serve", "--data-dir", str(data), "--listen", "127.0.0.1:0",
               "--root-key-file", str(open_to_all))
    assert done.returncode == 1, done.stderr
    link = tmp_path / "link.rootkey"
    os.symlink(data.with_name("data.rootkey"), link)
    done = run("serve", "--data-dir", str(data), "--listen", "127.0.0.1:0",
               "--root-key-file", str(link))
    assert done.returncode == 1, done.stderr


def test_two_servers_on_one_directory(data, serve):
    serve(initialise(data))
    done = run("serve", "--data-dir", str(data), "--listen", "127.0.0.1:0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "another" in done.stderr or "in use" in done.stderr, done.stderr


def test_dev_opens_what_init_made_as_it_is(data, start):
    admin = initialise(data, "--account", "210987654321")
    server = start("--data-dir", str(data))
    assert "AWS_SECRET_ACCESS_KEY" not in server.variables
    assert "AWS_ACCESS_KEY_ID" not in server.variables
    assert server.client("sts", admin).get_caller_identity()["Account"] == "210987654321"
    server.stop()
    assert "SECRET" not in server.stdout_file.read_text()
    assert parse_exports(server.stdout_file.read_text()) == server.variables


def test_only_the_regions_that_are_named(start):
    server = start("--regions", "us-east-1,eu-west-1")
    for region in ("us-east-1", "eu-west-1"):
        assert server.client("sts", region=region).get_caller_identity()
        assert server.client("secretsmanager", region=region).list_secrets()["SecretList"] == []
    with refused("SignatureDoesNotMatch", 403, re.compile(
            "Credential should be scoped to a valid region, not 'eu-west-2'. ?")):
        server.client("sts", region="eu-west-2").get_caller_identity()
    with refused("InvalidSignatureException", 400, re.compile(
            "Credential should be scoped to a valid region, not 'eu-west-2'. ?")):
        server.client("secretsmanager", region="eu-west-2").list_secrets()


def test_commands_say_where_they_write(server):
    done = server.irsa("whoami")
    assert done.returncode == 0
    assert server.account in done.stdout + done.stderr
    assert server.url in done.stdout + done.stderr
    done = server.irsa("issuer", "create", fresh("issuer"))
    assert server.account in done.stderr and server.url in done.stderr, done.stderr


@pytest.mark.parametrize(("variables", "code"), [
    ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}, 4),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 6),
])
def test_a_command_that_cannot_do_its_work(server, variables, code):
    environment = server.environment() | variables
    if "AWS_ENDPOINT_URL" in variables:
        environment["AWS_ENDPOINT_URL_STS"] = variables["AWS_ENDPOINT_URL"]
    done = subprocess.run([irsa_binary(), "whoami"], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.strip()
