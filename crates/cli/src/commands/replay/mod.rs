//! `irsa replay --policy FILE`

mod change;
mod junit;
mod report;
mod why;

use std::sync::Arc;

use base::Escaped;
use policy::least::{RecordedCall, Replayed, replay, replay_trust};
use policy::{Attached, CallerKind, Document, Layers, PolicyKind, ResourceGate, ResourcePolicy};

use self::change::{Changes, Verdict};
use super::Setting;
use super::policy_file::read_policy;
use super::recorded_calls::{Record, Wanted, alone};
use super::role_policies::Role;
use crate::args::ReplayArgs;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Format;

/// The name under which a proposed policy is spoken of.
const PROPOSED: &str = "the proposed policy";

/// What takes the place of what.
enum Proposal {
    /// All policies of the caller.
    Identity(Vec<Attached>),
    /// The trust policy of the role.
    Trust(ResourcePolicy),
}

/// Decides recorded calls again. Ends with status 1 when a call that was allowed would be denied
/// and `--fail-on-new-deny` is given.
pub(super) async fn run(args: ReplayArgs, setting: &Setting) -> Result<Exit, Failure> {
    let document = read_policy(&args.policy)?;
    let client = setting.client()?;
    let role = match &args.role {
        Some(role) => Some(Role::find(&client, role).await?),
        None => None,
    };
    let proposal = proposal(document, role.as_ref(), &args, &client).await?;
    let layers = match &proposal {
        Proposal::Identity(policies) => alone(policies),
        Proposal::Trust(trust) => Layers {
            resource: Some(trust.clone()),
            ..Layers::default()
        },
    };
    let since = args.since.moment(client.now());
    let arn = role.as_ref().map(|role| role.arn.clone());
    let wanted = Wanted::new(arn, since, [layers]);
    let keep = |call: &RecordedCall| is_concerned(call, role.as_ref(), &proposal);
    let record = Record::read(&client, &wanted, keep).await?;
    let mut changes = Changes::default();
    for one in &record.calls {
        changes.add(one, verdict(&one.call, &proposal));
    }
    if record.calls.is_empty() {
        setting.output.note(format_args!(
            "no recorded call since {since:.0} that the policy would decide"
        ));
    }
    let value = report::value(&changes, &record);
    setting
        .output
        .result(&value, || match setting.output.format() {
            Format::Junit => junit::xml(&changes),
            Format::Table | Format::Json | Format::Yaml | Format::Sarif => {
                report::text(&changes, &record)
            }
        });
    let is_broken = args.fail_on_new_deny && changes.newly_denied() > 0;
    Ok(if is_broken { Exit::Failed } else { Exit::Done })
}

async fn proposal(
    document: Document,
    role: Option<&Role>,
    args: &ReplayArgs,
    client: &Client,
) -> Result<Proposal, Failure> {
    let is_trust = document.kind() == PolicyKind::RoleTrust;
    let proposed = Attached {
        name: PROPOSED.to_owned(),
        arn: None,
        document: Some(Arc::new(document)),
    };
    match (is_trust, role, &args.replace) {
        (true, None, _) => Err(Failure::usage(
            "the document is a role's trust policy: say which role's with --role",
        )),
        (true, Some(_), Some(_)) => Err(Failure::usage(
            "a role has one trust policy: --replace is for its other policies",
        )),
        (true, Some(_), None) => Ok(Proposal::Trust(ResourcePolicy {
            attached: proposed,
            gate: ResourceGate::Trust,
        })),
        (false, Some(role), Some(name)) => {
            let mut policies = role.policies(client).await?;
            let Some(place) = policies.iter().position(|one| one.name == *name) else {
                return Err(no_such_policy(role, name, &policies));
            };
            if let Some(replaced) = policies.get_mut(place) {
                *replaced = proposed;
            }
            Ok(Proposal::Identity(policies))
        }
        (false, _, _) => Ok(Proposal::Identity(vec![proposed])),
    }
}

fn no_such_policy(role: &Role, name: &str, policies: &[Attached]) -> Failure {
    let names: Vec<String> = policies
        .iter()
        .map(|one| format!("`{}`", Escaped(&one.name)))
        .collect();
    let what = format!(
        "role `{}` has no policy `{}`",
        Escaped(&role.name),
        Escaped(name)
    );
    let failure = Failure::new(Exit::NotFound, what);
    if names.is_empty() {
        failure
    } else {
        failure.help(format!("it has {}", names.join(", ")))
    }
}

/// Whether the proposal would decide the call.
fn is_concerned(call: &RecordedCall, role: Option<&Role>, proposal: &Proposal) -> bool {
    match (proposal, role) {
        (Proposal::Identity(_), Some(role)) => {
            call.caller.kind == CallerKind::AssumedRole
                && call.caller.unique_id.as_deref() == Some(role.id.as_str())
        }
        (Proposal::Identity(_), None) => call.caller.kind == CallerKind::AssumedRole,
        (Proposal::Trust(_), _) => {
            let asks_for = |arn: &str| call.checks.iter().any(|check| check.resource == arn);
            call.caller.kind == CallerKind::WebIdentity
                && role.is_some_and(|role| asks_for(&role.arn))
        }
    }
}

fn verdict(call: &RecordedCall, proposal: &Proposal) -> Verdict {
    let replayed = match proposal {
        Proposal::Identity(policies) => replay(call, policies),
        Proposal::Trust(trust) => replay_trust(call, trust),
    };
    match (call.was_allowed, replayed) {
        (_, Replayed::Unknown) => Verdict::Unknown,
        (true, Replayed::Allowed(_)) | (false, Replayed::Denied { .. }) => Verdict::Same,
        (false, Replayed::Allowed(stands)) => Verdict::NewlyAllowed(why::allowed(&stands)),
        (
            true,
            Replayed::Denied {
                check,
                stand,
                explanation,
            },
        ) => Verdict::NewlyDenied(check, why::denied(&stand, &explanation)),
    }
}
