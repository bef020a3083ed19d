"""Where things are, in the namespaces that run.sh makes."""

import os
from pathlib import Path

WORK = Path(os.environ.get("IRSA_SUITE_WORK", "/nonexistent"))
PROGRAMS = Path(os.environ.get("IRSA_SUITE_PROGRAMS", "/nonexistent"))
CGROUP = os.environ.get("IRSA_SUITE_CGROUP", "/irsa-suite")
HAS_NODE = bool(os.environ.get("IRSA_SUITE_NODE"))

# On a file system in memory: etcd syncs on every write.
RUN = Path("/run/irsa-suite")

# The machine's own address, which pods reach too.
HOST = "192.0.2.10"
# The first address of the Services, which is the API server's.
SERVICE_KUBERNETES = "10.0.0.1"
SERVICES = "10.0.0.0/24"
PODS = "10.88.0.0/24"

# On the default port, as a public issuer's URL is.
API_SERVER = f"https://{HOST}"
NODE = "node"
