//! Context entries: what the request says it would say of itself.

use std::collections::HashSet;

use super::date_text;
use super::fault::SimulationFault;
use super::number_text;
use crate::condition::{decode_binary, parse_address};
use crate::context::Context;

/// One context entry, as the request has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimulatedEntry {
    /// `ContextKeyName`.
    pub key: Option<String>,
    /// `ContextKeyType`.
    pub kind: Option<EntryType>,
    /// `ContextKeyValues`.
    pub values: Vec<String>,
}

/// The declared type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryType {
    /// `string`
    String,
    /// `stringList`
    StringList,
    /// `numeric`
    Numeric,
    /// `numericList`
    NumericList,
    /// `boolean`
    Boolean,
    /// `booleanList`
    BooleanList,
    /// `ip`
    Ip,
    /// `ipList`
    IpList,
    /// `binary`
    Binary,
    /// `binaryList`
    BinaryList,
    /// `date`
    Date,
    /// `dateList`
    DateList,
}

impl EntryType {
    /// All types.
    pub const ALL: [Self; 12] = [
        Self::String,
        Self::StringList,
        Self::Numeric,
        Self::NumericList,
        Self::Boolean,
        Self::BooleanList,
        Self::Ip,
        Self::IpList,
        Self::Binary,
        Self::BinaryList,
        Self::Date,
        Self::DateList,
    ];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::StringList => "stringList",
            Self::Numeric => "numeric",
            Self::NumericList => "numericList",
            Self::Boolean => "boolean",
            Self::BooleanList => "booleanList",
            Self::Ip => "ip",
            Self::IpList => "ipList",
            Self::Binary => "binary",
            Self::BinaryList => "binaryList",
            Self::Date => "date",
            Self::DateList => "dateList",
        }
    }

    /// The type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    fn is_list(self) -> bool {
        self.as_str().ends_with("List")
    }

    /// The text that conditions compare; `Err` names what was expected.
    fn text(self, value: &str) -> Result<String, &'static str> {
        match self {
            Self::String | Self::StringList => Ok(value.to_owned()),
            Self::Boolean | Self::BooleanList => Ok(value.eq_ignore_ascii_case("true").to_string()),
            Self::Numeric | Self::NumericList => {
                number_text::canonical(value).ok_or("numeric format")
            }
            Self::Date | Self::DateList => date_text::canonical(value).ok_or("DateTime format"),
            Self::Ip | Self::IpList => {
                // The spelling is kept for string conditions.
                let address = parse_address(value);
                address.map(|_| value.to_owned()).ok_or("IP address")
            }
            Self::Binary | Self::BinaryList => {
                let bytes = decode_binary(value);
                bytes
                    .map(|_| value.to_owned())
                    .ok_or("base-64 encoded binary format")
            }
        }
    }
}

/// The entries as a context.
pub(super) fn context(entries: &[SimulatedEntry]) -> Result<Context, SimulationFault> {
    let mut context = Context::new();
    let mut seen = HashSet::new();
    for entry in entries {
        if *entry == SimulatedEntry::default() {
            continue;
        }
        add(entry, &mut seen, &mut context)?;
    }
    Ok(context)
}

fn add(
    entry: &SimulatedEntry,
    seen: &mut HashSet<String>,
    context: &mut Context,
) -> Result<(), SimulationFault> {
    let key = entry.key.clone().filter(|key| !key.is_empty());
    let key = key.ok_or(SimulationFault::EntryName)?;
    if !seen.insert(key.to_lowercase()) {
        return Err(SimulationFault::EntryTwice(key));
    }
    let kind = entry
        .kind
        .ok_or_else(|| SimulationFault::EntryType(key.clone()))?;
    if entry.values.is_empty() {
        return Err(SimulationFault::EntryValues(key));
    }
    if !kind.is_list() && entry.values.len() != 1 {
        return Err(SimulationFault::EntryCount {
            kind: kind.as_str(),
            count: entry.values.len(),
        });
    }
    let mut values = Vec::with_capacity(entry.values.len());
    for value in &entry.values {
        let text = kind
            .text(value)
            .map_err(|format| SimulationFault::EntryFormat {
                key: key.clone(),
                format,
            })?;
        values.push(text);
    }
    if kind.is_list() {
        context.set_many(&key, values);
    } else {
        context.set_single(&key, values.concat());
    }
    Ok(())
}
