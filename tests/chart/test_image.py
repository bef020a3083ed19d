"""The image's archive, as those read it who load it: Docker, containerd, registries' tools."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile

import pytest

IMAGE = os.environ.get("IRSA_IMAGE")

pytestmark = pytest.mark.skipif(not IMAGE, reason="IRSA_IMAGE names no image (make image)")
needs_skopeo = pytest.mark.skipif(not shutil.which("skopeo"), reason="no skopeo")


def skopeo(*arguments):
    return subprocess.run(["skopeo", *arguments], capture_output=True, text=True, check=False, timeout=120)


def ok(*arguments):
    done = skopeo(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files():
    """The archive's regular files."""
    with tarfile.open(IMAGE) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive if each.isreg()}


@pytest.fixture(scope="module")
def loaded(files):
    """What `docker load` reads first: the one entry of manifest.json (Docker Image Specification v1.2)."""
    (entry,) = json.loads(files["manifest.json"])
    return entry


@pytest.fixture(scope="module")
def references(files, loaded):
    """The image in both formats, by name."""
    (name,) = loaded["RepoTags"]
    tag = json.loads(files["index.json"])["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"]
    return [f"docker-archive:{IMAGE}:{name}", f"oci-archive:{IMAGE}:{tag}"]


def test_the_archive_is_what_docker_documents(files, loaded):
    assert set(loaded) == {"Config", "RepoTags", "Layers"}
    (name,) = loaded["RepoTags"]
    assert ":" in name.rpartition("/")[2] and "@" not in name
    config = json.loads(files[loaded["Config"]])
    assert config["os"] == "linux" and config["architecture"]
    # The layers from the lowest on, each a tar whose digest is its DiffID.
    digests = [f"sha256:{hashlib.sha256(files[path]).hexdigest()}" for path in loaded["Layers"]]
    assert config["rootfs"] == {"type": "layers", "diff_ids": digests}
    assert len(config["history"]) == len(digests)
    # Docker follows no links in an archive, and no path out of it.
    with tarfile.open(IMAGE) as archive:
        for each in archive:
            assert each.isreg() or each.isdir(), each.name
            assert not each.name.startswith("/") and ".." not in each.name.split("/")


@needs_skopeo
def test_both_formats_are_the_same_image(references, loaded):
    docker, oci = ({**json.loads(ok("inspect", reference)), "Digest": None} for reference in references)
    # An OCI layout names no repository.
    assert docker.pop("Name").endswith(loaded["RepoTags"][0].rpartition(":")[0])
    assert docker == oci
    assert docker["Labels"]["org.opencontainers.image.title"] == "irsa"
    configs = [json.loads(ok("inspect", "--config", reference)) for reference in references]
    assert configs[0] == configs[1]
    config = configs[0]["config"]
    assert (config["User"], config["Entrypoint"]) == ("65532:65532", ["/usr/local/bin/irsa"])


@needs_skopeo
def test_another_name_is_not_in_it(references):
    for reference in references:
        done = skopeo("inspect", reference.rpartition(":")[0] + ":another")
        assert done.returncode != 0, reference


@needs_skopeo
def test_it_can_be_copied_whole(references, tmp_path):
    for at, reference in enumerate(references):
        # Every digest is compared on the way.
        copy = tmp_path / str(at)
        ok("--insecure-policy", "copy", reference, f"dir:{copy}")
        assert len(list(copy.iterdir())) == 4, "a version, a manifest, a configuration and a layer"


@needs_skopeo
def test_a_changed_layer_is_noticed(references, loaded, tmp_path):
    changed = tmp_path / "changed.tar"
    shutil.copy(IMAGE, changed)
    with tarfile.open(IMAGE) as archive:
        layer = archive.getmember(loaded["Layers"][0])
    with changed.open("r+b") as file:
        file.seek(layer.offset_data + layer.size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    for at, reference in enumerate(references):
        done = skopeo("--insecure-policy", "copy", reference.replace(IMAGE, str(changed)), f"dir:{tmp_path}/{at}")
        assert done.returncode != 0, reference
