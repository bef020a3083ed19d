//! Look-ups against a naive filter over random records, filters, pages and states of the index.

use audit::{
    Attribute, Completeness, Cursor, Entry, Index, LookUp, Outcome, Record, Resource, ResourceName,
    Side, TokenFacts, Trail, UserIdentity,
};
use base::{EntropyExt, SeededEntropy, Timestamp};
use jiff::SignedDuration;
use serde_json::Value;
use store::Store;

use crate::samples::{
    Bench, PROVIDER, account, call, region, session, session_call, time, trail, user,
    web_identity_call,
};

const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "eu-central-1"];

fn pick<'a, T: ?Sized>(entropy: &SeededEntropy, from: &[&'a T]) -> &'a T {
    from[entropy.below(u32::try_from(from.len()).unwrap()) as usize]
}

fn random_entry(entropy: &SeededEntropy, at: Timestamp) -> Entry {
    let identity = match entropy.below(3) {
        0 => user(
            pick(entropy, &["alice", "bob"]),
            pick(entropy, &["AKIA1", "AKIA2"]),
        ),
        1 => session(
            pick(entropy, &["s1", "s2"]),
            pick(entropy, &["ASIA1", "ASIA2", "ASIA3"]),
        ),
        _ => UserIdentity::web_identity(PROVIDER, "aud", "system:serviceaccount:demo:app"),
    };
    let mut call = call(
        identity,
        pick(entropy, &["sts", "iam", "secretsmanager"]),
        pick(entropy, &["GetSecretValue", "CreateRole", "AssumeRole"]),
        entropy,
    );
    call.aws_region = region(pick(entropy, &REGIONS));
    call.read_only = entropy.below(3) > 0;
    let mut record = Record::of_call(call, at, entropy);
    if entropy.below(2) == 0 {
        record.resources.push(Resource {
            account_id: Some(account()),
            kind: "AWS::IAM::Role".to_owned(),
            arn: format!(
                "arn:aws:iam::111122223333:role/path/{}",
                pick(entropy, &["app", "other"])
            ),
        });
    }
    let outcomes = [&Outcome::Allowed, &Outcome::Denied, &Outcome::Failed];
    let mut side = Side::of(*pick(entropy, &outcomes));
    if entropy.below(2) == 0 {
        side.resources.push(ResourceName {
            kind: "AWS::SecretsManager::Secret".to_owned(),
            name: pick(entropy, &["one", "two"]).to_owned(),
        });
    }
    if entropy.below(2) == 0 {
        side.token = Some(TokenFacts {
            subject: format!(
                "system:serviceaccount:demo:{}",
                pick(entropy, &["app", "other"])
            ),
            namespace: Some("demo".to_owned()),
            pod_name: Some(pick(entropy, &["p1", "p2"]).to_owned()),
            ..TokenFacts::default()
        });
    }
    Entry::new(record, side)
}

