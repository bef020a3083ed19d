"""A cluster: a control plane and, where one can run, a node."""

from support.waiting import wait_until

from .amazon import public_authority
from .control_plane import ControlPlane
from .image import boto3_image, busybox_image, irsa_image
from .node import Node
from .places import API_SERVER, HAS_NODE, WORK


class Cluster:
    """Started on creation; `stop` when done."""

    def __init__(self, irsa_binary, issuer=API_SERVER, *api_server_flags):
        self.control_plane = ControlPlane(issuer, *api_server_flags)
        self.kubectl, self.api = self.control_plane.kubectl, self.control_plane.api
        self.issuer = self.control_plane.issuer
        self.authority = self.control_plane.authority
        self.node = None
        if HAS_NODE:
            try:
                self._start_node(irsa_binary)
            except BaseException:
                self.stop()
                raise

    def _start_node(self, irsa_binary):
        self.node = Node(self.control_plane, busybox_image(WORK))
        self.public_authority = public_authority()
        self.node.load(boto3_image(WORK, self.public_authority.file))
        self.node.load(irsa_image(WORK, irsa_binary))

    def stop(self):
        """Ends all of it."""
        if self.node is not None:
            self.node.stop()
        self.control_plane.stop()

    def namespace(self, name, labels=None):
        """Makes a namespace and waits for its default ServiceAccount."""
        self.api.create("/api/v1/namespaces", {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}})
        wait_until(
            lambda: self.api.namespaced("serviceaccounts", name, "default"),
            f"the default ServiceAccount of {name}", 30)
        return name

    def wait_for_phase(self, namespace, pod, *phases, seconds=60.0):
        """Waits until a pod is in one of these phases; the pod."""
        def reached():
            found = self.api.namespaced("pods", namespace, pod)
            return found if found["status"]["phase"] in phases else None

        return wait_until(reached, f"pod {namespace}/{pod} to be {' or '.join(phases)}", seconds)
