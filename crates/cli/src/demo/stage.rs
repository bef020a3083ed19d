//! What the steps share: the server, a client, and what earlier steps made.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::Clock;
use serde_json::Value;

use super::wrong::Wrong;
use crate::args::GlobalArgs;
use crate::aws::Vars;
use crate::client::{CallError, Client};
use crate::commands::explained;
use crate::local::ServerAccess;
use crate::output::Output;
use crate::process::{PodIdentity, pod_environment};

/// The steps' surroundings.
pub(super) struct Stage {
    /// A private directory.
    pub(super) directory: PathBuf,
    /// The administrator.
    pub(super) admin: Client,
    access: ServerAccess,
    tools: Tools,
    pub(super) issuer: Option<Issuer>,
    pub(super) chain: Option<Chain>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) session: Option<Session>,
}

/// What clients are made of.
pub(super) struct Tools {
    /// The flags of the command, without those that name a server or a caller.
    pub(super) global: GlobalArgs,
    /// The time.
    pub(super) clock: Arc<dyn Clock>,
    /// Where `-v` tells of each call.
    pub(super) output: Output,
}

/// The cluster issuer.
pub(super) struct Issuer {
    /// `iss` of its tokens.
    pub(super) url: String,
}

/// What trusts the issuer, and what that opens.
pub(super) struct Chain {
    pub(super) role_arn: String,
    /// What the policy allows.
    pub(super) secret: StoredSecret,
    /// What it does not.
    pub(super) other_secret: StoredSecret,
}

/// A secret in the server.
pub(super) struct StoredSecret {
    pub(super) name: &'static str,
    pub(super) arn: String,
    pub(super) value: String,
}

/// A pod's session.
pub(super) struct Session {
    pub(super) pod: Client,
    pub(super) access_key_id: String,
    pub(super) caller_arn: String,
}

impl Stage {
    /// A stage on which nothing is made yet.
    pub(super) fn new(
        directory: &Path,
        access: ServerAccess,
        tools: Tools,
    ) -> Result<Self, CallError> {
        let admin = client(&tools, access.environment([]))?;
        Ok(Self {
            directory: directory.to_owned(),
            admin,
            access,
            tools,
            issuer: None,
            chain: None,
            token_file: None,
            session: None,
        })
    }

    /// What the step `issuer` made.
    pub(super) fn issuer(&self) -> Result<&Issuer, Wrong> {
        self.issuer.as_ref().ok_or(Wrong::LeftOut("issuer"))
    }

    /// What the step `trust` made.
    pub(super) fn chain(&self) -> Result<&Chain, Wrong> {
        self.chain.as_ref().ok_or(Wrong::LeftOut("trust"))
    }

    /// What the step `token` made.
    pub(super) fn token_file(&self) -> Result<&Path, Wrong> {
        self.token_file.as_deref().ok_or(Wrong::LeftOut("token"))
    }

    /// What the step `allowed` made.
    pub(super) fn session(&self) -> Result<&Session, Wrong> {
        self.session.as_ref().ok_or(Wrong::LeftOut("allowed"))
    }

    /// The variables of a pod that has this token: what the EKS webhook injects, and where the
    /// server is.
    pub(super) fn pod_variables(&self, token_file: &Path) -> Result<Vec<(String, String)>, Wrong> {
        let identity = PodIdentity {
            role_arn: self.chain()?.role_arn.clone(),
            token_file: token_file.to_owned(),
            empty_file: "/dev/null".into(),
            region: self.access.region.clone(),
            endpoint: self.access.endpoint.clone(),
            sts_endpoint: self.access.endpoint.clone(),
        };
        let variables = pod_environment([], &identity).into_iter();
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Ok(variables
            .map(|(name, value)| (text(name), text(value)))
            .collect())
    }

    /// A client with nothing but those variables, as an SDK in the pod would be.
    pub(super) fn pod(&self, token_file: &Path) -> Result<Client, Wrong> {
        let variables = self.pod_variables(token_file)?;
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        Ok(client(&self.tools, variables)?)
    }

    /// The call of this id, as `irsa explain` has it from the server.
    pub(super) async fn explained(&self, request_id: Option<&str>) -> Result<Value, Wrong> {
        let id = request_id.ok_or(Wrong::Absent("request id"))?;
        let mut wanted = serde_json::Map::new();
        wanted.insert("RequestId".into(), id.into());
        let calls = explained(&self.admin, &wanted).await?;
        calls
            .into_iter()
            .next()
            .ok_or(Wrong::Absent("explained call of that request id"))
    }
}

fn client(
    tools: &Tools,
    variables: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
) -> Result<Client, CallError> {
    let vars: Vars = variables
        .into_iter()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Client::new(&tools.global, vars, Arc::clone(&tools.clock), tools.output)
}
