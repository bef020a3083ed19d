//! `irsa init`

use std::time::Duration;

use base::SystemClock;
use engine::{Installation, MachineEntropy};
use serde_json::json;
use store_sqlite::SqliteStore;

use super::Setting;
use super::kept_key::KeptKey;
use super::new_key::{KeySink, Told};
use crate::args::{InitArgs, KubernetesArgs, StoreKind};
use crate::aws::home_region;
use crate::failure::Failure;
use crate::local::AccessKey;
use crate::output::Table;
use crate::server::{
    DataPlace, Founded, Founder, Standing, StartFault, found_in, open_directory, open_founded,
};

/// How often, and how far apart, a directory is looked at that another process has.
const TRIES: usize = 8;
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// Makes an installation and shows the administrator's key once.
pub(super) async fn run(args: InitArgs, setting: &Setting) -> Result<(), Failure> {
    if args.store == StoreKind::Memory {
        return Err(Failure::usage(
            "a store in memory cannot be initialised: it ends with its server",
        )
        .help("run `irsa serve --dev`, which makes one"));
    }
    check_cluster(&args)?;
    let place = DataPlace::resolve(&args.data, &setting.vars)?;
    let region = home_region(setting.global.region.as_ref(), &setting.vars)?;
    let Some((store, standing)) = open(&place, args.if_needed).await? else {
        setting.output.note(format_args!(
            "`{}` is served by another irsa, and so is initialised; nothing was changed",
            place.data_dir.display()
        ));
        return Ok(());
    };
    match (standing, args.if_needed) {
        (Standing::Founded, false) => {
            return Err(StartFault::AlreadyInitialised(place.data_dir).into());
        }
        (Standing::Founded, true) => {
            drop(store);
            let (_, installation) = open_founded(&place).await?;
            tell_existing(&installation, &args, &place, setting)?;
            return Ok(());
        }
        (Standing::Fresh, _) => {}
    }
    let entropy = MachineEntropy::default();
    let mut founder = Founder {
        account: args.account,
        region,
        key: None,
    };
    let sink = match &args.credentials_secret {
        Some(name) => {
            let kept = KeptKey::of(name, &args.cluster, args.account, &entropy).await?;
            founder.account = Some(kept.account);
            founder.key = Some(kept.key);
            KeySink::in_secret(kept.place)
        }
        None => KeySink::prepare(&args.key, setting)?,
    };
    let made = found_in(&store, &place, founder, &SystemClock, &entropy).await?;
    setting.output.note(format_args!(
        "the data is in `{}`, the root key in `{}`: without the key the data cannot be read",
        place.data_dir.display(),
        place.root_key_file.display()
    ));
    sink.tell(told(made), setting)?;
    setting.output.note(format_args!(
        "next: irsa serve --data-dir {}",
        place.data_dir.display()
    ));
    Ok(())
}

/// A cluster is asked for nothing but its Secret.
fn check_cluster(args: &InitArgs) -> Result<(), Failure> {
    let KubernetesArgs {
        kubeconfig,
        context,
        namespace,
    } = &args.cluster;
    let named = kubeconfig.is_some() || context.is_some() || namespace.is_some();
    if named && args.credentials_secret.is_none() {
        return Err(Failure::usage(
            "--kubeconfig, --context and --namespace go with --credentials-secret",
        ));
    }
    Ok(())
}

/// Opens the directory. Where `--if-needed` finds that another process keeps it, there is nothing
/// to do: a server keeps only what is initialised.
async fn open(
    place: &DataPlace,
    if_needed: bool,
) -> Result<Option<(SqliteStore, Standing)>, StartFault> {
    for _ in 0..TRIES {
        match open_directory(place).await {
            Err(StartFault::Locked(_)) if if_needed => tokio::time::sleep(BETWEEN_TRIES).await,
            outcome => return outcome.map(Some),
        }
    }
    Ok(None)
}

fn told(founded: Founded) -> Told {
    Told {
        account: founded.account,
        region: founded.region,
        user_arn: founded.key.user_arn,
        key: AccessKey {
            id: founded.key.access_key_id.to_string(),
            secret: founded.key.secret_access_key,
        },
    }
}

/// `--if-needed` on what is there: it must be what was asked for; its keys are not known.
fn tell_existing(
    installation: &Installation,
    args: &InitArgs,
    place: &DataPlace,
    setting: &Setting,
) -> Result<(), StartFault> {
    let found = installation.management_account;
    if let Some(asked) = args.account.filter(|asked| *asked != found) {
        return Err(StartFault::OtherAccount { found, asked });
    }
    let home = &installation.home_region;
    if let Some(asked) = setting
        .global
        .region
        .as_ref()
        .filter(|asked| *asked != home)
    {
        return Err(StartFault::OtherHome {
            home: home.clone(),
            asked: asked.clone(),
        });
    }
    setting.output.note(format_args!(
        "`{}` is already initialised; nothing was changed",
        place.data_dir.display()
    ));
    let value = json!({ "AccountId": found, "Region": home });
    setting.output.result(&value, || {
        Table::facts([
            ("AccountId", found.to_string()),
            ("Region", home.to_string()),
        ])
    });
    Ok(())
}
