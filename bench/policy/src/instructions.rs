//! Instructions of warm decisions, counted by valgrind: unlike times they are the same on every
//! run, so that a change for the worse cannot hide in noise.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use policy::compiled::{CompiledLayers, PolicySet, decide};
use policy::{Document, PolicyKind};

use crate::case::{attached, text};
use crate::cases;
use crate::fault::Fault;

/// What each case may take, on x86-64: about a tenth more than was counted, as compilers differ. A
/// change for the better lowers them.
const CEILINGS: &[(&str, u64)] = &[
    ("typical role, allowed", 3_800),
    ("typical role, nothing grants", 3_000),
    ("1 statement", 1_700),
    ("20 statements, other actions", 1_700),
    ("100 statements, other actions", 1_700),
    ("1000 statements, other actions", 1_700),
    ("20 statements, other resources", 2_200),
    ("100 statements, other resources", 2_200),
    ("1000 statements, other resources", 2_200),
    ("20 statements, other conditions", 1_850),
    ("100 statements, other conditions", 1_850),
    ("1000 statements, other conditions", 1_850),
    ("deny-heavy, 101 statements", 20_000),
    ("50 variables", 23_500),
    (LOADING, 1_000_000),
    (COMPILING, 1_420_000),
];
const LOADING: &str = "load a policy of 6,144 characters";
const COMPILING: &str = "compile it";

/// Prints what each case takes; fails when one takes more than it may.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn hold() -> Result<(), Fault> {
    let Some(valgrind) = valgrind() else {
        println!("left out: instructions are counted by valgrind (apt-get install valgrind)");
        return Ok(());
    };
    if cfg!(not(target_arch = "x86_64")) {
        println!("left out: the ceilings of instructions are those of x86-64");
        return Ok(());
    }
    println!("{:<36} {:>12} {:>9}", "instructions", "counted", "ceiling");
    let mut above = Vec::new();
    for (name, ceiling) in CEILINGS {
        let counted = count(&valgrind, name)?;
        println!("{name:<36} {counted:>12} {ceiling:>9}");
        if counted > *ceiling {
            above.push(*name);
        }
    }
    if above.is_empty() {
        Ok(())
    } else {
        Err(Fault::AboveCeiling(above))
    }
}

fn valgrind() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join("valgrind"));
    places.find(|place| place.is_file())
}

/// Runs one case under valgrind, which counts only what is called from `counted`.
fn count(valgrind: &Path, name: &str) -> Result<u64, Fault> {
    let failed = |why: String| Fault::Counting {
        case: name.to_owned(),
        why,
    };
    let program = std::env::current_exe().map_err(|why| failed(why.to_string()))?;
    let output = Command::new(valgrind)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=*::counted*"])
        .arg(program)
        .args(["once", name])
        .output()
        .map_err(|why| failed(why.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(failed(said.into_owned()));
    }
    let number = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let number = number.and_then(|(_, number)| number.trim().parse().ok());
    number.ok_or_else(|| failed("valgrind says no number".to_owned()))
}

/// Does what is counted, once, after one time that is not.
pub(crate) fn once(name: &str) -> Result<(), Fault> {
    if name == LOADING || name == COMPILING {
        let text = text(&cases::largest_policy());
        let attached = [attached(&text)?];
        if name == LOADING {
            counted(|| Document::load(&text, PolicyKind::Identity).is_ok());
        } else {
            counted(|| PolicySet::compile(&attached));
        }
        return Ok(());
    }
    let case = cases::all().into_iter().find(|case| case.name == name);
    let case = case.ok_or(Fault::Usage)?;
    let prepared = case.prepare()?;
    let layers = CompiledLayers::compile(&prepared.layers);
    let request = case.request(&prepared);
    black_box(decide(&request, &layers));
    counted(|| decide(black_box(&request), black_box(&layers)).is_allowed());
    Ok(())
}

/// valgrind knows it by its name.
#[inline(never)]
fn counted<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
