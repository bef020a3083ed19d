//! What a request says about itself, as conditions and variables read it.

use crate::fingerprint;
use crate::multivalued::is_multivalued;

/// Condition keys and their values. Names compare without case; the last `set` of a name wins.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// In the order in which they were first set.
    entries: Vec<ContextEntry>,
    /// The fingerprint of each folded name and the place of its entry, ascending.
    places: Vec<(u64, usize)>,
}

/// One key of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    name: String,
    folded_name: String,
    values: Values,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Values {
    One(String),
    /// Of a key that is a list by type.
    Many(Vec<String>),
}

impl Context {
    /// No key is present.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one value. Keys that AWS declares as lists stay lists.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        let values = if is_multivalued(key) {
            Values::Many(vec![value.into()])
        } else {
            Values::One(value.into())
        };
        self.insert(key, values);
    }

    /// Sets one value, also of a key that AWS declares as a list.
    pub(crate) fn set_single(&mut self, key: &str, value: impl Into<String>) {
        self.insert(key, Values::One(value.into()));
    }

    /// Sets a list. An empty list is present: leave the key out when it is absent.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        self.insert(key, Values::Many(values));
    }

    /// The key, whatever its case.
    pub fn get(&self, key: &str) -> Option<&ContextEntry> {
        self.get_folded(&key.to_lowercase())
    }

    /// The key whose name is in lower case already.
    pub(crate) fn get_folded(&self, key: &str) -> Option<&ContextEntry> {
        self.find(fingerprint::of(key), key)
    }

    /// The same, with the fingerprint of the name.
    pub(crate) fn find(&self, fingerprint: u64, folded_name: &str) -> Option<&ContextEntry> {
        let place = self.place(fingerprint, folded_name).ok()?;
        self.entries.get(place)
    }

    /// All keys, ordered by folded name.
    pub fn iter(&self) -> impl Iterator<Item = &ContextEntry> {
        let mut entries: Vec<&ContextEntry> = self.entries.iter().collect();
        entries.sort_unstable_by(|one, other| one.folded_name.cmp(&other.folded_name));
        entries.into_iter()
    }

    fn insert(&mut self, key: &str, values: Values) {
        let entry = ContextEntry {
            name: key.to_owned(),
            folded_name: key.to_lowercase(),
            values,
        };
        let fingerprint = fingerprint::of(&entry.folded_name);
        match self.place(fingerprint, &entry.folded_name) {
            Ok(known) => {
                if let Some(known) = self.entries.get_mut(known) {
                    *known = entry;
                }
            }
            Err(rank) => {
                self.places.insert(rank, (fingerprint, self.entries.len()));
                self.entries.push(entry);
            }
        }
    }

    /// The place of the entry, or the rank in `places` that it would have.
    fn place(&self, fingerprint: u64, folded_name: &str) -> Result<usize, usize> {
        let rank = self.places.partition_point(|(one, _)| *one < fingerprint);
        let alike = self.places.iter().skip(rank);
        let mut alike = alike.take_while(|(one, _)| *one == fingerprint);
        let is_named = |place: usize| {
            let entry = self.entries.get(place);
            entry.is_some_and(|entry| entry.folded_name == folded_name)
        };
        let found = alike.find(|(_, place)| is_named(*place));
        found.map(|(_, place)| *place).ok_or(rank)
    }
}

impl ContextEntry {
    /// The name as it was set.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values; exactly one unless the key is multivalued.
    pub fn values(&self) -> &[String] {
        match &self.values {
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }

    /// Whether the key is a list by type.
    pub fn is_multivalued(&self) -> bool {
        matches!(self.values, Values::Many(_))
    }

    /// The value of a single-valued key; a list has none, however short.
    pub fn single(&self) -> Option<&str> {
        match &self.values {
            Values::One(value) => Some(value),
            Values::Many(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_wins_whatever_its_case() {
        let mut context = Context::new();
        for (number, key) in ["b:Key", "a:Key", "c:key", "A:kEY", "ä:Ω"]
            .iter()
            .enumerate()
        {
            context.set(key, number.to_string());
        }
        let names: Vec<&str> = context.iter().map(ContextEntry::name).collect();
        assert_eq!(names, ["A:kEY", "b:Key", "c:key", "ä:Ω"]);
        for (key, value) in [
            ("a:key", Some("3")),
            ("B:KEY", Some("0")),
            ("C:Key", Some("2")),
            ("Ä:ω", Some("4")),
            ("d:key", None),
        ] {
            assert_eq!(
                context.get(key).and_then(ContextEntry::single),
                value,
                "{key}"
            );
        }
    }

    #[test]
    fn lists_have_no_single_value() {
        let mut context = Context::new();
        context.set("aws:TagKeys", "one");
        context.set_many("a:many", Vec::new());
        context.set_many("a:one", vec!["one".to_owned()]);
        context.set("a:many", "one");
        for (key, values, multivalued) in [
            ("aws:TagKeys", 1, true),
            ("a:many", 1, false),
            ("a:one", 1, true),
        ] {
            let entry = context.get(key).unwrap();
            assert_eq!(entry.values().len(), values, "{key}");
            assert_eq!(entry.is_multivalued(), multivalued, "{key}");
            assert_eq!(entry.single().is_none(), multivalued, "{key}");
        }
    }
}
