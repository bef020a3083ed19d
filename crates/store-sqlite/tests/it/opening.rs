use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use rusqlite::Connection;
use store::{Changes, Durability, KeyRange, RecordId, Revision, StoreFault, Stream, Work};

use super::{key, open};

fn database(directory: &Path) -> std::path::PathBuf {
    directory.join("store.sqlite")
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let home = tempfile::tempdir().unwrap();
    let account = key("t", "a").owner().unwrap();
    let table = KeyRange::account(account);
    for round in 0..3_u8 {
        let store = open(home.path()).unwrap();
        assert_eq!(store.revision(account).await, Revision(u64::from(round)));
        assert_eq!(store.watch(account).revision(), Revision(u64::from(round)));
        let mut work = Work::on(store.snapshot().await.unwrap());
        let expected = (round > 0).then(|| vec![round - 1]);
        assert_eq!(work.get(&key("t", "a")).await.unwrap(), expected);
        work.put(key("t", "a"), vec![round]);
        store.commit(work, Durability::Disk).await.unwrap();
        let since = |revision| store.changes_since(account, Revision(revision), &table);
        let changes = since(u64::from(round)).await.unwrap();
        assert!(matches!(changes, Changes::Rows { rows, .. } if rows.len() == 1));
        if round > 0 {
            assert_eq!(since(u64::from(round) - 1).await, Ok(Changes::Compacted));
        }
    }
}

/// R52: nobody else can read the data.
#[test]
fn directory_and_files_are_ours_alone() {
    let home = tempfile::tempdir().unwrap();
    for (name, before) in [
        ("absent", None),
        ("open", Some(0o755)),
        ("group", Some(0o770)),
    ] {
        let directory = home.path().join(name);
        if let Some(mode) = before {
            fs::create_dir(&directory).unwrap();
            fs::set_permissions(&directory, Permissions::from_mode(mode)).unwrap();
        }
        let store = open(&directory).unwrap();
        assert_eq!(
            fs::metadata(&directory).unwrap().mode() & 0o7777,
            0o700,
            "{name}"
        );
        let files: Vec<_> = fs::read_dir(&directory).unwrap().flatten().collect();
        assert!(files.len() >= 4, "{files:?}");
        for file in files {
            assert_eq!(
                file.metadata().unwrap().mode() & 0o777,
                0o600,
                "{:?}",
                file.path()
            );
        }
        drop(store);
    }
}

#[test]
fn a_shared_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), Permissions::from_mode(0o1777)).unwrap();
    assert!(matches!(
        open(home.path()).err(),
        Some(StoreFault::Unavailable(_))
    ));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn links_are_not_followed() {
    for name in [
        "store.sqlite",
        "store.sqlite-wal",
        "store.sqlite-shm",
        "store.lock",
    ] {
        let home = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("target");
        fs::write(&target, "").unwrap();
        symlink(&target, home.path().join(name)).unwrap();
        assert!(open(home.path()).is_err(), "{name}");
        assert_eq!(fs::read(&target).unwrap(), b"", "{name}");
    }
}

#[test]
fn a_second_store_on_the_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let first = open(home.path()).unwrap();
    let linked = tempfile::tempdir().unwrap();
    symlink(home.path(), linked.path().join("link")).unwrap();
    for directory in [home.path(), &linked.path().join("link")] {
        assert!(matches!(open(directory).err(), Some(StoreFault::Locked(_))));
    }
    drop(first);
    open(home.path()).unwrap();
}

#[test]
fn files_that_are_not_ours_are_refused_untouched() {
    let newer = |database: &Path| {
        drop(open(database.parent().unwrap()).unwrap());
        run(database, "PRAGMA user_version = 99");
    };
    let renamed = |database: &Path| {
        drop(open(database.parent().unwrap()).unwrap());
        run(database, "PRAGMA application_id = 7");
    };
    let foreign = |database: &Path| run(database, "CREATE TABLE theirs (a)");
    let garbage = |database: &Path| fs::write(database, vec![b'x'; 8192]).unwrap();
    let path = |database: &Path| StoreFault::Foreign(database.display().to_string());
    check_refused(&newer, &|_| StoreFault::NewerVersion {
        found: 99,
        supported: 1,
    });
    check_refused(&renamed, &path);
    check_refused(&foreign, &path);
    check_refused(&garbage, &path);
}

fn check_refused(prepare: &dyn Fn(&Path), expected: &dyn Fn(&Path) -> StoreFault) {
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path())
        .map(|path| (home, path))
        .unwrap();
    let database = database(&home.1);
    prepare(&database);
    let before = fs::read(&database).unwrap();
    assert_eq!(open(&home.1).err(), Some(expected(&database)));
    assert_eq!(fs::read(&database).unwrap(), before);
}

fn run(database: &Path, sql: &str) {
    Connection::open(database)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

#[tokio::test]
async fn a_damaged_page_is_reported_and_not_served() {
    let home = tempfile::tempdir().unwrap();
    fill(home.path()).await;
    damage(home.path(), 1);
    let fault = match open(home.path()) {
        Err(fault) => fault,
        Ok(store) => store.snapshot().await.err().unwrap(),
    };
    assert!(matches!(fault, StoreFault::Corrupt(_)), "{fault}");
}

/// When the state of the file is unknown, nothing is written to it any more.
#[tokio::test]
async fn after_a_failed_commit_every_later_one_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fill(home.path()).await;
    let store = open(home.path()).unwrap();
    damage(home.path(), FIRST_LEAF);
    let mut change = Work::on(store.snapshot().await.unwrap());
    change.put(key("t", "77"), vec![1]);
    let fault = store.commit(change, Durability::Disk).await;
    assert!(matches!(fault, Err(StoreFault::Corrupt(_))), "{fault:?}");
    for durability in [Durability::Written, Durability::Disk] {
        let mut record = Work::on(store.snapshot().await.unwrap());
        record.append(Stream::new(key("events", "all")), RecordId::MIN, vec![1]);
        let fault = store.commit(record, durability).await;
        assert!(
            matches!(fault, Err(StoreFault::Unavailable(_))),
            "{fault:?}"
        );
    }
}

/// The pages before this one are the roots of tables, which an open store has read.
const FIRST_LEAF: usize = 8;
const PAGE: usize = 4096;

/// Leaves a closed store of many pages.
async fn fill(directory: &Path) {
    let store = open(directory).unwrap();
    let mut work = Work::on(store.snapshot().await.unwrap());
    for number in 0..2000 {
        work.put(key("t", &number.to_string()), vec![7; 100]);
    }
    store.commit(work, Durability::Disk).await.unwrap();
}

/// Overwrites the database behind its first `pages` pages.
fn damage(directory: &Path, pages: usize) {
    let mut bytes = fs::read(database(directory)).unwrap();
    bytes[pages * PAGE..].fill(0xEE);
    fs::write(database(directory), bytes).unwrap();
}
