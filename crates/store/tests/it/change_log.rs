use std::collections::{BTreeSet, HashMap};

use store::{Change, ChangeLog, Key, KeyRange, Reads, Revision};

fn key(number: u64) -> Key {
    let account = "111122223333".parse().unwrap();
    Key::account(account, "", "t").number(number).build()
}

fn reads(number: u64) -> Reads {
    Reads {
        keys: BTreeSet::from([key(number)]),
        ranges: Vec::new(),
    }
}

/// What is forgotten is never taken for unchanged.
#[test]
fn a_short_memory_errs_on_the_safe_side() {
    let account = key(0).owner().unwrap();
    let all = KeyRange::account(account);
    let mut log = ChangeLog::new(3, 0, HashMap::new());
    for number in 1..=5 {
        log.record(Change {
            position: number,
            revision: Revision(number),
            key: key(number),
        });
    }
    let conflicts = [
        (1, 0, true),
        (1, 1, true),
        (1, 2, false),
        (4, 3, true),
        (4, 4, false),
    ];
    for (number, position, expected) in conflicts {
        let changed = log.changed_since(&reads(number), position);
        assert_eq!(changed, expected, "{number} since {position}");
    }
    assert!(!log.changed_since(&Reads::default(), 0));
    let since = |revision| log.keys_since(account, Revision(revision), &all);
    assert_eq!(since(1), None);
    assert_eq!(since(2), Some(vec![key(3), key(4), key(5)]));
    assert_eq!(since(5), Some(Vec::new()));
}
