//! Registers an OIDC provider.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>

use base::Fault;
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use jose::normalise_issuer;
use shapes::iam::{CreateOpenIDConnectProviderInput, CreateOpenIDConnectProviderOutput};

use super::limits::{check_client_ids, check_thumbprints};
use super::provider_url::check_url;
use crate::iam::faults::already_exists;
use crate::iam::quota::PROVIDERS;
use crate::iam::resource::{iam_arn, save};
use crate::iam::rows::{ProviderRow, ProviderTrust, provider, providers_prefix};
use crate::iam::tags;
use crate::iam::trail;

pub(crate) struct CreateOpenIDConnectProvider;

impl Operation for CreateOpenIDConnectProvider {
    type Input = CreateOpenIDConnectProviderInput;
    type Output = CreateOpenIDConnectProviderOutput;
    /// Whether the URL is taken.
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::CREATE_OPEN_ID_CONNECT_PROVIDER
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        provider(view, call.account, &normalise_issuer(&input.url)).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = arn(&normalise_issuer(&input.url), call);
        let given = tags::pairs(input.tags.as_deref().unwrap_or_default());
        let check =
            |action: &str| Check::new(action, arn.clone(), call.account).with_request_tags(&given);
        let mut checks = vec![check("iam:CreateOpenIDConnectProvider")];
        if !given.is_empty() {
            checks.push(check("iam:TagOpenIDConnectProvider"));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        taken: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let settings = &call.server.settings;
        let scheme = check_url(&input.url, settings.mode, &settings.public_url)?;
        let mut client_ids = Vec::new();
        for id in input.client_id_list.iter().flatten() {
            if !client_ids.contains(id) {
                client_ids.push(id.clone());
            }
        }
        check_client_ids(&client_ids)?;
        let thumbprints = input.thumbprint_list.clone().unwrap_or_default();
        check_thumbprints(&thumbprints)?;
        let tags = tags::initial::<ProviderRow>(input.tags.as_ref())?;
        if taken.is_some() {
            let text = format!("Provider with url {} already exists.", input.url);
            return Err(already_exists(text));
        }
        PROVIDERS
            .check(call, &providers_prefix(call.account))
            .await?;
        let url = normalise_issuer(&input.url);
        let provider = ProviderRow {
            arn: arn(&url, call),
            url,
            scheme,
            client_ids,
            thumbprints,
            created_at: call.now,
            tags,
            trust: ProviderTrust::default(),
        };
        save(unit, call, &provider)?;
        Ok(CreateOpenIDConnectProviderOutput {
            open_id_connect_provider_arn: Some(provider.arn),
            tags: tags::given_if_any(&provider.tags),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let arn = arn(&normalise_issuer(&input.url), call);
        trail::found_by(trail::PROVIDER, [Some(arn.as_str())], Vec::new())
    }
}

fn arn(url: &str, call: &Call) -> String {
    iam_arn(call, &format!("oidc-provider/{url}"))
}
