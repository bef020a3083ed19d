//! `irsa least-privilege ROLE`

use std::fmt::Write as _;
use std::sync::Arc;

use base::Escaped;
use policy::access::{Access, Answer, Budget, new_access};
use policy::least::{
    Generated, Implied, LeftOut, MAX_INLINE_SIZE, Replayed, Settings, UnusedGrant, Widening,
    generate, is_implied, replay, unused,
};
use policy::{Attached, CallerKind, Document, Leniency, PolicyKind};
use serde_json::{Value, json};

use super::Setting;
use super::recorded_calls::{Record, Recorded, Wanted, alone, counted};
use super::role_policies::Role;
use crate::args::LeastPrivilegeArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Mark, bold};

/// Characters of a managed policy (IAM User Guide, "IAM and AWS STS quotas").
const MAX_MANAGED_SIZE: usize = policy::Holder::Managed.max_size();
/// Lines of a list that people read.
const MAX_SHOWN: usize = 20;

/// A policy and what was found out about it.
struct Findings {
    generated: Generated,
    document: Option<Document>,
    /// Permitted calls that the new policy allows, and that it would deny.
    allowed: u64,
    denied: u64,
    implied: Implied,
    new_access: Answer,
    unused: Vec<UnusedGrant>,
}

/// Writes the policy to stdout and what it rests on to stderr. Ends with status 1 when a proof
/// fails or the policy does not fit a role.
pub(super) async fn run(args: LeastPrivilegeArgs, setting: &Setting) -> Result<Exit, Failure> {
    let client = setting.client()?;
    let role = Role::find(&client, &args.role).await?;
    let present = role.policies(&client).await?;
    let since = args.since.moment(client.now());
    let wanted = Wanted::new(Some(role.arn.clone()), since, [alone(&present)]);
    let is_own = |call: &policy::least::RecordedCall| {
        call.caller.kind == CallerKind::AssumedRole
            && call.caller.unique_id.as_deref() == Some(role.id.as_str())
    };
    let record = Record::read(&client, &wanted, is_own).await?;
    let settings = Settings {
        max_resources: args.max_arns,
        ..Settings::default()
    };
    let findings = Findings::of(&record, &present, settings)?;
    let value = value(&role, &record, &findings);
    // The other formats hold it all.
    if setting.output.format() == Format::Table {
        for line in report(&role, &record, &findings).lines() {
            setting.output.note(line);
        }
    }
    let Some(text) = &findings.generated.text else {
        let what = format!(
            "the record holds no permitted call of role `{}` since {since:.0} that needed a policy",
            Escaped(&role.name)
        );
        return Err(Failure::new(Exit::NotFound, what).help(format!(
            "irsa least-privilege {} --since 30d",
            Escaped(&role.name)
        )));
    };
    setting.output.result(&value, || text.clone());
    Ok(if findings.is_sound() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

impl Findings {
    fn of(record: &Record, present: &[Attached], settings: Settings) -> Result<Self, Failure> {
        let calls = || record.calls.iter().map(|one| &one.call);
        let generated = generate(calls(), present, settings);
        let text = generated.text.as_deref();
        let parse = |text| Document::parse(text, PolicyKind::Identity, Leniency::Storage);
        let document = text.map(parse).transpose().map_err(|fault| {
            Failure::failed(format!("the policy that was made is malformed: {fault}"))
        })?;
        let proposed: Vec<Attached> = document.iter().map(proposed).collect();
        let (mut allowed, mut denied) = (0, 0);
        for one in record.calls.iter().filter(|one| one.call.was_allowed) {
            match replay(&one.call, &proposed) {
                Replayed::Allowed(_) => allowed += one.count,
                Replayed::Denied { .. } | Replayed::Unknown => denied += one.count,
            }
        }
        let implied = document
            .as_ref()
            .map_or(Implied::Proven, |document| is_implied(document, present));
        let existing: Vec<&Document> = present
            .iter()
            .filter_map(|attached| attached.document.as_deref())
            .collect();
        let new: Vec<&Document> = document.iter().collect();
        let mut budget = Budget::ORDINARY;
        let new_access = new_access(&new, &existing, &mut budget);
        Ok(Self {
            new_access,
            unused: unused(calls(), present),
            generated,
            document,
            allowed,
            denied,
            implied,
        })
    }

    fn fits(&self) -> &'static str {
        match self.generated.size {
            size if size <= MAX_MANAGED_SIZE => "managed policy or inline policy",
            size if size <= MAX_INLINE_SIZE => "inline policy only",
            _ => "no policy",
        }
    }

    /// Two proofs look for new access in unlike ways: one of them is enough, and a request that
    /// would newly be allowed refutes both.
    fn is_implied(&self) -> bool {
        match self.new_access {
            Answer::Nothing => true,
            Answer::Found(_) => false,
            Answer::Undecided(_) => self.implied == Implied::Proven,
        }
    }

    /// What may be new, in words.
    fn widenings(&self) -> Vec<String> {
        match (&self.new_access, &self.implied) {
            (Answer::Found(found), _) => found.iter().map(access_text).collect(),
            (Answer::Nothing, _) | (Answer::Undecided(_), Implied::Proven) => Vec::new(),
            (Answer::Undecided(_), Implied::NotProven(widenings)) => {
                widenings.iter().map(widening_text).collect()
            }
        }
    }

    /// What was left out on purpose breaks no promise.
    fn is_sound(&self) -> bool {
        let kept = self.denied == 0 || !self.generated.left_out.is_empty();
        kept && self.is_implied() && self.generated.size <= MAX_INLINE_SIZE
    }
}

fn proposed(document: &Document) -> Attached {
    Attached {
        name: "least-privilege".to_owned(),
        arn: None,
        document: Some(Arc::new(document.clone())),
    }
}

fn value(role: &Role, record: &Record, findings: &Findings) -> Value {
    let generated = &findings.generated;
    let policy = generated.text.as_deref();
    let policy: Option<Value> = policy.and_then(|text| serde_json::from_str(text).ok());
    let left_out: Vec<Value> = generated.left_out.iter().map(left_out_value).collect();
    let folds: Vec<Value> = generated
        .folds
        .iter()
        .map(|fold| json!({ "Pattern": fold.pattern, "Resources": fold.resources }))
        .collect();
    let widenings = findings.widenings();
    json!({
        "RoleArn": role.arn,
        "Policy": policy,
        "Size": generated.size,
        "Fits": findings.fits(),
        "Folds": folds,
        "Replay": {
            "Allowed": findings.allowed,
            "Denied": findings.denied,
            "NotReplayable": record.unrecorded + record.omitted,
        },
        "ImpliedByPresent": { "Proven": findings.is_implied(), "Widenings": widenings },
        "LeftOut": left_out,
        "Unused": findings.unused.iter().map(unused_value).collect::<Vec<_>>(),
    })
}

fn left_out_value(left_out: &LeftOut) -> Value {
    json!({
        "Action": left_out.action,
        "Resource": left_out.resource,
        "Known": left_out.is_known,
    })
}

fn unused_value(grant: &UnusedGrant) -> Value {
    json!({
        "Policy": grant.policy,
        "Statement": grant.statement.index,
        "Sid": grant.statement.sid,
        "Whole": grant.is_whole,
        "Actions": grant.actions,
        "Resources": grant.resources,
        "UsedActions": grant.used,
    })
}

/// What the policy rests on, for people.
fn report(role: &Role, record: &Record, findings: &Findings) -> String {
    let mut text = String::new();
    let generated = &findings.generated;
    let (calls, _) = counted(permitted(&record.calls));
    let _ = writeln!(
        text,
        "{} {calls} of {}, {} needed",
        bold("record"),
        Escaped(&role.arn),
        plural(generated.actions, "action")
    );
    for note in record.notes() {
        let _ = writeln!(text, "  {} {note}", Mark::Neutral);
    }
    if findings.document.is_some() {
        write_proofs(&mut text, findings);
    }
    for left_out in generated.left_out.iter().take(MAX_SHOWN) {
        let why = if left_out.is_known {
            "was permitted, but today's policies do not allow it: left out"
        } else {
            "cannot be decided: a policy reads keys of another account's resource: left out"
        };
        let what = format!("{} on {}", left_out.action, left_out.resource);
        let _ = writeln!(text, "  {} {} {why}", Mark::Bad, Escaped(&what));
    }
    write_more(&mut text, generated.left_out.len());
    write_unused(&mut text, &findings.unused);
    text
}

fn permitted(calls: &[Recorded]) -> u64 {
    let allowed = calls.iter().filter(|one| one.call.was_allowed);
    allowed.map(|one| one.count).sum()
}

fn write_proofs(text: &mut String, findings: &Findings) {
    let generated = &findings.generated;
    let (mark, fits) = if generated.size <= MAX_INLINE_SIZE {
        (Mark::Good, format!("fits: {}", findings.fits()))
    } else {
        let why = "too large for a role, even folded: split the role";
        (Mark::Bad, why.to_owned())
    };
    let _ = writeln!(text, "{mark} {} characters, {fits}", generated.size);
    let (mark, replayed) = if findings.denied == 0 {
        let (calls, _) = counted(findings.allowed);
        (
            Mark::Good,
            format!("replayed: {calls} allowed, none denied"),
        )
    } else {
        let (calls, _) = counted(findings.denied);
        (Mark::Bad, format!("replayed: {calls} denied"))
    };
    let _ = writeln!(text, "{mark} {replayed}");
    if findings.is_implied() {
        let _ = writeln!(
            text,
            "{} allows nothing that the role's present policies do not allow",
            Mark::Good
        );
    }
    let widenings = findings.widenings();
    for widening in widenings.iter().take(MAX_SHOWN) {
        let _ = writeln!(text, "{} {widening}", Mark::Bad);
    }
    write_more(text, widenings.len());
    for fold in &generated.folds {
        let _ = writeln!(
            text,
            "  {} {} stands for {}",
            Mark::Neutral,
            Escaped(&fold.pattern),
            plural(fold.resources, "resource")
        );
    }
}

fn access_text(access: &Access) -> String {
    let witness = &access.witness;
    let what = format!("{} on {}", witness.action, witness.resource);
    format!(
        "statement {} newly allows {}",
        access.statement.index + 1,
        Escaped(&what)
    )
}

fn widening_text(widening: &Widening) -> String {
    match widening {
        Widening::Grant { action, resource } => format!(
            "{} on {} is not shown to be allowed at present",
            Escaped(action),
            Escaped(resource)
        ),
        Widening::LostDeny { policy, statement } => format!(
            "statement {} of {} refuses something and is lost",
            statement + 1,
            Escaped(policy)
        ),
        Widening::Unreadable { policy } => format!(
            "policy {} cannot be read, so the role may do nothing at present",
            Escaped(policy)
        ),
    }
}

fn write_unused(text: &mut String, grants: &[UnusedGrant]) {
    if grants.is_empty() {
        return;
    }
    let _ = writeln!(text, "{}", bold("not used"));
    for grant in grants.iter().take(MAX_SHOWN) {
        let _ = writeln!(text, "  {} {}", Mark::Neutral, unused_text(grant));
    }
    write_more(text, grants.len());
}

fn unused_text(grant: &UnusedGrant) -> String {
    let sid = grant.statement.sid.as_ref();
    let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    let place = format!(
        "{} statement {}{sid}",
        grant.policy,
        grant.statement.index + 1
    );
    let mut parts = Vec::new();
    if grant.is_whole {
        parts.push("the whole statement".to_owned());
    } else {
        for (what, items) in [("action", &grant.actions), ("resource", &grant.resources)] {
            if !items.is_empty() {
                parts.push(format!("{what} {}", items.join(", ")));
            }
        }
        if !grant.used.is_empty() {
            parts.push(format!("anything but {}", grant.used.join(", ")));
        }
    }
    Escaped(&format!("{place}: {}", parts.join("; "))).to_string()
}

fn write_more(text: &mut String, all: usize) {
    if all > MAX_SHOWN {
        let _ = writeln!(text, "  {} {} more", Mark::Neutral, all - MAX_SHOWN);
    }
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
