//! Keys of API servers that sign with a file: `irsa issuer export-key`, `import-key`, `remove-key`.
//!
//! A private key stays where the API server's host has it: a new one is made here and written here,
//! and of one that is there only the public half is sent. Each such key is a signer of its own at
//! the issuer, named after the key, so that saying it twice changes nothing.

use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest;
use base::Escaped;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::{Connection, discover};
use jose::{Algorithm, PublicKey, SigningKey, private_key_pem, public_keys_of_file};
use serde_json::{Value, json};

use super::Setting;
use super::members::text;
use super::target::announce;
use crate::args::{
    IssuerExportKeyArgs, IssuerImportKeyArgs, IssuerRemoveKeyArgs, KeyAlgorithm, KubernetesArgs,
};
use crate::client::{CallError, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::local::ExclusiveFile;
use crate::output::{Table, hex};
use crate::values::Lifetime;

/// More than any file of keys has.
const MAX_BYTES: u64 = 1 << 20;
/// Hex digits of a signer's id.
const SIGNER_CHARS: usize = 32;

/// Makes a key for an API server: the private half into a file here, the public half to the issuer.
pub(super) async fn export(
    args: &IssuerExportKeyArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let issuer = issuer_for_files(client, &args.name).await?;
    announce(client, setting.output).await?;
    let private_file = exclusive(&args.file)?;
    let public_file = args.public_file.as_deref().map(exclusive).transpose()?;
    let unmade = |error: jose::SigningFault| Failure::failed(format!("cannot make a key: {error}"));
    let key = SigningKey::generate(algorithm(args.key_algorithm)).map_err(unmade)?;
    let der = key.public_der().map_err(unmade)?;
    let public = PublicKey::from_der(&der)
        .map_err(|error| Failure::failed(format!("cannot make a key: {error}")))?;
    let pem = private_key_pem(&key).map_err(unmade)?;
    fill(private_file, &args.file, pem.expose().as_bytes())?;
    if let (Some(file), Some(path)) = (public_file, &args.public_file) {
        fill(file, path, public.to_pem().as_bytes())?;
    }
    let published = publish(client, &issuer, &public, args.max_token_life).await;
    published.map_err(|error| {
        let (name, file) = (Escaped(&args.name), args.file.display());
        let help =
            format!("the key was written; publish it with: irsa issuer import-key {name} {file}");
        Failure::from(error).help(help)
    })?;
    let verifies_with = args.public_file.as_deref().unwrap_or(&args.file);
    let value = json!({
        "Name": args.name,
        "KeyId": public.kid(),
        "Algorithm": public.algorithm().as_str(),
        "File": args.file.display().to_string(),
        "ApiServerFlags": flags(&issuer, &args.file, verifies_with),
    });
    setting.output.note(
        "start the API server with these flags beside those it has: it then takes the tokens of \
         its earlier --service-account-key-file and --service-account-issuer until they end",
    );
    setting.output.result(&value, || export_text(&value));
    Ok(())
}

/// Publishes the public halves of keys that an API server has.
pub(super) async fn import(
    args: &IssuerImportKeyArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let issuer = issuer_for_files(client, &args.name).await?;
    let mut keys = Vec::new();
    for path in &args.files {
        keys.extend(keys_of_file(path)?);
    }
    if args.files.is_empty() {
        keys = keys_of_cluster(&args.kubernetes, text(&issuer, "Url"), setting).await?;
    }
    announce(client, setting.output).await?;
    let mut shown = Vec::new();
    for key in &keys {
        let known = is_published(&issuer, key.kid());
        publish(client, &issuer, key, args.max_token_life).await?;
        shown.push(json!({
            "KeyId": key.kid(),
            "Algorithm": key.algorithm().as_str(),
            "WasPublished": known,
        }));
    }
    let value = json!({ "Name": args.name, "Keys": shown });
    setting.output.result(&value, || import_text(&shown));
    Ok(())
}

/// Withdraws a key that was exported or imported.
pub(super) async fn remove(
    args: &IssuerRemoveKeyArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let issuer = issuer(client, &args.name).await?;
    let keys = issuer.get("Keys").and_then(Value::as_array);
    let key = keys
        .into_iter()
        .flatten()
        .find(|key| text(key, "KeyId") == args.key_id);
    let key = key.ok_or_else(|| {
        let what = format!("the issuer has no key `{}`", Escaped(&args.key_id));
        Failure::new(Exit::NotFound, what).help(format!("irsa issuer show {}", args.name))
    })?;
    let signer = signer_of(&args.key_id);
    if text(key, "Signer") != signer {
        let what = "the key is neither an exported nor an imported one: the server or a running \
                    `irsa signer` holds it";
        return Err(Failure::failed(what).help(format!("irsa issuer rotate {}", args.name)));
    }
    announce(client, setting.output).await?;
    if !args.yes {
        let what = "tokens that this key signed, and those that an API server still signs with it, \
                    would be refused from now on; nothing was withdrawn";
        return Err(Failure::failed(what).help("do it with --yes, once its last tokens have ended"));
    }
    let input = json!({ "Name": args.name, "Signer": signer, "AtOnce": true });
    client.irsa("ForgetSigner", &input).await?;
    let value = json!({ "Name": args.name, "KeyId": args.key_id, "Removed": true });
    setting.output.result(&value, || {
        format!("the key {} is withdrawn", Escaped(&args.key_id))
    });
    Ok(())
}

async fn issuer(client: &Client, name: &str) -> Result<Value, Failure> {
    match client.irsa("GetIssuer", &json!({ "Name": name })).await {
        Ok(answer) => Ok(answer.get("Issuer").cloned().unwrap_or_default()),
        Err(error) if error.has_code("IssuerNotFoundException") => {
            let help = format!(
                "irsa issuer create {} --key-holder signers --register",
                Escaped(name)
            );
            Err(Failure::from(error).help(help))
        }
        Err(error) => Err(error.into()),
    }
}

/// Said before a key is made: the server would refuse it afterwards.
async fn issuer_for_files(client: &Client, name: &str) -> Result<Value, Failure> {
    let issuer = issuer(client, name).await?;
    if text(&issuer, "KeyHolder") == "SIGNERS" {
        return Ok(issuer);
    }
    let what = format!(
        "the keys of the issuer {} are this server's and never leave it",
        Escaped(name)
    );
    let help = "make an issuer for the cluster's own keys: \
                irsa issuer create NAME --key-holder signers --register";
    Err(Failure::failed(what).help(help))
}

async fn publish(
    client: &Client,
    issuer: &Value,
    key: &PublicKey,
    life: Lifetime,
) -> Result<(), CallError> {
    let input = json!({
        "Name": text(issuer, "Name"),
        "Url": text(issuer, "Url"),
        "Signer": signer_of(key.kid()),
        "MaxTokenLifeSeconds": life.as_secs(),
        "Keys": [{ "PublicKey": STANDARD.encode(key.der()), "State": "SIGNING" }],
    });
    client.irsa("PublishKeys", &input).await.map(|_| ())
}

/// The signer that stands for a file with this key.
pub(super) fn signer_of(kid: &str) -> String {
    let digest = digest::digest(&digest::SHA256, kid.as_bytes());
    hex(digest.as_ref(), SIGNER_CHARS)
}

fn is_published(issuer: &Value, kid: &str) -> bool {
    let known = issuer.get("KeyIds").and_then(Value::as_array);
    known.is_some_and(|known| known.iter().any(|known| known == kid))
}

fn keys_of_file(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    let shown = path.display().to_string();
    let shown = Escaped(&shown);
    let mut content = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MAX_BYTES).read_to_end(&mut content)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut content))
    };
    read.map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(exit, format!("cannot read `{shown}`: {error}"))
    })?;
    public_keys_of_file(&content)
        .map_err(|fault| Failure::failed(format!("cannot use `{shown}`: {fault}")))
}

