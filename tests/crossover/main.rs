//! Where NRG and transport meet: the Kondo crossover as input of transport, in its limits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod outside;
mod pair;
mod spin_hall;

use edgestate::crossover::Crossover;
use edgestate::engine::{Answer, Engine, Node};
use edgestate::linalg::cpu::Cpu;
use edgestate::stop::Never;

/// Of a document's tables.
fn answer(text: &str) -> Answer {
    let request = Crossover.resolve(&Node::from_toml(text).unwrap()).unwrap();
    let mut answers = Crossover.answer(&[request], &Cpu::new(None).unwrap(), &(), &Never).unwrap();
    answers.remove(0).unwrap()
}

/// Fields that are refused.
fn refused(text: &str) -> Vec<String> {
    let errors = Crossover.resolve(&Node::from_toml(text).unwrap()).unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

fn values<'a>(answer: &'a Answer, name: &str) -> &'a [f64] {
    let array = answer.get(name).unwrap_or_else(|| panic!("no array {name}"));
    array.values.real()
}

#[track_caller]
fn close(found: f64, expected: f64, allowed: f64) {
    let defect = (found - expected).abs();
    assert!(defect <= allowed, "found {found:.15e}, expected {expected:.15e}, off by {defect:.1e}");
}
