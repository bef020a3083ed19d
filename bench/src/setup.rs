//! The scene of the rows: issuers, a provider each, a role, its policy, a secret; and the requests
//! that are measured, all of it through the front door.

use bytes::Bytes;
use serde_json::{Value, json};
use sigv4::Credentials;

use base::{Region, Secret};

use crate::child::Irsa;
use crate::exchange::Connection;
use crate::fault::Fault;
use crate::load::shown;
use crate::request::{self, Draft, IAM_VERSION, STS_VERSION, Signed};

/// So many pods call: each has a token and a session of its own.
const PODS: usize = 16;
const AUDIENCE: &str = "sts.amazonaws.com";
const NAMESPACE: &str = "bench";
const SERVICE_ACCOUNT: &str = "app";
const SECRET_NAME: &str = "bench-secret";
/// About what a database's credentials take.
const SECRET_VALUE: &str = r#"{"username":"app","password":"EXAMPLE-PASSWORD","engine":"postgres","host":"db.internal.example","port":5432,"dbname":"app"}"#;
/// Names the calls of CreateSecret; a fresh server has seen none.
const CLIENT_TOKEN: &str = "00000000-0000-4000-8000-000000000001";

/// Everything that is measured.
pub(crate) struct Scene {
    /// The account.
    pub(crate) account: String,
    /// Tokens that RSA keys signed.
    pub(crate) rs256: Issuer,
    /// Tokens that P-256 keys signed.
    pub(crate) es256: Issuer,
    /// GetCallerIdentity by the sessions of the pods.
    pub(crate) get_caller_identity: Vec<Bytes>,
    /// GetSecretValue by the same.
    pub(crate) get_secret_value: Vec<Bytes>,
    /// How large an answer to GetSecretValue is.
    pub(crate) answer_bytes: usize,
    /// One of those requests as a server receives it.
    pub(crate) received: Received,
}

/// A cluster issuer.
pub(crate) struct Issuer {
    /// AssumeRoleWithWebIdentity, with a token for each pod.
    pub(crate) assume_role: Vec<Bytes>,
    /// One of the tokens.
    pub(crate) token: String,
    /// The key set as published.
    pub(crate) key_set: Vec<u8>,
}

/// A signed request, and the secret that signed it.
pub(crate) struct Received {
    /// Names and values.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// The secret.
    pub(crate) secret: Secret<String>,
}

/// Makes the scene on a fresh server.
pub(crate) async fn set_up(irsa: &Irsa) -> Result<Scene, Fault> {
    let mut stage = Stage::open(irsa).await?;
    let account = stage.account().await?;
    let rs256 = stage.issuer("RS256").await?;
    let es256 = stage.issuer("ES256").await?;
    let role = stage.role(&account, &[&rs256, &es256]).await?;
    stage.secret().await?;
    let rs256 = stage.tokens(rs256, &role).await?;
    let es256 = stage.tokens(es256, &role).await?;
    stage.measured(account, rs256, es256).await
}

struct Stage<'a> {
    irsa: &'a Irsa,
    host: String,
    partition: &'static str,
    global_region: &'static str,
    connection: Connection,
}

/// An issuer and its provider.
struct Registered {
    name: String,
    url: String,
    provider_arn: String,
    key_set: Vec<u8>,
}

impl<'a> Stage<'a> {
    async fn open(irsa: &'a Irsa) -> Result<Self, Fault> {
        let region: Region = irsa.region.parse().map_err(|_| Fault::Lacking {
            what: "the start of irsa".to_owned(),
            member: "region",
        })?;
        let connection = Connection::open(&irsa.server()).await;
        Ok(Self {
            irsa,
            host: irsa.host(),
            partition: region.partition().as_str(),
            global_region: region.partition().global_region(),
            connection: connection.map_err(|why| Fault::Unanswered {
                what: "the first connection".to_owned(),
                why,
            })?,
        })
    }

    async fn account(&mut self) -> Result<String, Fault> {
        let answer = self.sts("GetCallerIdentity", &[]).await?;
        element(&answer, "GetCallerIdentity", "Account")
    }

