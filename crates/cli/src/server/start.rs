//! From settings to a server at work.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use base::{AccountId, Clock, Entropy, Region};
use engine::fetch::{AllowedAddress, FetchRules, Loopback};
use engine::front::{FrontOptions, Tls};
use engine::{Engine, MachineEntropy, Mode, Ports, Regions, Server, Settings};
use identity::irsa::issuers::{IssuerDocuments, StoredIssuers, keep_activating};
use identity::sts::{IdentityPorts, WebIdentities};
use jose::Fetch;
use store::Durability;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::founding::Founded;
use super::hardening::protect_memory;
use super::issuer_fetch::IssuerFetch;
use super::known_key::known;
use super::opening::Opened;
use super::services::{registry, remove_due_secrets, remove_old_denials};
use super::token_reviewer::ApiServers;
use super::{Running, StartFault, Storage};
use crate::local::{AccessKey, IssuerCidr, Listen, ProxyCidr, PublicUrl, ServerAccess};
use crate::values::Retention;

/// What the operator decided.
pub(crate) struct ServerSettings {
    /// Where to listen.
    pub(crate) listen: Listen,
    /// Certificate and key; none: clear text.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// The base of published URLs; none: where it listens.
    pub(crate) public_url: Option<PublicUrl>,
    /// The regions that are served; none: all of the partition.
    pub(crate) regions: Vec<Region>,
    /// Peers whose forwarding headers count.
    pub(crate) trusted_proxies: Vec<ProxyCidr>,
    /// Networks in which issuers may live.
    pub(crate) issuer_cidrs: Vec<IssuerCidr>,
    /// Whether reads wait for the disk.
    pub(crate) audit_sync: Durability,
    /// How long audit records are kept.
    pub(crate) audit_retention: Retention,
    /// Laptop or production.
    pub(crate) mode: Mode,
    /// Where everything is kept.
    pub(crate) storage: Storage,
    /// What an installation that is there already must be.
    pub(crate) expected: Expected,
    /// A key that may be known for an installation that is there already.
    pub(crate) known_key: Option<AccessKey>,
}

/// What the operator said of an installation that may be there already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Its home region.
    pub(crate) region: Option<Region>,
    /// Its management account.
    pub(crate) account: Option<AccountId>,
}

impl ServerSettings {
    /// A developer's server on a free port of this machine, and nothing else decided.
    pub(crate) fn dev(storage: Storage) -> Self {
        Self {
            listen: Listen::FREE_PORT,
            tls: None,
            public_url: None,
            regions: Vec::new(),
            trusted_proxies: Vec::new(),
            issuer_cidrs: Vec::new(),
            audit_sync: Durability::Disk,
            audit_retention: Retention::default(),
            mode: Mode::Dev,
            storage,
            expected: Expected::default(),
            known_key: None,
        }
    }
}

/// Starts a server: binds, opens, serves. When this returns it answers.
pub(crate) async fn start(
    settings: ServerSettings,
    clock: Arc<dyn Clock>,
) -> Result<Running, StartFault> {
    let entropy: Arc<dyn Entropy> = Arc::new(MachineEntropy::default());
    let tls = match &settings.tls {
        Some((certificate, key)) => Some(Tls::from_files(certificate, key)?),
        None => None,
    };
    // WHY: before anything is founded, so that a port in use leaves nothing behind.
    let (listener, address) = bind(settings.listen).await?;
    let endpoint = endpoint(address, tls.as_ref());
    let opened = settings.storage.open(&*clock, &*entropy).await?;
    let decided = Settings {
        management_account: opened.installation.management_account,
        home_region: opened.installation.home_region.clone(),
        regions: regions(settings.regions, &opened.installation.home_region)?,
        public_url: match &settings.public_url {
            Some(url) => url.as_str().to_owned(),
            None => endpoint.clone(),
        },
        mode: settings.mode,
        audit_sync: settings.audit_sync,
        audit_retention: settings.audit_retention.duration(),
        version: env!("CARGO_PKG_VERSION"),
    };
    settings.expected.check(&decided)?;
    let fetch = issuer_fetch(settings.mode, &settings.issuer_cidrs);
    let ports = ports(Arc::clone(&fetch), &clock);
    let Opened {
        store,
        installation,
        made,
    } = opened;
    let server = Arc::new(Server::new(
        installation,
        store,
        clock,
        entropy,
        ports,
        decided,
    ));
    engine::housekeeping::recall_trails(&server)
        .await
        .map_err(|fault| StartFault::internal(&fault))?;
    let key = match made {
        Some(made) => Some(access_key(made)),
        None => known(&server, settings.known_key).await?,
    };
    let region = server.settings.home_region.to_string();
    let access = ServerAccess {
        endpoint,
        region,
        key,
    };
    let options = FrontOptions {
        tls,
        trusted_proxies: settings
            .trusted_proxies
            .into_iter()
            .map(ProxyCidr::net)
            .collect(),
    };
    Ok(work(server, fetch, listener, options, access))
}

