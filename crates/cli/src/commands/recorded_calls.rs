//! Recorded calls, read page by page. Calls that no policy at hand could tell apart are one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::{AccountId, Timestamp};
use policy::compiled::CompiledLayers;
use policy::least::{OtherPolicies, RecordedCall, RecordedCheck};
use policy::{Attached, Caller, CallerKind, Context, Layers};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::{CallError, Client, Service};
use crate::failure::Failure;
use crate::output::timestamp;

/// How many calls are asked for at a time.
const PAGE: usize = 500;
/// How many recorded calls are read (THREATS R39).
const MAX_CALLS: u64 = 1_000_000;
/// How many different ones are kept.
const MAX_DISTINCT: usize = 50_000;

/// Calls that policies cannot tell apart.
pub(super) struct Recorded {
    /// What they asked for.
    pub(super) call: RecordedCall,
    /// `secretsmanager:GetSecretValue`, the operation.
    pub(super) event: String,
    /// How many they are.
    pub(super) count: u64,
    /// When the last of them was made.
    pub(super) last: Option<Timestamp>,
    /// The id of the last of them.
    pub(super) request_id: String,
}

/// All that was read.
#[derive(Default)]
pub(super) struct Record {
    /// The calls that can be decided again.
    pub(super) calls: Vec<Recorded>,
    /// Calls recorded before what they asked for was kept.
    pub(super) unrecorded: u64,
    /// Calls that asked for more than a record holds.
    pub(super) omitted: u64,
    /// Calls that needed no permission, or failed before any was decided.
    pub(super) undecided: u64,
}

/// Which calls, and what policies read of them.
pub(super) struct Wanted {
    role_arn: Option<String>,
    since: Timestamp,
    /// Condition keys, in lower case.
    keys: BTreeSet<String>,
}

impl Wanted {
    /// The calls since then, as far as these policies can tell them apart.
    pub(super) fn new(
        role_arn: Option<String>,
        since: Timestamp,
        policies: impl IntoIterator<Item = Layers>,
    ) -> Self {
        let keys = policies.into_iter().flat_map(|layers| {
            let compiled = CompiledLayers::compile(&layers);
            let keys: Vec<String> = compiled.keys().map(str::to_owned).collect();
            keys
        });
        Self {
            role_arn,
            since,
            keys: keys.collect(),
        }
    }
}

