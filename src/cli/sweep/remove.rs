//! `edgestate sweep rm DIR ID`
use std::io::{BufRead, IsTerminal};

use super::{RemoveArgs, existing, refused};
use crate::cli::{Exit, complain, fail, print};
use crate::jobs::store::Store;
use crate::jobs::sweeps::{SweepError, removal, remove as take_out};

pub fn remove(args: &RemoveArgs) -> Exit {
    if let Err(exit) = existing(&args.store) {
        return exit;
    }
    match removed(args) {
        Ok(exit) => exit,
        Err(error) => refused(&args.store, &error),
    }
}

fn removed(args: &RemoveArgs) -> Result<Exit, SweepError> {
    let mut store = Store::open(&args.store)?;
    let removal = removal(&store, &args.id)?;
    let (own, shared) = (removal.own.len(), removal.shared);
    let what = format!("sweep {} with {own} units ({shared} shared ones stay)", args.id);
    if !args.yes && !agreed(&what) {
        complain("edgestate: nothing is removed; --yes does not ask\n");
        return Ok(Exit::BadInput);
    }
    take_out(&mut store, &removal)?;
    Ok(match print(&format!("removed {what}\n")) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    })
}

/// Nobody is asked where nobody can answer.
fn agreed(what: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    complain(&format!("remove {what}? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
