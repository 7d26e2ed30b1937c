//! Where the numbers are made: a child process per device, so that a hung driver, a lost device
//! or an out-of-memory kill takes one worker and not the server.
mod broaden;
pub mod child;
mod eigen;
pub mod execute;
pub(super) mod faults;
pub mod frame;
mod hermitian;
pub mod keeper;
pub mod machine;
pub mod message;
mod solvers;

pub use execute::{ExecuteError, execute};
