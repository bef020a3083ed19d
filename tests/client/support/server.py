"""A server of the tests' own, on a free port, and clients for it."""

import json
import os
import re
import shlex
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from .environment import clean
from .waiting import wait_until

REGION = "us-east-1"
ONE_TRY = {"retries": {"total_max_attempts": 1}}


@dataclass(frozen=True)
class Credentials:
    """An access key, long-term or of a session."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @classmethod
    def of(cls, answer):
        """From the `Credentials` of an STS answer."""
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])

    @classmethod
    def of_key(cls, answer):
        """From the `AccessKey` of CreateAccessKey."""
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"])

    def variables(self):
        """As the AWS clients read them."""
        named = {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }
        return named | ({"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {})


def irsa_binary():
    """The binary under test."""
    path = os.environ.get("IRSA_BIN")
    assert path, "IRSA_BIN names the irsa binary to test (make test-client sets it)"
    assert os.access(path, os.X_OK), f"IRSA_BIN={path} cannot be run"
    return path


def parse_exports(text):
    """The variables of `export NAME=value` lines; anything else is an error."""
    variables = {}
    for line in text.splitlines():
        word, _, assignment = line.partition(" ")
        assert word == "export", f"not an export line: {line!r}"
        (plain,) = shlex.split(assignment)
        name, _, value = plain.partition("=")
        variables[name] = value
    return variables


class Server:
    """A running `irsa serve`, by default `--dev` in memory; `stop` when done."""

    def __init__(self, directory: Path, *flags, listen="127.0.0.1:0", variables=None):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.log_file = directory / "server.log"
        self.stdout_file = directory / "server.out"
        self.env_file = directory / "env"
        self.env_file.unlink(missing_ok=True)
        command = [irsa_binary(), "serve", "--dev", "--listen", listen]
        command += ["--env-file", str(self.env_file), *flags]
        with self.log_file.open("ab") as log, self.stdout_file.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                env=clean({"HOME": str(directory)} | (variables or {})),
            )
        wait_until(self._ready, f"the server's environment file; its log: {self.log()}")
        self.variables = parse_exports(self.env_file.read_text())
        self._reached_at(self.variables["AWS_ENDPOINT_URL"])
        # A data directory that is opened again does not tell its administrator's secret again.
        self.admin = None
        if "AWS_SECRET_ACCESS_KEY" in self.variables:
            self.admin = Credentials(
                self.variables["AWS_ACCESS_KEY_ID"], self.variables["AWS_SECRET_ACCESS_KEY"]
            )

    def _reached_at(self, url):
        self.url = url
        self.host, _, port = url.split("://", 1)[1].partition(":")
        self.port = int(port)
        self._clients = {}
        self._lock = threading.Lock()

    def _ready(self):
        status = self.process.poll()
        assert status is None, f"the server ended with {status}: {self.log()}"
        return self.env_file.exists() and self.env_file.stat().st_size > 0

    @property
    def account(self):
        """The account of the administrator."""
        if not hasattr(self, "_account"):
            self._account = self.client("sts").get_caller_identity()["Account"]
        return self._account

    def log(self):
        """All that the server wrote on stderr."""
        return self.log_file.read_text(errors="replace")

    @classmethod
    def standing(cls, directory, admin, *flags, listen="127.0.0.1:0", variables=None):
        """`irsa serve` of an installation that `irsa init` made: no export lines, a line of log."""
        directory.mkdir(parents=True, exist_ok=True)
        server = cls.__new__(cls)
        server.directory = directory
        server.log_file, server.stdout_file = directory / "server.log", directory / "server.out"
        command = [irsa_binary(), "serve", "--listen", listen, *flags]
        with server.log_file.open("wb") as log, server.stdout_file.open("wb") as out:
            server.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                env=clean({"HOME": str(directory)} | (variables or {})),
            )

        def listening():
            status = server.process.poll()
            assert status is None, f"the server ended with {status}: {server.log()}"
            return re.search(r"listens on (https?://[0-9.]+:[0-9]+)", server.log())

        found = wait_until(listening, "the line that says where the server listens")
        server._reached_at(found[1])
        server.admin = admin
        return server

    def stop(self):
        """Ends the server as an operator would; it must end soon and must not have panicked."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end on SIGTERM: {self.log()}") from None
        assert "panicked" not in self.log(), self.log()
        assert status == 0, f"the server ended with {status}: {self.log()}"

    def kill(self):
        """Ends the server as a power cut would."""
        self.process.kill()
        self.process.wait()

    # Clients.

    def client(self, service, credentials=None, region=REGION, **config):
        """An unmodified boto3 client that tries once; the administrator's unless told."""
        credentials = credentials or self.admin
        key = (service, credentials, region, tuple(sorted(config)))
        with self._lock:
            if config or key not in self._clients:
                session = boto3.session.Session(
                    credentials.access_key_id, credentials.secret_access_key,
                    credentials.session_token, region,
                )
                settings = Config(**(ONE_TRY | config))
                made = session.client(service, endpoint_url=self.url, config=settings)
                if config:
                    return made
                self._clients[key] = made
            return self._clients[key]

    def unsigned_sts(self):
        """STS as a pod without credentials calls it."""
        with self._lock:
            if "unsigned" not in self._clients:
                session = boto3.session.Session(region_name=REGION)
                settings = Config(signature_version=UNSIGNED, **ONE_TRY)
                self._clients["unsigned"] = session.client(
                    "sts", endpoint_url=self.url, config=settings
                )
            return self._clients["unsigned"]

    def environment(self, credentials=None):
        """What a child process needs to be that caller."""
        credentials = credentials or self.admin
        return clean(
            credentials.variables()
            | {
                "AWS_ENDPOINT_URL": self.url,
                "AWS_ENDPOINT_URL_STS": self.url,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
            }
        )

    def irsa(self, *arguments, credentials=None, stdin=None):
        """Runs an `irsa` command."""
        return self.run(self.environment(credentials), *arguments, stdin=stdin)

    def run(self, environment, *arguments, stdin=None):
        """Runs an `irsa` command with these variables."""
        return subprocess.run(
            [irsa_binary(), *arguments], env=environment, input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )

    def irsa_ok(self, *arguments, credentials=None):
        """The stdout of an `irsa` command that must succeed."""
        done = self.irsa(*arguments, credentials=credentials)
        assert done.returncode == 0, f"irsa {arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def irsa_json(self, *arguments, credentials=None):
        """Its result as JSON."""
        return json.loads(self.irsa_ok(*arguments, "-o", "json", credentials=credentials))
