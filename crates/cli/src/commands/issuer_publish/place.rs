//! Where documents are published: a directory, or a bucket.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base::Escaped;
use hyper::Method;

use crate::args::IssuerPublishArgs;
use crate::aws::{Endpoint, Scheme};
use crate::client::{Client, Object};
use crate::commands::bounded_file::read_bounded;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::values::BucketPlace;

/// How long kube-apiserver lets its documents be cached.
const CACHE_CONTROL: &str = "public, max-age=3600";
/// Larger than any document of an issuer (THREATS R32).
const MAX_BYTES: u64 = 1 << 20;
/// Everybody reads what is published.
const FILE_MODE: u32 = 0o644;

/// A place for documents.
pub(super) enum Place<'a> {
    /// Files below a directory.
    Directory(PathBuf),
    /// Objects in a bucket.
    Bucket {
        /// Whose server.
        endpoint: Endpoint,
        /// Which bucket.
        place: BucketPlace,
        /// Who writes.
        client: &'a Client,
    },
}

impl<'a> Place<'a> {
    /// The place that the arguments name; clap demands exactly one.
    pub(super) fn of(args: &IssuerPublishArgs, client: &'a Client) -> Result<Self, Failure> {
        match (&args.directory, &args.bucket) {
            (_, Some(place)) => Ok(Self::Bucket {
                endpoint: endpoint(args.s3_endpoint.as_deref(), client)?,
                place: place.clone(),
                client,
            }),
            (Some(directory), None) => Ok(Self::Directory(directory.clone())),
            (None, None) => Err(Failure::usage("give --directory or --bucket")),
        }
    }

    /// What is published now.
    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Directory(directory) => {
                let path = directory.join(name);
                read_file(&path).map_err(|error| file_failure("read", &path, &error))
            }
            Self::Bucket { place, .. } => {
                let path = place.path(name);
                let (status, body) = self
                    .call(Method::GET, &path, Vec::new(), Vec::new())
                    .await?;
                match status {
                    200 => Ok(Some(body)),
                    404 => Ok(None),
                    status => Err(refused("read", &path, status, &body)),
                }
            }
        }
    }

    /// Replaces a document as a whole: readers see the old one or the new one.
    pub(super) async fn write(
        &self,
        name: &str,
        content_type: &str,
        content: &str,
    ) -> Result<(), Failure> {
        match self {
            Self::Directory(directory) => {
                let path = directory.join(name);
                write_file(&path, content.as_bytes())
                    .map_err(|error| file_failure("write", &path, &error))
            }
            Self::Bucket { place, .. } => {
                let path = place.path(name);
                let headers = vec![
                    ("content-type".to_owned(), content_type.to_owned()),
                    ("cache-control".to_owned(), CACHE_CONTROL.to_owned()),
                ];
                let content = content.as_bytes().to_vec();
                let (status, body) = self.call(Method::PUT, &path, headers, content).await?;
                match status {
                    200 | 201 | 204 => Ok(()),
                    status => Err(refused("write", &path, status, &body)),
                }
            }
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let Self::Bucket {
            endpoint, client, ..
        } = self
        else {
            return Err(Failure::failed("a directory takes no calls"));
        };
        let object = Object {
            method,
            path: path.to_owned(),
            headers,
            body,
        };
        Ok(client.object(endpoint, object).await?)
    }
}

/// Keys that anybody on the way could replace would be anybody's.
fn endpoint(flag: Option<&str>, client: &Client) -> Result<Endpoint, Failure> {
    let url = match flag {
        Some(url) => url.to_owned(),
        None => format!("https://{}", client.aws_s3_host()),
    };
    let endpoint: Endpoint = url
        .parse()
        .map_err(|why| Failure::usage(format!("`{}` is no endpoint: {why}", Escaped(&url))))?;
    let host = endpoint.host();
    let address = host.parse::<std::net::IpAddr>();
    let is_loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match endpoint.scheme() {
        Scheme::Http if !is_loopback => Err(Failure::usage(
            "`--s3-endpoint` must begin with https://: keys are not sent in the clear",
        )),
        Scheme::Http | Scheme::Https => Ok(endpoint),
    }
}

fn refused(what: &str, path: &str, status: u16, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    let code = text
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"))
        .map_or("no code", |(code, _)| code);
    let exit = if status == 403 {
        Exit::Denied
    } else {
        Exit::Failed
    };
    let what = format!(
        "cannot {what} `{path}` in the bucket: status {status}, {}",
        Escaped(code)
    );
    let failure = Failure::new(exit, what);
    match status {
        403 => failure.help(
            "needed are s3:GetObject, s3:PutObject and s3:ListBucket (without it a missing object \
             is a refused one)",
        ),
        301 | 307 => failure.help("give the bucket's region with --region"),
        _ => failure,
    }
}

fn read_file(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match read_bounded(path, MAX_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        content => content.map(Some),
    }
}

fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    let mut file = tempfile::Builder::new()
        .prefix(".irsa-")
        .permissions(std::fs::Permissions::from_mode(FILE_MODE))
        .tempfile_in(directory)?;
    file.write_all(content)?;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(FILE_MODE))?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn file_failure(what: &str, path: &Path, error: &io::Error) -> Failure {
    let shown = path.display().to_string();
    Failure::failed(format!("cannot {what} `{}`: {error}", Escaped(&shown)))
}