fn random_attribute(entropy: &SeededEntropy, entries: &[Entry]) -> Attribute {
    let text = |from: &[&'static str]| pick(entropy, from).to_owned();
    let any = || &entries[entropy.below(u32::try_from(entries.len()).unwrap()) as usize];
    match entropy.below(14) {
        0 => Attribute::EventId(any().id()),
        1 => Attribute::EventName(text(&["GetSecretValue", "CreateRole", "Nothing"])),
        2 => Attribute::ReadOnly(entropy.below(2) == 0),
        3 => Attribute::Username(text(&["alice", "s1", "system:serviceaccount:demo:app"])),
        4 => Attribute::ResourceType(text(&["AWS::IAM::Role", "AWS::SecretsManager::Secret"])),
        5 => Attribute::ResourceName(text(&["one", "arn:aws:iam::111122223333:role/path/app"])),
        6 => Attribute::EventSource(text(&["sts.amazonaws.com", "iam.amazonaws.com"])),
        7 => Attribute::AccessKeyId(text(&["AKIA1", "ASIA2"])),
        8 => Attribute::RequestId(any().record().request_id.clone()),
        9 => Attribute::ServiceAccount(text(&["demo/app", "demo/other", "demo/none"])),
        10 => Attribute::Pod(text(&["demo/p1", "demo/p2"])),
        11 => Attribute::Role(text(&[
            "app",
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:role/path/other",
        ])),
        12 => Attribute::Refused,
        _ => Attribute::Outcome(*pick(
            entropy,
            &[&Outcome::Allowed, &Outcome::Denied, &Outcome::Failed],
        )),
    }
}

/// Reads the condition from the record's JSON, without any of the code under test.
fn naively(attribute: &Attribute, entry: &Entry) -> bool {
    let json: Value = serde_json::from_str(&entry.record().to_json()).unwrap();
    let identity = &json["userIdentity"];
    let side = entry.side();
    let resources: Vec<(String, String)> = json["resources"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let text = |name: &str| it[name].as_str().unwrap().to_owned();
            (text("type"), text("ARN"))
        })
        .chain(
            side.resources
                .iter()
                .map(|it| (it.kind.clone(), it.name.clone())),
        )
        .collect();
    let token = side.token.as_ref();
    match attribute {
        Attribute::EventId(id) => json["eventID"] == id.to_string(),
        Attribute::EventName(name) => json["eventName"] == *name,
        Attribute::ReadOnly(wanted) => json["readOnly"] == *wanted,
        Attribute::Username(name) => {
            identity["userName"] == **name
                || identity["principalId"]
                    .as_str()
                    .is_some_and(|id| id.ends_with(&format!("EXAMPLE:{name}")))
        }
        Attribute::ResourceType(kind) => resources.iter().any(|it| it.0 == *kind),
        Attribute::ResourceName(name) => resources.iter().any(|it| it.1 == *name),
        Attribute::EventSource(source) => json["eventSource"] == *source,
        Attribute::AccessKeyId(key) => identity["accessKeyId"] == **key,
        Attribute::RequestId(id) => json["requestID"] == id.as_str(),
        Attribute::ServiceAccount(path) => token.is_some_and(|token| {
            token.subject == format!("system:serviceaccount:{}", path.replace('/', ":"))
        }),
        Attribute::Pod(path) => {
            token.is_some_and(|token| format!("demo/{}", token.pod_name.as_ref().unwrap()) == *path)
        }
        Attribute::Role(role) => {
            let issuer = &identity["sessionContext"]["sessionIssuer"];
            let named = |text: &str| text == role || text.ends_with(&format!("/{role}"));
            issuer["arn"].as_str().is_some_and(named)
                || resources
                    .iter()
                    .any(|(kind, arn)| kind == "AWS::IAM::Role" && named(arn))
        }
        Attribute::Refused => {
            let is_web = identity["type"] == "WebIdentityUser";
            side.outcome == Outcome::Denied || is_web && side.outcome == Outcome::Failed
        }
        Attribute::Outcome(outcome) => side.outcome == *outcome,
    }
}

fn naive_look_up(
    entries: &[Entry],
    trails: &[Trail],
    wanted: &LookUp,
    now: Timestamp,
) -> Vec<Entry> {
    let oldest = now - SignedDuration::from_hours(90 * 24);
    let mut found: Vec<Entry> = entries
        .iter()
        .filter(|entry| {
            let at = entry.record().event_time;
            trails.contains(&Trail::of(entry.record()))
                && entry.id().record_id().timestamp() >= oldest
                && wanted.start.is_none_or(|start| at >= start)
                && wanted.end.is_none_or(|end| at <= end)
                && wanted.attributes.iter().all(|it| naively(it, entry))
        })
        .cloned()
        .collect();
    found.sort_by_key(|entry| std::cmp::Reverse(entry.id()));
    found
}

async fn all_pages(
    bench: &Bench,
    index: &Index,
    now: Timestamp,
    trails: &[Trail],
    mut wanted: LookUp,
    limit: usize,
) -> Vec<Entry> {
    let mut found = Vec::new();
    for _ in 0..100_000 {
        let page = index
            .find(&bench.store, now, trails, &wanted, limit)
            .await
            .unwrap();
        assert!(page.entries.len() <= limit);
        assert_eq!(page.completeness, Completeness::Complete);
        found.extend(page.entries);
        wanted.cursor = page.cursor;
        if wanted.cursor.is_none() {
            return found;
        }
    }
    panic!("the pages never end: {wanted:?}");
}

fn random_look_up(entropy: &SeededEntropy, entries: &[Entry]) -> LookUp {
    let instant = || {
        let entry = &entries[entropy.below(u32::try_from(entries.len()).unwrap()) as usize];
        let id_time = entry.id().record_id().timestamp();
        match entropy.below(3) {
            0 => entry.record().event_time,
            1 => id_time,
            _ => id_time + SignedDuration::from_millis(i64::from(entropy.below(3000)) - 1500),
        }
    };
    LookUp {
        attributes: (0..entropy.below(3))
            .map(|_| random_attribute(entropy, entries))
            .collect(),
        start: (entropy.below(3) == 0).then(instant),
        end: (entropy.below(3) == 0).then(instant),
        ..LookUp::default()
    }
}

