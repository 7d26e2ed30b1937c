//! Which device a request asks for, and which of those there are it gets.
use super::costs::{CostModel, Problem};
use crate::engine::tree::shortened;
use crate::invalid::Invalid;

/// A device as documents, calls and the command line name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// "auto", or nothing: the faster one by the calibration, and never a software adapter.
    Auto,
    Cpu,
    /// "gpu": the first adapter that is hardware.
    AnyGpu,
    /// "gpu:1": the adapter of this number, as `edgestate devices` counts.
    Gpu(usize),
    /// "gpu:radeon": the first adapter whose name has this in it, in any case of letters.
    Named(String),
}

/// What a device's name may be.
pub const EXPECTED: &str = "auto, cpu, gpu, gpu:N or gpu:NAME";

/// Longest name of a device.
const MAX_NAME: usize = 100;

impl Wanted {
    /// Errors: none of [`EXPECTED`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let refused =
            || Invalid::new("device", format!("{:?}", shortened(text)), EXPECTED.to_owned());
        Ok(match text {
            "" | "auto" => Self::Auto,
            "cpu" => Self::Cpu,
            "gpu" => Self::AnyGpu,
            other => {
                let which = other.strip_prefix("gpu:").map(str::trim).ok_or_else(refused)?;
                if which.is_empty() || MAX_NAME < which.len() || which.chars().any(char::is_control)
                {
                    return Err(refused());
                }
                match which.parse() {
                    Ok(number) => Self::Gpu(number),
                    Err(_) if which.bytes().all(|byte| byte.is_ascii_digit()) => {
                        return Err(refused());
                    }
                    Err(_) => Self::Named(which.to_lowercase()),
                }
            }
        })
    }

    pub fn is_gpu(&self) -> bool {
        !matches!(self, Self::Auto | Self::Cpu)
    }

    /// Whether an adapter of this number and name is meant.
    pub fn means(&self, number: usize, adapter: &str, software: bool) -> bool {
        match self {
            Self::Auto | Self::AnyGpu => !software,
            Self::Cpu => false,
            Self::Gpu(wanted) => *wanted == number,
            Self::Named(part) => adapter.to_lowercase().contains(part),
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Cpu => formatter.write_str("cpu"),
            Self::AnyGpu => formatter.write_str("gpu"),
            Self::Gpu(number) => write!(formatter, "gpu:{number}"),
            Self::Named(part) => write!(formatter, "gpu:{part}"),
        }
    }
}

/// A device that could be chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// "cpu", "gpu:0"
    pub name: String,
    /// Of the adapter; empty for the CPU.
    pub adapter: String,
    pub software: bool,
    /// Why it cannot be used; empty for one that can.
    pub unusable: String,
    pub costs: Option<CostModel>,
}

impl Offer {
    fn number(&self) -> Option<usize> {
        self.name.strip_prefix("gpu:")?.parse().ok()
    }

    fn is_meant(&self, wanted: &Wanted) -> bool {
        match self.number() {
            Some(number) => wanted.means(number, &self.adapter, self.software),
            // A worker that has never been ready is known by what it was started with.
            None => {
                (self.name == "cpu" && *wanted == Wanted::Cpu) || self.name == wanted.to_string()
            }
        }
    }

    fn described(&self) -> String {
        let Self { name, adapter, unusable, .. } = self;
        match (adapter.is_empty(), unusable.is_empty()) {
            (true, true) => name.clone(),
            (false, true) => format!("{name} ({adapter})"),
            (_, false) => format!("{name}, which cannot be used: {unusable}"),
        }
    }
}

/// A device, and why it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Among the offers.
    pub index: usize,
    pub why: String,
}

/// Errors: no offer that can be used is meant; those there are are named.
pub fn choose(
    wanted: &Wanted,
    offers: &[Offer],
    problem: Option<&Problem>,
) -> Result<Choice, Invalid> {
    if *wanted == Wanted::Auto {
        return automatic(offers, problem);
    }
    let meant = |(_, offer): &(usize, &Offer)| offer.is_meant(wanted);
    let usable = |(_, offer): &(usize, &Offer)| offer.unusable.is_empty();
    match offers.iter().enumerate().filter(meant).find(usable) {
        Some((index, _)) => Ok(Choice { index, why: format!("{wanted}: asked for") }),
        None => Err(none_such(wanted, offers)),
    }
}

fn none_such(wanted: &Wanted, offers: &[Offer]) -> Invalid {
    let there: Vec<String> = offers.iter().map(Offer::described).collect();
    let expected = format!("a device of this server: {}", there.join("; "));
    Invalid::new("device", format!("{:?}", wanted.to_string()), expected)
}

/// The CPU, unless a calibrated GPU is faster.
fn automatic(offers: &[Offer], problem: Option<&Problem>) -> Result<Choice, Invalid> {
    let usable = || offers.iter().enumerate().filter(|(_, offer)| offer.unusable.is_empty());
    let Some((cpu_index, cpu)) = usable().find(|(_, offer)| offer.name == "cpu") else {
        let (index, only) = usable().next().ok_or_else(|| none_such(&Wanted::Auto, offers))?;
        return Ok(Choice { index, why: format!("auto: {}, this server has no cpu", only.name) });
    };
    let on_cpu =
        |reason: String| Ok(Choice { index: cpu_index, why: format!("auto: cpu, {reason}") });
    let gpus: Vec<(usize, &Offer)> =
        usable().filter(|(_, offer)| offer.name != "cpu" && !offer.software).collect();
    if gpus.is_empty() {
        return on_cpu(no_gpu(offers));
    }
    let Some(problem) = problem else {
        return on_cpu("the cost model knows nothing of this work".to_owned());
    };
    let Some(cpu_seconds) = cpu.costs.as_ref().and_then(|costs| costs.seconds(problem)) else {
        return on_cpu("it is not calibrated (edgestate devices --calibrate)".to_owned());
    };
    let timed = gpus.iter().filter_map(|(index, offer)| {
        Some((*index, *offer, offer.costs.as_ref()?.seconds(problem)?))
    });
    let Some((index, gpu, seconds)) = timed.min_by(|a, b| a.2.total_cmp(&b.2)) else {
        let names: Vec<&str> = gpus.iter().map(|(_, offer)| offer.name.as_str()).collect();
        let names = names.join(", ");
        return on_cpu(format!("{names} not calibrated (edgestate devices --calibrate)"));
    };
    if seconds < cpu_seconds {
        let why =
            format!("auto: {}, {:.1} times as fast as the cpu", gpu.name, cpu_seconds / seconds);
        return Ok(Choice { index, why });
    }
    on_cpu(format!("{} would take {:.1} times as long", gpu.name, seconds / cpu_seconds))
}

fn no_gpu(offers: &[Offer]) -> String {
    let gpus: Vec<&Offer> = offers.iter().filter(|offer| offer.name != "cpu").collect();
    let software = gpus.iter().find(|offer| offer.software && offer.unusable.is_empty());
    let broken = gpus.iter().find(|offer| !offer.unusable.is_empty());
    match (broken, software) {
        (Some(offer), _) => format!("{} cannot be used: {}", offer.name, offer.unusable),
        (None, Some(offer)) => format!("{} is software", offer.name),
        (None, None) => "no GPU".to_owned(),
    }
}
