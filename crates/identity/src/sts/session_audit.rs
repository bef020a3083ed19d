//! What audit records show of the calls that open sessions (`facts/secrets-kms-audit.md` §3.2).

use engine::{AuditFacts, MintedSession, Shown};
use serde_json::{Map, Value as Json, json};
use shapes::sts::{AssumedRoleUser, Credentials, PolicyDescriptorType};

use super::sealed_session::SealedSession;
use super::session_tags::SessionTags;
use super::target_role::TargetRole;

/// `requestParameters`: what every such call has.
#[derive(Default)]
pub(crate) struct Asked<'a> {
    pub(crate) role_arn: &'a str,
    pub(crate) session_name: &'a str,
    pub(crate) duration_secs: Option<i64>,
    pub(crate) policy: Option<&'a str>,
    pub(crate) policy_arns: Option<&'a [PolicyDescriptorType]>,
    pub(crate) source_identity: Option<&'a str>,
    pub(crate) external_id: Option<&'a str>,
}

impl Asked<'_> {
    /// Without what is absent.
    pub(crate) fn members(&self) -> Map<String, Json> {
        let arns: Option<Vec<_>> = self
            .policy_arns
            .map(|arns| arns.iter().map(|one| json!({ "arn": one.arn })).collect());
        object([
            ("roleArn", Some(json!(self.role_arn))),
            ("roleSessionName", Some(json!(self.session_name))),
            (
                "durationSeconds",
                self.duration_secs.map(|secs| json!(secs)),
            ),
            ("policy", self.policy.map(|text| json!(text))),
            ("policyArns", arns.map(Json::from)),
            (
                "sourceIdentity",
                self.source_identity.map(|text| json!(text)),
            ),
            ("externalId", self.external_id.map(|text| json!(text))),
        ])
    }
}

/// `principalTags` and `transitiveTagKeys`, when there are any.
pub(crate) fn tag_members(tags: &SessionTags) -> Map<String, Json> {
    let shown: Map<_, _> = tags
        .requested
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    let transitive = &tags.requested_transitive;
    object([
        (
            "principalTags",
            (!shown.is_empty()).then_some(Json::Object(shown)),
        ),
        (
            "transitiveTagKeys",
            (!transitive.is_empty()).then(|| json!(transitive)),
        ),
    ])
}

/// `credentials` and `assumedRoleUser`: never the secret, the token as a marker.
pub(crate) fn opened_members(
    credentials: Option<&Credentials>,
    user: Option<&AssumedRoleUser>,
) -> Map<String, Json> {
    let credentials = credentials.map(|shown| {
        json!({
            "accessKeyId": shown.access_key_id,
            "sessionToken": audit::HIDDEN,
            "expiration": shown.expiration.map(audit::locale_expiration),
        })
    });
    let user =
        user.map(|shown| json!({ "assumedRoleId": shown.assumed_role_id, "arn": shown.arn }));
    object([("credentials", credentials), ("assumedRoleUser", user)])
}

/// The key and the session that later records join on.
pub(crate) fn minted(credentials: Option<&Credentials>) -> Option<MintedSession> {
    let credentials = credentials?;
    let token = SealedSession::parse(credentials.session_token.as_deref()?)?;
    Some(MintedSession {
        access_key_id: credentials.access_key_id.as_deref()?.parse().ok()?,
        session_id: token.header().session_id.hex(),
    })
}

/// The facts of one call. The role is named whether it exists or not (THREATS R51).
pub(crate) fn facts(
    request: Map<String, Json>,
    response: Option<Map<String, Json>>,
    target: Option<&TargetRole>,
) -> AuditFacts {
    AuditFacts {
        request: Shown::As(Json::Object(request)),
        response: response.map_or(Shown::Nothing, |members| Shown::As(Json::Object(members))),
        resources: target.map(TargetRole::resource).into_iter().collect(),
        role: target.map(|target| target.arn.as_str().to_owned()),
        ..AuditFacts::default()
    }
}

/// Those members that have a value.
pub(crate) fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Map<String, Json> {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
