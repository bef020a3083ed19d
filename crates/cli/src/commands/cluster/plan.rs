//! What adding a cluster comes to: what is wanted against what there is. Nothing is asked or
//! changed here.

use cluster::TokenIssuer;
use serde_json::Value;

use crate::commands::members::text;
use crate::failure::Failure;

/// What the user wants.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) issuer: &'a TokenIssuer,
    pub(super) audiences: &'a [String],
    pub(super) keys: Keys,
    /// The API server's URL.
    pub(super) server: String,
    /// The API server's CA, as PEM.
    pub(super) authority: Option<String>,
    pub(super) sharing: Sharing,
    pub(super) pinned_before: PinnedBefore,
}

/// Where the keys are to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// The issuer's URL, as on AWS; or the server's own issuer.
    Published,
    /// The issuer's URL, believed by this CA (PEM).
    PrivateCa(String),
    /// What the API server shows now.
    Pinned,
}

/// Whether other clusters may have the issuer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sharing {
    Refused,
    Meant,
}

/// Whether keys that are pinned and that the cluster does not have give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PinnedBefore {
    Kept,
    Replaced,
}

/// What there is.
#[derive(Default)]
pub(super) struct Found {
    /// The provider's audiences, if there is a provider.
    pub(super) audiences: Option<Vec<String>>,
    /// What irsa says of the provider; nothing on AWS.
    pub(super) trust: Option<Value>,
    /// Registered clusters; nothing on AWS.
    pub(super) clusters: Vec<Value>,
}

/// Which of the things that `add` does can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All.
    Irsa,
    /// The provider alone.
    Aws,
}

/// One thing, and what makes it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) what: &'static str,
    pub(super) detail: String,
    /// `None` when it is so already.
    pub(super) change: Option<Change>,
}

/// A call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Register,
    CreateProvider,
    AddAudience(String),
    SetKeys(Keys),
    Enable,
    InstallWebhook,
}

/// What is to be done, in order: a collision shows before anything is trusted.
pub(super) fn plan(
    wanted: &Wanted<'_>,
    found: &Found,
    provider_arn: &str,
    scope: Scope,
) -> Result<Vec<Item>, Failure> {
    let mut items = Vec::new();
    match scope {
        Scope::Irsa => {
            check_others(wanted, found)?;
            items.push(registration(wanted, found)?);
            items.extend(provider(wanted, found, provider_arn));
            items.push(keys(wanted, found)?);
            items.extend(status(found));
        }
        Scope::Aws => items.extend(provider(wanted, found, provider_arn)),
    }
    Ok(items)
}

/// Two clusters under one issuer are one cluster to every role (kubeadm gives all the same).
fn check_others(wanted: &Wanted<'_>, found: &Found) -> Result<(), Failure> {
    let issuer = wanted.issuer.issuer.as_str();
    let other = found.clusters.iter().find(|cluster| {
        text(cluster, "Name") != wanted.name && same_issuer(text(cluster, "IssuerUrl"), issuer)
    });
    let Some(other) = other else { return Ok(()) };
    let what = format!(
        "the cluster `{}` has the issuer {issuer} too: its pods and this cluster's could take each \
         other's roles",
        text(other, "Name")
    );
    let own = "start this cluster's kube-apiserver with a --service-account-issuer of its own \
               (https://…, unique), keep the old one as a second --service-account-issuer, and add it again";
    match (wanted.sharing, &wanted.keys) {
        (Sharing::Refused, _) => Err(Failure::failed(what).help(own)),
        (Sharing::Meant, Keys::Pinned) => Err(Failure::failed(format!(
            "{what}; and keys of one API server cannot be pinned for both"
        ))
        .help(own)),
        (Sharing::Meant, Keys::Published | Keys::PrivateCa(_)) => Ok(()),
    }
}

fn registration(wanted: &Wanted<'_>, found: &Found) -> Result<Item, Failure> {
    let mut clusters = found.clusters.iter();
    let known = clusters.find(|cluster| text(cluster, "Name") == wanted.name);
    let issuer = wanted.issuer.issuer.as_str();
    if let Some(known) = known
        && !same_issuer(text(known, "IssuerUrl"), issuer)
    {
        return Err(Failure::failed(format!(
            "the cluster `{}` is registered with the issuer {}, and this one has {issuer}",
            wanted.name,
            text(known, "IssuerUrl")
        ))
        .help(format!(
            "irsa cluster remove {}, or choose another name",
            wanted.name
        )));
    }
    let is_so = known.is_some_and(|known| {
        let is = |name: &str, value: Option<&str>| known.get(name).and_then(Value::as_str) == value;
        is("IssuerUrl", Some(issuer))
            && is("Endpoint", Some(&wanted.server))
            && is("CertificateAuthority", wanted.authority.as_deref())
            && is("Version", wanted.issuer.version.as_deref())
    });
    Ok(Item {
        what: "cluster",
        detail: format!("{} at {}", wanted.name, wanted.server),
        change: (!is_so).then_some(Change::Register),
    })
}

