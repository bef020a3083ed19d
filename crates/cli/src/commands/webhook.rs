//! `irsa webhook`

use std::sync::Arc;
use std::time::Duration;

use cluster::Connection;
use cluster::certificate::{
    BundleKeeper, BundleSources, Certificates, EndpointBundle, Files, Lifetimes, Own, Roots,
};
use cluster::webhook::serve::{
    AntiSpoof, Debugging, INSTANCE_METADATA, Patience, RoleSource, Server, ServerOptions,
    instance_role_arn,
};
use cluster::webhook::{ComposeRoleArn, ContainerCredentials, Endpoint, Settings, Validation};
use engine::MachineEntropy;
use nix::sys::signal::Signal;

use super::Setting;
use crate::args::{LogFormat, WebhookArgs};
use crate::failure::Failure;
use crate::process::Signals;
use crate::server::{LogLevel, start_log};
use crate::values::GoBool;

/// From here on klog's `--v` asks for details.
const DETAILED: i32 = 4;
/// The shortest life of a token, as AWS's webhook has it.
const MIN_TOKEN_SECS: i64 = 600;

/// Serves until a signal; gives the exit status.
pub(super) async fn run(args: WebhookArgs, setting: &Setting) -> Result<u8, Failure> {
    if args.version.0 {
        super::version::run(setting.output);
        return Ok(0);
    }
    check_flags(&args, setting)?;
    start_log(args.log_format, level(&args, setting));
    let options = options(&args, setting).await?;
    let connection = connection(&args).await?;
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;

    let server = Server::start(
        options,
        connection.client().clone(),
        certificates(&args, &connection, setting)?,
        bundle(&args, &connection)?,
        Arc::clone(&setting.clock),
        Arc::new(MachineEntropy::default()),
    );
    let server = server
        .await
        .map_err(|fault| Failure::failed(fault.to_string()))?;
    announce(&server, &connection, &args, setting);
    Ok(until_stopped(server, &mut signals, args.waiting.drain.0).await)
}

/// A first signal drains, unless it came from a terminal; a second one ends at once.
async fn until_stopped(server: Server, signals: &mut Signals, drain: Duration) -> u8 {
    let first = signals.next_ending().await;
    tracing::info!("stopping");
    if first != Signal::SIGINT {
        server.drain();
        tokio::select! {
            () = tokio::time::sleep(drain) => {}
            signal = signals.next_ending() => return ended_by(signal),
        }
    }
    tokio::select! {
        () = server.shutdown() => 0,
        signal = signals.next_ending() => ended_by(signal),
    }
}

fn ended_by(signal: Signal) -> u8 {
    u8::try_from(128 + signal as i32).unwrap_or(1)
}

/// What is not served is refused, not ignored.
fn check_flags(args: &WebhookArgs, setting: &Setting) -> Result<(), Failure> {
    if let Some(flag) = args.klog.unserved().first() {
        return Err(Failure::usage(format!(
            "{flag} is not served: the log goes to stderr, one line for each event"
        ))
        .help("leave it out; --v=4 logs more, --log-format=json makes JSON"));
    }
    let injection = &args.injection;
    if setting.global.endpoint_url.is_none() && !injection.endpoint_services.is_empty() {
        return Err(Failure::usage("--endpoint-services needs --endpoint-url"));
    }
    if setting.global.endpoint_url.is_none() && injection.endpoint_ca.is_some() {
        return Err(Failure::usage("--endpoint-ca needs --endpoint-url"));
    }
    if injection.endpoint_ca.is_none() && injection.endpoint_ca_roots.is_some() {
        return Err(Failure::usage("--endpoint-ca-roots needs --endpoint-ca"));
    }
    if !injection.compose_role_arn.0 && injection.aws_account_id.is_some() {
        return Err(Failure::usage(
            "--aws-account-id goes with --compose-role-arn",
        ));
    }
    let file = &args
        .container_credentials
        .watch_container_credentials_config;
    match file {
        Some(path) if !path.is_absolute() => Err(Failure::usage(
            "--watch-container-credentials-config takes an absolute path",
        )),
        Some(_) | None => Ok(()),
    }
}

