//! What the rooms ask of services, so that no service sees another.

use std::sync::Arc;

use async_trait::async_trait;
use base::{AccessKeyId, AccountId, Arn, Fault, Region, Secret, Timestamp};
use policy::Layers;
use policy::compiled::CompiledLayers;

use crate::{PreparedPolicies, Principal, ResourcePolicy, Server, View, WebIdentityPrincipal};

/// Looks up who holds an access key, and what that principal may do. Implemented by identity.
#[async_trait]
pub trait Identities: Send + Sync {
    /// The holder of a long-term key (`AKIA…`); `None` for an unknown, inactive or deleted one.
    async fn key_holder(
        &self,
        server: &Server,
        view: &mut View<'_>,
        access_key_id: &AccessKeyId,
    ) -> Result<Option<KeyHolder>, Fault>;

    /// The session that a token opens to.
    async fn session(
        &self,
        server: &Server,
        view: &mut View<'_>,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Result<SessionCheck, Fault>;

    /// The policies of a principal, read on the snapshot that the operation works on; `None`
    /// when the principal is gone meanwhile.
    async fn grants(
        &self,
        server: &Server,
        view: &mut View<'_>,
        principal: &Principal,
    ) -> Result<Option<Grants>, Fault>;
}

/// Whose key it is and the secret that must have signed.
pub struct KeyHolder {
    /// The holder.
    pub principal: Principal,
    /// The key's secret.
    pub secret: Secret<String>,
}

/// What became of a session token.
pub enum SessionCheck {
    /// It is good now.
    Live(Box<KeyHolder>),
    /// It was good once.
    Expired,
    /// It never was, or its role is gone, or it was revoked.
    Invalid,
}

/// The policies that speak about a principal.
#[derive(Default)]
pub struct Grants {
    /// Inline and attached policies.
    pub identity: Arc<PreparedPolicies>,
    /// The permissions boundary.
    pub boundary: Option<Arc<PreparedPolicies>>,
    /// The session policies; none among them allows nothing.
    pub session: Option<Arc<PreparedPolicies>>,
    /// `aws:PrincipalTag/K`.
    pub tags: Vec<(String, String)>,
}

impl Grants {
    /// As decisions read them; the resource's policy is the check's.
    pub fn compiled(&self) -> CompiledLayers {
        let compiled = |set: &Arc<PreparedPolicies>| Arc::clone(&set.compiled);
        CompiledLayers {
            identity: compiled(&self.identity),
            boundary: self.boundary.as_ref().map(compiled),
            session: self.session.as_ref().map(compiled),
            ..CompiledLayers::default()
        }
    }

    /// As explanations read them.
    pub fn layers(&self) -> Layers {
        let boundary = self.boundary.as_ref();
        Layers {
            identity: self.identity.attached.clone(),
            boundary: boundary.and_then(|set| set.attached.first().cloned()),
            session: self.session.as_ref().map(|set| set.attached.clone()),
            ..Layers::default()
        }
    }
}

/// Verifies web identity tokens for `prove`. Implemented by identity.
#[async_trait]
pub trait WebIdentity: Send + Sync {
    /// Verifies `token` against the provider in the account of `role_arn`. Opens snapshots of its
    /// own, because fetching keys may take seconds.
    async fn verify(
        &self,
        server: &Server,
        role_arn: &str,
        token: &str,
    ) -> Result<WebIdentityPrincipal, Box<WebIdentityRefusal>>;
}

/// Why a web identity token was refused.
pub struct WebIdentityRefusal {
    /// What the client gets; the internal message says what exactly was wrong.
    pub fault: Fault,
    /// Set once the signature was verified: such a refusal becomes a durable record
    /// (THREATS R48).
    pub verified: Option<WebIdentityPrincipal>,
}

/// Documents under `/id/`. Implemented by identity.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// The document at a raw path such as `/id/NAME/openid/v1/jwks`; `None` when there is none.
    /// Built from stored URLs, never from Host (THREATS R28).
    async fn document(&self, server: &Server, path: &str) -> Result<Option<Published>, Fault>;

    /// When the oldest of all keys that sign tokens now began to; `None` where none signs.
    async fn oldest_signing_key(&self, _server: &Server) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }
}

/// A document for everybody.
pub struct Published {
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub body: Vec<u8>,
    /// How long it may be cached.
    pub max_age_secs: u32,
}

/// Describes the resources of one service, for questions about who may do what with them.
/// Implemented by the services that keep resources.
#[async_trait]
pub trait Resources: Send + Sync {
    /// The service in the resources' ARNs.
    fn service(&self) -> &'static str;

    /// The resource of this ARN; `None` when there is none.
    async fn resource(
        &self,
        server: &Server,
        view: &mut View<'_>,
        arn: &Arn,
    ) -> Result<Option<DescribedResource>, Fault>;

    /// The account's resources in a region, in a fixed order; at most `limit`.
    async fn resources(
        &self,
        server: &Server,
        view: &mut View<'_>,
        place: (AccountId, &Region),
        limit: usize,
    ) -> Result<Vec<DescribedResource>, Fault>;
}

/// What a decision may know of a resource before there is a request.
#[derive(Clone, Debug)]
pub struct DescribedResource {
    /// Its ARN.
    pub arn: String,
    /// The condition keys that it gives every request about it.
    pub keys: Vec<(String, String)>,
    /// What its tags' keys begin with. A tag that is not among `keys` is absent.
    pub tag_prefixes: &'static [&'static str],
    /// Its own policy.
    pub policy: Option<ResourcePolicy>,
}
