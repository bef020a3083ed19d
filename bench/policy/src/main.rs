//! How fast policies are decided: the compiled evaluator, the plain one and those of others in one
//! run, and the instructions that the compiled one may take.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rows are this program's output"
)]

mod case;
mod cases;
#[cfg(feature = "peers")]
mod cedar;
mod evaluators;
mod fault;
#[cfg(feature = "peers")]
mod iam_rs;
mod instructions;
mod time;

use std::process::ExitCode;

use policy::compiled::PolicySet;
use policy::{Document, PolicyKind};

use case::{attached, text};
use fault::Fault;
use time::nanoseconds;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        [] => table(),
        ["instructions"] => instructions::hold(),
        ["once", name] => instructions::once(name),
        _ => Err(Fault::Usage),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("policy-bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn table() -> Result<(), Fault> {
    if cfg!(not(feature = "peers")) {
        println!("left out: cedar-policy and iam-rs (--features peers)");
    }
    heading("one warm decision, ns");
    for case in cases::all() {
        let times = evaluators::measure(&case)?;
        row(case.name, &times.columns);
    }
    let statements = cases::largest_policy();
    let text = text(&statements);
    let attached = [attached(&text)?];
    let load = nanoseconds(|| Document::load(&text, PolicyKind::Identity));
    let compile = nanoseconds(|| PolicySet::compile(&attached));
    println!();
    heading(&format!("a policy of {} characters, ns", text.len()));
    let columns = [
        Some(load + compile),
        Some(load),
        #[cfg(feature = "peers")]
        Some(cedar::read(&statements)),
        #[cfg(feature = "peers")]
        Some(iam_rs::read(&text)),
    ];
    row("read it", &columns);
    row("of which compile it", &[Some(compile)]);
    Ok(())
}

/// How wide a column is.
const WIDTH: usize = 12;
/// How wide the first column is.
const FIRST_WIDTH: usize = 36;

fn heading(first: &str) {
    print!("{first:<FIRST_WIDTH$}");
    for name in evaluators::NAMES {
        print!(" {name:>WIDTH$}");
    }
    for name in evaluators::NAMES.iter().skip(1) {
        print!(" {:>WIDTH$}", format!("× {name}"));
    }
    println!();
}

/// Times, and how many times as long as the first the others are.
fn row(name: &str, columns: &[Option<f64>]) {
    print!("{name:<FIRST_WIDTH$}");
    for column in columns {
        match column {
            Some(time) => print!(" {time:>WIDTH$.0}"),
            None => print!(" {:>WIDTH$}", "wrong"),
        }
    }
    let first = columns.first().copied().flatten();
    for column in columns.iter().skip(1) {
        match column.zip(first) {
            Some((time, first)) => print!(" {:>WIDTH$.1}", time / first),
            None => print!(" {:>WIDTH$}", ""),
        }
    }
    println!();
}
