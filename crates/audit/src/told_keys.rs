//! The condition keys that a record tells by itself.

use crate::asked::{AskedKeys, AskedValue};
use crate::user_identity::{SessionContext, UserIdentity};
use crate::{Record, SourceAddress};

/// Stands in a stored key's name for the URL of the provider that vouched for the caller.
pub(crate) const PROVIDER_KEY: char = ':';

/// The keys that a request has whose record this is (IAM User Guide, "AWS global condition context
/// keys"); times are to the second.
///
/// INVARIANT: never changes for a version of [`crate::Asked`], for entries leave out what it tells.
pub(crate) fn told_keys(record: &Record) -> AskedKeys {
    let mut keys = Keys::default();
    keys.set("aws:CurrentTime", format!("{:.3}", record.event_time));
    keys.set("aws:EpochTime", record.event_time.as_second().to_string());
    keys.set("aws:RequestedRegion", record.aws_region.as_str());
    if let SourceAddress::Socket(ip) = &record.source_ip_address {
        keys.set("aws:SourceIp", ip.to_canonical().to_string());
    }
    keys.set("aws:SecureTransport", "false");
    keys.set("aws:ViaAWSService", "false");
    if !record.user_agent.is_empty() {
        keys.set("aws:UserAgent", record.user_agent.as_str());
    }
    principal(record, &mut keys);
    keys.0
}

#[derive(Default)]
struct Keys(AskedKeys);

impl Keys {
    fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), AskedValue::One(value.into()));
    }
}

fn principal(record: &Record, keys: &mut Keys) {
    match &record.user_identity {
        UserIdentity::Root {
            arn, account_id, ..
        } => {
            keys.set("aws:PrincipalType", "Account");
            keys.set("aws:PrincipalArn", arn.as_str());
            keys.set("aws:PrincipalAccount", account_id.as_str());
            keys.set("aws:userid", account_id.as_str());
            keys.set("aws:PrincipalIsAWSService", "false");
        }
        UserIdentity::IamUser {
            principal_id,
            arn,
            account_id,
            user_name,
            ..
        } => {
            keys.set("aws:PrincipalType", "User");
            keys.set("aws:PrincipalArn", arn.as_str());
            keys.set("aws:PrincipalAccount", account_id.as_str());
            keys.set("aws:userid", principal_id.as_str());
            keys.set("aws:username", user_name.as_str());
            keys.set("aws:PrincipalIsAWSService", "false");
        }
        UserIdentity::AssumedRole {
            principal_id,
            account_id,
            session_context,
            ..
        } => {
            keys.set("aws:PrincipalType", "AssumedRole");
            keys.set("aws:PrincipalAccount", account_id.as_str());
            keys.set("aws:userid", principal_id.as_str());
            session(session_context, keys);
        }
        UserIdentity::WebIdentityUser {
            identity_provider, ..
        } => {
            keys.set("aws:PrincipalType", "User");
            keys.set("aws:PrincipalAccount", record.recipient_account_id.as_str());
            keys.set("aws:userid", identity_provider.as_str());
            claims(&record.user_identity, keys);
        }
        UserIdentity::AwsAccount { .. }
        | UserIdentity::AwsService { .. }
        | UserIdentity::Unknown { .. } => {}
    }
}

fn session(context: &SessionContext, keys: &mut Keys) {
    let opened = context.attributes.creation_date;
    keys.set("aws:TokenIssueTime", format!("{opened:.3}"));
    keys.set("aws:MultiFactorAuthPresent", "false");
    keys.set("aws:PrincipalIsAWSService", "false");
    if let Some(issuer) = &context.session_issuer {
        keys.set("aws:PrincipalArn", issuer.arn.as_str());
    }
    if let Some(identity) = &context.source_identity {
        keys.set("aws:SourceIdentity", identity.as_str());
    }
    if let Some(provider) = &context.web_id_federation_data.federated_provider {
        keys.set("aws:FederatedProvider", provider.as_str());
    }
}

/// `<provider ARN>:<audience>:<subject>` tells both claims, since subject and provider stand
/// beside it.
fn claims(identity: &UserIdentity, keys: &mut Keys) {
    let UserIdentity::WebIdentityUser {
        principal_id,
        user_name,
        identity_provider,
    } = identity
    else {
        return;
    };
    let Some(issuer) = issuer_of(identity_provider) else {
        return;
    };
    keys.set(&format!("{issuer}:sub"), user_name.as_str());
    let audience = principal_id
        .strip_prefix(identity_provider.as_str())
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|rest| rest.strip_suffix(user_name.as_str()))
        .and_then(|rest| rest.strip_suffix(':'));
    if let Some(audience) = audience {
        keys.set(&format!("{issuer}:aud"), audience);
    }
}

/// The provider's URL without its scheme, of the provider that vouched for the caller.
fn issuer(record: &Record) -> Option<&str> {
    let provider = match &record.user_identity {
        UserIdentity::AssumedRole {
            session_context, ..
        } => {
            let federation = &session_context.web_id_federation_data;
            federation.federated_provider.as_deref()
        }
        UserIdentity::WebIdentityUser {
            identity_provider, ..
        } => Some(identity_provider.as_str()),
        UserIdentity::Root { .. }
        | UserIdentity::IamUser { .. }
        | UserIdentity::AwsAccount { .. }
        | UserIdentity::AwsService { .. }
        | UserIdentity::Unknown { .. } => None,
    };
    issuer_of(provider?)
}

fn issuer_of(provider: &str) -> Option<&str> {
    provider.split_once(":oidc-provider/").map(|(_, url)| url)
}

/// The names as they are stored: the provider's keys without its URL.
pub(crate) fn in_short(record: &Record, keys: AskedKeys) -> AskedKeys {
    let Some(issuer) = issuer(record) else {
        return keys;
    };
    let short = |key: String| match key.strip_prefix(issuer) {
        Some(claim) if claim.starts_with(PROVIDER_KEY) => claim.to_owned(),
        _ => key,
    };
    let keys = keys.into_iter();
    keys.map(|(key, value)| (short(key), value)).collect()
}

/// Undoes [`in_short`].
pub(crate) fn in_full(record: &Record, keys: &AskedKeys) -> AskedKeys {
    let issuer = issuer(record).unwrap_or_default();
    let full = |key: &String| {
        if key.starts_with(PROVIDER_KEY) {
            format!("{issuer}{key}")
        } else {
            key.clone()
        }
    };
    let keys = keys.iter();
    keys.map(|(key, value)| (full(key), value.clone()))
        .collect()
}
