//! What the rooms share while the server runs.

use std::sync::Arc;
use std::time::Duration;

use base::{AccountId, Clock, Entropy, Region};
use jiff::SignedDuration;
use store::{Durability, Store, Work};

use crate::housekeeping::Trails;
use crate::installation::Installation;
use crate::policies::Policies;
use crate::ports::{Identities, Publisher, WebIdentity};
use crate::rows::Rows;
use crate::seal::{Ring, Seal};
use crate::unit::{Unit, store_fault};

/// The installation at work.
pub struct Server {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Seals values at rest.
    pub seal: Seal,
    /// Encodes rows.
    pub rows: Arc<Rows>,
    /// The keys of sessions.
    pub ring: Ring,
    /// Compiled policies.
    pub policies: Policies,
    /// Calls that failed before their caller was known.
    pub ring_of_failures: audit::Ring,
    /// Looks records up.
    pub index: audit::Index,
    /// Folds identical refusals.
    pub folder: audit::Folder,
    /// Where records lie.
    pub trails: Trails,
    /// Who holds which key.
    pub identities: Arc<dyn Identities>,
    /// Who verifies web identities.
    pub web_identity: Arc<dyn WebIdentity>,
    /// Who publishes issuers' documents.
    pub publisher: Arc<dyn Publisher>,
    /// What the operator decided.
    pub settings: Settings,
}

/// What the operator decided, as the services see it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The management account, made by `init`.
    pub management_account: AccountId,
    /// Where unsigned calls go whose Host names no region.
    pub home_region: Region,
    /// Which regions are served.
    pub regions: Regions,
    /// The base of every URL that we publish, without a trailing slash.
    pub public_url: String,
    /// Whether this is a developer's server.
    pub mode: Mode,
    /// Whether reads wait until their audit record is on the disk.
    pub audit_sync: Durability,
    /// How long audit records are kept.
    pub audit_retention: Duration,
    /// The program's version.
    pub version: &'static str,
}

/// Laptop or production. Neither relaxes a signature or a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `--dev`: issuers on loopback are accepted, over http too.
    Dev,
    /// The rest.
    Standard,
}

/// `--regions`.
#[derive(Clone, Debug)]
pub enum Regions {
    /// Every region of the home region's partition, and the home region itself.
    OfPartition,
    /// These only.
    Only(Vec<Region>),
}

impl Settings {
    /// Whether calls to `region` are served.
    pub fn serves(&self, region: &Region) -> bool {
        match &self.regions {
            Regions::OfPartition => {
                let partition = self.home_region.partition();
                let spelled = region.is_of_its_partition() && region.partition() == partition;
                spelled || *region == self.home_region
            }
            Regions::Only(regions) => regions.contains(region),
        }
    }
}

fn retention(settings: &Settings) -> SignedDuration {
    SignedDuration::try_from(settings.audit_retention).unwrap_or(audit::RETENTION)
}

/// Who answers the rooms' questions.
pub struct Ports {
    /// Who holds which key.
    pub identities: Arc<dyn Identities>,
    /// Who verifies web identities.
    pub web_identity: Arc<dyn WebIdentity>,
    /// Who publishes issuers' documents.
    pub publisher: Arc<dyn Publisher>,
}

impl Server {
    /// Puts an opened installation to work.
    pub fn new(
        installation: Installation,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        ports: Ports,
        settings: Settings,
    ) -> Self {
        Self {
            clock,
            entropy,
            store,
            seal: installation.seal,
            rows: installation.rows,
            ring: installation.ring,
            policies: Policies::default(),
            ring_of_failures: audit::Ring::default(),
            index: audit::Index::default().with_retention(retention(&settings)),
            folder: audit::Folder::default(),
            trails: Trails::default(),
            identities: ports.identities,
            web_identity: ports.web_identity,
            publisher: ports.publisher,
            settings,
        }
    }

    /// A unit of work on the newest snapshot.
    pub async fn unit(&self) -> Result<Unit, base::Fault> {
        let snapshot = self.store.snapshot().await.map_err(store_fault)?;
        Ok(Unit::new(Work::on(snapshot), Arc::clone(&self.rows)))
    }

    /// The ring's key of that id, reading the ring once when it is unknown.
    pub async fn ring_key(
        &self,
        kid: u32,
    ) -> Result<Option<Arc<crate::seal::RingKey>>, base::Fault> {
        if let Some(key) = self.ring.opening(kid) {
            return Ok(Some(key));
        }
        let now = self.clock.now();
        self.ring
            .reload(&*self.store, &self.rows, &self.seal, now)
            .await?;
        Ok(self.ring.opening(kid))
    }
}