async fn check_random_history(seed: u64) {
    let bench = Bench::new(seed);
    let entropy = &bench.entropy;
    let all: Vec<Trail> = REGIONS.iter().map(|name| trail(name)).collect();
    let mut now = time("2026-11-21T10:00:00Z");
    let mut entries: Vec<Entry> = Vec::new();
    for _ in 0..60 {
        // Time goes on, sometimes by hours: batches end at their span.
        let step = if entropy.below(20) == 0 {
            9_000_000
        } else {
            20_000
        };
        now += SignedDuration::from_millis(i64::from(entropy.below(step)));
        // Commits arrive out of order, by less than the grace.
        let fresh: Vec<Entry> = (0..entropy.below(10))
            .map(|_| {
                let late = SignedDuration::from_millis(i64::from(entropy.below(59_000)));
                random_entry(entropy, now - late)
            })
            .collect();
        bench.append(&fresh).await;
        entries.extend(fresh);
        if entropy.below(3) == 0 {
            Index::default()
                .advance(&bench.store, now, &all)
                .await
                .unwrap();
        }
        if entries.is_empty() || entropy.below(3) > 0 {
            continue;
        }
        let effort = pick(entropy, &[&1, &50, &10_000]);
        let index = Index::default().with_page_effort(*effort);
        let trails = &all[entropy.below(3) as usize..];
        let wanted = random_look_up(entropy, &entries);
        let limit = 1 + entropy.below(30) as usize;
        let found = all_pages(&bench, &index, now, trails, wanted.clone(), limit).await;
        let expected = naive_look_up(&entries, trails, &wanted, now);
        assert_eq!(found, expected, "seed {seed}, {wanted:?}, limit {limit}");
    }
}

#[tokio::test]
async fn the_index_finds_what_a_naive_filter_finds() {
    for seed in 0..8 {
        check_random_history(seed).await;
    }
}

#[tokio::test]
async fn a_call_is_seen_at_once_and_after_it_is_indexed() {
    let bench = Bench::new(7);
    let at = time("2026-11-21T10:00:00Z");
    let entry = session_call("ASIA1", Outcome::Denied, at, &bench.entropy);
    bench.append(std::slice::from_ref(&entry)).await;
    let trails = [trail("eu-west-1")];
    let index = Index::default();
    for now in [at, at + SignedDuration::from_hours(1)] {
        index.advance(&bench.store, now, &trails).await.unwrap();
        let id = &entry.record().request_id;
        let found = index.by_request_id(&bench.store, now, &trails, id).await;
        assert_eq!(found.unwrap(), std::slice::from_ref(&entry));
        let last = index
            .last_refusal(&bench.store, now, &trails, LookUp::default())
            .await;
        assert_eq!(last.unwrap(), Some(entry.clone()));
    }
}

#[tokio::test]
async fn pages_stay_as_they_are_while_records_arrive() {
    let bench = Bench::new(8);
    let index = Index::default();
    let trails = [trail("eu-west-1")];
    let mut now = time("2026-11-21T10:00:00Z");
    let mut old = Vec::new();
    for _ in 0..100 {
        now += SignedDuration::from_secs(1);
        old.push(session_call("ASIA1", Outcome::Allowed, now, &bench.entropy));
    }
    bench.append(&old).await;
    let mut wanted = LookUp {
        attributes: vec![Attribute::EventName("GetSecretValue".to_owned())],
        ..LookUp::default()
    };
    let mut found = Vec::new();
    loop {
        let page = index
            .find(&bench.store, now, &trails, &wanted, 9)
            .await
            .unwrap();
        found.extend(page.entries);
        let Some(cursor) = page.cursor else { break };
        // A cursor survives its text, which is what a sealed token holds.
        let text = serde_json::to_string(&cursor).unwrap();
        wanted.cursor = Some(serde_json::from_str::<Cursor>(&text).unwrap());
        now += SignedDuration::from_secs(10);
        let fresh = session_call("ASIA1", Outcome::Allowed, now, &bench.entropy);
        bench.append(&[fresh]).await;
        index.advance(&bench.store, now, &trails).await.unwrap();
    }
    old.reverse();
    assert_eq!(found, old);
}

