//! Has an API server asked, by TokenReview, whether the pod and the ServiceAccount that a token of an
//! OIDC provider is bound to still exist. Keys alone do not tell: a token outlives its pod.

use base::{Fault, Secret};
use engine::fetch::{check_authority, check_client_certificate};
use engine::{Access, AuditFacts, Call, Operation, Permitted, Shown, Unit, View};
use serde_json::json;
use shapes::irsa::{SetProviderTokenReviewInput, SetProviderTokenReviewOutput};

use super::on_provider::{access_of_installation, audit_of, described, existing, found};
use crate::iam::oidc_providers::provider_url::check_url;
use crate::iam::resource::save;
use crate::iam::rows::{
    ProviderRow, ReviewCredential, ReviewingServer, TokenReview, seal_credential,
};
use crate::irsa::faults::validation;

pub(crate) struct SetProviderTokenReview;

impl Operation for SetProviderTokenReview {
    type Input = SetProviderTokenReviewInput;
    type Output = SetProviderTokenReviewOutput;
    type Facts = Option<ProviderRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::SET_PROVIDER_TOKEN_REVIEW
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        found(view, call, &input.provider_arn).await
    }

    /// The server dials what is named here without asking where that is (THREATS R34).
    fn access(&self, input: &Self::Input, row: &Self::Facts, call: &Call) -> Access {
        let action = "SetProviderTokenReview";
        access_of_installation(action, &input.provider_arn, row.as_ref(), call)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        row: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let mut row = existing(&input.provider_arn, row.as_ref())?.clone();
        row.trust.token_review = Some(setting(input, &row, call)?);
        save(unit, call, &row)?;
        Ok(SetProviderTokenReviewOutput {
            provider: Some(described(&row)),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        AuditFacts {
            request: Shown::As(json!({
                "providerArn": input.provider_arn,
                "server": input.server,
                "tlsServerName": input.tls_server_name,
                "ownPod": input.own_pod,
            })),
            ..audit_of(call, &input.provider_arn)
        }
    }
}

fn setting(
    input: &SetProviderTokenReviewInput,
    row: &ProviderRow,
    call: &Call,
) -> Result<TokenReview, Fault> {
    let Some(server) = &input.server else {
        return own_pod(input);
    };
    if input.own_pod == Some(true) {
        return Err(validation(
            "Give a Server or OwnPod: a pod knows its own cluster.",
        ));
    }
    check_server(server, call)?;
    if let Some(pem) = &input.certificate_authority {
        check_authority(pem).map_err(|error| {
            validation(format!("The CertificateAuthority is unusable: {error}."))
        })?;
    }
    Ok(TokenReview::ApiServer(ReviewingServer {
        server: server.trim_end_matches('/').to_owned(),
        tls_server_name: input.tls_server_name.clone(),
        certificate_authority: input.certificate_authority.clone(),
        credential: credential(input, row, call)?,
    }))
}

fn own_pod(input: &SetProviderTokenReviewInput) -> Result<TokenReview, Fault> {
    let has_more = input.tls_server_name.is_some()
        || input.certificate_authority.is_some()
        || input.bearer_token.is_some()
        || input.client_certificate.is_some()
        || input.client_key.is_some();
    match (input.own_pod, has_more) {
        (Some(true), false) => Ok(TokenReview::OwnPod),
        (Some(true), true) => Err(validation(
            "OwnPod takes server, authority and credential from the pod; give none of them.",
        )),
        (Some(false) | None, _) => Err(validation("Give a Server, or OwnPod.")),
    }
}

fn check_server(server: &str, call: &Call) -> Result<(), Fault> {
    let mode = call.server.settings.mode;
    let allowed = check_url(server, mode, "");
    allowed.map(drop).map_err(|_| {
        validation("The Server must be an https:// URL of an API server, with no query or user.")
    })
}

fn credential(
    input: &SetProviderTokenReviewInput,
    row: &ProviderRow,
    call: &Call,
) -> Result<ReviewCredential, Fault> {
    let sealed = |secret: &Secret<String>| {
        let seal = &call.server.seal;
        seal_credential(seal, call.account, row, secret, &call.entropy)
    };
    let given = (
        &input.bearer_token,
        &input.client_certificate,
        &input.client_key,
    );
    match given {
        (Some(token), None, None) => {
            if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(validation("The BearerToken is no token."));
            }
            Ok(ReviewCredential::BearerToken(sealed(token)?))
        }
        (None, Some(certificate), Some(key)) => {
            check_client_certificate(certificate, key.expose())
                .map_err(|error| validation(format!("The client certificate: {error}.")))?;
            Ok(ReviewCredential::ClientCertificate {
                certificate: certificate.clone(),
                key: sealed(key)?,
            })
        }
        _ => Err(validation(
            "Give a BearerToken, or a ClientCertificate with its ClientKey.",
        )),
    }
}
