//! The webhook server: everything that runs, started and stopped together.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use base::{Clock, Entropy};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::api::PartialObjectMeta;
use kube::runtime::watcher::Config;
use kube::{Api, Client};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::accounts::Accounts;
use super::admission::{Admission, AntiSpoof, Patience};
use super::api_source::ApiSource;
use super::container_identities::ContainerIdentities;
use super::events::events;
use super::front::{Half, serve};
use super::live_reads::{Limits, LiveReads};
use super::metrics::{Metrics, Watched};
use super::namespaces::Namespaces;
use super::pod_audit::{self, PodAudit};
use super::readiness::Readiness;
use super::roles::{CONFIG_MAP, Roles};
use super::site::{Debugging, Site};
use super::tls::{self, CipherSuites, MinVersion, TlsFault};
use super::watched::{Witness, keep};
use crate::certificate::{BundleKeeper, Certificates, EndpointBundle};
use crate::webhook::{ContainerCredentials, Settings};

/// How the server is run.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// What pods get.
    pub settings: Settings,
    /// Where to listen; `None`: everywhere.
    pub bind_address: Option<IpAddr>,
    /// `--port`
    pub port: u16,
    /// `--metrics-port`
    pub metrics_port: u16,
    /// `--tls-min-version`
    pub tls_min_version: MinVersion,
    /// `--tls-cipher-suites`
    pub tls_cipher_suites: CipherSuites,
    /// Whether the ConfigMap of roles counts.
    pub roles: RoleSource,
    /// `--watch-container-credentials-config`
    pub container_credentials_file: Option<PathBuf>,
    /// What pods that the file lists get.
    pub container_credentials: ContainerCredentials,
    /// Which namespaces are held to what only we may add.
    pub anti_spoof: AntiSpoof,
    /// What reviews wait for.
    pub patience: Patience,
    /// Accounts made or changed within that time may be changing still.
    pub recent: Duration,
    /// Live reads a second.
    pub live_reads_per_second: u32,
    /// Live reads at once.
    pub live_read_burst: u32,
    /// How often pods that run without identity are counted; `None`: never.
    pub pod_audit_interval: Option<Duration>,
    /// `--resync-period`: after the cache was cleared, it is filled again so much later.
    pub resync_period: Duration,
    /// Whether debugging paths are served.
    pub debugging: Debugging,
}

/// Whether the ConfigMap of roles counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleSource {
    /// Annotations alone.
    #[default]
    Annotations,
    /// `--watch-config-map`
    ConfigMapToo,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// A port is taken, or may not be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// There is nothing to negotiate.
    #[error(transparent)]
    Tls(#[from] TlsFault),
}

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    metrics_address: SocketAddr,
    readiness: Arc<Readiness>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// How long one live read may take.
const LIVE_READ_TIMEOUT: Duration = Duration::from_secs(5);

impl Server {
    /// Starts to listen, and to read the cluster.
    ///
    /// `bundle` is what pods are to trust, where they find a server of ours instead of AWS.
    pub async fn start(
        options: ServerOptions,
        client: Client,
        certificates: Certificates,
        bundle: Option<(EndpointBundle, BundleKeeper)>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StartFault> {
        let config = tls::config(
            certificates.resolver(),
            options.tls_min_version,
            &options.tls_cipher_suites,
        )?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (listener, address) = listen(options.bind_address, options.port).await?;
        let metrics_listener = listen(options.bind_address, options.metrics_port).await?;
        let (metrics_listener, metrics_address) = metrics_listener;

        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let metrics = Arc::new(Metrics::default());
        let readiness = Arc::new(readiness(&options, &certificates, Arc::clone(&clock)));
        let (events, sender) = events(client.clone(), clock, Arc::clone(&entropy), &metrics);
        tasks.spawn(sender.run(stopping.clone()));
        tasks.spawn(certificates.keep(stopping.clone()));
        let bundle = bundle.map(|(bundle, keeper)| {
            tasks.spawn(keeper.keep(stopping.clone()));
            bundle
        });
        let identities = options.container_credentials_file.as_deref();
        let identities = identities.map(ContainerIdentities::of);
        if let Some(identities) = &identities {
            tasks.spawn(identities.clone().keep_fresh(stopping.clone()));
        }
        let live_reads = live_reads(&options, client.clone());
        let admission = Arc::new(Admission {
            settings: options.settings,
            anti_spoof: options.anti_spoof,
            patience: options.patience,
            accounts: Arc::clone(&readiness.accounts),
            namespaces: Arc::clone(&readiness.namespaces),
            roles: readiness.roles.clone(),
            identities,
            container_credentials: options.container_credentials,
            live_reads,
            events,
            bundle,
            metrics,
            audit: PodAudit::default(),
            entropy,
        });
        let cleared = Arc::new(Notify::new());
        let watches = Watches {
            admission: Arc::clone(&admission),
            client: client.clone(),
            cleared: Arc::clone(&cleared),
            resync_period: options.resync_period,
            stopping: stopping.clone(),
        };
        watches.spawn(&mut tasks);
        if let Some(interval) = options.pod_audit_interval {
            let admission = Arc::clone(&admission);
            tasks.spawn(pod_audit::keep(
                admission,
                client,
                interval,
                stopping.clone(),
            ));
        }
        let site = Site::new(
            admission,
            Arc::clone(&readiness),
            options.debugging,
            cleared,
        );
        let site = Arc::new(site);
        let half = Half::Webhook(acceptor);
        tasks.spawn(serve(Arc::clone(&site), listener, half, stopping.clone()));
        tasks.spawn(serve(site, metrics_listener, Half::Metrics, stopping));
        Ok(Self {
            address,
            metrics_address,
            readiness,
            stop,
            tasks,
        })
    }

    /// Where reviews are taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics_address
    }

