//! How fast policies are decided: the plain evaluator and the compiled one, in one run, and the
//! instructions that the compiled one may take.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rows are this program's output"
)]

mod case;
mod cases;
mod fault;
mod instructions;
mod time;

use std::hint::black_box;
use std::process::ExitCode;

use policy::compiled::{CompiledLayers, PolicySet, decide as decide_compiled};
use policy::{Document, PolicyKind, decide};

use case::{Case, attached, text};
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
    println!(
        "{:<34} {:>10} {:>12} {:>7}",
        "decision, ns", "plain", "compiled", "ratio"
    );
    for case in cases::all() {
        let (plain, compiled) = measure(&case)?;
        println!(
            "{:<34} {plain:>10.0} {compiled:>12.0} {:>7.1}",
            case.name,
            plain / compiled
        );
    }
    let text = text(&cases::largest_policy());
    let attached = [attached(&text)?];
    let load = nanoseconds(|| Document::load(&text, PolicyKind::Identity));
    let compile = nanoseconds(|| PolicySet::compile(&attached));
    println!("\na policy of {} characters", text.len());
    println!("load    {:>8.1} µs", load / 1000.0);
    println!("compile {:>8.1} µs", compile / 1000.0);
    Ok(())
}

/// Nanoseconds of one decision, plain and compiled.
fn measure(case: &Case) -> Result<(f64, f64), Fault> {
    let prepared = case.prepare()?;
    let request = case.request(&prepared);
    let layers = CompiledLayers::compile(&prepared.layers);
    let decision = decide(&request, &prepared.layers);
    for (evaluator, said) in [
        ("the plain evaluator", decision.clone()),
        (
            "the compiled evaluator",
            decide_compiled(&request, &layers).to_decision(),
        ),
    ] {
        if said != decision || said.is_allowed() != case.allowed {
            return Err(Fault::Wrong {
                evaluator,
                case: case.name,
            });
        }
    }
    let plain = nanoseconds(|| decide(black_box(&request), black_box(&prepared.layers)));
    let compiled = nanoseconds(|| decide_compiled(black_box(&request), black_box(&layers)));
    Ok((plain, compiled))
}
