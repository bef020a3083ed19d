//! Whose policies are simulated: `PolicySourceArn`.

use base::{Arn, Fault};
use engine::{Access, AuditFacts, Call, Check, View};
use policy::simulate::{PolicyOrigin, SimulatedPolicy, SimulationFault};

use crate::iam::entity::Entity;
use crate::iam::faults::{invalid_input, no_such_entity};
use crate::iam::resource::{Resource, check_on};
use crate::iam::rows::{
    EntityKind, PolicySet, RoleRow, UserRow, policy_by_arn, role_by_name, user_by_name,
};
use crate::iam::trail;

/// Who `PolicySourceArn` names, there or not.
pub(super) enum Subject {
    User(Named<UserRow>),
    Role(Named<RoleRow>),
    /// There are no groups here.
    Group(String),
}

/// By the name in the ARN: as recorded from AWS, its path does not count.
pub(super) struct Named<R> {
    name: String,
    found: Option<R>,
}

/// A policy of the subject, and how exclusions may name it.
pub(super) struct SubjectPolicy {
    pub(super) policy: SimulatedPolicy,
    pub(super) usage: PolicyUsage,
}

/// How a policy bears on its subject.
pub(super) enum PolicyUsage {
    /// Inline, of this name.
    Inline {
        /// Of what.
        kind: EntityKind,
        /// Its owner's name.
        owner: String,
        /// Its own name.
        name: String,
    },
    /// Attached, with this ARN.
    Managed {
        /// The ARN that exclusions compare with: without the path, as recorded from AWS.
        pathless_arn: String,
    },
    /// The permissions boundary.
    Boundary,
}

/// Reads `PolicySourceArn`.
pub(super) async fn subject(
    text: &str,
    call: &Call,
    view: &mut View<'_>,
) -> Result<Subject, Fault> {
    let invalid = || invalid_input(format!("Invalid ARN provided in the request: {text}"));
    let arn: Arn = text.parse().map_err(|_| invalid())?;
    let account = arn.account_id().filter(|_| arn.service() == "iam");
    let account = account.ok_or_else(invalid)?;
    let (kind, path) = arn.resource().split_once('/').ok_or_else(invalid)?;
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    if name.is_empty() || !matches!(kind, "user" | "role" | "group") {
        return Err(invalid());
    }
    if account != call.account {
        return Err(invalid_input(format!(
            "Invalid Policy Source Arn: caller's account {} does not have access to policies in \
             account {account}.",
            call.account
        )));
    }
    Ok(match kind {
        "user" => Subject::User(Named {
            found: user_by_name(view, account, &name).await?,
            name,
        }),
        "role" => Subject::Role(Named {
            found: role_by_name(view, account, &name).await?,
            name,
        }),
        _ => Subject::Group(text.to_owned()),
    })
}

impl Subject {
    /// The permission `iam:ACTION` on the subject.
    pub(super) fn access(&self, action: &str, call: &Call) -> Access {
        Access::one(match self {
            Self::User(user) => check_on(action, &user.name, user.found.as_ref(), call),
            Self::Role(role) => check_on(action, &role.name, role.found.as_ref(), call),
            Self::Group(arn) => Check::new(format!("iam:{action}"), arn.clone(), call.account),
        })
    }

    /// What the trail is told.
    pub(super) fn audit(&self) -> AuditFacts {
        fn of<R: Resource>(named: &Named<R>) -> AuditFacts {
            let arn = named.found.as_ref().map(Resource::arn);
            trail::found_by(
                R::RESOURCE_TYPE,
                [Some(named.name.as_str()), arn],
                Vec::new(),
            )
        }
        match self {
            Self::User(user) => of(user),
            Self::Role(role) => of(role),
            Self::Group(_) => AuditFacts::default(),
        }
    }

    /// Its ARN and its unique id.
    pub(super) fn identity(&self) -> Result<(String, String), Fault> {
        let found = match self {
            Self::User(user) => user
                .found
                .as_ref()
                .map(|user| (user.arn.clone(), user.id.to_string())),
            Self::Role(role) => role
                .found
                .as_ref()
                .map(|role| (role.arn.clone(), role.id.to_string())),
            Self::Group(_) => None,
        };
        found.ok_or_else(missing)
    }

    /// Its policies: inline, attached, the boundary last.
    pub(super) async fn policies(
        &self,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Vec<SubjectPolicy>, Fault> {
        match self {
            Self::User(Named {
                found: Some(user), ..
            }) => policies(user, call, view).await,
            Self::Role(Named {
                found: Some(role), ..
            }) => policies(role, call, view).await,
            Self::User(_) | Self::Role(_) | Self::Group(_) => Err(missing()),
        }
    }
}

/// AWS's words, whatever is missing.
fn missing() -> Fault {
    no_such_entity("Unable to retrieve specified IAM entity.")
}

async fn policies<E: Entity>(
    entity: &E,
    call: &Call,
    view: &mut View<'_>,
) -> Result<Vec<SubjectPolicy>, Fault> {
    let PolicySet {
        inline,
        attached,
        boundary,
    } = entity.policies();
    let (kind, owner) = (E::KIND, entity.name());
    let mut policies: Vec<SubjectPolicy> = inline
        .iter()
        .map(|policy| SubjectPolicy {
            policy: stored(
                format!("{}_{owner}_{}", kind.as_str(), policy.name),
                &policy.text,
            ),
            usage: PolicyUsage::Inline {
                kind,
                owner: owner.to_owned(),
                name: policy.name.clone(),
            },
        })
        .collect();
    for arn in attached {
        let policy = managed(arn, call, view).await?;
        let prefix = arn.split_inclusive(':').take(5).collect::<String>();
        let pathless_arn = format!("{prefix}policy/{}", policy.id);
        policies.push(SubjectPolicy {
            policy,
            usage: PolicyUsage::Managed { pathless_arn },
        });
    }
    if let Some(arn) = boundary {
        policies.push(SubjectPolicy {
            policy: managed(arn, call, view).await?,
            usage: PolicyUsage::Boundary,
        });
    }
    Ok(policies)
}

/// The version in force of a managed policy. One that is lost denies everything when a request is
/// decided (THREATS R37), so no answer here would be true.
async fn managed(arn: &str, call: &Call, view: &mut View<'_>) -> Result<SimulatedPolicy, Fault> {
    let row = policy_by_arn(view, call.account, arn).await?;
    let found = row
        .as_ref()
        .and_then(|row| Some(stored(row.name.clone(), row.document()?)));
    found.ok_or_else(|| SimulationFault::Stored(arn.to_owned()).into())
}

fn stored(id: String, text: &str) -> SimulatedPolicy {
    SimulatedPolicy {
        id,
        text: text.to_owned(),
        origin: PolicyOrigin::Stored,
    }
}
