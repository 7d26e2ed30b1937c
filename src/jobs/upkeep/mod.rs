//! Looking after a store: what is damaged, what nobody refers to, what others can read.
mod check;
mod export;
mod gc;
mod rebuild;

pub use check::{CheckReport, Finding, check};
pub use export::{ExportError, csv, zarr};
pub use gc::{GcOptions, GcPlan, collect, plan};
pub use rebuild::{Rebuilt, rebuild};