fn provider(wanted: &Wanted<'_>, found: &Found, provider_arn: &str) -> Vec<Item> {
    let mut items = vec![Item {
        what: "provider",
        detail: provider_arn.to_owned(),
        change: found.audiences.is_none().then_some(Change::CreateProvider),
    }];
    items.extend(wanted.audiences.iter().map(|audience| Item {
        what: "audience",
        detail: audience.clone(),
        // A new provider is made with all of them.
        change: match &found.audiences {
            Some(known) if !known.contains(audience) => Some(Change::AddAudience(audience.clone())),
            Some(_) | None => None,
        },
    }));
    items
}

fn keys(wanted: &Wanted<'_>, found: &Found) -> Result<Item, Failure> {
    let trust = found.trust.as_ref();
    let source = trust.map_or("PUBLISHED", |trust| text(trust, "KeySource"));
    let pinned = trust.map(key_ids).unwrap_or_default();
    let shown = &wanted.issuer.key_ids;
    let (detail, is_so) = match &wanted.keys {
        Keys::Published => (
            "fetched from the issuer's URL".to_owned(),
            source == "PUBLISHED",
        ),
        Keys::PrivateCa(pem) => {
            let known = trust.map_or("", |trust| text(trust, "CertificateAuthority"));
            let detail = "fetched from the issuer's URL, through a private CA".to_owned();
            (detail, source == "PRIVATE_AUTHORITY" && known == pem)
        }
        Keys::Pinned => {
            check_pinned(wanted, source, &pinned)?;
            let detail = format!("pinned: {}", shown.join(", "));
            let is_so = trust.is_some_and(|trust| {
                text(trust, "KeySet") == wanted.issuer.key_set
                    && text(trust, "IssuerUrl") == wanted.issuer.issuer
            });
            (detail, source == "PINNED" && is_so)
        }
    };
    Ok(Item {
        what: "keys",
        detail,
        change: (!is_so).then(|| Change::SetKeys(wanted.keys.clone())),
    })
}

/// A rotation keeps a key for a while; a cluster that has none of the pinned ones is another.
fn check_pinned(wanted: &Wanted<'_>, source: &str, pinned: &[&str]) -> Result<(), Failure> {
    let shown = &wanted.issuer.key_ids;
    let known = pinned.iter().any(|id| shown.iter().any(|one| one == id));
    match wanted.pinned_before {
        PinnedBefore::Kept if source == "PINNED" && !known => Err(Failure::failed(format!(
            "keys are pinned to {} that this cluster does not have ({}; it has {}): it is another \
             cluster, or was built anew",
            wanted.issuer.issuer,
            pinned.join(", "),
            shown.join(", ")
        ))
        .help("if it was built anew, or all its keys were changed: --replace-keys")),
        PinnedBefore::Kept | PinnedBefore::Replaced => Ok(()),
    }
}

fn status(found: &Found) -> Option<Item> {
    let trust = found.trust.as_ref()?;
    (text(trust, "Status") == "DISABLED").then(|| Item {
        what: "status",
        detail: "enabled".to_owned(),
        change: Some(Change::Enable),
    })
}

