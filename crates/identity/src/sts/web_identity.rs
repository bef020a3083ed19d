//! Verifies web identity tokens: provider by issuer in the role's account, dates, audience, keys,
//! signature (`facts/sts-iam-wire.md` §1.5; cheap checks first, THREATS R35).

use std::sync::Arc;

use async_trait::async_trait;
use base::{AccountId, Clock, Fault};
use engine::fetch::Trust;
use engine::{Federation, Server, View, WebIdentity, WebIdentityPrincipal, WebIdentityRefusal};
use jose::{
    Claims, Fetch, JwkSet, KeyCache, Provider, Token, TokenFault, check_dates, normalise_issuer,
    registered_audience, verify,
};

use super::claimed_session::ClaimedSession;
use super::pinned_keys::PinnedKeys;
use super::target_role::parse_role_arn;
use super::token_reviewer::{NoReviewer, TokenReviewer};
use super::token_reviews::{TokenReviews, VerifiedToken};
use crate::iam::rows::{KeySource, ProviderRow, ProviderStatus, provider};

/// The keys of issuers that this installation runs itself.
#[async_trait]
pub trait LocalIssuers: Send + Sync {
    /// The public keys of the issuer at `issuer_url` (with its scheme), bound to its exact URL by
    /// [`JwkSet::of_issuer`]. `None` when there is none, or when it belongs to another account than
    /// the provider's and is not shared with it: then it is fetched like a foreign one
    /// (THREATS R27).
    async fn key_set(
        &self,
        server: &Server,
        view: &mut View<'_>,
        account: AccountId,
        issuer_url: &str,
    ) -> Result<Option<Arc<JwkSet>>, Fault>;
}

/// The verifier. One per server.
pub struct WebIdentities {
    issuers: Arc<dyn LocalIssuers>,
    pinned: PinnedKeys,
    keys: KeyCache,
    reviews: TokenReviews,
}

impl WebIdentities {
    /// Takes keys from `issuers` where it has them, else through `fetch`.
    pub fn new(
        issuers: Arc<dyn LocalIssuers>,
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            issuers,
            pinned: PinnedKeys::default(),
            keys: KeyCache::new(fetch, clock),
            reviews: TokenReviews::new(Arc::new(NoReviewer)),
        }
    }

    /// Has `reviewer` asked about tokens of providers that want it.
    #[must_use]
    pub fn reviewed_by(self, reviewer: Arc<dyn TokenReviewer>) -> Self {
        Self {
            reviews: TokenReviews::new(reviewer),
            ..self
        }
    }

    async fn key_set(
        &self,
        server: &Server,
        account: AccountId,
        row: &ProviderRow,
        kid: Option<&str>,
    ) -> Result<Arc<JwkSet>, Fault> {
        if let Some(keys) = self.pinned.of(row)? {
            return Ok(keys);
        }
        let url = row.full_url();
        {
            let mut unit = server.unit().await?;
            let mut view = unit.view();
            if let Some(keys) = self
                .issuers
                .key_set(server, &mut view, account, &url)
                .await?
            {
                return Ok(keys);
            }
        }
        let provider = Provider {
            arn: &row.arn,
            url: &url,
            thumbprints: &row.thumbprints,
            authority: row.trust.authority(),
        };
        self.keys
            .provider_keys(provider, kid)
            .await
            .map_err(|fault| fault.fault())
    }
}

