//! What is known of a call, as condition keys.

use policy::Context;

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

impl Known<'_> {
    /// The keys and their values.
    pub(crate) fn context(&self) -> Context {
        let mut keys = Keys(Context::new());
        self.request_keys(&mut keys);
        keys.of_principal(&self.call.principal);
        for (key, value) in self.principal_tags {
            keys.text(&format!("aws:PrincipalTag/{key}"), value.clone());
        }
        for (key, entry) in &self.check.context {
            match entry {
                ContextEntry::One(value) => keys.text(key, value.clone()),
                ContextEntry::Many(values) => keys.many(key, values),
            }
        }
        keys.0
    }

    /// The keys that a call of this caller has whatever it asks for.
    fn common(call: &Call, principal_tags: &[(String, String)]) -> Context {
        let check = Check::new("", "*", call.account);
        let known = Known {
            call,
            principal_tags,
            check: &check,
        };
        known.context()
    }

    fn request_keys(&self, keys: &mut Keys) {
        let call = self.call;
        keys.text("aws:CurrentTime", format!("{:.3}", call.now));
        keys.text("aws:EpochTime", call.now.as_second().to_string());
        keys.text("aws:RequestedRegion", call.region.as_str());
        keys.text("aws:SourceIp", call.source.ip.to_canonical().to_string());
        let secure = call.source.transport == Transport::Tls;
        keys.text("aws:SecureTransport", secure.to_string());
        keys.text("aws:ViaAWSService", "false");
        if !call.source.user_agent.is_empty() {
            keys.text("aws:UserAgent", call.source.user_agent.clone());
        }
    }
}

impl Call {
    /// The condition keys that any call of this caller has, made from here and now.
    pub fn common_keys(&self, principal_tags: &[(String, String)]) -> Context {
        Known::common(self, principal_tags)
    }
}

/// Keys being gathered.
struct Keys(Context);

impl Keys {
    fn text(&mut self, key: &str, value: impl Into<String>) {
        self.0.set(key, value);
    }

    fn many(&mut self, key: &str, values: &[String]) {
        self.0.set_many(key, values.to_vec());
    }

    fn of_principal(&mut self, principal: &Principal) {
        if let Some(account) = principal.account() {
            self.text("aws:PrincipalAccount", account.as_str());
        }
        self.text("aws:userid", principal.user_id());
        match principal {
            Principal::Root(_) => {
                self.text("aws:PrincipalType", "Account");
                self.text("aws:PrincipalArn", principal.arn());
                self.text("aws:PrincipalIsAWSService", "false");
            }
            Principal::User(user) => {
                self.text("aws:PrincipalType", "User");
                self.text("aws:PrincipalArn", user.arn.as_str());
                self.text("aws:PrincipalIsAWSService", "false");
                self.text("aws:username", user.name.as_str());
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
        self.text("aws:PrincipalArn", session.role_arn.as_str());
        self.text("aws:PrincipalIsAWSService", "false");
        self.text("aws:TokenIssueTime", format!("{:.3}", session.issued_at));
        self.text("aws:MultiFactorAuthPresent", "false");
        if let Some(source_identity) = &session.source_identity {
            self.text("aws:SourceIdentity", source_identity.as_str());
        }
        if let Some(federation) = &session.federation {
            self.text("aws:FederatedProvider", federation.provider_arn.as_str());
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
        self.text(&format!("{issuer}:sub"), subject.as_str());
        self.text(&format!("{issuer}:aud"), audience.as_str());
        if !amr.is_empty() {
            self.many(&format!("{issuer}:amr"), amr);
        }
    }
}
