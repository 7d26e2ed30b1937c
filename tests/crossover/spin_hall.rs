//! Specification spin_hall, section 10: T << T_K, T >> T_K, and a level without interaction.
use std::f64::consts::{FRAC_PI_2, PI};
use std::sync::OnceLock;

use edgestate::crossover::{Channel, Metal, SpinLoss};
use edgestate::engine::Answer;
use edgestate::transport::spin_hall::{
    Alloy, Kinetics, PhaseShifts, Variant, kinetics_of_phase_shifts,
};
use num_complex::Complex64;

use crate::{answer, close, refused, values};

const ALLOY: Alloy = Alloy { fermi_wavenumber_per_m: 1.36e10, mass_ratio: 1.0 };
const TABLES: &str = "[scattering]\neta0_rad = 0.1\neta2_rad = 0.05\n[alloy]\nconcentration = 0.01\n\
                      fermi_wavenumber_per_nm = 13.6\n";

fn metal(eta0: f64, eta2: f64) -> Metal {
    Metal { eta0, eta2, concentration: 0.01, alloy: ALLOY }
}

fn channel(amplitude: Complex64) -> Channel {
    Channel { temperature: 1e-3, amplitude, energy_spread: 0.0, excess: 0.0 }
}

fn elastic(eta: f64) -> Complex64 {
    Complex64::from_polar(eta.sin(), eta)
}

fn numbers(k: &Kinetics) -> Vec<f64> {
    let mut all = vec![k.theta_sh, k.theta_sh_skew, k.d_charge, k.d_longitudinal, k.d_transverse];
    all.extend([k.rates.transport, k.rates.quasiparticle, k.rates.spin, k.rates.skew]);
    all.extend(k.rates.spin_current);
    all
}

/// An elastic channel gives sections 3-5 back.
#[test]
fn an_elastic_channel_is_a_phase_shift() {
    for (eta0, eta1, eta2) in [(0.3, 1.2, 0.4), (0.1, FRAC_PI_2, 0.05), (-0.2, 2.5, 0.7)] {
        let shifts = PhaseShifts { eta0, eta1, eta2 };
        let expected = kinetics_of_phase_shifts(&shifts, 0.01, Variant::Corrected).unwrap();
        for loss in [SpinLoss::Kept, SpinLoss::Lost] {
            let found = metal(eta0, eta2).kinetics(&channel(elastic(eta1)), loss).unwrap();
            for (a, b) in numbers(&found).into_iter().zip(numbers(&expected)) {
                close(a, b, 1e-12);
            }
        }
    }
}

/// Pure channel: 1/tau_tr = 1/tau_qp = |a|^2 + w_in = g, the Kondo resistivity; the spin relaxes
/// with
/// (8/9)|a|^2, or that and w_in.
#[test]
fn a_pure_channel_has_the_kondo_resistivity() {
    for g in [0.05, 0.4, 0.9] {
        let channel = channel(Complex64::new(0.0, g));
        let kept = metal(0.0, 0.0).kinetics(&channel, SpinLoss::Kept).unwrap();
        let lost = metal(0.0, 0.0).kinetics(&channel, SpinLoss::Lost).unwrap();
        close(kept.rates.transport, g, 1e-13);
        close(kept.rates.quasiparticle, g, 1e-13);
        close(kept.rates.spin, 8.0 / 9.0 * g * g, 1e-13);
        close(lost.rates.spin - kept.rates.spin, g - g * g, 1e-13);
        // Eq. (18): e0 = e2 = 0 has no skew scattering; side jumps scale with |a|^2/g = g.
        let single = 2.0 / (9.0 * PI * PI) * 2.434_134_805_e-4 * ALLOY.fermi_wavenumber_per_m;
        let found = metal(0.0, 0.0).transport(&kept).unwrap();
        close(found.sigma_sh_skew_s_per_m, 0.0, 1e-6);
        close(found.sigma_sh_s_per_m / single, g, 1e-6);
    }
}

/// One run for all that is asked of it.
fn crossover() -> &'static Answer {
    static ANSWER: OnceLock<Answer> = OnceLock::new();
    ANSWER.get_or_init(|| {
        answer(&format!(
            "[calculation]\nkind = \"spin-hall-crossover\"\n[impurity]\nkind = \"kondo\"\n\
             coupling = 0.15\n[conditions]\ntemperature_over_kondo = [0.01, 1.0, 100.0]\n{TABLES}"
        ))
    })
}

