//! Writes the image: the binary, the libraries it needs, public certificates, and nothing else,
//! with no container daemon. Equal inputs make equal bytes.

mod archive;
mod layer;
mod libraries;
mod name;

use crate::failure::Failure;
use layer::{Layer, OURS, ROOT};
use name::ImageName;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const BINARY: &str = "target/release/irsa";
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
const OUTPUT: &str = "target/image/irsa.tar";

const PROGRAM: &str = "/usr/local/bin/irsa";
const HOME: &str = "/var/lib/irsa";
const PASSWD: &str = "\
root:x:0:0:root:/:/sbin/nologin
irsa:x:65532:65532:irsa:/var/lib/irsa:/sbin/nologin
";
const GROUP: &str = "root:x:0:\nirsa:x:65532:\n";
const NSSWITCH: &str = "hosts: files dns\n";

/// What `image` was asked to do.
#[derive(Default)]
pub(crate) struct Options {
    /// The binary; by default the release build.
    pub(crate) binary: Option<PathBuf>,
    /// The public roots; by default the machine's.
    pub(crate) certificates: Option<PathBuf>,
    /// The image's name; by default `irsa` with the version.
    pub(crate) name: Option<String>,
    /// Where to write it.
    pub(crate) output: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: Options) -> Result<String, Failure> {
    let name = ImageName::read(options.name.as_deref())?;
    let binary = options.binary.unwrap_or_else(|| root.join(BINARY));
    let certificates = options.certificates.unwrap_or_else(|| CERTIFICATES.into());
    let output = options.output.unwrap_or_else(|| root.join(OUTPUT));
    let layer = layer(root, &binary, &certificates)?.finish()?;
    let digest = archive::write(&output, &name, &settings(), &layer)?;
    Ok(format!("{}: {name} sha256:{digest}", output.display()))
}

fn layer(root: &Path, binary: &Path, certificates: &Path) -> Result<Layer, Failure> {
    if !binary.is_file() {
        return Err(Failure::new(format!(
            "{} is missing: run `make build` first",
            binary.display()
        )));
    }
    if !certificates.is_file() {
        return Err(Failure::new(format!(
            "{} is missing: apt-get install ca-certificates, or give --certificates",
            certificates.display()
        )));
    }
    let mut layer = Layer::default();
    layer.copy(binary, PROGRAM, 0o755)?;
    for library in libraries::of(binary)? {
        layer.copy(&library, &library.to_string_lossy(), 0o755)?;
    }
    layer.copy(certificates, CERTIFICATES, 0o644)?;
    for document in ["LICENSE", "NOTICE"] {
        let target = format!("/usr/share/doc/irsa/{document}");
        layer.copy(&root.join(document), &target, 0o644)?;
    }
    layer.text("/etc/passwd", PASSWD);
    layer.text("/etc/group", GROUP);
    layer.text("/etc/nsswitch.conf", NSSWITCH);
    layer.directory("/tmp", 0o1777, ROOT);
    layer.directory(HOME, 0o700, OURS);
    Ok(layer)
}

/// How the image runs.
fn settings() -> Value {
    json!({
        "User": format!("{OURS}:{OURS}"),
        "Entrypoint": [PROGRAM],
        "WorkingDir": HOME,
        "Env": ["PATH=/usr/local/bin", format!("IRSA_DATA_DIR={HOME}/data")],
        "Labels": {
            "org.opencontainers.image.title": "irsa",
            "org.opencontainers.image.description":
                "IAM Roles for Service Accounts: the whole chain, with or without AWS",
            "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
            "org.opencontainers.image.licenses": env!("CARGO_PKG_LICENSE"),
        },
    })
}
