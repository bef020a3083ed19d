//! `irsa admin reset`

use base::{Clock, Fault, SystemClock};
use engine::{Installation, MachineEntropy, Unit};
use identity::iam::administrator::{NewKey, Place, reset};
use store::{Durability, Store, Work};

use super::Setting;
use super::new_key::{KeySink, Told};
use crate::args::AdminResetArgs;
use crate::failure::Failure;
use crate::local::AccessKey;
use crate::server::{DataPlace, open_founded};

/// Gives the administrator a new key. The old ones end, and the user is again what `init` made:
/// its own policy, no boundary, nothing attached.
pub(super) async fn run(args: AdminResetArgs, setting: &Setting) -> Result<(), Failure> {
    let place = DataPlace::resolve(&args.data, &setting.vars)?;
    let (store, installation) = open_founded(&place).await?;
    let sink = KeySink::prepare(&args.key, setting)?;
    let key = written(&store, &installation).await.map_err(|fault| {
        let why = fault.internal_message().unwrap_or_else(|| fault.message());
        Failure::failed(format!("the administrator was not changed: {why}"))
    })?;
    setting.output.note(format_args!(
        "the administrator of the account {} has a new key; its old keys no longer sign",
        installation.management_account
    ));
    let told = Told {
        account: installation.management_account,
        region: installation.home_region,
        user_arn: key.user_arn,
        key: AccessKey {
            id: key.access_key_id.to_string(),
            secret: key.secret_access_key,
        },
    };
    sink.tell(told, setting)
}

async fn written(store: &dyn Store, installation: &Installation) -> Result<NewKey, Fault> {
    let snapshot = store.snapshot().await.map_err(engine::store_fault)?;
    let mut unit = Unit::new(Work::on(snapshot), installation.rows.clone());
    let entropy = MachineEntropy::default();
    let place = Place {
        account: installation.management_account,
        partition: installation.home_region.partition(),
        seal: &installation.seal,
        now: SystemClock.now(),
        entropy: &entropy,
    };
    let key = reset(&mut unit, place).await?;
    let committed = store.commit(unit.into_work(), Durability::Disk).await;
    committed.map_err(engine::store_fault)?;
    Ok(key)
}
