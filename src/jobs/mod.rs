//! Long work: a document becomes runs, runs travel in chunks to workers, units come back and are
//! stored under their content address. See docs/jobs.md.
pub mod account;
pub mod axis;
pub mod core;
pub mod costs;
pub mod device;
pub mod document;
pub mod drive;
pub mod faults;
pub mod here;
pub mod key;
pub mod local;
pub mod manager;
pub mod planner;
mod reader;
pub mod results;
pub mod single;
pub mod size;
pub mod spec;
pub mod store;
pub mod sweeps;
pub mod upkeep;
pub mod view;
pub mod worker;

/// Seconds since 1970.
pub fn unix_seconds() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0.0, |elapsed| elapsed.as_secs_f64())
}
