"""The API server, asked directly: waiting would start too many kubectls."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass

from .places import API_SERVER


@dataclass(frozen=True)
class Answer:
    """What the API server said: an object, or a Status that says why not."""

    status: int
    body: dict
    warnings: tuple

    @property
    def message(self):
        """Why it was refused."""
        return self.body.get("message", "")


class Api:
    """Asks as a user who has a token."""

    def __init__(self, token, authority_file):
        self._headers = {"Authorization": f"Bearer {token}"}
        self._context = ssl.create_default_context(cafile=str(authority_file))

    def send(self, method, path, body=None, content_type="application/json"):
        """The answer to a request, whatever its status."""
        data = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({"Content-Type": content_type} if data else {})
        request = urllib.request.Request(API_SERVER + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=40, context=self._context) as response:
                return _answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)

    def get(self, path):
        """The object at a path; nothing where there is none."""
        answer = self.send("GET", path)
        if answer.status == 404:
            return None
        assert answer.status == 200, answer
        return answer.body

    def create(self, path, body):
        """The object as it was stored."""
        answer = self.send("POST", path, body)
        assert answer.status == 201, answer
        return answer.body

    def merge(self, path, body):
        """Changes some members of an object (RFC 7386)."""
        answer = self.send("PATCH", path, body, "application/merge-patch+json")
        assert answer.status == 200, answer
        return answer.body

    def namespaced(self, kind, namespace, name):
        """An object of the core API: `pods`, `serviceaccounts`, …"""
        return self.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")


def _answer(response):
    text = response.read()
    try:
        body = json.loads(text)
    except ValueError:
        body = {"message": text.decode(errors="replace")}
    warnings = response.headers.get_all("Warning") or []
    return Answer(response.status, body, tuple(warnings))
