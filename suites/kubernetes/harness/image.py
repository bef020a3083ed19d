"""Images, as tars that `ctr images import` and `docker load` read, made with no daemon."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

# What of Python's own library, and of botocore's descriptions of services, a test pod needs.
LIBRARY_LEFT_OUT = {
    "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "distutils", "pydoc_data",
    "site-packages", "dist-packages",
}
PACKAGES = ["boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"]
SERVICES = {"sts", "secretsmanager", "s3"}
# No wget: linked statically, it dies where it looks a name up.
APPLETS = ["cat", "env", "grep", "ls", "sh", "sleep"]
BOTO3 = "/opt/boto3"


class Layer:
    """A layer in the making."""

    def __init__(self):
        self._bytes = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._bytes, mode="w")
        self._seen = set()

    def file(self, source, target):
        """A file of the machine, what links lead to included."""
        if target not in self._seen:
            self._seen.add(target)
            self._tar.add(Path(source).resolve(), target.lstrip("/"), recursive=False)

    def link(self, target, to):
        """A symbolic link."""
        made = tarfile.TarInfo(target.lstrip("/"))
        made.type, made.linkname = tarfile.SYMTYPE, to
        self._tar.addfile(made)

    def directory(self, target, mode=0o755):
        """An empty directory."""
        made = tarfile.TarInfo(target.lstrip("/"))
        made.type, made.mode = tarfile.DIRTYPE, mode
        self._tar.addfile(made)

    def tree(self, source, target, keep=lambda path: True):
        """The files of a directory for which `keep` holds."""
        for directory, names, files in os.walk(source):
            relative = Path(directory).relative_to(source)
            names[:] = [name for name in names if keep(relative / name)]
            for name in files:
                if keep(relative / name):
                    self.file(Path(directory) / name, f"{target}/{relative / name}")

    def program(self, source, target):
        """A program and the libraries that it is linked with."""
        self.file(source, target)
        self.libraries(source)

    def libraries(self, source):
        """The libraries of a program or library, where the loader looks for them."""
        for line in subprocess.run(["ldd", str(source)], capture_output=True, text=True).stdout.splitlines():
            paths = [word for word in line.split() if word.startswith("/")]
            if paths and Path(paths[0]).exists():
                self.file(paths[0], paths[0])

    def busybox(self):
        """A shell and a few tools."""
        self.program(shutil.which("busybox"), "/bin/busybox")
        for applet in APPLETS:
            self.link(f"/bin/{applet}", "busybox")
        self.directory("/tmp", 0o1777)

    def content(self):
        """The finished tar."""
        self._tar.close()
        return self._bytes.getvalue()


def write_image(path, name, layer, command, environment=()):
    """Writes an image of one layer; its path."""
    content = layer.content()
    config = json.dumps({
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine], "os": "linux",
        "config": {"Cmd": command, "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", *environment]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(content).hexdigest()}"]},
    }).encode()
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    parts = {"config.json": config, "layer.tar": content, "manifest.json": json.dumps(manifest).encode()}
    with tarfile.open(path, "w") as tar:
        for part, data in parts.items():
            made = tarfile.TarInfo(part)
            made.size = len(data)
            tar.addfile(made, io.BytesIO(data))
    return path


def busybox_image(directory):
    """`irsa.test/busybox:1`, which sleeps."""
    layer = Layer()
    layer.busybox()
    return write_image(directory / "busybox.tar", "irsa.test/busybox:1", layer, ["/bin/sleep", "2147483647"])


def boto3_image(directory, roots):
    """`irsa.test/boto3:1`: this Python and this boto3, as pip installed it, with these public roots."""
    layer = Layer()
    layer.file(roots, f"{BOTO3}/botocore/cacert.pem")
    layer.busybox()
    library = Path(sysconfig.get_path("stdlib"))
    layer.program(Path(sys.executable).resolve(), str(Path(sys.executable).resolve()))
    for name in ("python", "python3"):
        layer.link(f"/usr/local/bin/{name}", str(Path(sys.executable).resolve()))
    layer.tree(library, str(library), _is_wanted)
    for extension in (library / "lib-dynload").glob("*.so"):
        if _is_wanted(extension.relative_to(library)):
            layer.libraries(extension)
    packages = Path(sysconfig.get_path("purelib"))
    for package in PACKAGES:
        source = packages / package
        if source.is_file():
            layer.file(source, f"{BOTO3}/{package}")
        else:
            layer.tree(source, f"{BOTO3}/{package}", _is_needed)
    return write_image(
        directory / "boto3.tar", "irsa.test/boto3:1", layer, ["python3"], [f"PYTHONPATH={BOTO3}"])


def _is_wanted(path):
    optimised, graphical = ".opt-" in path.name, path.name.startswith("_tkinter")
    left_out = LIBRARY_LEFT_OUT & set(path.parts) or path.parts[0].startswith("config-")
    return not (optimised or graphical or left_out)


def _is_needed(path):
    in_data = path.parts[0] == "data" and len(path.parts) == 2
    is_service = in_data and "." not in path.name
    return not is_service or path.name in SERVICES


def irsa_image(directory, binary):
    """`irsa.test/irsa:1`: the irsa binary and a shell."""
    layer = Layer()
    layer.busybox()
    layer.program(binary, "/usr/local/bin/irsa")
    return write_image(directory / "irsa.tar", "irsa.test/irsa:1", layer, ["irsa", "version"])
