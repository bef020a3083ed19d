"""A node: containerd, its network and a kubelet."""

import json
import subprocess

from support.waiting import wait_until

from .http import answers
from .places import CGROUP, HOST, NODE, PODS, PROGRAMS, RUN, WORK
from .process import Process

SOCKET = "/run/containerd/containerd.sock"
PLUGINS = "/usr/lib/cni"
PAUSE = "irsa.test/busybox:1"

# WHY: snapshots by copying work on any file system; and without CAP_SYS_RESOURCE every sandbox would
# fail with "can't get final child's PID from pipe: EOF" if scores were not restricted.
CONTAINERD = f"""\
version = 2
root = "{WORK}/containerd"
state = "/run/containerd"
[grpc]
  address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{PAUSE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{RUN}/cni"
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
    "maxPods": 250, "resolvConf": "/etc/resolv.conf",
}


class Node:
    """The cluster's one node, Ready."""

    def __init__(self, control_plane, image):
        self.kubectl = control_plane.kubectl
        self.processes = []
        try:
            self._start(control_plane.kubeconfigs["node"], image)
        except BaseException:
            self.stop()
            raise

    def _start(self, kubeconfig, image):
        (RUN / "cni").mkdir(parents=True, exist_ok=True)
        (RUN / "cni" / "suite.conflist").write_text(json.dumps(NETWORK))
        settings = WORK / "containerd.toml"
        settings.write_text(CONTAINERD)
        self.containerd = self._run(
            "containerd", "containerd", "--config", settings,
            ready=lambda: self._ctr("version").returncode == 0)
        self.load(image)
        configuration = WORK / "kubelet.json"
        configuration.write_text(json.dumps(KUBELET))
        self.kubelet = self._run(
            "kubelet", PROGRAMS / "kubelet", f"--kubeconfig={kubeconfig}", f"--config={configuration}",
            f"--hostname-override={NODE}", f"--node-ip={HOST}", "--cert-dir=/run/irsa-suite/kubelet",
            ready=lambda: answers("http://127.0.0.1:10248/healthz"))
        wait_until(self._is_ready, f"the node; the kubelet's log: {self.kubelet.log_file}", 60)

    def _run(self, name, *command, ready):
        started = Process(name, *command, ready=ready)
        self.processes.append(started)
        return started

    def _is_ready(self):
        done = self.kubectl.run("get", "node", NODE, "-o", "json")
        if done.returncode != 0:
            return False
        conditions = json.loads(done.stdout)["status"]["conditions"]
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def _ctr(self, *arguments):
        return subprocess.run(
            ["ctr", "--address", SOCKET, "--namespace", "k8s.io", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)

    def load(self, image):
        """Puts an image, a tar, on the node."""
        done = self._ctr("images", "import", "--snapshotter", "native", str(image))
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self):
        """Ends the pods and then the node, in bounded time."""
        self.kubectl.run("delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=20s")
        for process in reversed(self.processes):
            process.stop()
