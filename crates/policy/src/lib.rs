//! The IAM policy language: parse, validate, evaluate, explain.
//!
//! ```
//! use std::sync::Arc;
//! use policy::{Attached, Caller, CallerKind, Context, Document, Layers, Leniency, PolicyKind, Request};
//!
//! let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
//! let document = Document::parse(text, PolicyKind::Identity, Leniency::Storage)?;
//! let account = "123456789012".parse()?;
//! let caller = Caller {
//!     kind: CallerKind::User,
//!     account: Some(account),
//!     arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
//!     principal_arn: Some("arn:aws:iam::123456789012:user/ann".to_owned()),
//!     unique_id: Some("AIDAEXAMPLEEXAMPLE123".to_owned()),
//! };
//! let layers = Layers {
//!     identity: vec![Attached { name: "read".to_owned(), arn: None, document: Some(Arc::new(document)) }],
//!     ..Layers::default()
//! };
//! let request = Request {
//!     caller: &caller,
//!     action: "s3:GetObject",
//!     resource: "arn:aws:s3:::bucket/key",
//!     resource_account: account,
//!     context: &Context::new(),
//! };
//! assert!(policy::decide(&request, &layers).is_allowed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
mod action;
pub mod compiled;
mod composition;
mod condition;
mod context;
mod decision;
mod denial_text;
mod document;
mod evaluate;
mod explain;
mod fault;
mod fingerprint;
mod glob;
mod grant;
mod issuer_key;
mod json;
pub mod least;
mod limit;
pub mod lint;
mod lockout;
mod matching;
mod multivalued;
mod pattern;
mod principal;
pub mod questions;
pub mod reference;
mod remedy;
mod request;
mod resource;
mod rewrite;
pub mod simulate;
mod statement;
mod validate;
mod variable;

pub use condition::{Absence, Comparison, Operator, Order, Quantifier, Sense};
pub use context::{Context, ContextEntry};
pub use decision::{Decision, Layer, StatementRef, Verdict};
pub use denial_text::denial_text;
pub use document::{Document, Leniency, PolicyKind, size_without_whitespace};
pub use evaluate::decide;
pub use explain::{
    BUDGET_BYTES, ConditionExplanation, ExplainedCaller, ExplainedKey, Explanation,
    LayerExplanation, LayerOutcome, MAX_CHARACTERS, MAX_CONDITIONS, MAX_HINTS, MAX_KEYS,
    MAX_REMEDY_STEPS, MAX_STATEMENTS, MAX_VALUES, Observed, ShownPatterns, ShownValues,
    StatementExplanation, StatementResult, decoded_message, describes_resource, explain,
};
pub use fault::PolicyFault;
pub use grant::{Grant, GrantConstraints, GrantOperation};
pub use limit::{Holder, check_size};
pub use lockout::check_key_lockout;
pub use remedy::{Becomes, Remedy, RemedyStep, remedy};
pub use request::{Attached, Caller, CallerKind, Layers, Request, ResourceGate, ResourcePolicy};
pub use rewrite::rewrite_principals;
pub use statement::{Condition, Effect, Principal, Scope, Statement, Version};
pub use validate::{ResourceService, ResourceTarget};