/// The files that are named, or a CA of our own.
fn certificates(
    args: &WebhookArgs,
    connection: &Connection,
    setting: &Setting,
) -> Result<Certificates, Failure> {
    let certificate = &args.certificate;
    let clock = Arc::clone(&setting.clock);
    if certificate.in_cluster.0 {
        let lifetimes = Lifetimes::of_leaf(certificate.certificate_lifetime.0);
        let lifetimes = lifetimes
            .map_err(|fault| Failure::usage(format!("--certificate-lifetime: {fault}")))?;
        let own = Own {
            namespace: args.cluster.namespace.clone(),
            secret: certificate.tls_secret.clone(),
            service: certificate.service_name.clone(),
            configuration: certificate.webhook_configuration.clone(),
            hosts: certificate.certificate_host.clone(),
            lifetimes,
        };
        return Certificates::own(connection.client().clone(), own, clock)
            .map_err(|fault| Failure::usage(fault.to_string()));
    }
    let service = format!(
        "{}.{}.svc",
        certificate.service_name, args.cluster.namespace
    );
    let mut names = vec![service];
    names.extend(certificate.certificate_host.iter().cloned());
    let files = Files {
        certificate: certificate.tls_cert.clone(),
        key: certificate.tls_key.clone(),
        names,
    };
    Certificates::of_files(files, clock).map_err(|fault| {
        let cause = std::error::Error::source(&fault);
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure::failed(format!("{fault}{cause}"))
            .help("name the files with --tls-cert and --tls-key")
    })
}

/// What pods are to trust, where --endpoint-ca says so.
fn bundle(
    args: &WebhookArgs,
    connection: &Connection,
) -> Result<Option<(EndpointBundle, BundleKeeper)>, Failure> {
    let injection = &args.injection;
    let Some(authority) = injection.endpoint_ca.clone() else {
        return Ok(None);
    };
    let sources = BundleSources {
        authority,
        roots: match injection.endpoint_ca_roots.clone() {
            Some(path) => Roots::File(path),
            None => Roots::System,
        },
    };
    let name = &injection.endpoint_ca_config_map;
    let made = BundleKeeper::new(connection.client().clone(), name, sources);
    made.map(Some)
        .map_err(|fault| Failure::failed(format!("--endpoint-ca: {fault}")))
}

fn level(args: &WebhookArgs, setting: &Setting) -> LogLevel {
    let is_detailed = args.klog.v.is_some_and(|level| level >= DETAILED);
    match (setting.global.quiet, setting.global.verbose, is_detailed) {
        (true, _, _) => LogLevel::Errors,
        (false, 0, false) => LogLevel::Requests,
        (false, _, _) => LogLevel::Details,
    }
}

async fn connection(args: &WebhookArgs) -> Result<Connection, Failure> {
    let target = cluster::Target {
        kubeconfig: args.cluster.kubeconfig.clone(),
        context: args.cluster.context.clone(),
        namespace: Some(args.cluster.namespace.clone()),
    };
    let opened = match &args.cluster.kube_api {
        Some(server) => Connection::open_at(&target, server).await,
        None => Connection::open(&target).await,
    };
    opened.map_err(|error| {
        Failure::failed(error.to_string()).help("name the cluster with --kubeconfig and --context")
    })
}

