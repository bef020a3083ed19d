//! Policies prepared once and evaluated often.
//!
//! The same rules as [`crate::decide`], which stays the reference: every statement becomes a set of
//! matchers whose operands are already parsed, statements are found by the action they speak of,
//! and variables are holes that are compared in place. A decision allocates nothing, but for two
//! oddities: an action longer than any of AWS, and text with a capital sigma under `…IgnoreCase`,
//! whose lower case depends on its neighbours.
//!
//! ```
//! use std::sync::Arc;
//! use policy::compiled::{CompiledLayers, PolicySet, decide};
//! use policy::{Attached, Caller, CallerKind, Context, Document, Leniency, PolicyKind, Request};
//!
//! let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*",
//!     "Resource":"arn:aws:s3:::home/${aws:username}/*"}}"#;
//! let document = Document::parse(text, PolicyKind::Identity, Leniency::Storage)?;
//! let policies = [Attached { name: "home".to_owned(), arn: None, document: Some(Arc::new(document)) }];
//! let layers = CompiledLayers {
//!     identity: Arc::new(PolicySet::compile(&policies)),
//!     ..CompiledLayers::default()
//! };
//! assert_eq!(layers.keys().collect::<Vec<_>>(), ["aws:username"]);
//!
//! let account = "123456789012".parse()?;
//! let caller = Caller {
//!     kind: CallerKind::User,
//!     account: Some(account),
//!     arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
//!     principal_arn: Some("arn:aws:iam::123456789012:user/ann".to_owned()),
//!     unique_id: Some("AIDAEXAMPLEEXAMPLE123".to_owned()),
//! };
//! let mut context = Context::new();
//! context.set("aws:username", "ann");
//! let request = Request {
//!     caller: &caller,
//!     action: "s3:GetObject",
//!     resource: "arn:aws:s3:::home/ann/notes",
//!     resource_account: account,
//!     context: &context,
//! };
//! assert!(decide(&request, &layers).is_allowed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod arn;
mod condition;
mod date;
mod decide;
mod decimal;
mod decision;
mod glob;
mod grant;
mod index;
mod layers;
mod list;
mod network;
mod operand;
mod principal;
mod question;
mod recent;
mod resource;
mod set;
mod slots;
mod statement;
mod template;
mod text;

pub use decide::decide;
pub use decision::{CompiledDecision, CompiledStatementRef};
pub use grant::GrantSet;
pub use layers::{CompiledLayers, CompiledResource};
pub use set::PolicySet;
