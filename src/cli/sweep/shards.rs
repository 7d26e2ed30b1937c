//! `edgestate sweep run FILE --shard i/n`, `edgestate sweep merge DIR`
use serde_json::json;

use super::run::{Ended, Own, ended, show};
use super::{MergeArgs, RunArgs, refused};
use crate::cli::document::load;
use crate::cli::working::until_done;
use crate::cli::{Exit, complain, fail, print};
use crate::jobs::store::{Store, default_dir};
use crate::jobs::sweeps::SweepError;
use crate::jobs::sweeps::shards::{self, Shard, ShardReport};

pub fn compute(args: &RunArgs, shard: Shard) -> Exit {
    let document = match load(&args.file) {
        Ok(document) => document,
        Err(exit) => return exit,
    };
    let store = match args.store.clone().map_or_else(default_dir, Ok) {
        Ok(store) => store,
        Err(error) => return fail(&error),
    };
    let (dir, how) = (store.clone(), args.how.clone());
    let computed = until_done(move |stop, bar| {
        let own = Own::new(&document, &how)?;
        let points = shard.points(&document, &own.device());
        let bar = bar.of_points(points.map_err(SweepError::Invalid)?);
        let means = own.borrowed(&bar, stop);
        shards::compute(&store, shard, &document, means).map_err(Ended::Sweep)
    });
    if let Ok(Some(Err(Ended::Sweep(SweepError::Stopped)))) = &computed {
        let Shard { index, of } = shard;
        complain(&format!("edgestate: interrupted; start shard {index}/{of} again to go on\n"));
        return Exit::Interrupted;
    }
    match ended(&dir, computed, Some(&args.file)) {
        Ok(report) => told(&report, args.how.json),
        Err(exit) => exit,
    }
}

fn told(report: &ShardReport, as_json: bool) -> Exit {
    let ShardReport { shard, units, units_computed, units_failed, .. } = report;
    let text = if as_json {
        let units = json!({ "total": units, "computed": units_computed, "failed": units_failed });
        let object = json!({
            "shard": { "index": shard.index, "of": shard.of },
            "device": report.device,
            "units": units,
            "seconds": report.seconds,
        });
        format!("{object}\n")
    } else {
        format!(
            "shard {} of {}: {units} units, {units_computed} computed now in {:.1} s, \
             {units_failed} failed\n",
            shard.index, shard.of, report.seconds
        )
    };
    if let Err(error) = print(&text) {
        return fail(&error);
    }
    match units_failed {
        0 => Exit::Done,
        count if count == units => Exit::Failed,
        _ => Exit::SomePointsFailed,
    }
}

pub fn merge(args: &MergeArgs) -> Exit {
    // A wrong directory is no store: nothing is created there.
    let merged = if args.store.join("shards").is_dir() {
        Store::open(&args.store)
            .map_err(SweepError::from)
            .and_then(|store| shards::merge(store, args.clean))
    } else {
        let reasons = vec![format!("{} does not exist", args.store.join("shards").display())];
        Err(SweepError::Shards { reasons })
    };
    match merged {
        Ok(merged) => {
            let (shards, adopted) = (merged.shards, merged.adopted);
            complain(&format!("{shards} shards are whole; {adopted} chunks were new\n"));
            show(&merged.report, args.json)
        }
        Err(error) => refused(&args.store, &error),
    }
}
