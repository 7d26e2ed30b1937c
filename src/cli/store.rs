//! `edgestate store`
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::sweep::{existing, refused, store_failed};
use super::{EXIT_CODES, Exit, complain, fail, print};
use crate::jobs::store::{Reader, Store};
use crate::jobs::sweeps::{SweepError, collected, find};
use crate::jobs::upkeep::{self, CheckReport, Finding, GcOptions, GcPlan};

#[derive(Debug, Args)]
pub struct StoreArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Reads everything and says what is damaged; changes nothing
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Removes what no job refers to; without --yes it only says what that is
    #[command(after_help = EXIT_CODES)]
    Gc(GcArgs),
    /// Makes a new index from all readable results; the old one is set aside
    Rebuild(CheckArgs),
    /// Writes the results of one job for other programs
    #[command(after_help = EXIT_CODES)]
    Export(ExportArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct GcArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Removes; without it nothing is changed
    #[arg(long)]
    yes: bool,
    /// Also results of other versions of an engine
    #[arg(long)]
    old: bool,
    /// Also what cannot be read
    #[arg(long)]
    damaged: bool,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Which job [default: the unfinished one, else the newest]
    id: Option<String>,
    /// File or folder to write; it must not exist
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
    /// zarr: a folder with every array; csv: a row per point [default: by the ending of PATH]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Zarr,
    Csv,
}

pub fn store(args: &StoreArgs) -> Exit {
    match &args.action {
        Action::Check(args) => check(args),
        Action::Gc(args) => gc(args),
        Action::Rebuild(args) => rebuild(args),
        Action::Export(args) => export(args),
    }
}

fn said(text: &str, exit: Exit) -> Exit {
    match print(text) {
        Ok(()) => exit,
        Err(error) => fail(&error),
    }
}

fn check(args: &CheckArgs) -> Exit {
    if !args.store.join("results").is_dir() {
        complain(&format!("edgestate: {} is no store: it has no results\n", args.store.display()));
        return Exit::BadInput;
    }
    let report = match upkeep::check(&args.store) {
        Ok(report) => report,
        Err(error) => return fail(&error),
    };
    let exit = if report.findings.is_empty() { Exit::Done } else { Exit::Failed };
    let text = if args.json { check_json(&report) } else { check_text(&report) };
    said(&text, exit)
}

fn check_json(report: &CheckReport) -> String {
    let finding =
        |one: &Finding| json!({ "place": one.place, "problem": one.problem, "remedy": one.remedy });
    let findings: Vec<Value> = report.findings.iter().map(finding).collect();
    let object = json!({
        "jobs": report.jobs, "groups": report.groups, "findings": findings,
        "units": { "whole": report.units, "lost": report.units_lost,
                   "not_in_the_index": report.units_unindexed },
    });
    format!("{object}\n")
}

fn check_text(report: &CheckReport) -> String {
    let mut text = String::new();
    for Finding { place, problem, remedy } in &report.findings {
        text.push_str(&format!("{place}: {problem}\n  {remedy}\n"));
    }
    text.push_str(&format!(
        "{} jobs; {} units in {} groups are whole, {} are lost",
        report.jobs, report.units, report.groups, report.units_lost
    ));
    if 0 < report.units_unindexed {
        text.push_str(&format!(", {} readable ones are not in the index", report.units_unindexed));
    }
    text.push('\n');
    text
}

fn gc(args: &GcArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    let options = GcOptions { old: args.old, damaged: args.damaged };
    let outcome = Store::open(&args.store).map_err(SweepError::from).and_then(|mut store| {
        let plan = upkeep::plan(&store, options)?;
        if args.yes {
            upkeep::collect(&mut store, &plan)?;
        }
        Ok(plan)
    });
    match outcome {
        Ok(plan) if args.json => said(&gc_json(&plan, args.yes), Exit::Done),
        Ok(plan) => said(&gc_text(&plan, args.yes), Exit::Done),
        Err(error) => refused(&args.store, &error),
    }
}

fn gc_json(plan: &GcPlan, removed: bool) -> String {
    let object = json!({
        "removed": removed, "groups": plan.groups, "units": plan.units.len(), "bytes": plan.bytes,
        "stay": { "of_other_versions": plan.old, "damaged": plan.damaged,
                  "units_beside_others": plan.units_beside },
    });
    format!("{object}\n")
}

fn gc_text(plan: &GcPlan, removed: bool) -> String {
    let (groups, units) = (plan.groups.len(), plan.units.len());
    let mebibytes = plan.bytes as f64 / f64::from(1 << 20);
    let verb = if removed { "removed" } else { "would remove" };
    let mut text = format!("{verb} {units} units in {groups} groups, {mebibytes:.1} MiB\n");
    for (count, what) in [
        (plan.old, "groups of other engine versions stay: --old"),
        (plan.damaged, "damaged groups stay: --damaged"),
        (plan.units_beside, "units nobody refers to stay beside others in their group"),
    ] {
        if 0 < count {
            text.push_str(&format!("{count} {what}\n"));
        }
    }
    if !removed && 0 < groups {
        text.push_str("nothing was changed: --yes removes\n");
    }
    text
}

fn rebuild(args: &CheckArgs) -> Exit {
    let rebuilt = match upkeep::rebuild(&args.store) {
        Ok(rebuilt) => rebuilt,
        Err(error) => return store_failed(&args.store, &error),
    };
    let aside = rebuilt.set_aside.as_ref().map(|path| path.display().to_string());
    if args.json {
        let object = json!({
            "groups": rebuilt.groups, "units": rebuilt.units, "jobs": rebuilt.jobs,
            "unreadable": rebuilt.unreadable, "old_index": aside,
        });
        return said(&format!("{object}\n"), Exit::Done);
    }
    let mut text = format!(
        "{} units in {} groups are in the new index; {} jobs were read from the old one\n",
        rebuilt.units, rebuilt.groups, rebuilt.jobs
    );
    for name in &rebuilt.unreadable {
        text.push_str(&format!("results/{name} is not readable and stays\n"));
    }
    if let Some(path) = aside {
        text.push_str(&format!("the old index is {path}\n"));
    }
    said(&text, Exit::Done)
}

fn export(args: &ExportArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    let is_csv = args.output.extension().is_some_and(|ending| ending == "csv");
    let format = args.format.unwrap_or(if is_csv { Format::Csv } else { Format::Zarr });
    let found = find(&args.store, args.id.as_deref()).and_then(|row| {
        let results = collected(Reader::open(&args.store)?, &row)?;
        Ok((row, results))
    });
    let (row, results) = match found {
        Ok(found) => found,
        Err(error) => return refused(&args.store, &error),
    };
    let written = match format {
        Format::Zarr => upkeep::zarr(&row, &results, &args.output).map_err(|e| e.to_string()),
        Format::Csv => super::write_new(&args.output, upkeep::csv(&row, &results).as_bytes())
            .map_err(|error| format!("{}: {error}", args.output.display())),
    };
    match written {
        Ok(()) => said(&format!("{}\n", args.output.display()), Exit::Done),
        Err(reason) => {
            complain(&format!("edgestate: {reason}\n"));
            Exit::Failed
        }
    }
}
