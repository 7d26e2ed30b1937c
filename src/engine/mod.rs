//! What an engine is to the layers above it: tables in, labelled arrays out.
//!
//! An [`Engine`] reads the tables of a document into a resolved request (every default filled in),
//! says what a request costs, and answers many requests at once with arrays that carry names,
//! dimensions and units. One stored unit is one answer.
pub mod answer;
pub mod fields;
pub mod kinds;
pub mod tree;

use crate::invalid::Invalid;
use crate::linalg::{Device, LinalgError};
use crate::stop::Stop;

pub use answer::{Answer, Array, Quality, Values};
pub use fields::{Range, Reader, Section};
pub use tree::Node;

/// A numeric field that an axis of a sweep may vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweepable {
    /// Path in the document, `model.rashba_mev_nm`.
    pub path: &'static str,
    /// "meV nm", "1" = dimensionless
    pub unit: &'static str,
    pub long_name: &'static str,
}

/// What one request will cost, before it is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// One core, f64, seconds.
    pub core_seconds: f64,
    /// Peak on the device, beside the program itself.
    pub memory_bytes: u64,
    pub result_bytes: u64,
    /// The field that decides the size, for a refusal.
    pub decided_by: &'static str,
}

/// Hears how far a chunk is.
pub trait Monitor: Sync {
    /// `done` of `total`, in any unit of work.
    fn progress(&self, done: f64, total: f64);
}

/// Hears nothing.
impl Monitor for () {
    fn progress(&self, _done: f64, _total: f64) {}
}

/// One answer for each request, or why there is none.
pub type Answers = Vec<Result<Answer, String>>;

/// An engine whose documents are tables of named fields.
pub trait Engine: Sync {
    /// As documents name it: "ribbon".
    fn name(&self) -> &'static str;

    /// Raised by hand whenever numbers change: part of every key.
    fn version(&self) -> u32;

    fn sweepable(&self) -> &'static [Sweepable];

    /// The request with every default filled in; resolving it again changes nothing.
    /// Errors: every refused field, with its value and what is expected.
    fn resolve(&self, tables: &Node) -> Result<Node, Vec<Invalid>>;

    /// Of a resolved request.
    fn cost(&self, request: &Node) -> Cost;

    /// The same on a device that allows `memory_bytes`: less memory and more time, where an engine
    /// can compute again what it cannot hold.
    fn cost_within(&self, request: &Node, _memory_bytes: u64) -> Cost {
        self.cost(request)
    }

    /// Whether [`Self::answer`] takes one request after another, each with all memory.
    fn one_by_one(&self) -> bool {
        false
    }

    /// Answers resolved requests; one that fails does not disturb the others. An answer is the same
    /// in any company.
    /// Errors: `Stopped`, and a device that is lost.
    fn answer(
        &self,
        requests: &[Node],
        device: &dyn Device,
        monitor: &dyn Monitor,
        stop: &dyn Stop,
    ) -> Result<Answers, LinalgError>;
}
