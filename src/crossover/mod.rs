//! Where the papers meet: the Kondo crossover of one impurity, from the NRG, as input of transport.
//!
//! Two capabilities, both the engine "crossover" of documents (`docs/transport.md`, "Through the
//! Kondo crossover"): the spin Hall effect of a Kondo alloy as a function of temperature, and a map
//! of the regimes of a pair of impurities at a helical edge.
mod anderson;
mod channel;
mod metal;
mod pair;
mod requests;

pub use crate::nrg::Regime;
pub use anderson::kondo_temperature_of_anderson;
pub use channel::Channel;
pub use metal::{Metal, SpinLoss};
pub use pair::{Pair, Verdict, activation};

pub use requests::{Crossover, ENGINE_VERSION};