#[tokio::test]
async fn global_records_are_seen_from_the_home_region() {
    let bench = Bench::new(9);
    let at = time("2026-11-21T10:00:00Z");
    let mut entries = Vec::new();
    for (seconds, name) in [(0, "us-east-1"), (1, "eu-west-1"), (2, "us-east-1")] {
        let mut call = call(user("admin", "AKIA1"), "iam", "CreateRole", &bench.entropy);
        call.aws_region = region(name);
        let record = Record::of_call(
            call,
            at + SignedDuration::from_secs(seconds),
            &bench.entropy,
        );
        entries.push(Entry::new(record, Side::of(Outcome::Allowed)));
    }
    bench.append(&entries).await;
    let home = region("eu-west-1");
    for (seen_from, expected) in [
        ("eu-west-1", vec![2, 1, 0]),
        ("us-east-1", vec![2, 0]),
        ("eu-central-1", vec![]),
    ] {
        let trails = Trail::seen_from(account(), &region(seen_from), &home);
        let found = all_pages(&bench, &Index::default(), at, &trails, LookUp::default(), 2).await;
        let expected: Vec<_> = expected
            .into_iter()
            .map(|at: usize| entries[at].clone())
            .collect();
        assert_eq!(found, expected, "{seen_from}");
    }
}

#[tokio::test]
async fn other_accounts_are_other_trails() {
    let bench = Bench::new(10);
    let at = time("2026-11-21T10:00:00Z");
    let entry = web_identity_call("app", "p", "ASIA1", at, &bench.entropy);
    bench.append(std::slice::from_ref(&entry)).await;
    let other = Trail {
        account: "999999999999".parse().unwrap(),
        region: region("eu-west-1"),
    };
    let later = at + SignedDuration::from_hours(1);
    let trails = [trail("eu-west-1"), other.clone()];
    Index::default()
        .advance(&bench.store, later, &trails)
        .await
        .unwrap();
    for attributes in [
        vec![],
        vec![Attribute::EventId(entry.id())],
        vec![Attribute::AccessKeyId("ASIA1".to_owned())],
    ] {
        let wanted = LookUp {
            attributes,
            ..LookUp::default()
        };
        let found = all_pages(
            &bench,
            &Index::default(),
            later,
            std::slice::from_ref(&other),
            wanted,
            5,
        )
        .await;
        assert_eq!(found, []);
    }
}

#[tokio::test]
async fn building_the_index_moves_no_revision() {
    let bench = Bench::new(11);
    let at = time("2026-11-21T10:00:00Z");
    let entry = web_identity_call("app", "p", "ASIA1", at, &bench.entropy);
    bench.append(&[entry]).await;
    let later = at + SignedDuration::from_hours(1);
    let before = bench.store.revision(account()).await;
    Index::default()
        .advance(&bench.store, later, &[trail("eu-west-1")])
        .await
        .unwrap();
    assert_eq!(bench.store.revision(account()).await, before);
}

#[tokio::test]
async fn a_page_that_looked_far_enough_ends_with_a_cursor() {
    let bench = Bench::new(12);
    let at = time("2026-11-21T10:00:00Z");
    let entries: Vec<Entry> = (0..300)
        .map(|number| {
            let at = at + SignedDuration::from_secs(number);
            session_call("ASIA1", Outcome::Allowed, at, &bench.entropy)
        })
        .collect();
    bench.append(&entries).await;
    let index = Index::default().with_page_effort(1);
    let trails = [trail("eu-west-1")];
    let now = at + SignedDuration::from_hours(1);
    let mut wanted = LookUp {
        attributes: vec![
            Attribute::Outcome(Outcome::Allowed),
            Attribute::EventId(entries[0].id()),
        ],
        ..LookUp::default()
    };
    // With its id the record is read at once.
    let page = index
        .find(&bench.store, now, &trails, &wanted, 5)
        .await
        .unwrap();
    assert_eq!((page.entries.len(), page.cursor), (1, None));
    wanted.attributes = vec![Attribute::Outcome(Outcome::Failed)];
    let page = index
        .find(&bench.store, now, &trails, &wanted, 5)
        .await
        .unwrap();
    assert!(page.entries.is_empty());
    assert!(page.cursor.is_some());
    assert!(
        all_pages(&bench, &index, now, &trails, wanted, 5)
            .await
            .is_empty()
    );
}
