//! `edgestate plot DIR`
use std::path::PathBuf;

use clap::Args;

use super::picture::{Choice, picture};
use super::sweep::{existing, refused};
use super::{Exit, complain, fail, print};
use crate::jobs::store::Reader;
use crate::jobs::sweeps::{collected, find};

#[derive(Debug, Args)]
pub struct PlotArgs {
    /// Directory of jobs and results
    store: PathBuf,
    /// Which job [default: the unfinished one, else the newest]
    id: Option<String>,
    /// Along which dimension [default: the last axis with several values]
    #[arg(long, value_name = "NAME")]
    x: Option<String>,
    /// Which quantities [default: those with few lines, at most six]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    y: Vec<String>,
    /// File to write, .svg, .png, .csv or .json by its ending; it is replaced [default: ID.svg]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn plot(args: &PlotArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    let found = find(&args.store, args.id.as_deref())
        .and_then(|row| Ok((collected(Reader::open(&args.store)?, &row)?, row)));
    let (results, row) = match found {
        Ok(found) => found,
        Err(error) => return refused(&args.store, &error),
    };
    let id = row.view.id.as_ref();
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{id}.svg")));
    let choice = Choice { x: args.x.as_deref(), y: &args.y };
    let figure = match picture(&results, &format!("{} sweep {id}", row.view.engine), &choice) {
        Ok(figure) => figure,
        Err(reason) => {
            complain(&format!("edgestate: {reason}\n"));
            return Exit::BadInput;
        }
    };
    let version = concat!("edgestate ", env!("CARGO_PKG_VERSION"));
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let bytes = match ending {
        "svg" => figure.svg().map(String::into_bytes),
        "png" => figure.png(),
        "csv" => figure.csv(version).map(String::into_bytes),
        "json" => figure.json(version).map(String::into_bytes),
        _ => {
            let path = path.display();
            complain(&format!(
                "edgestate: --output = {path}: expected .svg, .png, .csv or .json\n"
            ));
            return Exit::BadInput;
        }
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return fail(&error),
    };
    if let Err(error) = std::fs::write(&path, bytes) {
        complain(&format!("edgestate: writing {}: {error}\n", path.display()));
        return Exit::Failed;
    }
    match print(&format!("{}\n", path.display())) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}