    async fn issuer(&mut self, algorithm: &str) -> Result<Registered, Fault> {
        let name = format!("bench-{}", algorithm.to_ascii_lowercase());
        let input = json!({ "Name": name, "KeyAlgorithm": algorithm });
        let answer = self.irsa("CreateIssuer", &input).await?;
        let issuer = answer.get("Issuer").unwrap_or(&Value::Null);
        let url = member(issuer, "CreateIssuer", "Url")?;
        let path = format!("/id/{name}/openid/v1/jwks");
        let get = request::get(&self.host, &path);
        let key_set = self.send("the key set", &get).await?;
        let action = "CreateOpenIDConnectProvider";
        let parameters = [("Url", url.as_str()), ("ClientIDList.member.1", AUDIENCE)];
        let answer = self.iam(action, &parameters).await?;
        let provider_arn = element(&answer, action, "OpenIDConnectProviderArn")?;
        Ok(Registered {
            name,
            url,
            provider_arn,
            key_set,
        })
    }

    /// A role that trusts the ServiceAccount of both issuers and may read the secret; its ARN.
    async fn role(&mut self, account: &str, issuers: &[&Registered]) -> Result<String, Fault> {
        let partition = self.partition;
        let region = &self.irsa.region;
        let secret = format!(
            "arn:{partition}:secretsmanager:{region}:{account}:secret:{SECRET_NAME}-??????"
        );
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "ReadTheSecret",
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": secret,
        }]});
        let parameters = [
            ("PolicyName", "bench"),
            ("PolicyDocument", &policy.to_string()),
        ];
        let answer = self.iam("CreatePolicy", &parameters).await?;
        let policy_arn = element(&answer, "CreatePolicy", "Arn")?;
        let trust = trust(issuers).to_string();
        let parameters = [
            ("RoleName", "bench"),
            ("AssumeRolePolicyDocument", trust.as_str()),
        ];
        let answer = self.iam("CreateRole", &parameters).await?;
        let role_arn = element(&answer, "CreateRole", "Arn")?;
        let parameters = [("RoleName", "bench"), ("PolicyArn", policy_arn.as_str())];
        self.iam("AttachRolePolicy", &parameters).await?;
        Ok(role_arn)
    }

    async fn secret(&mut self) -> Result<(), Fault> {
        let input = json!({
            "Name": SECRET_NAME,
            "SecretString": SECRET_VALUE,
            "ClientRequestToken": CLIENT_TOKEN,
        });
        let draft = Draft::json("secretsmanager.CreateSecret", &input);
        self.call("CreateSecret", "secretsmanager", draft).await?;
        Ok(())
    }

    async fn tokens(&mut self, issuer: Registered, role_arn: &str) -> Result<Issuer, Fault> {
        let mut token = String::new();
        let mut assume_role = Vec::with_capacity(PODS);
        for pod in 0..PODS {
            let input = json!({
                "Issuer": issuer.name,
                "Namespace": NAMESPACE,
                "ServiceAccount": SERVICE_ACCOUNT,
                "Audiences": [AUDIENCE],
                "DurationSeconds": 3600,
                "PodName": format!("app-{pod}"),
            });
            let answer = self.irsa("CreateToken", &input).await?;
            token = member(&answer, "CreateToken", "Token")?;
            let session = format!("app-{pod}");
            let parameters = [
                ("RoleArn", role_arn),
                ("RoleSessionName", session.as_str()),
                ("WebIdentityToken", token.as_str()),
            ];
            let draft = Draft::form("AssumeRoleWithWebIdentity", STS_VERSION, &parameters);
            assume_role.push(draft.write(&self.host));
        }
        Ok(Issuer {
            assume_role,
            token,
            key_set: issuer.key_set,
        })
    }

    /// Opens a session for each pod and prepares what it will ask.
    async fn measured(
        mut self,
        account: String,
        rs256: Issuer,
        es256: Issuer,
    ) -> Result<Scene, Fault> {
        let mut get_caller_identity = Vec::with_capacity(PODS);
        let mut get_secret_value = Vec::with_capacity(PODS);
        let mut received = None;
        for request in &rs256.assume_role {
            let credentials = self.session(request).await?;
            let by = |service| Signed {
                credentials: &credentials,
                region: &self.irsa.region,
                service,
            };
            let identity =
                Draft::form("GetCallerIdentity", STS_VERSION, &[]).signed(&self.host, by("sts"))?;
            get_caller_identity.push(identity.write(&self.host));
            let input = json!({ "SecretId": SECRET_NAME });
            let value = Draft::json("secretsmanager.GetSecretValue", &input)
                .signed(&self.host, by("secretsmanager"))?;
            get_secret_value.push(value.write(&self.host));
            received = Some(Received {
                headers: value.received_headers(&self.host),
                body: value.body().as_bytes().to_vec(),
                secret: credentials.secret_access_key.clone(),
            });
        }
        let name = "GetSecretValue";
        let request = get_secret_value.first().cloned().unwrap_or_default();
        let answer_bytes = self.send(name, &request).await?.len();
        Ok(Scene {
            account,
            rs256,
            es256,
            get_caller_identity,
            get_secret_value,
            answer_bytes,
            received: received.ok_or(Fault::Unsignable)?,
        })
    }

    async fn session(&mut self, request: &Bytes) -> Result<Credentials, Fault> {
        let action = "AssumeRoleWithWebIdentity";
        let answer = self.send(action, request).await?;
        let answer = String::from_utf8_lossy(&answer);
        Ok(Credentials {
            access_key_id: element(&answer, action, "AccessKeyId")?,
            secret_access_key: Secret::new(element(&answer, action, "SecretAccessKey")?),
            session_token: Some(Secret::new(element(&answer, action, "SessionToken")?)),
        })
    }

    async fn sts(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<String, Fault> {
        let draft = Draft::form(action, STS_VERSION, parameters);
        self.call(action, "sts", draft).await
    }

    async fn iam(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<String, Fault> {
        let draft = Draft::form(action, IAM_VERSION, parameters);
        self.call(action, "iam", draft).await
    }

    async fn irsa(&mut self, operation: &str, input: &Value) -> Result<Value, Fault> {
        let draft = Draft::json(&format!("Irsa_20261121.{operation}"), input);
        let answer = self.call(operation, "irsa", draft).await?;
        serde_json::from_str(&answer).map_err(|_| Fault::Lacking {
            what: operation.to_owned(),
            member: "JSON document",
        })
    }

    /// A call by the administrator.
    async fn call(&mut self, what: &str, service: &str, draft: Draft) -> Result<String, Fault> {
        let region = if service == "iam" {
            self.global_region
        } else {
            &self.irsa.region
        };
        let by = Signed {
            credentials: &self.irsa.credentials,
            region,
            service,
        };
        let request = draft.signed(&self.host, by)?.write(&self.host);
        let answer = self.send(what, &request).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    async fn send(&mut self, what: &str, request: &Bytes) -> Result<Vec<u8>, Fault> {
        let answer = self.connection.exchange(request).await;
        let answer = answer.map_err(|why| Fault::Unanswered {
            what: what.to_owned(),
            why,
        })?;
        if answer.status != 200 {
            return Err(Fault::Refused {
                what: what.to_owned(),
                status: answer.status,
                body: shown(&answer.body),
            });
        }
        Ok(answer.body.to_vec())
    }
}

fn trust(issuers: &[&Registered]) -> Value {
    let statements: Vec<_> = issuers
        .iter()
        .map(|issuer| {
            let (_, key) = issuer.url.split_once("://").unwrap_or_default();
            json!({
                "Effect": "Allow",
                "Principal": { "Federated": issuer.provider_arn },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringEquals": {
                    format!("{key}:sub"): format!("system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"),
                    format!("{key}:aud"): AUDIENCE,
                }},
            })
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn member(value: &Value, what: &str, name: &'static str) -> Result<String, Fault> {
    let text = value.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| Fault::Lacking {
        what: what.to_owned(),
        member: name,
    })
}

/// The text of the first element of that name. Nothing that is asked for here is ever escaped:
/// ids, keys and ARNs.
fn element(document: &str, what: &str, name: &'static str) -> Result<String, Fault> {
    document
        .split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
        .map(|(text, _)| text.to_owned())
        .ok_or_else(|| Fault::Lacking {
            what: what.to_owned(),
            member: name,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements() {
        let document = "<R><Arn>a</Arn><X><Arn>b</Arn></X><Empty></Empty></R>";
        for (name, expected) in [
            ("Arn", Some("a")),
            ("Empty", Some("")),
            ("Account", None),
            ("R", Some("<Arn>a</Arn><X><Arn>b</Arn></X><Empty></Empty>")),
        ] {
            let found = element(document, "Test", name).ok();
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }
}