/// The keys of a cluster that runs; it may not be told yet which issuer's they are.
async fn keys_of_cluster(
    args: &KubernetesArgs,
    url: &str,
    setting: &Setting,
) -> Result<Vec<PublicKey>, Failure> {
    if args.kubeconfig.is_none() && args.context.is_none() {
        let what = "give FILE, or --context or --kubeconfig for the keys of a cluster";
        return Err(Failure::usage(what));
    }
    let connection = Connection::open(&args.target()).await?;
    let found = discover(&connection).await?;
    if found.issuer != url {
        setting.output.note(format_args!(
            "the cluster's tokens are of {} as yet; they are taken once its API server has \
             --service-account-issuer={}",
            Escaped(&found.issuer),
            Escaped(url)
        ));
    }
    public_keys_of_file(found.key_set.as_bytes())
        .map_err(|fault| Failure::failed(format!("cannot use the cluster's keys: {fault}")))
}

fn flags(issuer: &Value, signing: &Path, verifying: &Path) -> Vec<String> {
    vec![
        format!("--service-account-signing-key-file={}", signing.display()),
        format!("--service-account-key-file={}", verifying.display()),
        format!("--service-account-issuer={}", text(issuer, "Url")),
        format!("--service-account-jwks-uri={}", text(issuer, "JwksUri")),
    ]
}

