//! Figures: what is drawn of any data, the numbers of the papers in the tables, the command.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod command;
mod drawing;
mod nrg;
mod ribbon;
mod table;
mod transport;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use edgestate::figures::{FigureSpec, Settings, all};
use edgestate::plot::Figure;
use edgestate::stop::Never;

type Made = BTreeMap<(&'static str, &'static str), Arc<OnceLock<Figure>>>;
static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);

/// A figure quickly made, once for all tests.
pub fn made(spec: &FigureSpec) -> Figure {
    let slot = {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(made.entry((spec.engine, spec.name)).or_default())
    };
    slot.get_or_init(|| spec.make(&Settings { quick: true }, &Never).unwrap()).clone()
}

/// A figure of the registry, quickly made.
#[track_caller]
pub fn quick(name: &str) -> Figure {
    let found = all().into_iter().find(|spec| spec.name == name);
    made(&found.unwrap_or_else(|| panic!("no figure {name}")))
}
