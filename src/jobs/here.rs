//! The device of a command that computes in its own process.
use super::costs::{Calibration, Problem};
use super::device::{Offer, Wanted, choose};
use super::worker::machine::{OpenError, Opened, open};
use crate::linalg::gpu::adapters;

/// Opens what is asked for, and says why it is that one. `auto` leaves drivers alone where no GPU is
/// calibrated. `memory_bytes`: what a chunk may use.
pub fn open_here(
    wanted: &Wanted,
    problem: Option<&Problem>,
    (threads, memory_bytes): (Option<usize>, u64),
) -> Result<(Opened, String), OpenError> {
    if *wanted != Wanted::Auto {
        let opened = open(&wanted.to_string(), threads, memory_bytes)?;
        return Ok((opened, format!("{wanted}: asked for")));
    }
    let calibration = Calibration::of_this_machine();
    let cpu = open("cpu", threads, memory_bytes)?;
    if calibration.here().all(|model| model.class.starts_with("cpu")) {
        return Ok((cpu, "auto: cpu, no GPU is calibrated".to_owned()));
    }
    let mut found = vec![cpu];
    for adapter in adapters().iter().filter(|adapter| !adapter.software) {
        // One that cannot be opened is no offer; `edgestate devices` says why.
        found.extend(open(&format!("gpu:{}", adapter.index), threads, memory_bytes));
    }
    let offer = |opened: &Opened| Offer {
        name: opened.name.clone(),
        adapter: opened.adapter.clone(),
        software: opened.software,
        unusable: String::new(),
        costs: calibration.of(&opened.device.name()).cloned(),
    };
    let offers: Vec<Offer> = found.iter().map(offer).collect();
    let choice =
        choose(wanted, &offers, problem).map_err(|error| OpenError::Failed(error.to_string()))?;
    Ok((found.swap_remove(choice.index), choice.why))
}

/// The device of this class, on which something began.
pub fn open_class(
    class: &str,
    (threads, memory_bytes): (Option<usize>, u64),
) -> Result<Opened, OpenError> {
    for adapter in adapters_of(class) {
        let opened = open(&format!("gpu:{adapter}"), threads, memory_bytes)?;
        if opened.device.name() == class {
            return Ok(opened);
        }
    }
    open("cpu", threads, memory_bytes)
}

fn adapters_of(class: &str) -> Vec<usize> {
    if !class.starts_with("gpu") {
        return Vec::new();
    }
    let named = adapters().into_iter().filter(|adapter| class.contains(&adapter.name));
    named.map(|adapter| adapter.index).collect()
}
