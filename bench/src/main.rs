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
mod webhook;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
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

    /// AWS's own webhook, to be measured beside irsa's
    #[arg(long, value_name = "FILE")]
    aws_webhook: Option<PathBuf>,

    /// Which rows [default: all]
    #[arg(long, value_enum)]
    only: Option<Rows>,

    #[command(subcommand)]
    command: Option<Command>,
}

/// What can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rows {
    /// `irsa serve`
    Server,
    /// `irsa webhook`
    Webhook,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve as the floor does; the run starts this by itself
    #[command(hide = true)]
    Floor(FloorArgs),
}

fn main() -> ExitCode {
    let mut cli = Cli::parse();
    let ended = match (cli.command.take(), cli.irsa.take()) {
        (Some(Command::Floor(args)), _) => serve_floor(args),
        (None, Some(program)) => run(&program, &cli),
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

fn run(program: &Path, cli: &Cli) -> Result<(), Fault> {
    let program = program
        .canonicalize()
        .map_err(Fault::system("the binary"))?;
    let parent = cli.directory.as_deref().or_else(|| program.parent());
    let directory = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(parent.unwrap_or(Path::new(".")))
        .map_err(Fault::system("making a directory"))?;
    let run = Run {
        program: &program,
        directory: directory.path(),
        measured: Duration::from_secs(cli.seconds),
    };
    let load_before = process::load_average();
    // WHY: one thread makes the load and leaves the other processors to the servers.
    let runtime = runtime(&mut Builder::new_current_thread())?;
    if cli.only != Some(Rows::Webhook) {
        let report = runtime.block_on(or_stopped(rows::make(&run)))?;
        print(&report, cli.seconds, load_before);
    }
    if cli.only != Some(Rows::Server) {
        let found = measure_webhooks(&runtime, &run, cli.aws_webhook.as_deref())?;
        print_webhooks(&found, cli.seconds, load_before);
    }
    Ok(())
}

fn measure_webhooks(
    runtime: &Runtime,
    run: &Run<'_>,
    aws: Option<&Path>,
) -> Result<Vec<webhook::Found>, Fault> {
    let ours = webhook::Program {
        name: "irsa webhook",
        path: run.program,
        command: &["webhook"],
    };
    let aws = aws.map(|path| webhook::Program {
        name: "AWS's webhook",
        path,
        command: &[],
    });
    let programs: Vec<_> = std::iter::once(ours).chain(aws).collect();
    runtime.block_on(or_stopped(webhook::make(
        &programs,
        run.directory,
        run.measured,
    )))
}

async fn or_stopped<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::select! {
        made = work => made,
        stopped = stopped() => Err(stopped),
    }
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
    print_load(load_before);
    println!();
    println!("{}", table::render(&report.floor, &report.groups));
    println!("Peak memory (VmHWM)");
    for (name, kib) in &report.peak_memory {
        println!("  {name}: {}", memory(*kib));
    }
}

fn print_webhooks(found: &[webhook::Found], seconds: u64, load_before: Option<f64>) {
    println!();
    println!(
        "Reviews of pods over TLS with HTTP/1.1 kept alive, {seconds} s a row, each answer a patch."
    );
    print_load(load_before);
    println!();
    let groups = found.iter().map(|found| &found.group);
    println!("{}", table::render_alone(groups));
    println!(
        "Memory at rest, with all ServiceAccounts known (VmRSS), what of it is no file's (RssAnon), \
         and at its peak (VmHWM)"
    );
    for one in found {
        let [at_rest, own, peak] = [one.at_rest_kib, one.own_kib, one.peak_kib].map(memory);
        println!("  {}: {at_rest}, {own}, {peak}", one.group.title);
    }
}

fn print_load(load_before: Option<f64>) {
    if let Some(load) = load_before.filter(|load| *load >= BUSY) {
        println!("This machine was not idle (load average {load:.1}): the rows tell of that, too.");
    }
}

fn memory(kib: Option<u64>) -> String {
    match kib {
        Some(kib) => format!("{:.1} MiB", mebibytes(kib)),
        None => "not told by this kernel".to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "for reading, to a tenth")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
