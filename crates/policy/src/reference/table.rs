//! The texts, split into lines once.

use std::sync::OnceLock;

use super::condition_key::ConditionKey;

const KEYS: &str = include_str!("table/condition_keys.txt");
const ACTIONS: &str = include_str!("table/actions.txt");

/// Twice as many as there are keys, and a power of two.
const SLOTS: usize = 4_096;

/// The condition keys.
pub(super) struct KeyTable {
    pub(super) keys: Vec<ConditionKey>,
    /// Places of keys plus one, found by hash; the next slots hold what else has that hash.
    slots: Vec<u16>,
}

/// The services.
pub(super) struct ActionTable {
    /// Sorted by name.
    pub(super) services: Vec<ServiceRow>,
    /// The part of the line after its letter.
    pub(super) types: Vec<&'static str>,
    /// The same; sorted by service and name without case.
    pub(super) actions: Vec<&'static str>,
    sets: Vec<&'static str>,
}

/// One service.
pub(super) struct ServiceRow {
    pub(super) name: &'static str,
    pub(super) has_rcp: bool,
    pub(super) keys: SetNumber,
    pub(super) first_type: usize,
    pub(super) first_action: usize,
}

/// A set of condition keys; 0 is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SetNumber(usize);

pub(super) fn keys() -> &'static KeyTable {
    static TABLE: OnceLock<KeyTable> = OnceLock::new();
    TABLE.get_or_init(KeyTable::read)
}

pub(super) fn actions() -> &'static ActionTable {
    static TABLE: OnceLock<ActionTable> = OnceLock::new();
    TABLE.get_or_init(ActionTable::read)
}

impl KeyTable {
    fn read() -> Self {
        let lines = KEYS.lines().skip(1);
        let keys: Vec<ConditionKey> = lines.filter_map(ConditionKey::read).collect();
        let mut slots = vec![0; SLOTS];
        for (key, number) in keys.iter().zip(1_u16..) {
            let hash = key.head().bytes().fold(Hash::START, Hash::next);
            let free = run(hash).find(|place| slots.get(*place) == Some(&0));
            if let Some(slot) = free.and_then(|place| slots.get_mut(place)) {
                *slot = number;
            }
        }
        Self { keys, slots }
    }

    /// The keys that start with what has this hash, and maybe others.
    pub(super) fn candidates(&self, hash: Hash) -> impl Iterator<Item = ConditionKey> {
        let numbers = run(hash).map_while(|place| self.slots.get(place).copied());
        let places = numbers.map_while(|number| usize::from(number).checked_sub(1));
        places.filter_map(|place| self.keys.get(place).copied())
    }
}

fn run(hash: Hash) -> impl Iterator<Item = usize> {
    (0..SLOTS).map(move |step| (hash.0 as usize).wrapping_add(step) % SLOTS)
}

/// FNV-1a without regard to ASCII case.
#[derive(Clone, Copy)]
pub(super) struct Hash(u32);

impl Hash {
    pub(super) const START: Self = Self(0x811c_9dc5);

    pub(super) fn next(self, byte: u8) -> Self {
        let mixed = self.0 ^ u32::from(byte.to_ascii_lowercase());
        Self(mixed.wrapping_mul(0x0100_0193))
    }
}

impl ActionTable {
    fn read() -> Self {
        let mut table = Self {
            services: Vec::new(),
            types: Vec::new(),
            actions: Vec::new(),
            sets: Vec::new(),
        };
        for line in ACTIONS.lines() {
            match line.split_at_checked(2) {
                Some(("A ", action)) => table.actions.push(action),
                Some(("T ", resource)) => table.types.push(resource),
                Some(("K ", set)) => table.sets.push(set),
                Some(("S ", service)) => table.add(service),
                _ => {}
            }
        }
        table
    }

    fn add(&mut self, line: &'static str) {
        let mut fields = line.split(' ');
        self.services.push(ServiceRow {
            name: fields.next().unwrap_or_default(),
            has_rcp: fields.next() == Some("rcp"),
            keys: SetNumber::read(fields.next()),
            first_type: self.types.len(),
            first_action: self.actions.len(),
        });
    }
}

impl SetNumber {
    pub(super) const EMPTY: Self = Self(0);

    pub(super) fn read(text: Option<&str>) -> Self {
        Self(text.and_then(|text| text.parse().ok()).unwrap_or_default())
    }

    pub(super) fn keys(self) -> impl Iterator<Item = ConditionKey> + Clone {
        let listed = self
            .0
            .checked_sub(1)
            .and_then(|at| actions().sets.get(at).copied());
        let numbers = listed.unwrap_or_default().split_ascii_whitespace();
        numbers.filter_map(|number| keys().keys.get(number.parse::<usize>().ok()?).copied())
    }
}
