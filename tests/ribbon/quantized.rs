//! Section 4: the ribbon without Rashba coupling.
use crate::isolated_edge::{others, topological};
use edgestate::ribbon::isolated_edge::IsolatedEdge;
use edgestate::ribbon::quantized::{QuantizedRibbon, quantized_dispersion};
use edgestate::ribbon::{Model, Preset, RibbonError};
use num_complex::Complex64;
use proptest::prelude::*;

fn check(model: &Model, width: f64, k: f64, upper: f64, lower: f64) {
    let found = QuantizedRibbon::new(model, width).unwrap().at(k).unwrap();
    assert!((found.upper_mev - upper).abs() < 1e-8, "{found:?}, expected {upper}");
    assert!((found.lower_mev - lower).abs() < 1e-8, "{found:?}, expected {lower}");
}

/// Section 4, acceptance.
#[test]
fn acceptance_numbers() {
    let hgte = Preset::HgTe7nm.model(0.0);
    check(&hgte, 200.0, 0.0, 7.71430752, 7.26103425);
    check(&hgte, 200.0, 0.001, 7.82203821, 7.15366828);
    check(&hgte, 200.0, -0.001, 7.82203821, 7.15366828);
    check(&hgte, 200.0, 0.005, 8.74208744, 6.24267843);
    check(&hgte, 100.0, 0.003, 9.98991469, 6.06649377);
    let inas = Preset::InAsGaSb10nm10nm.model(0.0);
    check(&inas, 50.0, 0.01, 7.11531454, 6.55189386);
    check(&inas, 90.0, 0.03, 7.38429656, 6.32482269);
}

/// Section 4: the root at C + M (-10 meV) is spurious; the band is beyond.
#[test]
fn spurious_root_at_the_mass_is_passed() {
    let model = Model { d_mev_nm2: 512.0, ..Preset::HgTe7nm.model(0.0) };
    let found = QuantizedRibbon::new(&model, 200.0).unwrap().at(0.0105).unwrap();
    assert!((found.lower_mev + 10.1095).abs() < 5e-5, "{found:?}");
}

fn lambdas(model: &Model, k: f64, energy: f64) -> [Complex64; 2] {
    let (b, d, m, a) = (model.b_mev_nm2, model.d_mev_nm2, model.m_mev, model.a_mev_nm);
    let e = energy - model.c_mev;
    let q2 = b * b - d * d;
    let f = (a * a - 2.0 * (m * b + e * d)) / (2.0 * q2);
    let root = Complex64::from(f * f - (m * m - e * e) / q2).sqrt();
    [root, -root].map(|root| (k * k + f + root).sqrt())
}

/// Another route: psi(+-W/2) = 0 for the general solution of `(H - E) psi = 0` of one spin, four
/// exponentials `exp(+-lambda_i y)` with their spinors.
fn boundary_matrix(model: &Model, width: f64, k: f64, energy: f64) -> [[Complex64; 4]; 4] {
    let (b, d, m, a) = (model.b_mev_nm2, model.d_mev_nm2, model.m_mev, model.a_mev_nm);
    let e = energy - model.c_mev;
    let [l1, l2] = lambdas(model, k, energy);
    let columns = [l1, -l1, l2, -l2].map(|l| {
        // Row H: A (k - d/dy) psi_E = (E - C + M + (D - B)(k^2 - l^2)) psi_H.
        let phi_e = e + m + (d - b) * (k * k - l * l);
        let phi_h = a * (k - l);
        let (scale, growth) = (phi_e.norm() + phi_h.norm(), 0.5 * l.re.abs() * width);
        let [top, bottom] = [0.5 * width, -0.5 * width].map(|y| (l * y - growth).exp() / scale);
        [phi_e * top, phi_h * top, phi_e * bottom, phi_h * bottom]
    });
    std::array::from_fn(|row| std::array::from_fn(|column| columns[column][row]))
}

fn determinant<const N: usize>(mut matrix: [[Complex64; N]; N]) -> Complex64 {
    let mut product = Complex64::ONE;
    for step in 0..N {
        let norm = |row: &usize| matrix[*row][step].norm();
        let pivot = (step..N).max_by(|i, j| norm(i).total_cmp(&norm(j))).unwrap();
        if pivot != step {
            matrix.swap(pivot, step);
            product = -product;
        }
        product *= matrix[step][step];
        for row in step + 1..N {
            let factor = matrix[row][step] / matrix[step][step];
            for column in step..N {
                let taken = factor * matrix[step][column];
                matrix[row][column] -= taken;
            }
        }
    }
    product
}

/// Sign of the boundary determinant D as a real function of the energy without spurious zeros: D is
/// odd in l1 and in l2, has the factor (l1^2 - l2^2)^2, and a column vanishes at E = C - M.
fn sign(model: &Model, width: f64, k: f64, energy: f64) -> bool {
    let [l1, l2] = lambdas(model, k, energy);
    let spurious = l1 * l2 * (l1 * l1 - l2 * l2).powi(2) * (energy - model.c_mev + model.m_mev);
    let value = determinant(boundary_matrix(model, width, k, energy)) / spurious;
    assert!(value.im.abs() < 0.1 * value.re.abs(), "{value}");
    0.0 < value.re
}

