//! Prints the speed rows of irsa: what the real binary answers under load, beside what this
//! machine gives without it, all in one run.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the rows are this program's output"
)]

mod checks;
mod child;
mod disk;
mod exchange;
mod fault;
mod floor;
mod latency;
mod load;
mod process;
mod request;
mod rows;
mod setup;
mod single;
mod table;
mod trail;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use fault::Fault;
use floor::FloorArgs;
use rows::{Report, Run};

/// A load average that leaves its mark on the rows.
const BUSY: f64 = 0.5;

/// Measures irsa on this machine and prints one table.
#[derive(Debug, Parser)]
#[command(
    name = "bench",
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true
)]
struct Cli {
    /// The binary to measure
    #[arg(long, value_name = "FILE", required = true)]
    irsa: Option<PathBuf>,

    /// How long each row of load is measured, in seconds
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=20))]
    seconds: u64,

    /// Where the data lie meanwhile, in a directory that is removed again; the rows tell of the
    /// disk under it [default: beside the binary]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve as the floor does; the run starts this by itself
    #[command(hide = true)]
    Floor(FloorArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match (cli.command, cli.irsa) {
        (Some(Command::Floor(args)), _) => serve_floor(args),
        (None, Some(program)) => run(&program, cli.directory.as_deref(), cli.seconds),
        // clap asks for one of the two.
        (None, None) => Ok(()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// With as many threads as irsa has.
fn serve_floor(args: FloorArgs) -> Result<(), Fault> {
    let runtime = runtime(&mut Builder::new_multi_thread())?;
    let ended = runtime.block_on(floor::serve(args));
    // A read of stdin may be under way; nothing waits for it.
    runtime.shutdown_background();
    ended
}

fn run(program: &Path, directory: Option<&Path>, seconds: u64) -> Result<(), Fault> {
    let program = program
        .canonicalize()
        .map_err(Fault::system("the binary"))?;
    let parent = directory
        .or_else(|| program.parent())
        .unwrap_or(Path::new("."));
    let directory = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(parent)
        .map_err(Fault::system("making a directory"))?;
    let run = Run {
        program: &program,
        directory: directory.path(),
        measured: Duration::from_secs(seconds),
    };
    let load_before = process::load_average();
    // WHY: one thread makes the load and leaves the other processors to the servers.
    let runtime = runtime(&mut Builder::new_current_thread())?;
    let report = runtime.block_on(async {
        tokio::select! {
            report = rows::make(&run) => report,
            stopped = stopped() => Err(stopped),
        }
    })?;
    print(&report, seconds, load_before);
    Ok(())
}

fn runtime(builder: &mut Builder) -> Result<Runtime, Fault> {
    builder
        .enable_all()
        .build()
        .map_err(Fault::system("starting threads"))
}

/// Ends when the program is told to stop: the servers end with it.
async fn stopped() -> Fault {
    let signals = || {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok((interrupt, signal(SignalKind::terminate())?))
    };
    match signals() {
        Ok((mut interrupt, mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            Fault::Interrupted
        }
        Err(why) => Fault::System {
            what: "listening for signals",
            why,
        },
    }
}

fn print(report: &Report, seconds: u64, load_before: Option<f64>) {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "irsa and its floors: {processors} processors, {seconds} s a row, HTTP/1.1 kept alive on loopback."
    );
    println!(
        "Every connection sends its next request when it has its answer. The load generator runs"
    );
    println!(
        "on the same processors as the servers and takes its share. \"server cpu\" is the processor"
    );
    println!(
        "time of the server's process for one answer. The server logs each request to a file."
    );
    println!(
        "Answers of GetSecretValue have {} bytes, their audit records {}; the floor's are as large.",
        report.sizes.answer, report.sizes.record
    );
    if let Some(load) = load_before.filter(|load| *load >= BUSY) {
        println!("This machine was not idle (load average {load:.1}): the rows tell of that, too.");
    }
    println!();
    println!("{}", table::render(&report.floor, &report.groups));
    println!("Peak memory (VmHWM)");
    for (name, kib) in &report.peak_memory {
        match kib {
            Some(kib) => println!("  {name}: {:.1} MiB", mebibytes(*kib)),
            None => println!("  {name}: not told by this kernel"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for reading, to a tenth")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
