//! Public keys go to irsa, with the caller's AWS credentials.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::signer::{
    Asked, PublicKey, Publication, PublicationFault, Published, PublishedKey, PublishedSet,
    Standing,
};
use serde_json::{Value, json};

use crate::args::GlobalArgs;
use crate::aws::Vars;
use crate::client::{CallError, Client};
use crate::commands::Setting;
use crate::output::Output;

/// Publishes to the issuer of that name.
pub(super) struct IrsaPublication {
    name: String,
    global: GlobalArgs,
    vars: Vars,
    clock: Arc<dyn Clock>,
    output: Output,
}

impl IrsaPublication {
    pub(super) fn new(name: &str, setting: &Setting) -> Self {
        Self {
            name: name.to_owned(),
            global: setting.global.clone(),
            vars: setting.vars.clone(),
            clock: Arc::clone(&setting.clock),
            output: setting.output,
        }
    }

    async fn call(&self, set: &PublishedSet) -> Result<Value, CallError> {
        // WHY: a client keeps the credentials that it found; a signer runs longer than they do.
        let (vars, clock) = (self.vars.clone(), Arc::clone(&self.clock));
        let client = Client::new(&self.global, vars, clock, self.output)?;
        client.irsa("PublishKeys", &self.input(set)).await
    }

    fn input(&self, set: &PublishedSet) -> Value {
        let now = self.clock.now();
        let keys: Vec<Value> = set.keys.iter().map(|key| published(key, now)).collect();
        let withdrawn: Vec<Value> = set
            .withdrawn
            .iter()
            .map(|key| json!({ "KeyId": key.kid, "SignedUntil": key.signed_until }))
            .map(without_nulls)
            .collect();
        json!({
            "Name": self.name,
            "Url": set.issuer,
            "Signer": set.signer,
            "MaxTokenLifeSeconds": set.max_token_life.as_secs(),
            "Keys": keys,
            "Withdrawn": withdrawn,
        })
    }
}

#[async_trait]
impl Publication for IrsaPublication {
    async fn publish(&self, set: &PublishedSet) -> Result<Published, PublicationFault> {
        let answer = self.call(set).await;
        let answer = answer.map_err(|error| PublicationFault(error.to_string()))?;
        read(&answer)
    }
}

fn published(key: &PublishedKey, now: Timestamp) -> Value {
    without_nulls(json!({
        "PublicKey": STANDARD.encode(&key.key.der),
        "State": match key.standing {
            Standing::New => "NEW",
            Standing::Published => "PUBLISHED",
            Standing::Signing => "SIGNING",
            Standing::Retiring => "RETIRING",
            Standing::VerifyOnly => "VERIFY_ONLY",
        },
        "NextStateAt": key.moves_on_in.and_then(|left| later(now, left)),
        "SignedUntil": key.signed_until,
    }))
}

fn later(now: Timestamp, left: Duration) -> Option<i64> {
    let secs = i64::try_from(left.as_secs()).ok()?;
    now.as_second().checked_add(secs)
}

fn without_nulls(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    object
}

fn read(answer: &Value) -> Result<Published, PublicationFault> {
    let foreign = || PublicationFault("the answer is not one of irsa:PublishKeys".to_owned());
    let asked = answer.get("RotationRequested").and_then(Value::as_bool);
    let others = answer.get("OtherKeys").and_then(Value::as_array);
    let others = others.into_iter().flatten().map(|key| {
        let der = STANDARD.decode(key.as_str().unwrap_or_default()).ok()?;
        let key = jose::PublicKey::from_der(&der).ok()?;
        Some(PublicKey::from(&key))
    });
    Ok(Published {
        others: others.collect::<Option<_>>().ok_or_else(foreign)?,
        rotation: if asked.ok_or_else(foreign)? {
            Asked::Yes
        } else {
            Asked::No
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let key = jose::SigningKey::generate(jose::Algorithm::ES256).unwrap();
        let der = STANDARD.encode(key.public_der().unwrap());
        for (answer, others, asked) in [
            (
                json!({ "OtherKeys": [], "RotationRequested": false }),
                Some(0),
                Asked::No,
            ),
            (
                json!({ "OtherKeys": [der], "RotationRequested": true }),
                Some(1),
                Asked::Yes,
            ),
            (json!({ "RotationRequested": true }), Some(0), Asked::Yes),
            (
                json!({ "OtherKeys": ["AAAA"], "RotationRequested": true }),
                None,
                Asked::No,
            ),
            (
                json!({ "OtherKeys": [7], "RotationRequested": true }),
                None,
                Asked::No,
            ),
            (json!({}), None, Asked::No),
            (json!([]), None, Asked::No),
        ] {
            let found = read(&answer).ok();
            assert_eq!(
                found.as_ref().map(|found| found.others.len()),
                others,
                "{answer}"
            );
            if let Some(found) = found {
                assert_eq!(found.rotation, asked, "{answer}");
            }
        }
    }
}
