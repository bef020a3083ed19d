//! A first key that lies in a Secret before the installation knows it: whatever fails in between,
//! the next try takes it from there, and no key is lost.

use base::{AccessKeyId, AccountId, Entropy};
use cluster::{
    Connection, ConnectionError, Credentials, CredentialsSecret, CredentialsSecretFault, Held,
};
use identity::iam::administrator::ChosenKey;

use crate::args::KubernetesArgs;
use crate::failure::Failure;
use crate::server::{StartFault, draw_account};

/// The key, and the account that it is of.
pub(super) struct KeptKey {
    pub(super) account: AccountId,
    pub(super) key: ChosenKey,
    /// Namespace and name of the Secret.
    pub(super) place: String,
}

impl KeptKey {
    /// The key that the Secret holds; else a fresh one, written there.
    pub(super) async fn of(
        secret: &str,
        cluster: &KubernetesArgs,
        account: Option<AccountId>,
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        let connection = Connection::open(&cluster.target()).await;
        let connection = connection.map_err(|error| unreachable(&error))?;
        let place = format!("{}/{secret}", connection.namespace());
        let held = CredentialsSecret::look(&connection, secret).await;
        let secret = match held.map_err(|fault| refused(&fault))? {
            Held::Credentials(held) => return Self::held(held, place, account, entropy),
            Held::None(secret) => secret,
        };
        let account = account_or_drawn(account, entropy)?;
        let key = ChosenKey::draw(account, entropy);
        let credentials = Credentials {
            access_key_id: key.access_key_id.to_string(),
            secret_access_key: key.secret_access_key.clone(),
        };
        secret
            .fill(&credentials)
            .await
            .map_err(|fault| refused(&fault))?;
        Ok(Self {
            account,
            key,
            place,
        })
    }

    fn held(
        held: Credentials,
        place: String,
        account: Option<AccountId>,
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        let id = held.access_key_id.parse::<AccessKeyId>().ok();
        let Some(id) = id.filter(|id| !id.is_session()) else {
            return Err(Failure::failed(format!(
                "the Secret `{place}` holds no access key id that an administrator could have"
            ))
            .help("it must be 16 to 128 characters of A-Z and 0-9, and not begin with ASIA; delete the Secret and one is drawn"));
        };
        // A try that was cut off drew the account, and the id says which.
        let account = account.or_else(|| id.account());
        Ok(Self {
            account: account_or_drawn(account, entropy)?,
            key: ChosenKey {
                access_key_id: id,
                secret_access_key: held.secret_access_key,
            },
            place,
        })
    }
}

fn account_or_drawn(
    account: Option<AccountId>,
    entropy: &dyn Entropy,
) -> Result<AccountId, Failure> {
    match account {
        Some(account) => Ok(account),
        None => Ok(draw_account(entropy).map_err(|fault| StartFault::internal(&fault))?),
    }
}

fn unreachable(error: &ConnectionError) -> Failure {
    Failure::failed(error.to_string())
        .help("--credentials-secret needs a cluster: give --kubeconfig, or run in a pod")
}

fn refused(fault: &CredentialsSecretFault) -> Failure {
    let failure = Failure::failed(fault.to_string());
    match fault {
        CredentialsSecretFault::Foreign(_) => {
            failure.help("name another Secret, or empty this one")
        }
        CredentialsSecretFault::Changed(_) => failure.help("run it again"),
        CredentialsSecretFault::Refused { .. } => failure.help(
            "it takes the verbs get and patch on that Secret, and create where there is none",
        ),
        CredentialsSecretFault::Unreachable(_) => failure,
    }
}
