//! A sweep in several processes that share nothing but a directory: each computes its part of the
//! points into a folder of its own, without a lock and without the index; merging takes them over.
mod compute;
mod manifest;
mod merge;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::invalid::Invalid;
use crate::jobs::document::Document;
use crate::jobs::planner::{Run, runs_of};

pub use compute::{ShardReport, compute};
pub use merge::{Merged, merge};

/// Most shards of a sweep.
pub const MAX_SHARDS: usize = 10_000;

/// Part `index` of `of`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    pub index: usize,
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    /// "2/3"
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, "/").ok_or_else(|| {
            format!("expected i/n with i from 1 to n, n at most {MAX_SHARDS}, as in 2/3")
        })
    }
}

impl Shard {
    fn parse(text: &str, between: &str) -> Option<Self> {
        let (index, of) = text.split_once(between)?;
        let shard = Self { index: index.parse().ok()?, of: of.parse().ok()? };
        let fits = (1..=shard.of).contains(&shard.index) && shard.of <= MAX_SHARDS;
        fits.then_some(shard)
    }

    fn name(self) -> String {
        format!("{}-of-{}", self.index, self.of)
    }

    /// `DIR/shards/i-of-n`
    pub fn folder(self, store: &Path) -> PathBuf {
        store.join("shards").join(self.name())
    }

    /// How many points of a document are this shard's.
    pub fn points(self, document: &Document, device: &str) -> Result<usize, Vec<Invalid>> {
        let part = self.part(runs_of(document, device)?);
        let sets = part.chunk_by(|a, b| a.group == b.group);
        Ok(sets.filter_map(|set| set.first()).map(|run| run.keys.len()).sum())
    }

    /// The runs of this shard. Every process finds the same parts: parameter sets, the most
    /// expensive first, each to the shard with the least work so far.
    pub fn part(self, runs: Vec<Run>) -> Vec<Run> {
        let mut sets: Vec<(f64, Vec<Run>)> = Vec::new();
        for run in runs {
            let seconds = run.cost.core_seconds;
            match sets.last_mut() {
                Some((sum, set)) if set.first().is_some_and(|first| first.group == run.group) => {
                    *sum += seconds;
                    set.push(run);
                }
                _ => sets.push((seconds, vec![run])),
            }
        }
        // Stable: equal costs keep the order of the document.
        sets.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut work = vec![0.0; self.of];
        let mut part = Vec::new();
        for (seconds, set) in sets {
            let least = (0..self.of).min_by(|a, b| f64::total_cmp(&work[*a], &work[*b]));
            let least = least.unwrap_or(0);
            // What costs nothing is shared out, too.
            work[least] += seconds.max(1e-9);
            if least + 1 == self.index {
                part.push(set);
            }
        }
        part.sort_by_key(|set| set.first().map(|run| run.group));
        part.into_iter().flatten().collect()
    }
}
