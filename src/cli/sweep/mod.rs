//! `edgestate sweep`
mod remove;
mod run;
mod shards;
mod status;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{EXIT_CODES, Exit, complain, fail, parse_device, parse_memory, parse_threads};
use crate::jobs::store::StoreError;
use crate::jobs::sweeps::SweepError;
use crate::jobs::sweeps::shards::Shard;

#[derive(Debug, Args)]
pub struct SweepArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Computes a document into a store; what the store has is not computed again
    #[command(after_help = EXIT_CODES)]
    Run(RunArgs),
    /// Goes on with an unfinished sweep
    #[command(after_help = EXIT_CODES)]
    Resume(ResumeArgs),
    /// Lists the sweeps of a store
    Status(StatusArgs),
    /// Takes the shards of a sweep over into their store
    #[command(after_help = EXIT_CODES)]
    Merge(MergeArgs),
    /// Removes a sweep and what no other job of the store shares with it
    Rm(RemoveArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Document, TOML or JSON
    file: PathBuf,
    /// Directory of jobs and results [default: $XDG_DATA_HOME/edgestate or ~/.local/share/edgestate]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Computes part i of n into DIR/shards/i-of-n, without lock and index: for `sweep merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
struct ResumeArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Which sweep [default: the unfinished one, else the newest]
    id: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Clone, Args)]
struct How {
    /// Prints one JSON object; `results` in it does not depend on interruptions
    #[arg(long)]
    json: bool,
    /// Threads [default: all cores this process may use]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<usize>,
    /// Memory of this process, as 4GiB or 512MiB: what does not fit is computed again, slower, same
    /// numbers [default: two thirds of what is available]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory)]
    memory: Option<u64>,
    /// cpu, gpu, gpu:N, gpu:NAME or auto [default: what the document says; to resume, where it began]
    #[arg(long, value_name = "DEVICE", value_parser = parse_device)]
    device: Option<String>,
}

#[derive(Debug, Args)]
struct StatusArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct MergeArgs {
    /// Directory whose folder shards holds all of them
    store: PathBuf,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Removes the shards when they are in the store
    #[arg(long)]
    clean: bool,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Which sweep
    id: String,
    /// Does not ask
    #[arg(long)]
    yes: bool,
}

pub fn sweep(args: &SweepArgs) -> Exit {
    match &args.action {
        Action::Run(args) => match args.shard {
            Some(shard) => shards::compute(args, shard),
            None => run::run(args),
        },
        Action::Resume(args) => run::resume(args),
        Action::Status(args) => status::status(args),
        Action::Merge(args) => shards::merge(args),
        Action::Rm(args) => remove::remove(args),
    }
}

/// Says why, and what can be done about it.
pub fn refused(store: &Path, error: &SweepError) -> Exit {
    match error {
        SweepError::Stopped => {
            let dir = store.display();
            complain(&format!(
                "edgestate: interrupted; finished points are in {dir}: `edgestate sweep resume {dir}`\n"
            ));
            Exit::Interrupted
        }
        SweepError::Store(error) => store_failed(store, error),
        SweepError::Invalid(_)
        | SweepError::NotFound(_)
        | SweepError::Several(_)
        | SweepError::Shards { .. }
        | SweepError::Empty => {
            fail(error);
            Exit::BadInput
        }
        error => fail(error),
    }
}

/// Damage has a command that looks closer.
pub fn store_failed(store: &Path, error: &StoreError) -> Exit {
    fail(error);
    if matches!(error, StoreError::Arrays { .. } | StoreError::Index(_)) {
        let dir = store.display();
        complain(&format!("`edgestate store check {dir}` says what is damaged\n"));
    }
    Exit::Failed
}

/// Errors: there is no store here; nothing is created.
pub fn existing(store: &Path) -> Result<(), Exit> {
    if store.join("jobs.sqlite").is_file() {
        return Ok(());
    }
    complain(&format!("edgestate: {} is no store: it has no jobs.sqlite\n", store.display()));
    Err(Exit::BadInput)
}
