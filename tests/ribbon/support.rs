//! Short ways to a spectrum.
use edgestate::linalg::cpu::Cpu;
use edgestate::ribbon::{Model, Point, Preset, Query, Ribbon, Spectrum, Want, solve};
use edgestate::stop::Never;

pub fn hgte(rashba: f64) -> Model {
    Preset::HgTe7nm.model(rashba)
}

pub fn one(ribbon: &Ribbon, k: f64, query: &Query, want: Want) -> Spectrum {
    let device = Cpu::new(None).unwrap();
    let points = [Point { ribbon, k }];
    solve(&points, query, want, &device, &Never).unwrap().remove(0)
}

pub fn edge(ribbon: &Ribbon, k: f64) -> Vec<f64> {
    one(ribbon, k, &Query::EdgeStates, Want::Energies).energies_mev
}

/// Every pair within `tolerance`.
#[track_caller]
pub fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?} against {expected:?}");
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{found:?} against {expected:?}: {:e}", a - b);
    }
}
