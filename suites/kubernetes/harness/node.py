"""A node: containerd, its network, a kubelet and what makes Services work."""

import json
import subprocess

from support.waiting import wait_until

from .http import answers
from .names import DOMAIN, Names
from .places import CGROUP, HOST, NODE, PODS, PROGRAMS, RUN, WORK
from .process import Process

SOCKET = "/run/containerd/containerd.sock"
PLUGINS = "/usr/lib/cni"
PAUSE = "irsa.test/busybox:1"

# WHY: without CAP_SYS_RESOURCE every sandbox would fail with "can't get final child's PID from pipe:
# EOF" if scores were not restricted.
CONTAINERD = """\
version = 2
root = "%(work)s/containerd"
state = "/run/containerd"
[grpc]
  address = "%(socket)s"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%(pause)s"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "%(snapshotter)s"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "%(plugins)s"
    conf_dir = "%(run)s/cni"
"""

NETWORK = {
    "cniVersion": "1.0.0", "name": "suite",
    "plugins": [{
        "type": "bridge", "bridge": "suite0", "isGateway": True, "ipMasq": False,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]},
    }],
}

KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
    "address": HOST, "containerRuntimeEndpoint": f"unix://{SOCKET}",
    "cgroupDriver": "cgroupfs", "cgroupsPerQOS": False, "cgroupRoot": CGROUP,
    "enforceNodeAllocatable": [], "failCgroupV1": False, "failSwapOn": False,
    "evictionHard": {"memory.available": "0%"}, "imageGCHighThresholdPercent": 100,
    "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"},
    "maxPods": 250, "resolvConf": str(WORK / "resolv.conf"),
    "clusterDNS": [HOST], "clusterDomain": DOMAIN,
}


def snapshotter():
    """`overlayfs` where the work directory's file system carries it, else copies."""
    probe = WORK / "overlay"
    parts = {name: probe / name for name in ("lowerdir", "upperdir", "workdir", "merged")}
    for part in parts.values():
        part.mkdir(parents=True)
    options = ",".join(f"{name}={parts[name]}" for name in ("lowerdir", "upperdir", "workdir"))
    mounted = subprocess.run(
        ["mount", "-t", "overlay", "overlay", "-o", options, str(parts["merged"])],
        capture_output=True, check=False).returncode == 0
    if mounted:
        subprocess.run(["umount", str(parts["merged"])], check=True)
    return "overlayfs" if mounted else "native"


# As systemd keeps it: without control groups for pods, kubelet 1.36 dies where it would resize one.
KEPT_RUNNING = """
trap 'kill "$child"; exit' TERM
while :; do "$@" & child=$!; wait "$child"; sleep 0.5; done
"""


class Node:
    """The cluster's one node, Ready."""

    def __init__(self, control_plane, image):
        self.kubectl, self.api = control_plane.kubectl, control_plane.api
        self.processes = []
        try:
            self._start(control_plane.kubeconfigs, image)
        except BaseException:
            self.stop()
            raise

    def _start(self, kubeconfigs, image):
        (RUN / "cni").mkdir(parents=True, exist_ok=True)
        (RUN / "cni" / "suite.conflist").write_text(json.dumps(NETWORK))
        settings = WORK / "containerd.toml"
        self.snapshotter = snapshotter()
        settings.write_text(CONTAINERD % {
            "work": WORK, "socket": SOCKET, "pause": PAUSE, "snapshotter": self.snapshotter,
            "plugins": PLUGINS, "run": RUN,
        })
        self.containerd = self._run(
            "containerd", "containerd", "--config", settings,
            ready=lambda: self._ctr("version").returncode == 0)
        self.load(image)
        self.names = Names(self.api)
        # Other names are refused at once; the machine's name servers would be waited for.
        (WORK / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        configuration = WORK / "kubelet.json"
        configuration.write_text(json.dumps(KUBELET))
        self.kubelet = self._run(
            "kubelet", "bash", "-c", KEPT_RUNNING, "kubelet", PROGRAMS / "kubelet", f"--kubeconfig={kubeconfigs['node']}", f"--config={configuration}",
            f"--hostname-override={NODE}", f"--node-ip={HOST}", f"--cert-dir={RUN}/kubelet",
            ready=lambda: answers("http://127.0.0.1:10248/healthz"))
        self._run(
            "kube-proxy", PROGRAMS / "kube-proxy", f"--kubeconfig={kubeconfigs['proxy']}",
            f"--hostname-override={NODE}", "--proxy-mode=iptables", f"--cluster-cidr={PODS}",
            # Limits of the machine's connections are not a namespace's to set.
            "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
            ready=lambda: answers("http://127.0.0.1:10256/livez"))
        wait_until(self._is_ready, f"the node; the kubelet's log: {self.kubelet.log_file}", 60)

    def _run(self, name, *command, ready):
        started = Process(name, *command, ready=ready)
        self.processes.append(started)
        return started

    def _is_ready(self):
        found = self.api.get(f"/api/v1/nodes/{NODE}") or {"status": {}}
        conditions = found["status"].get("conditions", [])
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def _ctr(self, *arguments):
        return subprocess.run(
            ["ctr", "--address", SOCKET, "--namespace", "k8s.io", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def load(self, image):
        """Puts an image, a tar, on the node."""
        done = self._ctr("images", "import", "--snapshotter", self.snapshotter, str(image))
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self):
        """Ends the pods and then the node, in bounded time."""
        self.kubectl.run("delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=20s")
        for process in reversed(self.processes):
            process.stop()
