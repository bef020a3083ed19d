//! What the server does by itself: turns the key ring, builds the audit index, removes old records.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use audit::{Entry, Progress, Removal, Trail};
use base::{AccountId, Fault, Region};
use serde::{Deserialize, Serialize};
use store::{Durability, Key, KeyRange, Work};
use tokio::sync::watch;

use crate::rows::Row;
use crate::server::Server;
use crate::unit::{Unit, store_fault};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(5);
/// Trails that one installation can have.
const MAX_TRAILS: usize = 100_000;

/// The trails that hold records, so that housekeeping knows where to look.
#[derive(Default)]
pub struct Trails {
    known: Mutex<BTreeSet<Trail>>,
}

/// Says that a trail exists.
#[derive(Clone, Serialize, Deserialize)]
struct TrailRow {
    account: AccountId,
    region: Region,
}

impl Row for TrailRow {
    const TABLE: &'static str = "trail";
}

impl Trails {
    /// A record was appended to `trail`.
    pub(crate) fn note(&self, trail: Trail) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains(&trail) {
            known.insert(trail);
        }
    }

    /// All that are known.
    pub fn all(&self) -> Vec<Trail> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

/// Reads the trails of earlier runs. A server does so before it answers, for look-ups over all
/// regions know no other trails.
pub async fn recall_trails(server: &Server) -> Result<(), Fault> {
    let mut unit = server.unit().await?;
    for trail in stored_trails(&mut unit).await? {
        server.trails.note(trail);
    }
    Ok(())
}

async fn stored_trails(unit: &mut Unit) -> Result<Vec<Trail>, Fault> {
    let all = KeyRange::prefix(&Key::installation(TrailRow::TABLE).build());
    let rows = unit.rows::<TrailRow>(&all, MAX_TRAILS).await?;
    let trail = |row: TrailRow| Trail {
        account: row.account,
        region: row.region,
    };
    Ok(rows.into_iter().map(|(_, row)| trail(row)).collect())
}

/// Works in rounds until `stopping`. A round that fails is reported and tried again.
pub async fn keep_house(server: Arc<Server>, mut stopping: watch::Receiver<bool>) {
    let mut house = House::new(Arc::clone(&server));
    loop {
        tokio::select! {
            () = tokio::time::sleep(ROUND) => {}
            _ = stopping.wait_for(|stop| *stop) => break,
        }
        if let Err(fault) = house.round().await {
            let internal = fault.internal_message();
            tracing::error!(%fault, internal, "housekeeping failed");
        }
    }
    if let Err(fault) = house.close().await {
        tracing::error!(%fault, "not all was kept of the last folded refusals");
    }
}

/// The state of housekeeping between rounds.
pub struct House {
    server: Arc<Server>,
    removal: Removal,
    persisted: BTreeSet<Trail>,
}

impl House {
    /// Nothing done yet.
    pub fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            removal: Removal::default(),
            persisted: BTreeSet::new(),
        }
    }

    /// One round: ring, folded refusals, index, removal.
    pub async fn round(&mut self) -> Result<(), Fault> {
        let server = Arc::clone(&self.server);
        let now = server.clock.now();
        let (store, rows) = (&*server.store, &server.rows);
        server
            .ring
            .rotate(store, rows, &server.seal, now, &*server.entropy)
            .await?;
        self.record(server.folder.drain(now, &*server.entropy))
            .await?;
        self.learn_trails().await?;
        let trails = server.trails.all();
        let slow = |error: audit::AuditError| Fault::internal(format!("the audit index: {error}"));
        while server
            .index
            .advance(store, now, &trails)
            .await
            .map_err(slow)?
            == Progress::More
        {}
        self.removal
            .step(&server.index, store, now, &trails)
            .await
            .map_err(slow)?;
        Ok(())
    }

    /// Records what is still folded and where records are, for an orderly stop.
    pub async fn close(&mut self) -> Result<(), Fault> {
        let now = self.server.clock.now();
        let folded = self.server.folder.close(now, &*self.server.entropy);
        self.record(folded).await?;
        self.learn_trails().await
    }

    async fn record(&self, entries: Vec<Entry>) -> Result<(), Fault> {
        if entries.is_empty() {
            return Ok(());
        }
        let snapshot = self.server.store.snapshot().await.map_err(store_fault)?;
        let mut work = Work::on(snapshot);
        for entry in &entries {
            self.server.trails.note(Trail::of(entry.record()));
            audit::append(&mut work, entry);
        }
        self.server
            .store
            .commit(work, Durability::Disk)
            .await
            .map_err(store_fault)?;
        Ok(())
    }

    /// Reads the trails of earlier runs and writes those of this one.
    async fn learn_trails(&mut self) -> Result<(), Fault> {
        let mut unit = self.server.unit().await?;
        if self.persisted.is_empty() {
            for trail in stored_trails(&mut unit).await? {
                self.server.trails.note(trail.clone());
                self.persisted.insert(trail);
            }
        }
        let fresh: Vec<_> = self
            .server
            .trails
            .all()
            .into_iter()
            .filter(|trail| !self.persisted.contains(trail))
            .collect();
        if fresh.is_empty() {
            return Ok(());
        }
        for trail in &fresh {
            let key = Key::installation(TrailRow::TABLE)
                .text(trail.account.as_str())
                .text(trail.region.as_str())
                .build();
            let row = TrailRow {
                account: trail.account,
                region: trail.region.clone(),
            };
            unit.put(&key, &row)?;
        }
        let work = unit.into_work();
        self.server
            .store
            .commit(work, Durability::Disk)
            .await
            .map_err(store_fault)?;
        self.persisted.extend(fresh);
        Ok(())
    }
}
