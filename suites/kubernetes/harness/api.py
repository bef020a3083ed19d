"""The API server, asked directly: waiting would start too many kubectls."""

import json
import ssl
import urllib.error
import urllib.request

from .places import API_SERVER


class Api:
    """Reads as a user who has a token."""

    def __init__(self, token, authority_file):
        self._headers = {"Authorization": f"Bearer {token}"}
        self._context = ssl.create_default_context(cafile=str(authority_file))

    def get(self, path):
        """The object at a path; nothing where there is none."""
        request = urllib.request.Request(API_SERVER + path, headers=self._headers)
        try:
            with urllib.request.urlopen(request, timeout=10, context=self._context) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def namespaced(self, kind, namespace, name):
        """An object of the core API: `pods`, `serviceaccounts`, …"""
        return self.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")
