//! Creates a cluster issuer whose signing keys the server keeps, or its signers.

use base::{EntropyExt, Fault};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::irsa::{CreateIssuerInput, CreateIssuerOutput};
use store::KeyRange;

use super::faults::{issuer_exists, limit_exceeded, validation};
use super::issuers::{
    ClaimedUrlRow, IssuerNameRow, IssuerRow, IssuerStatus, IssuerUrl, IssuerUrls, KeyAlgorithm,
    KeyHolder, KeyMaker, PendingIssuerRow, Whose, described, issuer_arn, issuers_prefix, name_key,
    pending_key, put_issuer, sealed, url_key,
};

/// Issuers of an account in a region (as many as EKS allows clusters: Amazon EKS User Guide,
/// "Service quotas").
const MAX_ISSUERS: usize = 100;

#[derive(Default)]
pub(crate) struct CreateIssuer {
    keys: KeyMaker,
}

/// Who has what a new issuer would take.
pub(crate) struct Taken {
    name: Option<Whose>,
    url: Option<Whose>,
}

impl Operation for CreateIssuer {
    type Input = CreateIssuerInput;
    type Output = CreateIssuerOutput;
    type Facts = Taken;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::CREATE_ISSUER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        let name: Option<IssuerNameRow> = view.row(&name_key(&input.name)).await?;
        let url = jose::normalise_issuer(wanted_url(input, call).as_str());
        let url: Option<ClaimedUrlRow> = view.row(&url_key(&url)).await?;
        Ok(Taken {
            name: name.map(|row| row.whose),
            url: url.map(|row| row.whose),
        })
    }

    /// A URL outside this server's own is the installation's to give (THREATS R27, R42): the
    /// management account owns that permission, so for a caller of any other account no policy of
    /// its own grants it.
    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = issuer_arn(call.account, &call.region, &input.name);
        let mut checks = vec![Check::new("irsa:CreateIssuer", &arn, call.account)];
        if let IssuerUrl::Foreign(_) = wanted_url(input, call) {
            let management = call.server.settings.management_account;
            checks.push(Check::new("irsa:ClaimIssuerUrl", &arn, management));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let url = wanted_url(input, call);
        if let IssuerUrl::Foreign(url) = &url {
            IssuerUrls {
                settings: &call.server.settings,
            }
            .check_foreign(url)?;
        }
        check_free(call, facts)?;
        check_quota(call, unit).await?;
        let row = self.made(input, &url, call).await?;
        let whose = Whose {
            account: call.account,
            region: call.region.clone(),
            issuer: Some(row.name.clone()),
        };
        put_issuer(call.account, &call.region, None, &row, unit).await?;
        unit.put(
            &name_key(&row.name),
            &IssuerNameRow {
                whose: whose.clone(),
            },
        )?;
        let normalised = jose::normalise_issuer(&row.url);
        unit.put(&url_key(&normalised), &ClaimedUrlRow { whose })?;
        if row.status == IssuerStatus::Pending {
            let (account, region) = (call.account, call.region.clone());
            let pending = PendingIssuerRow {
                account,
                region,
                name: row.name.clone(),
            };
            unit.put(&pending_key(&row.name), &pending)?;
        }
        Ok(CreateIssuerOutput {
            issuer: Some(described(&row, call.now)),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        super::audit_of_issuer(call, &input.name)
    }
}

fn wanted_url(input: &CreateIssuerInput, call: &Call) -> IssuerUrl {
    let urls = IssuerUrls {
        settings: &call.server.settings,
    };
    urls.of(&input.name, input.url.as_deref())
}

/// A name or URL that an account once had stays its own: what trusts it must never come to trust
/// somebody else.
fn check_free(call: &Call, taken: &Taken) -> Result<(), Fault> {
    let is_free = |whose: &Option<Whose>| {
        whose
            .as_ref()
            .is_none_or(|it| it.account == call.account && it.issuer.is_none())
    };
    if !is_free(&taken.name) {
        return Err(issuer_exists(
            "An issuer of this name exists already; names are unique in the installation.",
        ));
    }
    if !is_free(&taken.url) {
        return Err(issuer_exists("This URL belongs to another issuer."));
    }
    Ok(())
}

async fn check_quota(call: &Call, unit: &mut Unit) -> Result<(), Fault> {
    let all = KeyRange::prefix(&issuers_prefix(call.account, &call.region));
    if unit.rows::<IssuerRow>(&all, MAX_ISSUERS).await?.len() < MAX_ISSUERS {
        return Ok(());
    }
    Err(limit_exceeded(format!(
        "An account has at most {MAX_ISSUERS} issuers in a region."
    )))
}

impl CreateIssuer {
    /// The row of a new issuer, with a key that nobody else has.
    async fn made(
        &self,
        input: &CreateIssuerInput,
        url: &IssuerUrl,
        call: &Call,
    ) -> Result<IssuerRow, Fault> {
        let algorithm = match input.key_algorithm.as_deref() {
            None => KeyAlgorithm::default(),
            Some(name) => KeyAlgorithm::named(name)
                .ok_or_else(|| validation("The KeyAlgorithm must be RS256 or ES256."))?,
        };
        let holder = match input.key_holder.as_deref() {
            None => KeyHolder::default(),
            Some(name) => KeyHolder::named(name)
                .ok_or_else(|| validation("The KeyHolder must be SERVER or SIGNERS."))?,
        };
        let id = format!("{:032x}", u128::from_be_bytes(call.entropy.bytes()));
        let keys = match holder {
            KeyHolder::Signers => Vec::new(),
            KeyHolder::Server => {
                let key = self.keys.make(algorithm).await?;
                let owner = (call.account, &call.region);
                let key = (id.as_str(), &key);
                let seal = &call.server.seal;
                vec![sealed(seal, owner, key, call.now, &call.entropy)?]
            }
        };
        let status = match url {
            IssuerUrl::Own(_) => IssuerStatus::Active,
            IssuerUrl::Foreign(_) => IssuerStatus::Pending,
        };
        Ok(IssuerRow {
            id,
            name: input.name.clone(),
            arn: issuer_arn(call.account, &call.region, &input.name),
            url: url.as_str().to_owned(),
            algorithm,
            keys,
            holder,
            signers: Vec::new(),
            status,
            created_at: call.now,
        })
    }
}
