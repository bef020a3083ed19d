//! Signed calls to a server, as any AWS client makes them.

mod call_error;
mod form;
mod service;
mod tls;
mod transport;
mod xml;

use std::path::Path;
use std::sync::Arc;

use base::{Clock, Escaped, Region, Secret, Timestamp};
use hyper::Method;
use rustls::ClientConfig;
use serde_json::Value;
use sigv4::{Credentials, Outgoing, PathStyle, Signer};
use tokio::sync::OnceCell;

pub(crate) use call_error::{CallError, ServiceError};
pub(crate) use service::Service;
pub(crate) use xml::Element;

use crate::args::GlobalArgs;
use crate::aws::{
    CredentialSource, Endpoint, ProfileAsked, Profiles, SettingsError, Vars, find_credentials,
    find_endpoint, find_region,
};
use crate::output::Output;
use form::encode_form;
use service::Protocol;
use transport::{Answer, Message, TransportError};

/// Calls a server on the caller's behalf.
pub(crate) struct Client {
    vars: Vars,
    profiles: Profiles,
    endpoint_flag: Option<String>,
    profile_asked: ProfileAsked,
    region: Region,
    tls: Arc<ClientConfig>,
    clock: Arc<dyn Clock>,
    output: Output,
    credentials: OnceCell<Credentials>,
    unnamed: Unnamed,
}

/// A call on one object of a bucket.
pub(crate) struct Object {
    /// GET or PUT.
    pub(crate) method: Method,
    /// The path as sent, escaped.
    pub(crate) path: String,
    /// What to say of the content.
    pub(crate) headers: Vec<(String, String)>,
    /// The content.
    pub(crate) body: Vec<u8>,
}

/// Whom to call where no server is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unnamed {
    Nobody,
    Aws,
}

impl Client {
    /// Reads the AWS settings; credentials are looked for when the first signed call is made.
    pub(crate) fn new(
        global: &GlobalArgs,
        vars: Vars,
        clock: Arc<dyn Clock>,
        output: Output,
    ) -> Result<Self, CallError> {
        let profiles = Profiles::read(global.profile.as_deref(), &vars)?;
        let region = find_region(global.region.as_ref(), &vars, &profiles)?;
        let bundle = ca_bundle(&vars, &profiles);
        let tls = tls::tls_config(bundle.map(Path::new))
            .map_err(|error| CallError::Unmade(error.to_string()))?;
        let profile_asked = match global.profile {
            Some(_) => ProfileAsked::ByFlag,
            None => ProfileAsked::No,
        };
        Ok(Self {
            vars,
            profiles,
            endpoint_flag: global.endpoint_url.clone(),
            profile_asked,
            region,
            tls,
            clock,
            output,
            credentials: OnceCell::new(),
            unnamed: Unnamed::Nobody,
        })
    }

    /// Calls AWS itself where no server is named.
    pub(crate) fn or_aws(mut self) -> Self {
        self.unnamed = Unnamed::Aws;
        self
    }

