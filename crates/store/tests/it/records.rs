use base::{SeededEntropy, Timestamp};
use store::{RecordId, RecordRange};

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn ids_sort_by_time_and_tell_it() {
    let entropy = SeededEntropy::new(1);
    let drawn: Vec<_> = (0..200)
        .map(|millis| RecordId::draw(time(1_790_000_000_000 + millis), &entropy))
        .collect();
    assert!(drawn.is_sorted());
    for (millis, id) in (0..).zip(&drawn) {
        let made = time(1_790_000_000_000 + millis);
        assert_eq!(id.timestamp(), made);
        assert!(RecordId::first_at(made) <= *id && *id <= RecordId::last_at(made));
        assert_eq!(id.to_string().parse(), Ok(*id));
    }
}

#[test]
fn the_ends_have_no_neighbour_and_bad_texts_are_refused() {
    assert_eq!(RecordId::MAX.next(), None);
    assert_eq!(RecordId::MIN.previous(), None);
    assert_eq!(
        RecordId::draw(time(-5), &SeededEntropy::new(1)).timestamp(),
        time(0)
    );
    assert_eq!(
        RecordRange::ALL.bounds(),
        Some((RecordId::MIN, RecordId::MAX))
    );
    for text in [
        "",
        "12",
        "+0000000000000000000000000000000",
        &"g".repeat(32),
        &"0".repeat(33),
    ] {
        assert!(text.parse::<RecordId>().is_err(), "{text}");
    }
}
