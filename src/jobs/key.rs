//! The content address of a stored unit: everything that decides its numbers, and nothing else.
use std::fmt;

use sha2::{Digest, Sha256};

use super::spec::{Spec, Tables};
use crate::nrg::{ENGINE_VERSION, ModelKind, Rule, RunSpec, Scheme};

/// SHA-256 over the canonical resolved document of one unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub [u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.hex())
    }
}

impl Key {
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Of 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes: Option<Vec<u8>> = (0..text.len() / 2)
            .map(|index| u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok())
            .collect();
        Self::from_slice(&bytes?)
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// One key for each unit of a run, in their order.
pub fn keys_of(spec: &Spec, device: &str) -> Vec<Key> {
    match spec {
        Spec::Nrg(spec) => nrg_keys(spec, device),
        Spec::Tables(tables) => {
            vec![Key(Sha256::digest(canonical_tables(tables, device).as_bytes()).into())]
        }
    }
}

/// The resolved tables of an engine, in the order in which it reads them.
fn canonical_tables(tables: &Tables, device: &str) -> String {
    let version = Spec::Tables(tables.clone()).engine_version();
    let device: String = device.chars().filter(|c| !c.is_control()).collect();
    format!(
        "unit=1\nengine={}\nengine_version={version}\nprecision=f64\ndevice={device}\n{}",
        tables.engine,
        tables.request.to_toml()
    )
}

/// One key per temperature of a run, in their order.
fn nrg_keys(spec: &RunSpec, device: &str) -> Vec<Key> {
    let run = canonical_run(spec, device);
    spec.temperatures
        .iter()
        .map(|temperature| {
            let text = format!("{run}temperature={}\n", bits(*temperature));
            Key(Sha256::digest(text.as_bytes()).into())
        })
        .collect()
}

/// One `name=value` line per parameter; floats by their bits, texts without line breaks.
fn canonical_run(spec: &RunSpec, device: &str) -> String {
    let device: String = device.chars().filter(|c| !c.is_control()).collect();
    let truncation = &spec.truncation;
    let lines = [
        ("unit", "1".to_owned()),
        ("engine", "nrg".to_owned()),
        ("engine_version", ENGINE_VERSION.to_string()),
        ("precision", "f64".to_owned()),
        ("device", device),
        ("model", model_name(spec.model.kind).to_owned()),
        ("coupling", bits(spec.model.coupling)),
        ("coupling_z", bits(spec.model.coupling_z)),
        ("distance", spec.model.distance.to_string()),
        ("lambda", bits(spec.lambda)),
        ("scheme", scheme_name(spec.scheme).to_owned()),
        ("z", bits(spec.z)),
        ("truncation_energy", bits(truncation.energy)),
        ("rule", rule_name(truncation.rule).to_owned()),
        ("gap_window", bits(truncation.gap_window)),
        ("max_states", max_states(&truncation.max_states, spec.shells)),
        ("shells", spec.shells.to_string()),
    ];
    lines.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// -0.0 and 0.0 are the same parameter.
fn bits(value: f64) -> String {
    format!("{:016x}", (value + 0.0).to_bits())
}

/// The budget of every shell that exists, without the repetitions at the end.
fn max_states(budget: &[u32], shells: u32) -> String {
    let mut used: Vec<u32> = budget.iter().copied().take(shells.max(1) as usize).collect();
    while let [.., before, last] = used.as_slice() {
        if before != last {
            break;
        }
        used.pop();
    }
    used.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn model_name(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::TwoImpurityHelicalKondo => "two-impurity-helical-kondo",
        ModelKind::OneImpurityKondo => "one-impurity-kondo",
    }
}

fn scheme_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::ZitkoPruschke => "zitko-pruschke",
        Scheme::CampoOliveira => "campo-oliveira",
        Scheme::Plain => "plain",
    }
}

fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::Gap => "gap",
        Rule::Plain => "plain",
    }
}