async fn options(args: &WebhookArgs, setting: &Setting) -> Result<ServerOptions, Failure> {
    let waiting = &args.waiting;
    let patience = waiting.service_account_lookup_grace_period;
    let patience = patience.map_or(waiting.live_read_timeout.0, |period| period.0);
    let audit = args.rules.pod_audit_interval.0;
    let credentials = &args.container_credentials;
    Ok(ServerOptions {
        settings: settings(args, setting).await?,
        bind_address: args.bind_address,
        port: args.port,
        metrics_port: args.metrics_port,
        tls_min_version: args.certificate.tls_min_version,
        tls_cipher_suites: args.certificate.tls_cipher_suites.clone(),
        roles: match args.injection.watch_config_map {
            GoBool(true) => RoleSource::ConfigMapToo,
            GoBool(false) => RoleSource::Annotations,
        },
        container_credentials_file: credentials.watch_container_credentials_config.clone(),
        container_credentials: ContainerCredentials {
            full_uri: credentials.container_credentials_full_uri.clone(),
            audience: credentials.container_credentials_audience.clone(),
            mount_path: credentials.container_credentials_token_mount_path.clone(),
            volume_name: credentials.container_credentials_token_volume_name.clone(),
            token_path: credentials.container_credentials_token_path.clone(),
        },
        anti_spoof: match args.rules.anti_spoof {
            GoBool(true) => AntiSpoof::Everywhere,
            GoBool(false) => AntiSpoof::Labelled,
        },
        patience: if patience.is_zero() {
            Patience::None
        } else {
            Patience::Of(patience)
        },
        recent: waiting.recent.0,
        live_reads_per_second: waiting.live_read_rate,
        live_read_burst: waiting.live_read_burst,
        pod_audit_interval: (!audit.is_zero()).then_some(audit),
        resync_period: waiting.resync_period.0,
        debugging: match args.enable_debugging_handlers {
            GoBool(true) => Debugging::On,
            GoBool(false) => Debugging::Off,
        },
    })
}

async fn settings(args: &WebhookArgs, setting: &Setting) -> Result<Settings, Failure> {
    let injection = &args.injection;
    let endpoint = setting.global.endpoint_url.clone().map(|url| Endpoint {
        url,
        services: injection.endpoint_services.clone(),
        ca_config_map: injection
            .endpoint_ca
            .is_some()
            .then(|| injection.endpoint_ca_config_map.clone()),
    });
    Ok(Settings {
        annotation_prefix: injection.annotation_prefix.clone(),
        token_audience: injection.token_audience.clone(),
        token_mount_path: injection.token_mount_path.clone(),
        token_expiration_secs: injection.token_expiration.max(MIN_TOKEN_SECS),
        region: injection.aws_default_region.clone(),
        sts_regional_endpoints: injection.sts_regional_endpoint.0,
        role_session_name: injection.role_session_name.0,
        disable_ec2_metadata: injection.disable_ec2_metadata.0,
        endpoint,
        compose_role_arn: compose_role_arn(args, setting).await?,
        validation: match args.rules.strict_validation {
            GoBool(true) => Validation::Refuse,
            GoBool(false) => Validation::Warn,
        },
        own_namespace: args.cluster.namespace.clone(),
    })
}

/// The account is the one that is given, else the one of the instance that this runs on.
async fn compose_role_arn(
    args: &WebhookArgs,
    setting: &Setting,
) -> Result<Option<ComposeRoleArn>, Failure> {
    let injection = &args.injection;
    if !injection.compose_role_arn.0 {
        return Ok(None);
    }
    let region = injection.aws_default_region.as_str();
    match &injection.aws_account_id {
        Some(account) if !region.is_empty() => {
            return Ok(Some(ComposeRoleArn::new(region, account.as_str())));
        }
        Some(_) => {
            return Err(Failure::usage(
                "--aws-account-id needs --aws-default-region, which says the partition",
            ));
        }
        None => {}
    }
    let endpoint = setting.vars.text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    let found = instance_role_arn(endpoint.unwrap_or(INSTANCE_METADATA)).await;
    found.map(Some).map_err(|fault| {
        Failure::failed(format!("--compose-role-arn: {fault}"))
            .help("off EC2, give --aws-account-id and --aws-default-region")
    })
}

/// One line: where it listens, and for which cluster.
fn announce(server: &Server, connection: &Connection, args: &WebhookArgs, setting: &Setting) {
    let (address, metrics) = (server.address(), server.metrics_address());
    let cluster = connection.server();
    match args.log_format {
        LogFormat::Json => tracing::info!(%address, %metrics, cluster, "listening"),
        LogFormat::Text => setting.output.note(format_args!(
            "irsa {} answers reviews of {cluster} on https://{address}/mutate; metrics on http://{metrics}/metrics",
            env!("CARGO_PKG_VERSION"),
        )),
    }
}
