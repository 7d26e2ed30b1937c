//! Figures: what is drawn of any data, the numbers of the papers in the tables, the command.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod command;
mod drawing;
mod ribbon;
mod table;
mod transport;

use edgestate::figures::{Settings, all};
use edgestate::plot::Figure;
use edgestate::stop::Never;

/// A figure of the registry, quickly made.
#[track_caller]
pub fn quick(name: &str) -> Figure {
    let found = all().into_iter().find(|spec| spec.name == name);
    found
        .unwrap_or_else(|| panic!("no figure {name}"))
        .make(&Settings { quick: true }, &Never)
        .unwrap()
}