/// The 4 x 4 boundary determinant changes through 0 at each energy found: it is small there
/// compared with its values around, and no other zero lies between E^- and E^+.
#[test]
fn energies_are_zeros_of_the_boundary_determinant() {
    for model in others().into_iter().chain([Preset::HgTe7nm.model(0.0)]) {
        for width in [8.0, 60.0, 150.0] {
            let ribbon = QuantizedRibbon::new(&model, width).unwrap();
            let kc = IsolatedEdge::new(&model).unwrap().critical_per_nm;
            for part in [0.0, 0.4, 1.3] {
                let k = part * kc;
                let found = ribbon.at(k).unwrap();
                let at = |energy| determinant(boundary_matrix(&model, width, k, energy)).norm();
                for (energy, other) in
                    [(found.upper_mev, found.lower_mev), (found.lower_mev, found.upper_mev)]
                {
                    let near = (1e-5 * (energy - other).abs()).max(1e-11);
                    let here = at(energy) / at(energy + near).max(at(energy - near));
                    assert!(here < 1e-3, "{model:?}, W = {width}, k = {k}: {here}, {found:?}");
                }
                let between = found.upper_mev - found.lower_mev;
                let signs: Vec<bool> = [-1e-5, 1.0 + 1e-5]
                    .into_iter()
                    .chain((1..400).map(|i| f64::from(i) / 400.0))
                    .map(|part| sign(&model, width, k, found.lower_mev + part * between))
                    .collect();
                let inside = |one: &bool| *one != signs[0] && *one != signs[1];
                let wrong = signs[2..].iter().filter(|one| !inside(one)).count();
                assert_eq!(wrong, 0, "{model:?}, W = {width}, k = {k}: {found:?}, {signs:?}");
            }
        }
    }
}

/// Section 4, W -> infinity: E0 +- hv |k|; at k = 0 the splitting decays as exp(-W Re lambda_2) where
/// the lambdas are real.
#[test]
fn wide_ribbons_have_two_isolated_edges() {
    for model in others().into_iter().chain([Preset::HgTe7nm.model(0.0)]) {
        let edge = IsolatedEdge::new(&model).unwrap();
        let profile = edge.profile(0.0, 1.0).unwrap();
        let slow = profile.decay_per_nm()[1];
        let k = 0.3 * edge.critical_per_nm;
        let wide = 50.0 / edge.profile(k, 1.0).unwrap().decay_per_nm()[1].re.min(slow.re);
        let found = quantized_dispersion(&model, wide, &[0.0, k]).unwrap();
        let slope = edge.velocity_mev_nm * k;
        assert!(
            (found[1].upper_mev - edge.energy_mev - slope).abs() < 1e-10,
            "{model:?} {found:?}"
        );
        assert!(
            (found[1].lower_mev - edge.energy_mev + slope).abs() < 1e-10,
            "{model:?} {found:?}"
        );
        assert!(found[0].upper_mev - found[0].lower_mev < 1e-10);

        if slow.im == 0.0 {
            let splitting = |decays: f64| {
                let found = quantized_dispersion(&model, decays / slow.re, &[0.0]).unwrap()[0];
                found.upper_mev - found.lower_mev
            };
            let rate = (splitting(14.0) / splitting(17.0)).ln() / 3.0;
            assert!((rate - 1.0).abs() < 1e-2, "{model:?}: {rate}");
        }
    }
}

#[test]
fn refusals_name_the_field() {
    let hgte = Preset::HgTe7nm.model(0.0);
    let field = |model: &Model, width: f64, k: f64| match quantized_dispersion(model, width, &[k]) {
        Err(RibbonError::Invalid(invalid)) => invalid.field,
        other => panic!("{other:?}"),
    };
    for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(field(&hgte, width, 0.0), "width_nm");
    }
    assert_eq!(field(&hgte, 100.0, f64::NAN), "k_per_nm");
    assert_eq!(field(&Model { m_mev: 10.0, ..hgte }, 100.0, 0.0), "model.m_mev");
}

proptest! {
    /// E^- < E0 < E^+, even in k, whatever the lambdas are.
    #[test]
    fn bands_surround_the_crossing(
        model in topological(),
        width in 5.0..500.0_f64,
        part in -2.0..2.0_f64,
    ) {
        let edge = IsolatedEdge::new(&model).unwrap();
        let ribbon = QuantizedRibbon::new(&model, width).unwrap();
        let k = part * edge.critical_per_nm;
        let found = ribbon.at(k).unwrap();
        prop_assert!(found.lower_mev <= edge.energy_mev && edge.energy_mev <= found.upper_mev);
        let mirrored = ribbon.at(-k).unwrap();
        prop_assert_eq!(found.upper_mev, mirrored.upper_mev);
        let at = |energy: f64| determinant(boundary_matrix(&model, width, k, energy)).norm();
        for energy in [found.upper_mev, found.lower_mev] {
            let distance = (energy - edge.energy_mev).abs();
            if 1e-4 < distance {
                let near = 1e-4 * distance;
                let here = at(energy) / at(energy + near).max(at(energy - near));
                prop_assert!(here < 0.01, "{} of {:?}", here, found);
            }
        }
    }
}
