"""The cluster's names: `SERVICE.NAMESPACE.svc`, answered from what the API server knows."""

import socket
import struct
import threading

from .places import HOST

DOMAIN = "cluster.local"
A, IN = 1, 1
NO_ERROR, NO_SUCH_NAME = 0, 3
RESPONSE, RECURSION = 0x8000, 0x0180


class Names:
    """A name server for pods (RFC 1035), enough for Services and what is `known`; ends with the process."""

    def __init__(self, api):
        self._api = api
        # Addresses of names outside the cluster.
        self.known = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            question, sender = self._socket.recvfrom(512)
            threading.Thread(target=self._answer, args=(question, sender), daemon=True).start()

    def _answer(self, question, sender):
        labels, end = _name(question)
        kind, _ = struct.unpack_from(">HH", question, end)
        address = self._address(".".join(labels).lower())
        code = NO_ERROR if address else NO_SUCH_NAME
        answers = [address] if address and kind == A else []
        (identifier,) = struct.unpack_from(">H", question)
        header = struct.pack(">HHHHHH", identifier, RESPONSE | RECURSION | code, 1, len(answers), 0, 0)
        records = b"".join(
            # The name is the question's, at byte 12.
            struct.pack(">HHHIH", 0xC00C, A, IN, 5, 4) + socket.inet_aton(each) for each in answers)
        self._socket.sendto(header + question[12:end + 4] + records, sender)

    def _address(self, name):
        if name in self.known:
            return self.known[name]
        parts = name.removesuffix(f".{DOMAIN}").split(".")
        if not name.endswith(f".svc.{DOMAIN}") or len(parts) != 3:
            return None
        service = self._api.namespaced("services", parts[1], parts[0])
        address = (service or {"spec": {}})["spec"].get("clusterIP", "None")
        return None if address == "None" else address


def _name(message, at=12):
    """The labels of the question, and where it goes on."""
    labels = []
    while length := message[at]:
        labels.append(message[at + 1:at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return labels, at + 1
