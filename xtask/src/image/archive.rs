//! One tar that is an OCI image layout and what `docker save` writes, both over the same blobs.

use super::layer::header;
use super::name::ImageName;
use crate::failure::Failure;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use tar::{Builder, EntryType};

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const BEGINNING: &str = "1970-01-01T00:00:00Z";

/// Writes the image whole or not at all; the manifest's digest, which registries name it by.
pub(super) fn write(
    output: &Path,
    name: &ImageName,
    settings: &Value,
    layer: &[u8],
) -> Result<String, Failure> {
    let architecture = architecture()?;
    let layer_digest = digest(layer);
    let config = text(&json!({
        "created": BEGINNING,
        "architecture": architecture,
        "os": "linux",
        "config": settings,
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{layer_digest}")] },
        "history": [{ "created": BEGINNING, "created_by": "xtask image" }],
    }));
    let manifest = text(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, layer)],
    }));
    let parts = [
        (blob(&digest(&config)), config.as_slice()),
        (blob(&digest(&manifest)), manifest.as_slice()),
        (blob(&layer_digest), layer),
        (
            "index.json".to_owned(),
            &index(name, architecture, &manifest),
        ),
        (
            "manifest.json".to_owned(),
            &docker_manifest(name, &config, layer),
        ),
        (
            "oci-layout".to_owned(),
            br#"{"imageLayoutVersion":"1.0.0"}"#,
        ),
    ];
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", output.display()));
    if let Some(folder) = output.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let unfinished = output.with_extension("tar.unfinished");
    archive(&unfinished, &parts).map_err(failed)?;
    std::fs::rename(&unfinished, output).map_err(failed)?;
    Ok(digest(&manifest))
}

fn archive(path: &Path, parts: &[(String, &[u8])]) -> std::io::Result<()> {
    let mut tar = Builder::new(std::fs::File::create(path)?);
    for folder in ["blobs/", "blobs/sha256/"] {
        let mut header = header(EntryType::Directory, 0o755, &[]);
        tar.append_data(&mut header, folder, std::io::empty())?;
    }
    for (path, content) in parts {
        let mut header = header(EntryType::Regular, 0o644, content);
        tar.append_data(&mut header, path, *content)?;
    }
    tar.into_inner()?.sync_all()
}

fn index(name: &ImageName, architecture: &str, manifest: &[u8]) -> Vec<u8> {
    let mut described = descriptor(MANIFEST, manifest);
    if let Some(members) = described.as_object_mut() {
        let platform = json!({ "architecture": architecture, "os": "linux" });
        members.insert("platform".to_owned(), platform);
        let names = json!({
            "io.containerd.image.name": name.full(),
            "org.opencontainers.image.ref.name": name.tag(),
        });
        members.insert("annotations".to_owned(), names);
    }
    text(&json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [described] }))
}

fn docker_manifest(name: &ImageName, config: &[u8], layer: &[u8]) -> Vec<u8> {
    text(&json!([{
        "Config": blob(&digest(config)),
        "RepoTags": [name.to_string()],
        "Layers": [blob(&digest(layer))],
    }]))
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    let digest = format!("sha256:{}", digest(content));
    json!({ "mediaType": media_type, "digest": digest, "size": content.len() })
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn blob(digest: &str) -> String {
    format!("blobs/sha256/{digest}")
}

fn digest(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// The machine's, as images name it: the binary was built for it, and so are its libraries.
fn architecture() -> Result<&'static str, Failure> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        "powerpc64" if cfg!(target_endian = "little") => Ok("ppc64le"),
        "riscv64" => Ok("riscv64"),
        "s390x" => Ok("s390x"),
        other => Err(Failure::new(format!("images for {other} are not known"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::io::Read;

    fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut tar = tar::Archive::new(std::fs::File::open(path).unwrap());
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        });
        entries.collect()
    }

    fn read(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
        serde_json::from_slice(&files[name]).unwrap()
    }

    #[test]
    fn both_formats_lead_to_the_same_blobs_whose_names_are_their_digests() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("1.tar"), folder.path().join("2.tar"));
        let name = ImageName::read(Some("team/irsa:1")).unwrap();
        let settings = json!({ "User": "65532:65532" });
        let manifest_digest = write(&one, &name, &settings, b"layer").unwrap();
        write(&other, &name, &settings, b"layer").unwrap();
        assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&other).unwrap());

        let files = files(&one);
        for (path, content) in &files {
            if let Some(name) = path
                .strip_prefix("blobs/sha256/")
                .filter(|name| !name.is_empty())
            {
                assert_eq!(name, digest(content));
            }
        }
        let index = read(&files, "index.json");
        let described = &index["manifests"][0];
        assert_eq!(described["digest"], format!("sha256:{manifest_digest}"));
        let names = &described["annotations"];
        assert_eq!(names["io.containerd.image.name"], "docker.io/team/irsa:1");
        let manifest = read(&files, &blob(&manifest_digest));
        let docker = read(&files, "manifest.json");
        assert_eq!(docker[0]["RepoTags"], json!(["team/irsa:1"]));
        let layer = docker[0]["Layers"][0].as_str().unwrap();
        assert_eq!(files[layer], b"layer");
        assert_eq!(
            manifest["layers"][0]["digest"],
            layer.replace("blobs/sha256/", "sha256:")
        );
        let config = docker[0]["Config"].as_str().unwrap();
        assert_eq!(
            manifest["config"]["digest"],
            config.replace("blobs/sha256/", "sha256:")
        );
        let config = read(&files, config);
        assert_eq!(config["config"], settings);
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            manifest["layers"][0]["digest"]
        );
    }
}
