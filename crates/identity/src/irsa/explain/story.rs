//! What is told of a decision, and to whom (THREATS R44).

use audit::TokenFacts;
use base::{AccountId, Arn};
use policy::Explanation;
use serde_json::{Map, Value as Json};

/// Who reads.
pub(super) struct Reader {
    pub(super) account: AccountId,
    pub(super) is_management: bool,
}

/// What is known of one call.
pub(super) struct Story<'a> {
    pub(super) outcome: &'static str,
    /// `{"refused": …}` or `{"granted": […]}`, as stored.
    pub(super) explanation: Option<&'a Json>,
    /// The operator's words.
    pub(super) internal: Option<&'a str>,
    /// The verified token.
    pub(super) token: Option<&'a TokenFacts>,
    /// What an unproven caller claimed.
    pub(super) details: Option<&'a Json>,
}

impl Story<'_> {
    /// A JSON document with `outcome` and, as far as there are any and the reader may see them,
    /// `refused` or `granted`, `internal`, `token` and `details`.
    pub(super) fn told_to(&self, reader: &Reader) -> String {
        let mut told = Map::new();
        told.insert("outcome".to_owned(), self.outcome.into());
        let refused = self.refused(reader);
        if let Some(refused) = refused.and_then(|it| serde_json::to_value(it).ok()) {
            told.insert("refused".to_owned(), refused);
        }
        if let Some(granted) = self.granted(reader) {
            told.insert("granted".to_owned(), granted);
        }
        if let Some(internal) = self.internal_words(reader) {
            told.insert("internal".to_owned(), internal.into());
        }
        if let Some(token) = self
            .token
            .and_then(|token| serde_json::to_value(token).ok())
        {
            told.insert("token".to_owned(), token);
        }
        if let Some(details) = self.details {
            told.insert("details".to_owned(), details.clone());
        }
        Json::Object(told).to_string()
    }

    /// The layers that the reader's account owns. What cannot be read is not shown.
    pub(super) fn refused(&self, reader: &Reader) -> Option<Explanation> {
        let stored = self.explanation?.get("refused")?;
        let explanation: Explanation = serde_json::from_value(stored.clone()).ok()?;
        Some(explanation.visible_to(reader.account))
    }

    /// The deciding statements; those of another account's resource policies without their names.
    fn granted(&self, reader: &Reader) -> Option<Json> {
        let mut checks = self.explanation?.get("granted")?.as_array()?.clone();
        for check in checks.iter_mut().filter_map(Json::as_object_mut) {
            if !is_own(check, reader.account) {
                for name in ["policy", "policyArn", "statement"] {
                    check.insert(name.to_owned(), Json::Null);
                }
            }
        }
        Some(Json::Array(checks))
    }

    /// With a verified token the words are about its own account's provider.
    fn internal_words(&self, reader: &Reader) -> Option<&str> {
        self.internal
            .filter(|_| self.token.is_some() || reader.is_management)
    }
}

fn is_own(check: &Map<String, Json>, account: AccountId) -> bool {
    let text = |name: &str| check.get(name).and_then(Json::as_str).unwrap_or_default();
    match text("layer").to_ascii_lowercase().as_str() {
        "resource" | "trust" => {
            let resource = text("resource").parse::<Arn>().ok();
            resource.and_then(|arn| arn.account_id()) == Some(account)
        }
        _ => true,
    }
}
