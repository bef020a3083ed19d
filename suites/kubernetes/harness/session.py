"""A connection to the API server that stays, for many requests one after the other."""

import http.client
import json
import ssl

from .places import HOST


class Session:
    """One user's connection; not for several threads."""

    def __init__(self, token, authority_file):
        context = ssl.create_default_context(cafile=str(authority_file))
        self._connection = http.client.HTTPSConnection(HOST, 443, timeout=60, context=context)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def create(self, path, body):
        """Status and body of the answer."""
        self._connection.request("POST", path, json.dumps(body), self._headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self):
        """Ends it."""
        self._connection.close()