fn export_text(value: &Value) -> String {
    let mut text = Table::facts(
        ["KeyId", "Algorithm", "File"]
            .into_iter()
            .filter_map(|name| {
                let shown = value.get(name)?.as_str()?;
                Some((name, shown.to_owned()))
            }),
    );
    let flags = value.get("ApiServerFlags").and_then(Value::as_array);
    for flag in flags.into_iter().flatten().filter_map(Value::as_str) {
        text.push_str(&Escaped(flag).to_string());
        text.push('\n');
    }
    text
}

fn import_text(keys: &[Value]) -> String {
    let mut table = Table::new(&["KEY-ID", "ALGORITHM", "PUBLISHED"]);
    for key in keys {
        let when = match key.get("WasPublished").and_then(Value::as_bool) {
            Some(true) => "before",
            Some(false) | None => "now",
        };
        table.row(&[
            text(key, "KeyId").to_owned(),
            text(key, "Algorithm").to_owned(),
            when.to_owned(),
        ]);
    }
    table.render()
}

fn algorithm(asked: KeyAlgorithm) -> Algorithm {
    match asked {
        KeyAlgorithm::Rs256 => Algorithm::RS256,
        KeyAlgorithm::Es256 => Algorithm::ES256,
    }
}

fn exclusive(path: &Path) -> Result<ExclusiveFile, Failure> {
    ExclusiveFile::create(path).map_err(|error| {
        let shown = path.display().to_string();
        let failure = Failure::failed(format!("cannot make `{}`: {error}", Escaped(&shown)));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                failure.help("to publish the key that is there: irsa issuer import-key NAME FILE")
            }
            _ => failure,
        }
    })
}

fn fill(file: ExclusiveFile, path: &Path, content: &[u8]) -> Result<(), Failure> {
    file.fill(content).map_err(|error| {
        let shown = path.display().to_string();
        Failure::failed(format!("cannot write `{}`: {error}", Escaped(&shown)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_signer_and_each_its_own() {
        let one = signer_of("OotDM1iWDVe3fyMijlB7gTh-EseYxeYcWsqtt60ilCA");
        assert_eq!(one.len(), SIGNER_CHARS);
        assert!(one.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(
            one,
            signer_of("OotDM1iWDVe3fyMijlB7gTh-EseYxeYcWsqtt60ilCA")
        );
        assert_ne!(one, signer_of("other"));
    }
}