/// From here on requests are answered.
fn work(
    server: Arc<Server>,
    fetch: Arc<dyn Fetch>,
    listener: TcpListener,
    options: FrontOptions,
    access: ServerAccess,
) -> Running {
    let locked = protect_memory(&server);
    let (stopping, stop) = watch::channel(false);
    let mut chores = JoinSet::new();
    chores.spawn(engine::housekeeping::keep_house(
        Arc::clone(&server),
        stop.clone(),
    ));
    chores.spawn(remove_due_secrets(Arc::clone(&server), stop.clone()));
    chores.spawn(remove_old_denials(Arc::clone(&server), stop.clone()));
    chores.spawn(keep_activating(Arc::clone(&server), fetch, stop.clone()));
    if let Some(tls) = options.tls.clone() {
        chores.spawn(tls.keep_fresh(stop.clone()));
    }
    let (account, public_url) = (
        server.settings.management_account,
        server.settings.public_url.clone(),
    );
    let engine = Arc::new(Engine::new(server, registry()));
    let front = tokio::spawn(engine::front::serve(engine, listener, options, stop));
    Running {
        access,
        account,
        public_url,
        stopping,
        front,
        chores,
        locked,
    }
}

async fn bind(listen: Listen) -> Result<(TcpListener, SocketAddr), StartFault> {
    let address = listen.address();
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartFault::InUse(address),
        _ => StartFault::Listen { address, source },
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// A URL that this machine reaches the server by.
fn endpoint(address: SocketAddr, tls: Option<&Tls>) -> String {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let scheme = match tls {
        Some(_) => "https",
        None => "http",
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

fn regions(asked: Vec<Region>, home: &Region) -> Result<Regions, StartFault> {
    if asked.is_empty() {
        return Ok(Regions::OfPartition);
    }
    let other = asked
        .iter()
        .find(|region| region.partition() != home.partition());
    if let Some(other) = other {
        return Err(StartFault::OtherPartition {
            home: home.clone(),
            asked: other.clone(),
        });
    }
    if !asked.contains(home) {
        return Err(StartFault::HomeNotServed(home.clone()));
    }
    Ok(Regions::Only(asked))
}

fn issuer_fetch(mode: Mode, issuer_cidrs: &[IssuerCidr]) -> Arc<dyn Fetch> {
    let rules = FetchRules {
        allowed: issuer_cidrs
            .iter()
            .map(|cidr| AllowedAddress {
                net: cidr.net(),
                port: cidr.port(),
            })
            .collect(),
        loopback: match mode {
            Mode::Dev => Loopback::Accepted,
            Mode::Standard => Loopback::Refused,
        },
    };
    Arc::new(IssuerFetch::new(rules))
}

fn ports(fetch: Arc<dyn Fetch>, clock: &Arc<dyn Clock>) -> Ports {
    let web_identity =
        WebIdentities::new(Arc::new(StoredIssuers::default()), fetch, Arc::clone(clock))
            .reviewed_by(Arc::new(ApiServers::default()));
    Ports {
        identities: Arc::new(IdentityPorts::default()),
        web_identity: Arc::new(web_identity),
        publisher: Arc::new(IssuerDocuments),
    }
}

fn access_key(made: Founded) -> AccessKey {
    AccessKey {
        id: made.key.access_key_id.to_string(),
        secret: made.key.secret_access_key,
    }
}

impl Expected {
    fn check(&self, found: &Settings) -> Result<(), StartFault> {
        if let Some(asked) = self
            .region
            .as_ref()
            .filter(|asked| **asked != found.home_region)
        {
            let (home, asked) = (found.home_region.clone(), asked.clone());
            return Err(StartFault::OtherHome { home, asked });
        }
        match self
            .account
            .filter(|asked| *asked != found.management_account)
        {
            Some(asked) => Err(StartFault::OtherAccount {
                found: found.management_account,
                asked,
            }),
            None => Ok(()),
        }
    }
}
