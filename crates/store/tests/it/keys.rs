use base::AccountId;
use proptest::prelude::*;
use store::{Key, KeyRange, Part};

fn part() -> impl Strategy<Value = Part> {
    // WHY: small alphabets make zeros, escapes and shared prefixes frequent.
    let text = "[\\x00\\x01a\\u{ff}b]{0,4}".prop_map(Part::Text);
    let bytes = proptest::collection::vec(
        prop_oneof![Just(0), Just(1), Just(0xFF), Just(0x10), any::<u8>()],
        0..4,
    );
    let number = prop_oneof![0..3_u64, any::<u64>()].prop_map(Part::Number);
    prop_oneof![text, bytes.prop_map(Part::Bytes), number]
}

fn tuple() -> impl Strategy<Value = Vec<Part>> {
    let account = prop_oneof![Just(0_u64), Just(1), Just(999_999_999_999)]
        .prop_map(|number| Part::Account(AccountId::from_number(number).unwrap()));
    let head = prop_oneof![Just(Part::Installation), account];
    let texts = ("[\\x00a]{0,2}", "[a\\x00]{0,2}");
    (head, texts, proptest::collection::vec(part(), 0..4)).prop_map(|(head, texts, rest)| {
        let mut parts = vec![head.clone()];
        if let Part::Account(_) = head {
            parts.push(Part::Text(texts.0));
        }
        parts.push(Part::Text(texts.1));
        parts.extend(rest);
        parts
    })
}

fn build(parts: &[Part]) -> Key {
    let (mut builder, rest) = match parts {
        [Part::Installation, Part::Text(table), rest @ ..] => (Key::installation(table), rest),
        [
            Part::Account(account),
            Part::Text(region),
            Part::Text(table),
            rest @ ..,
        ] => (Key::account(*account, region, table), rest),
        _ => panic!("not a key: {parts:?}"),
    };
    for part in rest {
        builder = match part {
            Part::Text(text) => builder.text(text),
            Part::Bytes(bytes) => builder.bytes(bytes),
            Part::Number(number) => builder.number(*number),
            Part::Installation | Part::Account(_) => panic!("a head inside"),
        };
    }
    builder.build()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// R57: two tuples have one encoding only if they are one, and sort as it does.
    #[test]
    fn the_encoding_is_injective_and_keeps_order(one in tuple(), two in tuple()) {
        let (a, b) = (build(&one), build(&two));
        prop_assert_eq!(a.cmp(&b), one.cmp(&two));
        prop_assert_eq!(a.parts(), Some(one.clone()));
        prop_assert_eq!(Key::from_encoded(a.as_bytes()), Ok(a.clone()));
        let starts = one.starts_with(&two);
        prop_assert_eq!(a.as_bytes().starts_with(b.as_bytes()), starts);
        prop_assert_eq!(KeyRange::prefix(&b).contains(&a), starts);
        prop_assert_eq!(KeyRange::prefix(&b).after(&b).contains(&a), starts && a != b);
        if let [Part::Account(account), ..] = two.as_slice() {
            let owned = a.owner() == Some(*account);
            prop_assert_eq!(KeyRange::account(*account).contains(&a), owned);
        }
    }

    #[test]
    fn any_bytes_are_a_key_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(key) = Key::from_encoded(&bytes) {
            prop_assert_eq!(key.as_bytes(), bytes.as_slice());
            if let Some(parts) = key.parts() {
                prop_assert!(key.as_bytes().len() >= parts.len());
            }
        }
    }
}

#[test]
fn keys_are_shown_to_humans() {
    let account = "000000000012".parse().unwrap();
    let cases = [
        (
            Key::account(account, "", "role").text("admin"),
            "000000000012//role/admin",
        ),
        (
            Key::account(account, "eu-west-1", "secret").number(7),
            "000000000012/eu-west-1/secret/#7",
        ),
        (
            Key::installation("ring").bytes([0, 255]),
            "installation/ring/0x00ff",
        ),
    ];
    for (builder, shown) in cases {
        assert_eq!(builder.build().to_string(), shown);
    }
}