fn key_ids(trust: &Value) -> Vec<&str> {
    let ids = trust.get("KeyIds").and_then(Value::as_array);
    ids.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn same_issuer(one: &str, other: &str) -> bool {
    jose::normalise_issuer(one) == jose::normalise_issuer(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:iam::1:oidc-provider/k";
    const ISSUER: &str = "https://k";

    fn issuer() -> TokenIssuer {
        TokenIssuer {
            issuer: ISSUER.to_owned(),
            key_set: "SET".to_owned(),
            key_ids: vec!["k1".to_owned(), "k2".to_owned()],
            version: Some("1.36".to_owned()),
        }
    }

    fn wanted<'a>(issuer: &'a TokenIssuer, audiences: &'a [String], keys: Keys) -> Wanted<'a> {
        Wanted {
            name: "demo",
            issuer,
            audiences,
            keys,
            server: "https://s".to_owned(),
            authority: Some("PEM".to_owned()),
            sharing: Sharing::Refused,
            pinned_before: PinnedBefore::Kept,
        }
    }

    fn registered(name: &str) -> Value {
        json!({ "Name": name, "IssuerUrl": ISSUER, "Endpoint": "https://s",
            "CertificateAuthority": "PEM", "Version": "1.36" })
    }

    fn pinned(ids: &[&str], set: &str) -> Value {
        json!({ "Status": "ENABLED", "KeySource": "PINNED", "KeyIds": ids, "KeySet": set,
            "IssuerUrl": ISSUER })
    }

    fn changes(items: Result<Vec<Item>, Failure>) -> Vec<Change> {
        let items = items.unwrap().into_iter();
        items.filter_map(|item| item.change).collect()
    }

    #[test]
    fn only_what_is_missing_is_done() {
        let (issuer, audiences) = (issuer(), ["sts".to_owned(), "two".to_owned()]);
        let all = |audiences: &[&str]| Found {
            audiences: Some(audiences.iter().map(|one| (*one).to_owned()).collect()),
            trust: Some(pinned(&["k1", "k2"], "SET")),
            clusters: vec![registered("demo")],
        };
        for (found, expected) in [
            (
                Found::default(),
                vec![
                    Change::Register,
                    Change::CreateProvider,
                    Change::SetKeys(Keys::Pinned),
                ],
            ),
            (all(&["sts", "two"]), vec![]),
            (all(&["two"]), vec![Change::AddAudience("sts".to_owned())]),
            (
                Found {
                    trust: Some(pinned(&["k0", "k1"], "OLD")),
                    ..all(&["sts", "two"])
                },
                vec![Change::SetKeys(Keys::Pinned)],
            ),
            (
                Found {
                    clusters: Vec::new(),
                    ..all(&["sts", "two"])
                },
                vec![Change::Register],
            ),
            (
                Found {
                    trust: Some(json!({ "Status": "DISABLED", "KeySource": "PINNED",
                        "KeyIds": ["k1"], "KeySet": "SET", "IssuerUrl": ISSUER })),
                    ..all(&["sts", "two"])
                },
                vec![Change::Enable],
            ),
        ] {
            let wanted = wanted(&issuer, &audiences, Keys::Pinned);
            let planned = plan(&wanted, &found, ARN, Scope::Irsa);
            assert_eq!(changes(planned), expected);
        }
    }

    #[test]
    fn on_aws_there_is_the_provider_alone() {
        let (issuer, audiences) = (issuer(), ["sts".to_owned()]);
        let wanted = wanted(&issuer, &audiences, Keys::Published);
        let planned = plan(&wanted, &Found::default(), ARN, Scope::Aws);
        assert_eq!(changes(planned), [Change::CreateProvider]);
    }

    #[test]
    fn what_would_let_other_clusters_pods_in_is_refused() {
        let (issuer, audiences) = (issuer(), ["sts".to_owned()]);
        let other_issuer = json!({ "Name": "demo", "IssuerUrl": "https://other" });
        for (clusters, trust, told) in [
            (vec![registered("other")], None, "each other's roles"),
            (vec![other_issuer], None, "is registered with the issuer"),
            (vec![], Some(pinned(&["k9"], "X")), "another cluster"),
        ] {
            let found = Found {
                audiences: Some(audiences.to_vec()),
                trust,
                clusters,
            };
            let wanted = wanted(&issuer, &audiences, Keys::Pinned);
            let failure = plan(&wanted, &found, ARN, Scope::Irsa).unwrap_err();
            assert!(format!("{failure:?}").contains(told), "{failure:?}");
        }
        for (keys, sharing, is_refused) in [
            (Keys::Published, Sharing::Meant, false),
            (Keys::Published, Sharing::Refused, true),
            (Keys::Pinned, Sharing::Meant, true),
        ] {
            let found = Found {
                clusters: vec![registered("other")],
                ..Found::default()
            };
            let wanted = Wanted {
                sharing,
                ..wanted(&issuer, &audiences, keys)
            };
            assert_eq!(plan(&wanted, &found, ARN, Scope::Irsa).is_err(), is_refused);
        }
        let found = Found {
            trust: Some(pinned(&["k9"], "X")),
            ..Found::default()
        };
        let wanted = Wanted {
            pinned_before: PinnedBefore::Replaced,
            ..wanted(&issuer, &audiences, Keys::Pinned)
        };
        assert!(plan(&wanted, &found, ARN, Scope::Irsa).is_ok());
    }
}
