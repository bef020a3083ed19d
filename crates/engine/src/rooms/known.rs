//! What is known of a call, as condition keys.

use policy::Context;
use policy::compiled::CompiledLayers;

use crate::Federation;
use crate::access::{Check, ContextEntry};
use crate::call::{Call, Transport};
use crate::principal::{Principal, SessionPrincipal};

/// A check and all that conditions may read about it: AWS's global keys (`facts/iam-engine.md`
/// §2.3) and the operation's own.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) call: &'a Call,
    pub(crate) principal_tags: &'a [(String, String)],
    pub(crate) check: &'a Check,
}

/// Which keys are loaded.
pub(crate) enum Wanted<'a> {
    /// For an explanation.
    Everything,
    /// For a decision: those that a policy reads, in lower case.
    Only(Vec<&'a str>),
}

impl<'a> Wanted<'a> {
    /// The keys that these policies can read.
    pub(crate) fn readable(layers: &'a CompiledLayers) -> Self {
        Self::Only(layers.keys().collect())
    }

    fn has(&self, key: &str) -> bool {
        match self {
            Self::Everything => true,
            // WHY: the fold of other letters is left to the context.
            Self::Only(_) if !key.is_ascii() => true,
            Self::Only(keys) => keys.iter().any(|known| known.eq_ignore_ascii_case(key)),
        }
    }
}

impl Known<'_> {
    /// The wanted keys and their values.
    pub(crate) fn context(&self, wanted: Wanted<'_>) -> Context {
        let mut keys = Keys {
            wanted,
            context: Context::new(),
        };
        self.request_keys(&mut keys);
        keys.of_principal(&self.call.principal);
        for (key, value) in self.principal_tags {
            keys.one(&format!("aws:PrincipalTag/{key}"), || value.clone());
        }
        for (key, entry) in &self.check.context {
            match entry {
                ContextEntry::One(value) => keys.one(key, || value.clone()),
                ContextEntry::Many(values) => keys.many(key, values),
            }
        }
        keys.context
    }

    /// The keys that a call of this caller has whatever it asks for.
    fn common(call: &Call, principal_tags: &[(String, String)]) -> Context {
        let check = Check::new("", "*", call.account);
        let known = Known {
            call,
            principal_tags,
            check: &check,
        };
        known.context(Wanted::Everything)
    }

    fn request_keys(&self, keys: &mut Keys<'_>) {
        let call = self.call;
        keys.one("aws:CurrentTime", || format!("{:.3}", call.now));
        keys.one("aws:EpochTime", || call.now.as_second().to_string());
        keys.one("aws:RequestedRegion", || call.region.as_str().to_owned());
        keys.one("aws:SourceIp", || call.source.ip.to_canonical().to_string());
        let secure = call.source.transport == Transport::Tls;
        keys.one("aws:SecureTransport", || secure.to_string());
        keys.one("aws:ViaAWSService", || "false".to_owned());
        if !call.source.user_agent.is_empty() {
            keys.one("aws:UserAgent", || call.source.user_agent.clone());
        }
    }
}

impl Call {
    /// The condition keys that any call of this caller has, made from here and now.
    pub fn common_keys(&self, principal_tags: &[(String, String)]) -> Context {
        Known::common(self, principal_tags)
    }
}

/// Keys being loaded.
struct Keys<'a> {
    wanted: Wanted<'a>,
    context: Context,
}

impl Keys<'_> {
    fn one(&mut self, key: &str, value: impl FnOnce() -> String) {
        if self.wanted.has(key) {
            self.context.set(key, value());
        }
    }

    fn many(&mut self, key: &str, values: &[String]) {
        if self.wanted.has(key) {
            self.context.set_many(key, values.to_vec());
        }
    }

    fn text(&mut self, key: &str, value: &str) {
        self.one(key, || value.to_owned());
    }

    fn of_principal(&mut self, principal: &Principal) {
        if let Some(account) = principal.account() {
            self.text("aws:PrincipalAccount", account.as_str());
        }
        self.one("aws:userid", || principal.user_id());
        match principal {
            Principal::Root(_) => {
                self.text("aws:PrincipalType", "Account");
                self.one("aws:PrincipalArn", || principal.arn());
                self.text("aws:PrincipalIsAWSService", "false");
            }
            Principal::User(user) => {
                self.text("aws:PrincipalType", "User");
                self.text("aws:PrincipalArn", &user.arn);
                self.text("aws:PrincipalIsAWSService", "false");
                self.text("aws:username", &user.name);
            }
            Principal::Session(session) => self.of_session(session),
            Principal::WebIdentity(identity) => {
                self.text("aws:PrincipalType", "User");
                self.of_federation(&identity.federation);
            }
            Principal::Anonymous => self.text("aws:PrincipalType", "Anonymous"),
        }
    }

    fn of_session(&mut self, session: &SessionPrincipal) {
        self.text("aws:PrincipalType", "AssumedRole");
        self.text("aws:PrincipalArn", &session.role_arn);
        self.text("aws:PrincipalIsAWSService", "false");
        self.one("aws:TokenIssueTime", || format!("{:.3}", session.issued_at));
        self.text("aws:MultiFactorAuthPresent", "false");
        if let Some(source_identity) = &session.source_identity {
            self.text("aws:SourceIdentity", source_identity);
        }
        if let Some(federation) = &session.federation {
            self.text("aws:FederatedProvider", &federation.provider_arn);
            self.of_federation(federation);
        }
    }

    /// Keys of the verifying provider only (THREATS R38).
    fn of_federation(&mut self, federation: &Federation) {
        let Federation {
            issuer,
            subject,
            audience,
            amr,
            ..
        } = federation;
        self.text(&format!("{issuer}:sub"), subject);
        self.text(&format!("{issuer}:aud"), audience);
        if !amr.is_empty() {
            self.many(&format!("{issuer}:amr"), amr);
        }
    }
}
