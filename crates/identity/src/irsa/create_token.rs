//! Signs a service account token as Kubernetes' TokenRequest would.
//! <https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/>

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Fault, RequestId, Secret, Timestamp};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use jose::{ObjectReference, ServiceAccountClaims};
use shapes::irsa::{CreateTokenInput, CreateTokenOutput};

use super::faults::{conflict, issuer_not_found, validation};
use super::issuers::{
    IssuerRow, IssuerStatus, KeyHolder, SigningKeys, issuer, issuer_arn, put_issuer,
};
use super::kubernetes_names::{check_label, check_subdomain};

/// `aud` when the caller does not say: what the EKS webhook asks for.
const DEFAULT_AUDIENCE: &str = "sts.amazonaws.com";
/// Kubernetes' default (`expirationSeconds`).
const DEFAULT_DURATION_SECS: i64 = 3_600;
/// Kubernetes' minimum (TokenRequest: "10 min").
const MIN_DURATION_SECS: i64 = 600;
/// Kubernetes' maximum (TokenRequest validation: 2^32).
const MAX_DURATION_SECS: i64 = 1 << 32;

pub(crate) struct CreateToken {
    keys: Arc<SigningKeys>,
}

impl CreateToken {
    pub(crate) fn new(keys: Arc<SigningKeys>) -> Self {
        Self { keys }
    }
}

impl Operation for CreateToken {
    type Input = CreateTokenInput;
    type Output = CreateTokenOutput;
    type Facts = Option<IssuerRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::irsa::CREATE_TOKEN
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        issuer(view, call.account, &call.region, &input.issuer).await
    }

    /// Whoever may ask for a token may do what every role does that trusts it (THREATS R43).
    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = issuer_arn(call.account, &call.region, &input.issuer);
        Access::one(
            Check::new("irsa:CreateToken", arn, call.account)
                .with("irsa:Namespace", &input.namespace)
                .with("irsa:ServiceAccount", &input.service_account)
                .with_many("irsa:Audience", audiences(input)),
        )
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check(input)?;
        let issuer = facts
            .as_ref()
            .ok_or_else(|| issuer_not_found(&input.issuer))?;
        if issuer.status == IssuerStatus::Pending {
            return Err(conflict(format!(
                "The issuer is PENDING: its documents are not at {} yet.",
                issuer.url
            )));
        }
        if issuer.holder == KeyHolder::Signers {
            return Err(conflict(format!(
                "The keys of the issuer {} are its signers' (irsa signer): only its API servers issue tokens.",
                issuer.name
            )));
        }
        let claims = claims(input, issuer, call);
        let (seal, region) = (&call.server.seal, &call.region);
        let key = self.keys.of(seal, call.account, region, issuer, call.now)?;
        let token = key
            .sign(&claims.to_json())
            .map_err(|error| Fault::internal(format!("signing failed: {error}")))?;
        let ends = claims.issued_at.saturating_add(claims.duration_secs);
        let until = Timestamp::from_second(ends).unwrap_or(Timestamp::MAX);
        let mut noted = issuer.clone();
        if noted.will_sign_until(key.kid(), until) {
            noted.drop_withdrawn(call.now);
            put_issuer(call.account, region, Some(issuer), &noted, unit).await?;
        }
        Ok(CreateTokenOutput {
            token: Some(Secret::new(token)),
            expires_at: Timestamp::from_second(ends).ok(),
            subject: Some(claims.subject()),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        _: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        super::audit_of_issuer(call, &input.issuer)
    }
}

fn audiences(input: &CreateTokenInput) -> Vec<String> {
    input
        .audiences
        .clone()
        .unwrap_or_else(|| vec![DEFAULT_AUDIENCE.to_owned()])
}

fn check(input: &CreateTokenInput) -> Result<(), Fault> {
    check_label("Namespace", &input.namespace)?;
    check_subdomain("ServiceAccount", &input.service_account)?;
    if let Some(name) = &input.pod_name {
        check_subdomain("PodName", name)?;
    }
    if let Some(name) = &input.node_name {
        check_subdomain("NodeName", name)?;
        if input.pod_name.is_none() {
            return Err(validation(
                "A NodeName needs the PodName of a pod that runs there.",
            ));
        }
    }
    let duration = duration_secs(input);
    if !(MIN_DURATION_SECS..=MAX_DURATION_SECS).contains(&duration) {
        return Err(validation(format!(
            "DurationSeconds must be from {MIN_DURATION_SECS} to {MAX_DURATION_SECS}."
        )));
    }
    Ok(())
}

fn duration_secs(input: &CreateTokenInput) -> i64 {
    input.duration_seconds.unwrap_or(DEFAULT_DURATION_SECS)
}

fn claims(input: &CreateTokenInput, issuer: &IssuerRow, call: &Call) -> ServiceAccountClaims {
    let reference = |kind: &str, namespace: &str, name: &String| ObjectReference {
        name: name.clone(),
        uid: uid(&[&issuer.id, kind, namespace, name]),
    };
    let namespace = input.namespace.as_str();
    let account = &input.service_account;
    ServiceAccountClaims {
        issuer: issuer.url.clone(),
        namespace: input.namespace.clone(),
        service_account: account.clone(),
        uid: uid(&[&issuer.id, "serviceaccount", namespace, account]),
        audiences: audiences(input),
        pod: input
            .pod_name
            .as_ref()
            .map(|name| reference("pod", namespace, name)),
        node: input
            .node_name
            .as_ref()
            .map(|name| reference("node", "", name)),
        issued_at: call.now.as_second(),
        duration_secs: duration_secs(input),
        // Drawn as a request id is: a random UUID.
        jti: RequestId::draw(&call.entropy).to_string(),
    }
}

/// The uid of an object that is only a name here: always the same for the same name, another for
/// an issuer made anew. A UUID of version 8 (RFC 9562 §5.8) over the length-prefixed names.
fn uid(names: &[&str]) -> String {
    let mut bytes = Vec::new();
    for name in names {
        bytes.extend_from_slice(&(name.len() as u64).to_be_bytes());
        bytes.extend_from_slice(name.as_bytes());
    }
    let hash = digest(&SHA256, &bytes);
    let mut value = hash
        .as_ref()
        .first_chunk()
        .map_or(0, |bytes| u128::from_be_bytes(*bytes));
    value &= !(0xf << 76 | 0x3 << 62);
    value |= 0x8 << 76 | 0x2 << 62;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        value >> 96,
        value >> 80 & 0xffff,
        value >> 64 & 0xffff,
        value >> 48 & 0xffff,
        value & 0xffff_ffff_ffff
    )
}
