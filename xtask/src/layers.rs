//! Checks that dependencies between our crates only run downwards (DESIGN §2).

use crate::failure::Failure;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Each crate, its row, and what it may depend on directly. Those of row 4 never see each other.
const LAYERS: &[(&str, u8, &[&str])] = &[
    ("base", 0, &[]),
    ("policy", 1, &["base"]),
    ("sigv4", 1, &["base"]),
    ("jose", 1, &["base"]),
    ("shapes", 1, &["base"]),
    ("wire", 2, &["base", "shapes"]),
    ("store", 2, &["base"]),
    ("audit", 2, &["base", "policy", "store"]),
    (
        "engine",
        3,
        &[
            "base", "shapes", "policy", "sigv4", "wire", "store", "audit",
        ],
    ),
    ("store-sqlite", 4, &["base", "store"]),
    (
        "identity",
        4,
        &[
            "base", "shapes", "policy", "sigv4", "wire", "store", "audit", "engine", "jose",
        ],
    ),
    (
        "secrets",
        4,
        &[
            "base", "shapes", "policy", "sigv4", "wire", "store", "audit", "engine",
        ],
    ),
    ("cluster", 6, &["base", "jose", "sigv4"]),
    (
        "irsa",
        7,
        &[
            "base",
            "shapes",
            "policy",
            "sigv4",
            "jose",
            "wire",
            "store",
            "audit",
            "engine",
            "store-sqlite",
            "identity",
            "secrets",
            "cluster",
        ],
    ),
    (
        "bench",
        7,
        &["base", "jose", "sigv4", "store", "store-sqlite", "engine"],
    ),
    ("policy-bench", 7, &["base", "policy"]),
    ("xtask", 7, &[]),
];

pub(crate) fn run(root: &Path) -> Result<String, Failure> {
    let edges = edges(&metadata(root)?);
    check(&edges)?;
    Ok(format!("{} crates keep their layers", edges.len()))
}

fn metadata(root: &Path) -> Result<Value, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root)
        .output()
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))
}

/// The dependencies of each of our crates on others of ours; what only its tests need is free to
/// look sideways, never up.
type Edges = BTreeMap<String, BTreeSet<(String, Kind)>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Normal,
    Test,
}

fn edges(metadata: &Value) -> Edges {
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| Some((package.get("name")?.as_str()?.to_owned(), ours(package))))
        .collect()
}

fn ours(package: &Value) -> BTreeSet<(String, Kind)> {
    let dependencies = package.get("dependencies").and_then(Value::as_array);
    let paths = dependencies
        .into_iter()
        .flatten()
        .filter(|d| d.get("path").is_some());
    paths
        .filter_map(|d| {
            let kind = match d.get("kind").and_then(Value::as_str) {
                Some("dev") => Kind::Test,
                _ => Kind::Normal,
            };
            Some((d.get("name")?.as_str()?.to_owned(), kind))
        })
        .collect()
}

fn check(edges: &Edges) -> Result<(), Failure> {
    let mut faults = Vec::new();
    for (from, targets) in edges {
        let Some((_, row, allowed)) = layer(from) else {
            faults.push(format!("`{from}` is not in the table of layers"));
            continue;
        };
        for (to, kind) in targets {
            let down = layer(to).is_some_and(|(_, below, _)| below <= row);
            let fine = match kind {
                Kind::Normal => allowed.contains(&to.as_str()),
                Kind::Test => down,
            };
            if !fine {
                faults.push(format!("`{from}` must not depend on `{to}`"));
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(faults.join("\n")))
    }
}

fn layer(name: &str) -> Option<&'static (&'static str, u8, &'static [&'static str])> {
    LAYERS.iter().find(|(n, _, _)| *n == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crate_of_the_table_comes_after_all_it_may_depend_on() {
        for (at, (name, row, allowed)) in LAYERS.iter().enumerate() {
            for below in *allowed {
                let earlier = LAYERS.iter().take(at).find(|(n, _, _)| n == below);
                assert!(
                    earlier.is_some_and(|(_, r, _)| r <= row),
                    "{name} on {below}"
                );
            }
        }
    }

    #[test]
    fn edges_up_and_sideways_are_refused() {
        let cases = [
            ("wire", "shapes", Kind::Normal, true),
            ("shapes", "wire", Kind::Normal, false),
            ("shapes", "wire", Kind::Test, false),
            ("identity", "secrets", Kind::Normal, false),
            ("engine", "store-sqlite", Kind::Normal, false),
            ("unheard-of", "base", Kind::Normal, false),
        ];
        for (from, to, kind, fine) in cases {
            let edges = Edges::from([(from.to_owned(), BTreeSet::from([(to.to_owned(), kind)]))]);
            assert_eq!(check(&edges).is_ok(), fine, "{from} on {to}");
        }
    }
}