/// T << T_K: eta1 = pi/2 (Friedel); T = T_K and T >> T_K: g of specification nrg, section 8.
#[test]
fn the_kondo_crossover() {
    let found = crossover();
    let number = |name: &str| values(found, name)[0];
    close(number("kondo_temperature"), 8.55e-4, 0.02 * 8.55e-4);
    for (found, expected) in values(found, "transmission").iter().zip([0.996, 0.548, 0.077]) {
        close(*found, expected, 0.016);
    }
    close(number("phase_shift"), FRAC_PI_2, 1e-3);
    assert!(number("inelastic_probability") < 0.08, "{}", number("inelastic_probability"));
    let shifts = PhaseShifts { eta0: 0.1, eta1: FRAC_PI_2, eta2: 0.05 };
    let screened = kinetics_of_phase_shifts(&shifts, 0.01, Variant::Corrected).unwrap();
    for (name, expected) in [
        ("rate_transport", screened.rates.transport),
        ("rate_spin_kept", screened.rates.spin),
        ("rate_spin_lost", screened.rates.spin),
        ("theta_sh", screened.theta_sh),
        ("diffusion_ratio", screened.d_longitudinal / screened.d_transverse),
    ] {
        close(number(name), expected, 0.03 * expected.abs());
    }
    // Weak scattering: a -> 0, half of a rare event is inelastic for a free moment, and more.
    let last = |name: &str| values(found, name)[2];
    let g = last("transmission");
    close(last("phase_shift"), 0.0, 1e-3);
    close(last("inelastic_probability"), 4.0 * g * (1.0 - g), 1e-3);
    let quiet = PhaseShifts { eta0: 0.1, eta1: 0.0, eta2: 0.05 };
    let quiet = kinetics_of_phase_shifts(&quiet, 0.01, Variant::Corrected).unwrap();
    assert!((last("rate_transport") - quiet.rates.transport).abs() < 1.5 * g);
    assert!(found.quality.notes.len() == 4);
    assert_eq!(found.get("amplitude").unwrap().values.complex().len(), 3);
}

/// U = 0: a(w) = Gamma/(epsilon_d - w - i Gamma), averaged with -f'; all of w_in is energy spread.
#[test]
fn a_level_without_interaction() {
    let (gamma, level, t) = (0.01, 0.006, 0.004);
    let found = answer(&format!(
        "[calculation]\nkind = \"spin-hall-crossover\"\n[impurity]\nkind = \"anderson\"\n\
         interaction = 0.0\nlevel_energy = {level}\nhybridization = {gamma}\n\
         [conditions]\ntemperature = [{t}]\n{TABLES}"
    ));
    let (mut mean, mut square) = (Complex64::default(), 0.0);
    for i in -4000..=4000 {
        let w = 0.01 * t * f64::from(i);
        let weight = 0.01 * 0.25 / (0.5 * w / t).cosh().powi(2);
        let a = gamma / Complex64::new(level - w, -gamma);
        mean += a * weight;
        square += a.norm_sqr() * weight;
    }
    let [re, im] = found.get("amplitude").unwrap().values.complex()[0];
    close(im, mean.im, 0.03);
    close(re, mean.re, 0.05);
    let spread = square - mean.norm_sqr();
    close(values(&found, "energy_spread")[0], spread, 0.05);
    // The optical theorem holds at each energy: Im a = |a|^2.
    close(mean.im - mean.norm_sqr(), spread, 1e-9);
    close(values(&found, "rate_inelastic")[0], spread, 0.06);
}

#[test]
fn bad_documents_are_refused_by_field() {
    let head = "[calculation]\nkind = \"spin-hall-crossover\"\n";
    let kondo = "[impurity]\nkind = \"kondo\"\ncoupling = 0.1\n";
    let both = "[conditions]\ntemperature = 1e-3\ntemperature_over_kondo = 1.0\n";
    assert_eq!(refused(&format!("{head}{kondo}{both}{TABLES}")), ["conditions.temperature"]);
    assert_eq!(refused(&format!("{head}{kondo}{TABLES}")), ["conditions.temperature"]);
    let ratio = "[conditions]\ntemperature_over_kondo = 1.0\n";
    let free = "[impurity]\nkind = \"kondo\"\ncoupling = 0.1\ncoupling_z = -0.1\n";
    let found = refused(&format!("{head}{free}{ratio}{TABLES}"));
    assert_eq!(found, ["conditions.temperature_over_kondo"]);
    let tiny = "[impurity]\nkind = \"kondo\"\ncoupling = 0.005\n";
    let found = refused(&format!("{head}{tiny}{ratio}{TABLES}"));
    assert_eq!(found, ["conditions.temperature_over_kondo"]);
    let none = "[impurity]\nkind = \"anderson\"\ninteraction = -1.0\n";
    let found = refused(&format!("{head}{none}{ratio}{TABLES}"));
    assert_eq!(found, ["impurity.interaction", "impurity.hybridization"]);
}