    /// What keeps it from being ready, one line each.
    pub fn missing(&self) -> Vec<String> {
        self.readiness.missing()
    }

    /// Not ready from now on, but still serving: balancers need a while to notice.
    pub fn drain(&self) {
        self.readiness.stop();
    }

    /// Stops, once what is in flight is answered.
    pub async fn shutdown(mut self) {
        self.readiness.stop();
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Empty caches.
fn readiness(
    options: &ServerOptions,
    certificates: &Certificates,
    clock: Arc<dyn Clock>,
) -> Readiness {
    let prefix = &options.settings.annotation_prefix;
    Readiness {
        accounts: Arc::new(Accounts::new(prefix, options.recent, clock)),
        namespaces: Arc::new(Namespaces::new(prefix)),
        roles: match options.roles {
            RoleSource::Annotations => None,
            RoleSource::ConfigMapToo => Some(Arc::new(Roles::default())),
        },
        certificate: certificates.status(),
        stopping: AtomicBool::new(false),
    }
}

fn live_reads(options: &ServerOptions, client: Client) -> LiveReads {
    let source = ApiSource {
        client,
        prefix: options.settings.annotation_prefix.clone(),
        own_namespace: options.settings.own_namespace.clone(),
    };
    let limits = Limits {
        timeout: LIVE_READ_TIMEOUT,
        per_second: options.live_reads_per_second,
        burst: options.live_read_burst,
    };
    LiveReads::new(source, limits)
}

/// What keeps the caches right.
struct Watches {
    admission: Arc<Admission>,
    client: Client,
    cleared: Arc<Notify>,
    resync_period: Duration,
    stopping: watch::Receiver<bool>,
}

impl Watches {
    fn spawn(self, tasks: &mut JoinSet<()>) {
        let (admission, client) = (self.admission, self.client);
        let mut stopping = self.stopping;
        if let Some(roles) = admission.roles.clone() {
            let witness = FailureCount::of(&admission, Watched::ConfigMap);
            let namespace = &admission.settings.own_namespace;
            let api = Api::<ConfigMap>::namespaced(client.clone(), namespace);
            let config = Config::default().fields(&format!("metadata.name={CONFIG_MAP}"));
            let (cleared, pause) = (Arc::clone(&self.cleared), self.resync_period);
            let mut stopping = stopping.clone();
            tasks.spawn(async move {
                loop {
                    let watch = keep(
                        &*roles,
                        api.clone(),
                        config.clone(),
                        "configmaps",
                        &witness,
                        &mut stopping,
                    );
                    tokio::select! {
                        () = watch => return,
                        () = cleared.notified() => tokio::time::sleep(pause).await,
                    }
                }
            });
        }
        let witness = FailureCount::of(&admission, Watched::Namespaces);
        let namespaces = Arc::clone(&admission.namespaces);
        let api = Api::<PartialObjectMeta<Namespace>>::all(client.clone());
        let mut until = stopping.clone();
        tasks.spawn(async move {
            let config = Config::default();
            keep(
                &*namespaces,
                api,
                config,
                "namespaces",
                &witness,
                &mut until,
            )
            .await;
        });
        let witness = FailureCount::of(&admission, Watched::ServiceAccounts);
        let accounts = Arc::clone(&admission.accounts);
        let api = Api::<PartialObjectMeta<ServiceAccount>>::all(client);
        let (cleared, pause) = (self.cleared, self.resync_period);
        tasks.spawn(async move {
            loop {
                let watch = keep(
                    &*accounts,
                    api.clone(),
                    Config::default(),
                    "serviceaccounts",
                    &witness,
                    &mut stopping,
                );
                tokio::select! {
                    () = watch => return,
                    () = cleared.notified() => tokio::time::sleep(pause).await,
                }
            }
        });
    }
}

/// Counts failures, and notes where namespaces may not be read.
struct FailureCount {
    what: Watched,
    metrics: Arc<Metrics>,
    namespaces: Arc<Namespaces>,
}

impl FailureCount {
    fn of(admission: &Admission, what: Watched) -> Self {
        Self {
            what,
            metrics: Arc::clone(&admission.metrics),
            namespaces: Arc::clone(&admission.namespaces),
        }
    }
}

impl Witness for FailureCount {
    fn forbidden(&self) {
        match self.what {
            Watched::Namespaces if !self.namespaces.is_forbidden() => {
                tracing::warn!(
                    "namespaces may not be read: their labels count for nothing until get, list and watch on namespaces is granted"
                );
                self.namespaces.set_forbidden();
            }
            Watched::Namespaces | Watched::ServiceAccounts | Watched::ConfigMap => {}
        }
    }

    fn failed(&self) {
        self.metrics.watch_failed(self.what);
    }
}

/// Where nothing is said, on IPv6 and IPv4; on IPv4 alone where there is no IPv6.
async fn listen(
    address: Option<IpAddr>,
    port: u16,
) -> Result<(TcpListener, SocketAddr), StartFault> {
    let wanted = address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let first = SocketAddr::new(wanted, port);
    let listener = match TcpListener::bind(first).await {
        Err(error) if address.is_none() && error.kind() != std::io::ErrorKind::AddrInUse => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        outcome => outcome,
    };
    let bound = listener.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|source| StartFault::Listen {
        address: first,
        source,
    })
}
