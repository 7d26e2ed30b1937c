//! The command line: wiring only.
mod check;
mod devices;
mod document;
mod figures;
mod run;
mod serve;
mod sweep;
mod table;
mod working;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What the exit code says; see `edgestate --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    BadInput = 2,
    SomePointsFailed = 3,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

const EXIT_CODES: &str = "Exit codes:
  0    done
  1    failed (no worker, a store in use, a full disk, ...)
  2    bad input: the message names the field, its value and what is expected
  3    done, but some points (figures) have no result; the answer gives the reason of each
  130  interrupted by Ctrl-C";

/// Numerical backend for the physics of helical edges.
#[derive(Debug, Parser)]
#[command(name = "edgestate", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answers calls on a Unix socket (and loopback TCP) until SIGTERM or Ctrl-C
    Serve(ServeArgs),
    /// Computes a document in this process
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Sweeps in a store: run, resume, status, rm
    Sweep(sweep::SweepArgs),
    /// Checks a document and estimates its cost, without any work
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Lists the devices of this machine
    Devices(DevicesArgs),
    /// Draws the figures of the papers, with their data beside them
    #[command(after_help = EXIT_CODES)]
    Figures(FiguresArgs),
    /// Serves a server on standard input
    #[command(hide = true)]
    Worker(WorkerArgs),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// Directory of jobs and results [default: $XDG_DATA_HOME/edgestate or ~/.local/share/edgestate]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Unix socket [default: $XDG_RUNTIME_DIR/edgestate/edgestate.sock or /tmp/edgestate-$UID/edgestate.sock]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Loopback address for TCP as well, as 127.0.0.1:50051; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Device of the worker
    #[arg(long, default_value = "cpu", value_parser = ["cpu"])]
    device: String,
    /// Threads of the worker [default: all cores this process may use]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Ends the server when there has been no call and no job for so long
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    idle_exit: Option<u64>,
    /// Prints the table of all limits and ends
    #[arg(long)]
    print_limits: bool,
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Document, TOML or JSON
    file: PathBuf,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Writes the JSON object to a file as well
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads [default: all cores this process may use]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Keeps results in this directory and takes known ones from it
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Document, TOML or JSON
    file: PathBuf,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DevicesArgs {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct FiguresArgs {
    /// transport, all, or list: prints the names
    engine: String,
    /// Coarse grids and few realizations
    #[arg(long)]
    quick: bool,
    /// Writes DIR/ENGINE/NAME.{svg,png,csv,json}
    #[arg(long, value_name = "DIR", default_value = "figures")]
    output: PathBuf,
    /// Only these figures
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// Kinds of pictures; CSV and JSON are always written
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "svg,png")]
    format: Vec<Format>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Svg,
    Png,
}

#[derive(Debug, Args)]
struct WorkerArgs {
    #[arg(long)]
    device: String,
    #[arg(long)]
    parent: u32,
    #[arg(long)]
    threads: Option<usize>,
}

/// A worker with a million threads helps nobody.
fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=1024).contains(&count) => Ok(count),
        _ => Err("expected a whole number from 1 to 1024".to_owned()),
    }
}

/// The whole program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("EDGESTATE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,edgestate=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let exit = match cli.command {
        Command::Serve(args) => serve::serve(args),
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Check(args) => check::check(&args),
        Command::Devices(args) => devices::devices(&args),
        Command::Figures(args) => figures::figures(&args),
        Command::Worker(args) => worker(&args),
    };
    exit.into()
}

fn worker(args: &WorkerArgs) -> Exit {
    match crate::jobs::worker::child::serve(&args.device, args.parent, args.threads) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

/// Says why on standard error.
fn fail(error: &dyn std::error::Error) -> Exit {
    complain(&format!("edgestate: {error}\n"));
    Exit::Failed
}

/// A closed standard error is no reason to stop.
fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Errors: standard output is closed or full.
fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