    /// The region that calls go to.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The file of certificates that servers are believed by, where the caller names one.
    pub(crate) fn ca_bundle(&self) -> Option<&str> {
        ca_bundle(&self.vars, &self.profiles)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The server that calls of this service go to.
    pub(crate) fn endpoint(&self, service: Service) -> Result<Endpoint, CallError> {
        let found = find_endpoint(
            self.endpoint_flag.as_deref(),
            service.endpoint_variable(),
            &self.vars,
            &self.profiles,
        );
        match (found, self.unnamed, service.aws_host(&self.region)) {
            (Err(SettingsError::NoEndpoint), Unnamed::Aws, Some(host)) => {
                let url = format!("https://{host}");
                let parsed = url.parse();
                Ok(parsed.map_err(|why| SettingsError::Endpoint(url, why))?)
            }
            (found, Unnamed::Nobody | Unnamed::Aws, _) => Ok(found?),
        }
    }

    /// Calls an operation of our own service.
    pub(crate) async fn irsa(&self, operation: &str, input: &Value) -> Result<Value, CallError> {
        self.json(Service::Irsa, operation, input).await
    }

    /// Calls an operation of a service that takes JSON.
    pub(crate) async fn json(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, CallError> {
        let Protocol::Json { target_prefix } = service.protocol() else {
            return Err(CallError::Unmade("the service speaks no JSON".into()));
        };
        let headers = vec![
            (
                "content-type".to_owned(),
                "application/x-amz-json-1.1".to_owned(),
            ),
            (
                "x-amz-target".to_owned(),
                format!("{target_prefix}.{operation}"),
            ),
        ];
        let body = input.to_string().into_bytes();
        let credentials = self.credentials().await?;
        let answer = self
            .call(service, operation, headers, body, Some(credentials))
            .await?;
        if answer.status != 200 {
            return Err(json_error(&answer).into());
        }
        serde_json::from_slice(&answer.body).map_err(|error| self.foreign(service, &error))
    }

    /// Calls an operation of a service that takes forms; gives the `<Action>Result` element.
    pub(crate) async fn query(
        &self,
        service: Service,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, CallError> {
        let credentials = self.credentials().await?;
        self.form(service, action, parameters, Some(credentials))
            .await
    }

    /// Fetches a document from anywhere, unsigned: only status 200 is a success.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Vec<u8>, CallError> {
        let (server, path) = Endpoint::split(url)
            .map_err(|why| CallError::Unmade(format!("`{}` is no URL: {why}", Escaped(url))))?;
        let message = Message {
            method: Method::GET,
            path,
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: Vec::new(),
        };
        let answer = transport::send(&server, &self.tls, message)
            .await
            .map_err(|error| unreachable(&server, &error))?;
        self.output
            .detail(format_args!("GET {} → {}", Escaped(url), answer.status));
        match answer.status {
            200 => Ok(answer.body.to_vec()),
            status => Err(CallError::Foreign {
                endpoint: Escaped(url).to_string(),
                why: format!("status {status}"),
            }),
        }
    }

    /// AWS's own S3 of the region.
    pub(crate) fn aws_s3_host(&self) -> String {
        service::aws_s3_host(&self.region)
    }

    /// Reads or writes an object at any server with the S3 API; gives status and body.
    pub(crate) async fn object(
        &self,
        server: &Endpoint,
        object: Object,
    ) -> Result<(u16, Vec<u8>), CallError> {
        let signer = Signer {
            credentials: self.credentials().await?,
            region: self.region.as_str(),
            service: "s3",
            now: self.now(),
        };
        let mut headers = object.headers;
        let outgoing = Outgoing {
            method: object.method.as_str(),
            host: server.authority(),
            path: &object.path,
            query: "",
            body: &object.body,
            path_style: PathStyle::S3,
        };
        sigv4::sign(&signer, &outgoing, &mut headers)
            .map_err(|_| CallError::Unmade("the request cannot be signed".into()))?;
        let shown = format!("{} {server}{}", object.method, Escaped(&object.path));
        let message = Message {
            method: object.method,
            path: object.path,
            headers,
            body: object.body,
        };
        let answer = transport::send(server, &self.tls, message)
            .await
            .map_err(|error| unreachable(server, &error))?;
        self.output
            .detail(format_args!("{shown} → {}", answer.status));
        Ok((answer.status, answer.body.to_vec()))
    }

    /// The caller's credentials, found once.
    pub(crate) async fn credentials(&self) -> Result<&Credentials, CallError> {
        self.credentials
            .get_or_try_init(|| self.find_credentials())
            .await
    }

    async fn find_credentials(&self) -> Result<Credentials, CallError> {
        match find_credentials(self.profile_asked, &self.vars, &self.profiles)? {
            CredentialSource::Static(credentials) => Ok(credentials),
            CredentialSource::WebIdentity {
                role_arn,
                token_file,
                session_name,
            } => {
                let token = std::fs::read_to_string(&token_file).map_err(|error| {
                    let path = token_file.display();
                    CallError::Unmade(format!("cannot read the token file `{path}`: {error}"))
                })?;
                self.assume_role(&role_arn, token.trim_end(), session_name.as_deref())
                    .await
            }
        }
    }

    async fn assume_role(
        &self,
        role_arn: &str,
        token: &str,
        session_name: Option<&str>,
    ) -> Result<Credentials, CallError> {
        let default_name = format!("irsa-{}", self.now().as_second());
        let parameters = [
            ("RoleArn", role_arn),
            ("RoleSessionName", session_name.unwrap_or(&default_name)),
            ("WebIdentityToken", token),
        ];
        let action = "AssumeRoleWithWebIdentity";
        let result = self.form(Service::Sts, action, &parameters, None).await?;
        let member = |name: &str| {
            result
                .text_at(&["Credentials", name])
                .map(str::to_owned)
                .ok_or_else(|| self.foreign(Service::Sts, &format!("there is no {name}")))
        };
        Ok(Credentials {
            access_key_id: member("AccessKeyId")?,
            secret_access_key: Secret::new(member("SecretAccessKey")?),
            session_token: Some(Secret::new(member("SessionToken")?)),
        })
    }

    async fn form(
        &self,
        service: Service,
        action: &str,
        parameters: &[(&str, &str)],
        credentials: Option<&Credentials>,
    ) -> Result<Element, CallError> {
        let Protocol::Query { version } = service.protocol() else {
            return Err(CallError::Unmade("the service takes no forms".into()));
        };
        let mut pairs = vec![("Action", action), ("Version", version)];
        pairs.extend_from_slice(parameters);
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let body = encode_form(&pairs).into_bytes();
        let answer = self
            .call(service, action, headers, body, credentials)
            .await?;
        let root = Element::parse(&answer.body).map_err(|error| self.foreign(service, &error))?;
        if answer.status != 200 {
            return Err(query_error(&answer, &root).into());
        }
        match root.child(&format!("{action}Result")) {
            Some(result) => Ok(result.clone()),
            // Operations without an output answer with their metadata alone.
            None if root.name() == format!("{action}Response") => Ok(Element::default()),
            None => Err(self.foreign(service, &format!("it is a <{}>", Escaped(root.name())))),
        }
    }

    async fn call(
        &self,
        service: Service,
        operation: &str,
        mut headers: Vec<(String, String)>,
        body: Vec<u8>,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, CallError> {
        let endpoint = self.endpoint(service)?;
        let path = endpoint.path();
        if let Some(credentials) = credentials {
            let region = if service.is_global() {
                self.region.partition().global_region()
            } else {
                self.region.as_str()
            };
            let signer = Signer {
                credentials,
                region,
                service: service.signing_name(),
                now: self.now(),
            };
            let outgoing = Outgoing {
                method: "POST",
                host: endpoint.authority(),
                path: &path,
                query: "",
                body: &body,
                path_style: PathStyle::Standard,
            };
            sigv4::sign(&signer, &outgoing, &mut headers)
                .map_err(|_| CallError::Unmade("the request cannot be signed".into()))?;
        }
        let message = Message {
            method: Method::POST,
            path,
            headers,
            body,
        };
        let answer = transport::send(&endpoint, &self.tls, message)
            .await
            .map_err(|error| unreachable(&endpoint, &error))?;
        self.output.detail(format_args!(
            "{}:{operation} at {endpoint} → {} (request id {})",
            service.signing_name(),
            answer.status,
            Escaped(request_id(&answer).as_deref().unwrap_or("none")),
        ));
        Ok(answer)
    }

    fn foreign(&self, service: Service, why: &dyn std::fmt::Display) -> CallError {
        let endpoint = self.endpoint(service).map(|endpoint| endpoint.to_string());
        CallError::Foreign {
            endpoint: endpoint.unwrap_or_default(),
            why: why.to_string(),
        }
    }
}

fn ca_bundle<'s>(vars: &'s Vars, profiles: &'s Profiles) -> Option<&'s str> {
    vars.text("AWS_CA_BUNDLE")
        .or_else(|| profiles.value("ca_bundle"))
}

fn unreachable(endpoint: &Endpoint, error: &TransportError) -> CallError {
    let (endpoint, why) = (endpoint.to_string(), error.to_string());
    match error {
        TransportError::Tls(_) | TransportError::ServerName => {
            CallError::Untrusted { endpoint, why }
        }
        TransportError::Connect(_)
        | TransportError::ConnectTimeout
        | TransportError::Http(_)
        | TransportError::Request(_)
        | TransportError::Body(_)
        | TransportError::Deadline => CallError::Unreachable { endpoint, why },
    }
}

fn request_id(answer: &Answer) -> Option<String> {
    answer.header("x-amzn-requestid").map(str::to_owned)
}

/// `__type` may hold a namespace before `#`; the text is in `message` or `Message`.
fn json_error(answer: &Answer) -> ServiceError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let code = text("__type").unwrap_or("UnknownError");
    ServiceError {
        status: answer.status,
        code: code.rsplit('#').next().unwrap_or(code).to_owned(),
        message: text("message")
            .or_else(|| text("Message"))
            .map_or_else(|| format!("HTTP status {}", answer.status), str::to_owned),
        request_id: request_id(answer),
    }
}

fn query_error(answer: &Answer, root: &Element) -> ServiceError {
    let text = |path: &[&str]| root.text_at(path).map(str::to_owned);
    ServiceError {
        status: answer.status,
        code: text(&["Error", "Code"]).unwrap_or_else(|| "UnknownError".into()),
        message: text(&["Error", "Message"])
            .unwrap_or_else(|| format!("HTTP status {}", answer.status)),
        request_id: request_id(answer).or_else(|| text(&["RequestId"])),
    }
}
