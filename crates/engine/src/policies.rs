//! Policies on their way into a decision: parsed and compiled once, found again by digest.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use moka::sync::Cache;
use policy::compiled::PolicySet;
use policy::{Attached, Document, Leniency, PolicyKind};

use crate::policy_text::PolicyText;

/// How much policy text stays compiled, in bytes. The compiled form takes several times as much.
const MAX_CACHED_BYTES: u64 = 64 * 1024 * 1024;
/// What an entry takes beside its texts.
const ENTRY_BYTES: usize = 256;

/// A policy as the store keeps it, where it is attached.
#[derive(Clone, Copy, Debug)]
pub struct StoredPolicy<'a> {
    /// The name of the inline or managed policy.
    pub name: &'a str,
    /// The ARN of a managed policy.
    pub arn: Option<&'a str>,
    /// `None`: the policy is attached and missing.
    pub text: Option<&'a PolicyText>,
    /// What it is.
    pub kind: PolicyKind,
    /// How strict its literals are read.
    pub leniency: Leniency,
}

/// The policies of one layer, ready for decisions.
#[derive(Debug, Default)]
pub struct PreparedPolicies {
    /// As explanations read them.
    pub attached: Vec<Attached>,
    /// As decisions read them.
    pub compiled: Arc<PolicySet>,
    text_bytes: usize,
}

/// Sets of policies by the digest of all that they are. A changed policy has another digest, so
/// the set that a request finds is always that of its own snapshot.
pub struct Policies {
    prepared: Cache<[u8; 32], Arc<PreparedPolicies>>,
}

impl Default for Policies {
    fn default() -> Self {
        let prepared = Cache::builder()
            .max_capacity(MAX_CACHED_BYTES)
            .weigher(|_, set: &Arc<PreparedPolicies>| weight(set))
            .build();
        Self { prepared }
    }
}

impl Policies {
    /// The set of these policies. One that does not parse stands in it without a document: it
    /// denies everything to what it is attached to (THREATS R37).
    pub fn prepared(&self, policies: &[StoredPolicy<'_>]) -> Arc<PreparedPolicies> {
        self.prepared.get_with(digest(policies), || {
            Arc::new(PreparedPolicies::new(policies))
        })
    }
}

impl PreparedPolicies {
    fn new(policies: &[StoredPolicy<'_>]) -> Self {
        let texts = policies.iter().filter_map(|policy| policy.text);
        Self {
            text_bytes: texts.map(|text| text.len()).sum(),
            ..Self::of(policies.iter().map(attached).collect())
        }
    }

    /// The set of policies that are parsed already.
    pub fn of(attached: Vec<Attached>) -> Self {
        Self {
            compiled: Arc::new(PolicySet::compile(&attached)),
            attached,
            text_bytes: 0,
        }
    }
}

fn attached(policy: &StoredPolicy<'_>) -> Attached {
    Attached {
        name: policy.name.to_owned(),
        arn: policy.arn.map(str::to_owned),
        document: policy
            .text
            .and_then(|text| read(text, policy.kind, policy.leniency))
            .map(Arc::new),
    }
}

/// A stored document was checked when it was written; a rule added since must not turn it into a
/// refusal of everything. A session policy is checked as it comes.
fn read(text: &str, kind: PolicyKind, leniency: Leniency) -> Option<Document> {
    match leniency {
        Leniency::Storage => Document::load(text, kind).ok(),
        Leniency::Session | Leniency::Simulator => Document::parse(text, kind, leniency).ok(),
    }
}

/// Over every field of every policy, each behind its length, so that no two lists are one.
fn digest(policies: &[StoredPolicy<'_>]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut field = |bytes: &[u8]| {
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    for policy in policies {
        field(policy.name.as_bytes());
        field(policy.arn.unwrap_or_default().as_bytes());
        field(policy.text.map_or(&[][..], |text| text.digest()));
        field(kind_tag(policy.kind));
        field(leniency_tag(policy.leniency));
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

fn kind_tag(kind: PolicyKind) -> &'static [u8] {
    match kind {
        PolicyKind::Identity => b"identity",
        PolicyKind::Session => b"session",
        PolicyKind::RoleTrust => b"trust",
        PolicyKind::Resource => b"resource",
        PolicyKind::ServiceControl => b"scp",
        PolicyKind::ResourceControl => b"rcp",
        PolicyKind::Endpoint => b"endpoint",
    }
}

fn leniency_tag(leniency: Leniency) -> &'static [u8] {
    match leniency {
        Leniency::Storage => b"storage",
        Leniency::Session => b"session",
        Leniency::Simulator => b"simulator",
    }
}

fn weight(set: &PreparedPolicies) -> u32 {
    let bytes = set.text_bytes + ENTRY_BYTES * (1 + set.attached.len());
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
