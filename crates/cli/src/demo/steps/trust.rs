//! What trusts the issuer's tokens, and what that opens: provider, secrets, policy, role.

use base::EntropyExt;
use engine::MachineEntropy;
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, TRUSTED, subject};
use crate::client::{Client, Service};
use crate::demo::check::{same, text};
use crate::demo::json_text::json_text;
use crate::demo::stage::{Chain, Stage, StoredSecret};
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;

/// The role, and the policy attached to it.
const ROLE: &str = "demo-app";
const POLICY: &str = "demo-app-read";

/// What the policy allows to read, and what it does not.
const SECRET: &str = "demo/app/password";
const OTHER_SECRET: &str = "demo/billing/password";

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    let (admin, url) = (&stage.admin, &stage.issuer()?.url);
    let provider_arn = provider(admin, url).await?;
    let secret = secret(admin, SECRET).await?;
    let other_secret = self::secret(admin, OTHER_SECRET).await?;
    let policy_document = permission(&secret.arn);
    let policy_arn = policy(admin, &policy_document).await?;
    let trust_document = trust(&provider_arn)?;
    let role_arn = role(admin, &trust_document, &policy_arn).await?;

    let detail = format!(
        "the role `{ROLE}` trusts {} of the issuer `{ISSUER}`, and may read the secret `{SECRET}`",
        subject(TRUSTED)
    );
    let shown = Shown::new(detail)
        .sight(
            format!("trust policy of {role_arn}"),
            json_text(&trust_document),
        )
        .sight(format!("policy {policy_arn}"), json_text(&policy_document))
        .with("providerArn", provider_arn)
        .with("roleArn", role_arn.as_str())
        .with("policyArn", policy_arn)
        .with("secretArn", secret.arn.as_str())
        .with("otherSecretArn", other_secret.arn.as_str());
    stage.chain = Some(Chain {
        role_arn,
        secret,
        other_secret,
    });
    Ok(shown)
}

async fn provider(admin: &Client, url: &str) -> Result<String, Wrong> {
    let parameters = [("Url", url), ("ClientIDList.member.1", AUDIENCE)];
    let what = "OpenIDConnectProviderArn";
    created(admin, "CreateOpenIDConnectProvider", &parameters, &[what]).await
}

/// Stores a random value.
async fn secret(admin: &Client, name: &'static str) -> Result<StoredSecret, Wrong> {
    let service = Service::SecretsManager;
    let asked = json!({ "PasswordLength": 24, "ExcludePunctuation": true });
    let drawn = admin.json(service, "GetRandomPassword", &asked).await?;
    let value = text(&drawn, "/RandomPassword", "random password")?.to_owned();
    // As SDKs do it: a repetition of this very call makes no second version.
    let token = format!(
        "{:032x}",
        u128::from_be_bytes(MachineEntropy::default().bytes())
    );
    let asked = json!({ "Name": name, "SecretString": value, "ClientRequestToken": token });
    let made = admin.json(service, "CreateSecret", &asked).await?;
    let arn = text(&made, "/ARN", "ARN of the secret")?.to_owned();
    Ok(StoredSecret { name, arn, value })
}

async fn policy(admin: &Client, document: &Value) -> Result<String, Wrong> {
    let document = document.to_string();
    let parameters = [("PolicyName", POLICY), ("PolicyDocument", &document)];
    created(admin, "CreatePolicy", &parameters, &["Policy", "Arn"]).await
}

async fn role(admin: &Client, trust: &Value, policy_arn: &str) -> Result<String, Wrong> {
    let trust = trust.to_string();
    let parameters = [("RoleName", ROLE), ("AssumeRolePolicyDocument", &trust)];
    let arn = created(admin, "CreateRole", &parameters, &["Role", "Arn"]).await?;
    let parameters = [("RoleName", ROLE), ("PolicyArn", policy_arn)];
    admin
        .query(Service::Iam, "AttachRolePolicy", &parameters)
        .await?;
    let parameters = [("RoleName", ROLE)];
    let path = ["AttachedPolicies", "member", "PolicyArn"];
    let attached = created(admin, "ListAttachedRolePolicies", &parameters, &path).await?;
    same("the attached policy", policy_arn, &attached)?;
    Ok(arn)
}

/// The text at this path of IAM's answer.
async fn created(
    admin: &Client,
    action: &'static str,
    parameters: &[(&str, &str)],
    path: &[&str],
) -> Result<String, Wrong> {
    let answer = admin.query(Service::Iam, action, parameters).await?;
    let text = answer.text_at(path).map(str::to_owned);
    text.ok_or(Wrong::Absent("ARN in IAM's answer"))
}

fn permission(secret_arn: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": secret_arn,
        }],
    })
}

/// As on EKS: one ServiceAccount, one audience.
fn trust(provider_arn: &str) -> Result<Value, Wrong> {
    let key = |claim: &str| condition_key(provider_arn, claim);
    Ok(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": provider_arn },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                key("sub")?: subject(TRUSTED),
                key("aud")?: AUDIENCE,
            } },
        }],
    }))
}

/// The issuer without its scheme, a colon, the claim.
fn condition_key(provider_arn: &str, claim: &str) -> Result<String, Wrong> {
    let (_, issuer) = provider_arn
        .split_once(":oidc-provider/")
        .ok_or(Wrong::Absent("issuer in the provider's ARN"))?;
    Ok(format!("{issuer}:{claim}"))
}
