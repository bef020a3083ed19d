//! Kills a process that writes, again and again, and looks for what it had acknowledged.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use base::{EntropyExt, SeededEntropy, Timestamp};
use store::{Durability, Key, KeyRange, Order, RecordId, RecordRange, Store, Stream, Work};

use super::open;

const DIRECTORY: &str = "STORE_SQLITE_CRASH_DIRECTORY";
const ROUND: &str = "STORE_SQLITE_CRASH_ROUND";
const KILLS: u64 = 10;
const WRITERS: u64 = 6;

/// What a child has said it wrote: a change with its record, or a record alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    round: u64,
    writer: u64,
    number: u64,
}

impl Entry {
    fn is_change(self) -> bool {
        self.number.is_multiple_of(2)
    }

    fn row(self) -> Key {
        let entry = table().text("entry").number(self.round);
        entry.number(self.writer).number(self.number).build()
    }

    fn id(self) -> RecordId {
        let number = (self.round * WRITERS + self.writer) * 1_000_000 + self.number;
        let millis = i64::try_from(number).unwrap();
        RecordId::first_at(Timestamp::from_millisecond(millis).unwrap())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.strip_prefix("wrote ")?.split(' ').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self {
            round: next()?,
            writer: next()?,
            number: next()?,
        })
    }
}

fn table() -> store::KeyBuilder {
    Key::account("111122223333".parse().unwrap(), "", "crash")
}

fn counter(writer: u64) -> Key {
    table().text("counter").number(writer).build()
}

fn stream() -> Stream {
    Stream::new(table())
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_to_kill_9() {
    let home = tempfile::tempdir().unwrap();
    let entropy = SeededEntropy::new(9);
    let mut ledger = BTreeSet::new();
    for round in 0..KILLS {
        let acknowledged = 20 + entropy.below(400) as usize;
        ledger.extend(run_and_kill(home.path(), round, acknowledged));
        check(home.path(), &ledger).await;
    }
    assert!(ledger.len() > 200);
}

/// Everything the child had acknowledged before it died.
fn run_and_kill(directory: &Path, round: u64, acknowledged: usize) -> Vec<Entry> {
    let mut child = spawn(directory, round);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut entries = Vec::new();
    for line in lines.map_while(Result::ok) {
        entries.extend(Entry::parse(&line));
        if entries.len() == acknowledged {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(entries.len() >= acknowledged, "the child stopped by itself");
    entries
}

fn spawn(directory: &Path, round: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn check(directory: &Path, ledger: &BTreeSet<Entry>) {
    let store = open(directory).unwrap();
    let records = store
        .read_stream(&stream(), RecordRange::ALL, Order::Oldest, usize::MAX)
        .await
        .unwrap();
    let records: BTreeSet<_> = records.into_iter().map(|(id, _)| id).collect();
    let snapshot = store.snapshot().await.unwrap();
    for entry in ledger {
        assert!(records.contains(&entry.id()), "the record of {entry:?}");
        if entry.is_change() {
            let row = snapshot.get(&entry.row()).await.unwrap();
            assert!(row.is_some(), "the row of {entry:?}");
        }
    }
    let rows = KeyRange::prefix(&table().text("entry").build());
    let rows = snapshot
        .range(&rows, Order::Oldest, usize::MAX)
        .await
        .unwrap();
    for (key, id) in &rows {
        let id = RecordId::from_bytes(id.as_slice().try_into().unwrap());
        assert!(
            records.contains(&id),
            "{key} was written without its record"
        );
    }
    let mut counted = 0;
    for writer in 0..WRITERS {
        counted += read_counter(snapshot.get(&counter(writer)).await.unwrap());
    }
    assert_eq!(
        counted,
        rows.len() as u64,
        "rows and counters belong together"
    );
}

fn read_counter(value: Option<Vec<u8>>) -> u64 {
    value.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
}

#[test]
#[ignore = "runs only as the child that is killed"]
fn child() {
    let directory = std::env::var(DIRECTORY).unwrap();
    let round = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = open(directory.as_ref()).unwrap();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| tokio::spawn(write_for_ever(store.clone(), round, writer)))
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

async fn write_for_ever(store: Arc<dyn Store>, round: u64, writer: u64) {
    for number in 0.. {
        let entry = Entry {
            round,
            writer,
            number,
        };
        let mut work = Work::on(store.snapshot().await.unwrap());
        if entry.is_change() {
            let count = read_counter(work.get(&counter(writer)).await.unwrap());
            work.put(counter(writer), (count + 1).to_be_bytes().to_vec());
            work.put_new(entry.row(), entry.id().as_bytes().to_vec());
        }
        work.append(stream(), entry.id(), vec![0x5A; 700]);
        store.commit(work, Durability::Written).await.unwrap();
        let line = format!("wrote {round} {writer} {number}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
    }
}

/// Another process is refused too, not only another store of this one.
#[test]
fn a_second_process_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let _held = open(home.path()).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--ignored", "--nocapture"])
        .env(DIRECTORY, home.path())
        .env(ROUND, "0")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr);
    let told =
        text.contains("Locked(") || String::from_utf8_lossy(&output.stdout).contains("Locked(");
    assert!(told, "{text}");
}
