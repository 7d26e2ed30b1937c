//! The command line: wiring only.
mod bench;
mod check;
mod devices;
mod doctor;
mod document;
mod figures;
mod picture;
mod plot;
mod run;
mod serve;
mod store;
mod sweep;
mod table;
mod token;
mod working;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::jobs::device::Wanted;
use crate::jobs::size;

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
    /// Answers calls on a Unix socket (and TCP) until SIGTERM or Ctrl-C
    Serve(ServeArgs),
    /// Computes a document in this process
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Sweeps in a store: run, resume, status, merge, rm
    Sweep(sweep::SweepArgs),
    /// Looks after a store: check, gc, rebuild, export
    Store(store::StoreArgs),
    /// Draws a stored result
    #[command(after_help = EXIT_CODES)]
    Plot(plot::PlotArgs),
    /// Says what of devices, memory, store and socket is in order, and what to do
    Doctor(doctor::DoctorArgs),
    /// Checks a document and estimates its cost, without any work
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Lists the devices of this machine, and measures what they cost
    #[command(after_help = EXIT_CODES)]
    Devices(DevicesArgs),
    /// Draws the figures of the papers, with their data beside them
    #[command(after_help = EXIT_CODES)]
    Figures(FiguresArgs),
    /// Measures the solver, the broadening and the wire against numpy, scipy, MKL, torch and cupy
    #[command(after_help = EXIT_CODES)]
    Bench(bench::BenchArgs),
    /// Keeps the file of users that `serve --tokens` asks for
    #[command(subcommand, after_help = EXIT_CODES)]
    Token(TokenCommand),
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
    /// Address for TCP as well, as 127.0.0.1:50051; port 0 picks a free one. Other addresses than
    /// those of loopback need --tls-cert, --tls-key, and --tokens or --tls-client-ca
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    access: AccessArgs,
    /// Devices, each with a worker of its own: cpu, gpu:N, gpu:NAME; auto: the CPU, and every GPU that
    /// is hardware. Several with commas, or the option again
    #[arg(long, value_name = "DEVICE", value_delimiter = ',', default_value = "auto", value_parser = parse_device)]
    device: Vec<String>,
    /// Threads of the worker [default: all cores this process may use]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Memory of all workers, as 8GiB: an equal share for each device that is named; auto: for each
    /// worker [default: two thirds of what is available, each]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    memory: Option<u64>,
    /// Ends the server when there has been no call and no job for so long
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    idle_exit: Option<u64>,
    /// Prints the table of all limits and ends
    #[arg(long)]
    print_limits: bool,
}

/// Who may reach the server.
#[derive(Debug, Args)]
struct AccessArgs {
    /// File of users (edgestate token): every call but health needs a token or certificate of one
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Certificate of the server (PEM, with those between it and the root): TCP is encrypted
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM, mode 0600)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// TCP clients have to show a certificate of this authority (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
    /// TCP on any address without encryption or authentication: whoever reaches it may do anything
    #[arg(long)]
    insecure: bool,
    /// Describes the services to clients like grpcurl
    #[arg(long)]
    reflection: bool,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Makes a token for a user and prints it, once; a known user gets one more
    Add(TokenAddArgs),
    /// Lists the users, their quotas and the first digits of their credentials
    List(TokenFileArgs),
    /// Removes a user, or one credential of theirs
    Rm(TokenRmArgs),
}

#[derive(Debug, Args)]
struct TokenFileArgs {
    /// File of users [default: $XDG_CONFIG_HOME/edgestate/tokens.toml or ~/.config/edgestate/tokens.toml]
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct TokenAddArgs {
    /// Letters, digits, and . _ @ -
    name: String,
    /// What the user may do [default: submit; a known user keeps theirs]
    #[arg(long, value_enum)]
    role: Option<RoleArg>,
    /// Jobs under way at a time
    #[arg(long, value_name = "N")]
    queued_jobs: Option<u64>,
    /// Seconds of the device in 24 hours
    #[arg(long, value_name = "SECONDS")]
    device_seconds: Option<f64>,
    /// Bytes of new results in 24 hours
    #[arg(long, value_name = "BYTES")]
    result_bytes: Option<u64>,
    /// Bytes of arrays in calls under way
    #[arg(long, value_name = "BYTES")]
    in_flight_bytes: Option<u64>,
    /// Instead of a token: the certificate (PEM) that the user's client shows
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    file: TokenFileArgs,
}

#[derive(Debug, Args)]
struct TokenRmArgs {
    name: String,
    /// First digits of a credential, as listed: only this one
    #[arg(long, value_name = "DIGITS")]
    id: Option<String>,
    #[command(flatten)]
    file: TokenFileArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleArg {
    Read,
    Submit,
    Admin,
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
    /// Memory of this process, as 4GiB or 512MiB: what does not fit is computed again, slower, same
    /// numbers [default: two thirds of what is available]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    memory: Option<u64>,
    /// Keeps results in this directory and takes known ones from it
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// cpu, gpu, gpu:N, gpu:NAME or auto [default: what the document says]
    #[arg(long, value_name = "DEVICE", value_parser = parse_device)]
    device: Option<String>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Document, TOML or JSON
    file: PathBuf,
    /// As of `run`
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    memory: Option<u64>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DevicesArgs {
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Measures the devices and keeps the result for `auto`
    #[arg(long)]
    calibrate: bool,
    /// Measures a few seconds only
    #[arg(long, requires = "calibrate")]
    quick: bool,
    /// Measures these devices [default: the CPU, and every GPU that is hardware]
    #[arg(long, value_name = "DEVICE", value_delimiter = ',', requires = "calibrate", value_parser = parse_device)]
    device: Vec<String>,
    /// Asks the drivers and opens nothing
    #[arg(long, hide = true)]
    untested: bool,
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
    #[arg(long)]
    memory_bytes: u64,
}

/// A worker with a million threads helps nobody.
fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=1024).contains(&count) => Ok(count),
        _ => Err("expected a whole number from 1 to 1024".to_owned()),
    }
}

fn parse_memory(text: &str) -> Result<u64, String> {
    size::parse_memory("--memory", text).map_err(|refused| format!("expected {}", refused.expected))
}

fn parse_device(text: &str) -> Result<String, String> {
    match Wanted::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(refused) => Err(format!("expected {}", refused.expected)),
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
        Command::Store(args) => store::store(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Check(args) => check::check(&args),
        Command::Devices(args) => devices::devices(&args),
        Command::Figures(args) => figures::figures(&args),
        Command::Bench(args) => bench::bench(&args),
        Command::Token(command) => token::token(&command),
        Command::Worker(args) => worker(&args),
    };
    exit.into()
}

fn worker(args: &WorkerArgs) -> Exit {
    match crate::jobs::worker::child::serve(
        &args.device,
        args.parent,
        args.threads,
        args.memory_bytes,
    ) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

/// Errors: the file exists.
fn write_new(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::File::create_new(path)?.write_all(bytes)
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
