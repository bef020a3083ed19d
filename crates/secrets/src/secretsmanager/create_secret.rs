//! Makes a secret, with a first value or without one.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>

use base::{EntropyExt, Fault};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Shown, Unit, View};
use serde_json::{Value as Json, json};
use shapes::secretsmanager::{CreateSecretInput, CreateSecretOutput, Tag};

use super::secret_id::{SUFFIX_ALPHABET, SUFFIX_CHARS, secret_arn};
use super::secret_row::SecretRow;
use super::secret_value::Plaintext;
use super::versions::{CURRENT, Versions};
use super::{deletion, new_version, not_served, refusal, tags, target, trail};

pub(crate) struct CreateSecret;

pub(crate) struct Facts {
    /// The ARN that a new secret gets.
    arn: String,
    /// Whoever has the name now, perhaps past its recovery window.
    holder: Option<SecretRow>,
}

impl Facts {
    /// The secret that stands in the way.
    fn in_the_way(&self, call: &Call) -> Option<&SecretRow> {
        self.holder
            .as_ref()
            .filter(|holder| !holder.is_gone(call.now))
    }
}

impl Operation for CreateSecret {
    type Input = CreateSecretInput;
    type Output = CreateSecretOutput;
    type Facts = Facts;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::secretsmanager::CREATE_SECRET
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Facts, Fault> {
        let suffix = call.entropy.text(SUFFIX_ALPHABET, SUFFIX_CHARS);
        let key = SecretRow::key(call.account, &call.region, &input.name);
        Ok(Facts {
            arn: secret_arn(
                call.account,
                &call.region,
                &format!("{}-{suffix}", input.name),
            ),
            holder: view.row(&key).await?,
        })
    }

    /// Tags on a new secret ask for TagResource too, and count as the secret's tags.
    fn access(&self, input: &Self::Input, facts: &Facts, call: &Call) -> Access {
        let given = tags::pairs(input.tags.as_deref().unwrap_or_default());
        let arn = facts
            .in_the_way(call)
            .map_or(facts.arn.as_str(), |holder| holder.arn.as_str());
        let force = input
            .force_overwrite_replica_secret
            .map(|force| force.to_string());
        let check = |action: &str| {
            let check = Check::new(format!("secretsmanager:{action}"), arn, call.account)
                .shown_as(&input.name)
                .with("secretsmanager:Name", input.name.as_str())
                .with_some(
                    "secretsmanager:ForceOverwriteReplicaSecret",
                    force.as_deref(),
                )
                .with_some("secretsmanager:Description", input.description.as_deref())
                .with_some("secretsmanager:KmsKeyId", input.kms_key_id.as_deref())
                .with_some("secretsmanager:Type", input.kind.as_deref())
                .with_request_tags(&given);
            target::with_resource_tags(check, &given)
        };
        let mut checks = vec![check("CreateSecret")];
        if !given.is_empty() {
            checks.push(check("TagResource"));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        refuse_unserved(input)?;
        let value = Plaintext::of(input.secret_string.as_ref(), input.secret_binary.as_ref())?;
        let token = match value {
            Some(_) => Some(new_version::token(input.client_request_token.as_deref())?),
            None => None,
        };
        let version = token.zip(value);
        if let Some(holder) = facts.in_the_way(call) {
            return made_before(holder, version, call, unit).await;
        }
        if let Some(gone) = &facts.holder {
            deletion::remove(call.account, &call.region, gone, unit);
        }
        let mut row = SecretRow {
            name: input.name.clone(),
            arn: facts.arn.clone(),
            description: input.description.clone().unwrap_or_default(),
            kms_key_id: not_served::kms_key(input.kms_key_id.as_deref(), call)?,
            tags: None,
            created_at: call.now,
            changed_at: call.now,
            accessed_on: None,
            deletion: None,
            versions: Versions::default(),
        };
        tags::merge(&mut row.tags, input.tags.as_deref().unwrap_or_default())?;
        if let Some((token, value)) = version {
            new_version::add(&mut row, token, value, &[CURRENT.to_owned()], call, unit)?;
        }
        unit.put(&SecretRow::key(call.account, &call.region, &row.name), &row)?;
        Ok(answer(&row, token))
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let made = output.and_then(|output| output.arn.as_deref());
        let facts = AuditFacts {
            request: Shown::As(shown(input)),
            ..trail::of(call.account, &input.name, made)
        };
        trail::of_write(facts, made)
    }
}

/// The request as CloudTrail shows it: ForceOverwriteReplicaSecret even when it was left out.
fn shown(input: &CreateSecretInput) -> Json {
    let tags = input.tags.as_deref().map(|tags| {
        let tag = |tag: &Tag| json!({"key": tag.key, "value": tag.value});
        tags.iter().map(tag).collect::<Json>()
    });
    let mut shown = json!({
        "name": input.name,
        "clientRequestToken": input.client_request_token,
        "description": input.description,
        "kmsKeyId": input.kms_key_id,
        "tags": tags,
        "forceOverwriteReplicaSecret": input.force_overwrite_replica_secret.unwrap_or_default(),
        "type": input.kind,
    });
    if let Some(members) = shown.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    shown
}

fn refuse_unserved(input: &CreateSecretInput) -> Result<(), Fault> {
    not_served::member("AddReplicaRegions", input.add_replica_regions.as_ref())?;
    not_served::flag(
        "ForceOverwriteReplicaSecret",
        input.force_overwrite_replica_secret,
    )?;
    not_served::member("Type", input.kind.as_ref())?;
    not_served::member(
        "CrossAccountPrimaryARN",
        input.cross_account_primary_arn.as_ref(),
    )
}

/// The same call once more is a success; anything else meets a name that is taken.
async fn made_before(
    holder: &SecretRow,
    version: Option<(&str, Plaintext<'_>)>,
    call: &Call,
    unit: &mut Unit,
) -> Result<CreateSecretOutput, Fault> {
    if holder.deletion.is_some() {
        return Err(refusal::name_scheduled_for_deletion());
    }
    let Some((token, value)) = version else {
        return Err(refusal::name_exists(&holder.name));
    };
    if !new_version::holds(holder, token, value, call, unit).await? {
        return Err(refusal::name_exists(&holder.name));
    }
    Ok(answer(holder, Some(token)))
}

fn answer(row: &SecretRow, version_id: Option<&str>) -> CreateSecretOutput {
    CreateSecretOutput {
        arn: Some(row.arn.clone()),
        name: Some(row.name.clone()),
        version_id: version_id.map(str::to_owned),
        replication_status: None,
    }
}