/// Policies of a caller, alone.
pub(super) fn alone(identity: &[Attached]) -> Layers {
    Layers {
        identity: identity.to_vec(),
        ..Layers::default()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireCall {
    event_name: String,
    event_source: String,
    event_time: f64,
    request_id: String,
    outcome: String,
    count: u64,
    recollection: String,
    caller: WireCaller,
    #[serde(default)]
    checks: Vec<WireCheck>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireCaller {
    kind: String,
    account: AccountId,
    arn: String,
    principal_arn: Option<String>,
    unique_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireCheck {
    action: String,
    resource: String,
    resource_account: AccountId,
    other_policies: String,
    hides_resource_keys: bool,
    context_keys: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireValue {
    One(String),
    Many(Vec<String>),
}

impl Record {
    /// Reads all calls that are wanted and that `keep` keeps.
    pub(super) async fn read(
        client: &Client,
        wanted: &Wanted,
        keep: impl Fn(&RecordedCall) -> bool,
    ) -> Result<Self, Failure> {
        let mut input = Map::new();
        input.insert("MaxResults".into(), json!(PAGE));
        input.insert("StartTime".into(), json!(wanted.since.as_second()));
        if let Some(arn) = &wanted.role_arn {
            input.insert("RoleArn".into(), json!(arn));
        }
        let mut record = Self::default();
        let mut places = HashMap::new();
        let mut read = 0_u64;
        loop {
            let answer = client
                .irsa("LookupDecisions", &Value::Object(input.clone()))
                .await?;
            let calls = answer.get("Calls").cloned().unwrap_or(json!([]));
            let calls: Vec<WireCall> =
                serde_json::from_value(calls).map_err(|error| foreign(client, &error))?;
            for call in calls {
                read += 1;
                record.add(call, wanted, &keep, &mut places, client)?;
            }
            if read > MAX_CALLS || record.calls.len() > MAX_DISTINCT {
                return Err(too_many());
            }
            match answer.get("NextToken") {
                Some(Value::String(next)) => input.insert("NextToken".into(), json!(next)),
                _ => return Ok(record),
            };
        }
    }

    fn add(
        &mut self,
        wire: WireCall,
        wanted: &Wanted,
        keep: &impl Fn(&RecordedCall) -> bool,
        places: &mut HashMap<String, usize>,
        client: &Client,
    ) -> Result<(), Failure> {
        let (count, recollection) = (wire.count, wire.recollection.clone());
        let event = event(&wire);
        let last = timestamp(wire.event_time);
        let request_id = wire.request_id.clone();
        let call = recorded(wire, wanted).map_err(|why| foreign(client, &why))?;
        if !keep(&call) {
            return Ok(());
        }
        match recollection.as_str() {
            "unrecorded" => self.unrecorded += count,
            "omitted" => self.omitted += count,
            _ if call.checks.is_empty() => self.undecided += count,
            _ => {
                let place = *places.entry(sameness(&call, &event)).or_insert_with(|| {
                    self.calls.push(Recorded {
                        call,
                        event,
                        count: 0,
                        last,
                        request_id,
                    });
                    self.calls.len() - 1
                });
                if let Some(known) = self.calls.get_mut(place) {
                    known.count += count;
                }
            }
        }
        Ok(())
    }

    /// How many calls can be decided again.
    pub(super) fn total(&self) -> u64 {
        self.calls.iter().map(|one| one.count).sum()
    }

    /// What is missing, in words.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.unrecorded > 0 {
            let (count, were) = counted(self.unrecorded);
            notes.push(format!(
                "{count} {were} recorded before irsa kept what a call asks for: not replayable"
            ));
        }
        if self.omitted > 0 {
            let (count, _) = counted(self.omitted);
            notes.push(format!(
                "{count} asked for more than a record holds: not replayable"
            ));
        }
        notes
    }
}

/// `1 call` and `was`, `2 calls` and `were`.
pub(super) fn counted(count: u64) -> (String, &'static str) {
    if count == 1 {
        ("1 call".to_owned(), "was")
    } else {
        (format!("{count} calls"), "were")
    }
}

fn event(wire: &WireCall) -> String {
    let service = wire.event_source.split('.').next().unwrap_or_default();
    format!("{service}:{}", wire.event_name)
}

fn recorded(wire: WireCall, wanted: &Wanted) -> Result<RecordedCall, String> {
    let kind = match wire.caller.kind.as_str() {
        "Root" => CallerKind::Root,
        "User" => CallerKind::User,
        "AssumedRole" => CallerKind::AssumedRole,
        "WebIdentity" => CallerKind::WebIdentity,
        other => return Err(format!("a caller of kind `{other}`")),
    };
    let checks = wire.checks.into_iter().map(|check| check.read(wanted));
    Ok(RecordedCall {
        caller: Caller {
            kind,
            account: Some(wire.caller.account),
            arn: wire.caller.arn,
            principal_arn: wire.caller.principal_arn,
            unique_id: wire.caller.unique_id,
        },
        checks: checks.collect::<Result<_, _>>()?,
        was_allowed: wire.outcome != "denied",
    })
}

impl WireCheck {
    /// With those condition keys only that a policy reads.
    fn read(self, wanted: &Wanted) -> Result<RecordedCheck, String> {
        let keys: BTreeMap<String, WireValue> =
            serde_json::from_str(&self.context_keys).map_err(|error| error.to_string())?;
        let mut context = Context::new();
        for (key, value) in keys {
            if wanted.keys.contains(&key.to_lowercase()) {
                match value {
                    WireValue::One(value) => context.set(&key, value),
                    WireValue::Many(values) => context.set_many(&key, values),
                }
            }
        }
        Ok(RecordedCheck {
            action: self.action,
            resource: self.resource,
            owner: self.resource_account,
            context,
            others: match self.other_policies.as_str() {
                "leave" => OtherPolicies::Leave,
                "allow" => OtherPolicies::Allow,
                "refuse" => OtherPolicies::Refuse,
                other => return Err(format!("other policies that `{other}`")),
            },
            hides_resource: self.hides_resource_keys,
        })
    }
}

/// Equal for calls that no policy at hand tells apart: sessions of one role are.
fn sameness(call: &RecordedCall, event: &str) -> String {
    let checks: Vec<_> = call
        .checks
        .iter()
        .map(|check| {
            let keys = check.context.iter();
            let keys: Vec<_> = keys.map(|key| (key.name(), key.values())).collect();
            let others = format!("{:?}{}", check.others, check.hides_resource);
            (&check.action, &check.resource, check.owner, keys, others)
        })
        .collect();
    let caller = (&call.caller.principal_arn, &call.caller.unique_id);
    json!([call.was_allowed, event, caller.0, caller.1, checks]).to_string()
}

fn foreign(client: &Client, why: &dyn std::fmt::Display) -> Failure {
    let endpoint = client.endpoint(Service::Irsa);
    CallError::Foreign {
        endpoint: endpoint.map(|it| it.to_string()).unwrap_or_default(),
        why: why.to_string(),
    }
    .into()
}

fn too_many() -> Failure {
    Failure::failed("cannot decide: there are too many calls in this time")
        .help("ask for less time: --since 1h")
}
