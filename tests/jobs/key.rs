//! Content addresses: what changes them, what does not, and that they stay what they are.
use std::collections::HashSet;

use edgestate::jobs::key::Key;
use edgestate::nrg::{ENGINE_VERSION, Rule, Scheme};

use crate::{keys_of, spec};

/// A change here makes every stored result unfindable. It is right only together with a raised
/// ENGINE_VERSION or a deliberate change of the canonical document.
#[test]
fn the_key_of_a_known_unit_stays() {
    assert_eq!(ENGINE_VERSION, 3);
    let key = keys_of(&spec(0.1, 0.25, &[1.8e-11]), "cpu (avx2)")[0];
    assert_eq!(key.hex(), GOLDEN);
}

/// Also computed apart from this program, from the lines that docs/jobs.md describes.
const GOLDEN: &str = "bd8fa1385f1bdb30ebf35d90e8f4ac57639008f1995cbe334f6f0c6c451b5dfc";

#[test]
fn every_parameter_changes_the_key() {
    let base = spec(0.1, 0.25, &[1e-3]);
    let mut variants = vec![base.clone()];
    let mut vary = |change: fn(&mut edgestate::nrg::RunSpec)| {
        let mut varied = base.clone();
        change(&mut varied);
        variants.push(varied);
    };
    vary(|s| s.model.coupling = f64::from_bits(0.1f64.to_bits() + 1));
    vary(|s| s.model.coupling_z = 1e-300);
    vary(|s| s.model.distance = 11);
    vary(|s| s.lambda = 4.5);
    vary(|s| s.scheme = Scheme::CampoOliveira);
    vary(|s| s.scheme = Scheme::Plain);
    vary(|s| s.z = 0.5);
    vary(|s| s.truncation.energy = 9.0);
    vary(|s| s.truncation.rule = Rule::Plain);
    vary(|s| s.truncation.gap_window = 0.2);
    vary(|s| s.truncation.max_states = vec![3000, 2999]);
    vary(|s| s.shells = 21);
    vary(|s| s.temperatures = vec![2e-3]);
    let count = variants.len() + 1;
    let mut keys: HashSet<Key> = variants.iter().map(|spec| keys_of(spec, "a")[0]).collect();
    keys.insert(keys_of(&base, "b")[0]);
    assert_eq!(keys.len(), count);
}

#[test]
fn what_means_the_same_has_the_same_key() {
    let base = spec(0.1, 0.25, &[1e-3]);
    let key = keys_of(&base, "a")[0];
    let mut same = base.clone();
    same.model.coupling_z = -0.0;
    same.truncation.max_states = vec![3000; 7];
    assert_eq!(keys_of(&same, "a")[0], key);
    // Entries for shells that do not exist.
    let mut same = base;
    same.truncation.max_states = [vec![3000; 20], vec![5]].concat();
    assert_eq!(keys_of(&same, "a")[0], key);
    // The other temperatures of a run are not part of a unit.
    let together = spec(0.1, 0.25, &[1e-2, 1e-3]);
    assert_eq!(keys_of(&together, "a")[1], key);
}

/// As above, for an engine of tables: its resolved request in the order in which it is read.
#[test]
fn the_key_of_a_known_transport_unit_stays() {
    use edgestate::engine::{Engine, Node};
    use edgestate::jobs::spec::{Spec, Tables};
    use edgestate::transport::Transport;

    assert_eq!(edgestate::transport::ENGINE_VERSION, 1);
    let text = "[calculation]\nkind = \"resonant-level\"\n\
                [resonance]\nlevel_ev = 0.3\nwidth_ev = 0.3";
    let request = Transport.resolve(&Node::from_toml(text).unwrap()).unwrap();
    let spec = Spec::Tables(Tables { engine: "transport", request });
    let key = edgestate::jobs::key::keys_of(&spec, "cpu")[0];
    assert_eq!(key.hex(), "ebaeecfb18a0ffa9d8ae0c2becc729c23012caca04628013e3f4a33cc46a9bfe");
}