#[async_trait]
impl WebIdentity for WebIdentities {
    async fn verify(
        &self,
        server: &Server,
        role_arn: &str,
        token: &str,
    ) -> Result<WebIdentityPrincipal, Box<WebIdentityRefusal>> {
        let (_, account) = parse_role_arn(role_arn).map_err(unverified)?;
        let text = token;
        let token = Token::parse(text).map_err(refused)?;
        let row = find_provider(server, account, token.unverified()).await?;
        let now = server.clock.now();
        check_dates(token.unverified(), now).map_err(refused)?;
        let audience = registered_audience(token.unverified(), &row.client_ids).map_err(refused)?;
        let kid = token.header().kid.as_deref();
        let keys = self
            .key_set(server, account, &row, kid)
            .await
            .map_err(unverified)?;
        let claims = verify(&token, &keys, now).map_err(|fault| refused_by(&row, &fault))?;

        let verified = VerifiedToken {
            text: text.trim_end(),
            subject: &claims.subject,
            audience: &audience,
            audiences: &claims.audiences,
        };
        let place = (&server.seal, account);
        let reviewed = self.reviews.check(&row, &verified, place, &*server.clock);
        let reviewed = reviewed.await;

        let mut principal = principal(account, row, claims, audience);
        principal.issuer_trust = match keys.trust() {
            jose::Trust::Roots => Trust::Roots,
            jose::Trust::Authority => Trust::Authority,
            jose::Trust::Thumbprint => Trust::Thumbprint,
            jose::Trust::Pinned => Trust::Pinned,
        };
        if let Err(fault) = reviewed {
            return Err(Box::new(WebIdentityRefusal {
                fault,
                verified: Some(principal),
            }));
        }
        match ClaimedSession::read(claims, role_arn) {
            Ok(claimed) => {
                principal.tags = claimed.tags;
                principal.transitive_tag_keys = claimed.transitive_tag_keys;
                principal.source_identity = claimed.source_identity;
                principal.role_authorized_by_idp = claimed.names_role;
                Ok(principal)
            }
            Err(fault) => Err(Box::new(WebIdentityRefusal {
                fault: fault.fault(),
                verified: Some(principal),
            })),
        }
    }
}

async fn find_provider(
    server: &Server,
    account: AccountId,
    claims: &Claims,
) -> Result<ProviderRow, Box<WebIdentityRefusal>> {
    let mut unit = server.unit().await.map_err(unverified)?;
    let found = provider(&mut unit.view(), account, &normalise_issuer(&claims.issuer)).await;
    let found = found
        .map_err(unverified)?
        .ok_or_else(|| refused(TokenFault::UnknownIssuer(claims.issuer.clone())))?;
    match found.trust.status {
        ProviderStatus::Enabled => Ok(found),
        ProviderStatus::Disabled => {
            let fault = TokenFault::DisabledProvider(claims.issuer.clone());
            Err(refused(fault))
        }
    }
}

fn principal(
    account: AccountId,
    row: ProviderRow,
    claims: &Claims,
    audience: String,
) -> WebIdentityPrincipal {
    WebIdentityPrincipal {
        account,
        federation: Federation {
            provider_arn: row.arn,
            issuer: row.url,
            subject: claims.subject.clone(),
            audience,
            amr: claims.amr.clone(),
        },
        issuer_url: claims.issuer.clone(),
        token: token_facts(claims),
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        role_authorized_by_idp: false,
        issuer_trust: Trust::Roots,
    }
}

/// What stands beside the audit record (THREATS R50).
fn token_facts(claims: &Claims) -> audit::TokenFacts {
    let cluster = claims.kubernetes.as_ref();
    let pod = cluster.and_then(|known| known.pod.as_ref());
    let node = cluster.and_then(|known| known.node.as_ref());
    let uid = |uid: &String| (!uid.is_empty()).then(|| uid.clone());
    audit::TokenFacts {
        issuer: claims.issuer.clone(),
        subject: claims.subject.clone(),
        namespace: cluster.map(|known| known.namespace.clone()),
        service_account: cluster.map(|known| known.service_account.name.clone()),
        pod_name: pod.map(|pod| pod.name.clone()),
        pod_uid: pod.and_then(|pod| uid(&pod.uid)),
        node_name: node.map(|node| node.name.clone()),
        node_uid: node.and_then(|node| uid(&node.uid)),
        token_id: claims.id.clone(),
    }
}

/// Pinned keys do not follow a rotation by themselves: the operator is told.
fn refused_by(row: &ProviderRow, fault: &TokenFault) -> Box<WebIdentityRefusal> {
    let is_unknown = matches!(fault, TokenFault::UnknownKey(_));
    match &row.trust.keys {
        KeySource::Pinned { .. } if is_unknown => unverified(fault.fault().with_internal(format!(
            "{fault}: its keys are pinned; if the cluster changed its keys, run `irsa cluster add` \
             for it again"
        ))),
        KeySource::Pinned { .. } | KeySource::Published | KeySource::PrivateAuthority(_) => {
            unverified(fault.fault())
        }
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
fn refused(fault: TokenFault) -> Box<WebIdentityRefusal> {
    unverified(fault.fault())
}

fn unverified(fault: Fault) -> Box<WebIdentityRefusal> {
    Box::new(WebIdentityRefusal {
        fault,
        verified: None,
    })
}
