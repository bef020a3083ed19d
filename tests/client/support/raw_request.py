"""Requests signed by hand, so that each part can be changed after the signature was made."""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from urllib.parse import quote

REGION = "us-east-1"


def amz_date(shift=0):
    """Now as X-Amz-Date writes it, shifted by seconds."""
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=shift)
    return moment.strftime("%Y%m%dT%H%M%SZ")


def form(**parameters):
    """A form body."""
    return "&".join(f"{quote(k, safe='')}={quote(str(v), safe='-_.~')}" for k, v in parameters.items())


@dataclass
class Request:
    """One request; change its parts before or after `sign`."""

    service: str
    body: bytes | str = b""
    method: str = "POST"
    path: str = "/"
    query: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    region: str = REGION
    date: str = field(default_factory=amz_date)

    def __post_init__(self):
        if isinstance(self.body, str):
            self.body = self.body.encode()

    @classmethod
    def of_query(cls, service, **parameters):
        """A call of STS or IAM."""
        version = {"sts": "2011-06-15", "iam": "2010-05-08"}[service]
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return cls(service, form(**({"Version": version} | parameters)), headers=headers)

    @classmethod
    def of_json(cls, service, target, members):
        """A call of a JSON service."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
        body = members if isinstance(members, (bytes, str)) else json.dumps(members)
        return cls(service, body, headers=headers)

    def raw_query(self):
        """The query string as it goes over the wire."""
        return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in self.query)

    def _signature(self, credentials, names, payload, scope, query):
        canonical_query = "&".join(
            sorted(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query)
        )
        canonical_headers = "".join(
            f"{name}:{' '.join(self.headers[name].split())}\n" for name in names
        )
        canonical = "\n".join(
            [self.method, self.path, canonical_query, canonical_headers, ";".join(names), payload]
        )
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", self.date, scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = ("AWS4" + credentials.secret_access_key).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()

    def sign(self, server, credentials, unsigned=(), scope=None):
        """Signs in the Authorization header, all headers but `unsigned`."""
        self.headers["host"] = f"{server.host}:{server.port}"
        self.headers["x-amz-date"] = self.date
        if credentials.session_token is not None:
            self.headers["x-amz-security-token"] = credentials.session_token
        scope = scope or f"{self.date[:8]}/{self.region}/{self.service}/aws4_request"
        names = sorted(name for name in self.headers if name not in unsigned)
        payload = hashlib.sha256(self.body).hexdigest()
        signature = self._signature(credentials, names, payload, scope, self.query)
        self.headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return self

    def presign(self, server, credentials, expires=60, headers=None):
        """Signs in the query string."""
        self.headers = {"host": f"{server.host}:{server.port}"} | (headers or {})
        scope = f"{self.date[:8]}/{self.region}/{self.service}/aws4_request"
        names = sorted(self.headers)
        self.query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", f"{credentials.access_key_id}/{scope}"),
            ("X-Amz-Date", self.date),
            ("X-Amz-Expires", str(expires)),
            ("X-Amz-SignedHeaders", ";".join(names)),
        ]
        if credentials.session_token is not None:
            self.query.append(("X-Amz-Security-Token", credentials.session_token))
        payload = hashlib.sha256(self.body).hexdigest()
        signature = self._signature(credentials, names, payload, scope, self.query)
        self.query.append(("X-Amz-Signature", signature))
        return self

    def send(self, server):
        """Sends what is there and reads the answer."""
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        try:
            target = self.path + (f"?{self.raw_query()}" if self.query else "")
            connection.putrequest(
                self.method, target, skip_host="host" in self.headers, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                connection.putheader(name, value)
            if "content-length" not in self.headers:
                connection.putheader("content-length", str(len(self.body)))
            connection.endheaders()
            # Who refuses a body without reading it may close first; the answer is there all the same.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send(self.body)
            response = connection.getresponse()
            return Answer(response.status, dict_of(response), response.read())
        finally:
            connection.close()


def dict_of(response):
    """Headers by lower-case name."""
    return {name.lower(): value for name, value in response.getheaders()}


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def member(self, name):
        """The text of an XML element, by its local name."""
        for element in ElementTree.fromstring(self.body).iter():
            if element.tag.rpartition("}")[2] == name:
                return element.text or ""
        return None

    def json(self):
        return json.loads(self.body)

    def error(self):
        """Code and text of a refusal, XML or JSON."""
        if self.body.lstrip().startswith(b"{"):
            fault = self.json()
            if "Error" in fault:
                return fault["Error"]["Code"], fault["Error"]["Message"]
            code = re.split(r"[#:]", fault["__type"])
            return code[-1], fault.get("Message", fault.get("message"))
        return self.member("Code"), self.member("Message")
