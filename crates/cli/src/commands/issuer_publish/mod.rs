//! `irsa issuer publish`: discovery document and key set for a web server or a bucket.

mod documents;
mod place;

use base::Escaped;
use cluster::{Connection, Target, discover};
use serde_json::{Value, json};

use super::Setting;
use super::bounded_file::read_bounded;
use crate::args::IssuerPublishArgs;
use crate::client::{Client, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Table;
use documents::{DISCOVERY_PATH, KEYS_PATH, Keys, KeysFault};
use place::Place;

/// More than any file of keys has.
const MAX_BYTES: u64 = 1 << 20;

/// Publishes the keys of all places named. Nothing is written that would take a key away from
/// tokens that may live, unless the key is named (THREATS R65).
pub(super) async fn run(
    args: &IssuerPublishArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let place = Place::of(args, client)?;
    let (issuer, keys) = gathered(args, client, setting).await?;
    let keys = keys.without(&args.withdraw);
    if keys.names().is_empty() {
        let what = "there are no keys to publish";
        return Err(Failure::failed(what).help("name them with --keys FILE or --context NAME"));
    }
    check_issuer(&place, &issuer).await?;
    let published = place.read(KEYS_PATH).await?;
    check_dropped(published.as_deref(), &keys, &args.withdraw)?;
    // INVARIANT: the keys are there before anything points to them.
    let documents = [
        (KEYS_PATH, "application/jwk-set+json", keys.document()),
        (DISCOVERY_PATH, "application/json", keys.discovery(&issuer)),
    ];
    let mut written = Vec::new();
    for (name, content_type, content) in &documents {
        let there = place.read(name).await?;
        if there.as_deref() == Some(content.as_bytes()) {
            continue;
        }
        written.push(*name);
        if args.dry_run {
            setting.output.note(format_args!("would write {name}"));
        } else {
            place.write(name, content_type, content).await?;
            setting.output.note(format_args!("✓ {name}"));
        }
    }
    if written.is_empty() {
        setting.output.note("nothing is to be changed");
    }
    let value = json!({
        "Issuer": issuer,
        "JwksUri": format!("{issuer}/{KEYS_PATH}"),
        "KeyIds": keys.names(),
        "Written": written,
        "Applied": !args.dry_run,
    });
    setting.output.result(&value, || text(&value));
    Ok(())
}

/// The issuer's URL, and the keys of every place.
async fn gathered(
    args: &IssuerPublishArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(String, Keys), Failure> {
    let mut keys = Keys::default();
    let issuer = match (&args.name, &args.issuer_url) {
        (Some(name), _) => {
            let answer = client.irsa("GetIssuer", &json!({ "Name": name })).await;
            let answer = answer.map_err(|error| Failure::from(error).help("irsa issuer list"))?;
            let endpoint = client.endpoint(Service::Irsa)?;
            let own = client
                .fetch(&format!("{endpoint}/id/{name}/{KEYS_PATH}"))
                .await?;
            add(&mut keys, &own, &format!("the issuer {}", Escaped(name)))?;
            let url = answer.pointer("/Issuer/Url").and_then(Value::as_str);
            url.unwrap_or_default().to_owned()
        }
        (None, Some(url)) => url.clone(),
        (None, None) => return Err(Failure::usage("give NAME or --issuer-url")),
    };
    let is_sound = issuer.starts_with("https://") || issuer.starts_with("http://");
    if !is_sound || issuer.ends_with('/') || issuer.contains(['?', '#']) {
        return Err(Failure::usage(
            "the issuer's URL must begin with https:// and have no slash at its end, query or fragment",
        ));
    }
    for context in &args.context {
        add_cluster(&mut keys, args, context, &issuer, setting).await?;
    }
    for path in &args.keys {
        let shown = path.display().to_string();
        let content = read_bounded(path, MAX_BYTES).map_err(|error| {
            let exit = match error.kind() {
                std::io::ErrorKind::NotFound => Exit::NotFound,
                _ => Exit::Failed,
            };
            Failure::new(exit, format!("cannot read `{}`: {error}", Escaped(&shown)))
        })?;
        add(&mut keys, &content, &format!("`{}`", Escaped(&shown)))?;
    }
    Ok((issuer, keys))
}

async fn add_cluster(
    keys: &mut Keys,
    args: &IssuerPublishArgs,
    context: &str,
    issuer: &str,
    setting: &Setting,
) -> Result<(), Failure> {
    let target = Target {
        kubeconfig: args.kubeconfig.clone(),
        context: Some(context.to_owned()),
        namespace: None,
    };
    let connection = Connection::open(&target).await?;
    if !connection.is_verified() {
        let what = format!(
            "the kubeconfig's context {} does not verify its API server's certificate, so its keys \
             may be anybody's",
            Escaped(context)
        );
        return Err(Failure::failed(what).help(
            "give the cluster certificate-authority-data instead of insecure-skip-tls-verify",
        ));
    }
    let found = discover(&connection).await?;
    if found.issuer != issuer {
        setting.output.note(format_args!(
            "the tokens of {} are of {} as yet: its API server needs --service-account-issuer={}",
            Escaped(context),
            Escaped(&found.issuer),
            Escaped(issuer)
        ));
    }
    add(
        keys,
        found.key_set.as_bytes(),
        &format!("the cluster of {}", Escaped(context)),
    )
}

fn add(keys: &mut Keys, content: &[u8], source: &str) -> Result<(), Failure> {
    let added = keys.add(content);
    added.map_err(|fault: KeysFault| {
        Failure::failed(format!("cannot publish the keys of {source}: {fault}"))
    })
}

/// The documents of another issuer are not written over.
async fn check_issuer(place: &Place<'_>, issuer: &str) -> Result<(), Failure> {
    let Some(there) = place.read(DISCOVERY_PATH).await? else {
        return Ok(());
    };
    let there: Value = serde_json::from_slice(&there).unwrap_or_default();
    let other = there
        .get("issuer")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if other == issuer {
        return Ok(());
    }
    let what = format!(
        "the place holds the documents of another issuer, `{}`",
        Escaped(other)
    );
    Err(Failure::failed(what).help("choose another place, or take those documents away first"))
}

fn check_dropped(
    published: Option<&[u8]>,
    keys: &Keys,
    withdraw: &[String],
) -> Result<(), Failure> {
    let Some(published) = published else {
        return Ok(());
    };
    let document: Value = serde_json::from_slice(published).map_err(|_| {
        Failure::failed("the key set that is published is no JSON; take it away first")
    })?;
    let there = document.get("keys").and_then(Value::as_array);
    let names = keys.names();
    let kid = |key: &Value| key.get("kid").and_then(Value::as_str).map(str::to_owned);
    let dropped: Vec<String> = there
        .into_iter()
        .flatten()
        .filter_map(kid)
        .filter(|kid| !names.contains(kid) && !withdraw.contains(kid))
        .collect();
    if dropped.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = dropped.iter().map(|kid| Escaped(kid).to_string()).collect();
    let what = format!(
        "keys are published that would be no more, and every token that they signed would be \
         refused: {}",
        shown.join(", ")
    );
    let flags: Vec<String> = shown
        .iter()
        .map(|kid| format!("--withdraw {kid}"))
        .collect();
    Err(Failure::failed(what).help(format!(
        "name their source too (--context, --keys); or, once their last tokens have ended: {}",
        flags.join(" ")
    )))
}

fn text(value: &Value) -> String {
    Table::facts(
        ["Issuer", "JwksUri", "KeyIds"]
            .into_iter()
            .filter_map(|name| {
                let shown = match value.get(name)? {
                    Value::String(text) => text.clone(),
                    other => {
                        let items = other.as_array()?.iter().filter_map(Value::as_str);
                        items.collect::<Vec<_>>().join(", ")
                    }
                };
                Some((name, shown))
            }),
    )
}
