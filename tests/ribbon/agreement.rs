//! The analytic side against the numerical one: the continuum ribbon of section 6 has neither the closed
//! forms nor the root searches of sections 4 and 8.
use crate::isolated_edge::others;
use crate::support::{close, edge, hgte};
use edgestate::ribbon::half_plane::HalfPlane;
use edgestate::ribbon::isolated_edge::IsolatedEdge;
use edgestate::ribbon::quantized::QuantizedRibbon;
use edgestate::ribbon::{Model, Preset, Ribbon};

/// Section 4: E^- and E^+, each twice, for every sign of B and D, real, complex and imaginary lambdas.
#[test]
fn quantized_bands_are_those_of_the_continuum_ribbon() {
    for model in others().into_iter().chain([hgte(0.0), Preset::InAsGaSb10nm10nm.model(0.0)]) {
        let model = model.without_spin_mixing();
        let kc = IsolatedEdge::new(&model).unwrap().critical_per_nm;
        for (width, part) in [(40.0, 0.0), (40.0, 0.5), (120.0, 0.3), (120.0, 1.2)] {
            let k = part * kc;
            let found = QuantizedRibbon::new(&model, width).unwrap().at(k).unwrap();
            let expected = edge(&Ribbon::continuum(model, width, None).unwrap(), k);
            let [lower, upper] = [found.lower_mev, found.upper_mev];
            close(&[lower, lower, upper, upper], &expected, 1e-7);
        }
    }
}

/// Section 8: in a ribbon of twenty penetration lengths each energy of the half plane occurs twice.
#[test]
fn half_plane_energies_are_those_of_a_wide_ribbon() {
    let hgte = hgte(156.0);
    let upright = Model { b_mev_nm2: 686.0, d_mev_nm2: 512.0, m_mev: 10.0, ..hgte };
    let even = Model { d_mev_nm2: 0.0, ..hgte };
    for model in [hgte, upright, even, Preset::InAsGaSb10nm10nm.model(20.0)] {
        let (plane, isolated) =
            (HalfPlane::new(&model).unwrap(), IsolatedEdge::new(&model).unwrap());
        for part in [0.05, 0.3] {
            let k = part * isolated.critical_per_nm;
            let [Some(rising), Some(falling)] = plane.energies(k).unwrap().energies_mev else {
                assert!(model.d_mev_nm2 == 0.0 && part == 0.3, "{model:?}");
                continue;
            };
            let slowest = [1.0, -1.0].map(|s| isolated.profile(k, s).unwrap().penetration_nm());
            let width = 22.0 * slowest[0].max(slowest[1]);
            let expected = edge(&Ribbon::continuum(model, width, None).unwrap(), k);
            close(&[falling, falling, rising, rising], &expected, 2e-7);
        }
    }
}
