//! Error bars of documents: every result with its change when E_trunc is lowered by 20 %, and the traps
//! of the truncation (specification, sections 6 and 11).
use edgestate::engine::{Answer, Engine, Node};
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::Impurities;
use edgestate::stop::Never;

fn answer(text: &str) -> Answer {
    let request = Impurities.resolve(&Node::from_toml(text).unwrap()).unwrap();
    assert_eq!(Impurities.resolve(&request).unwrap(), request);
    let found = Impurities.answer(&[request], &Cpu::new(None).unwrap(), &(), &Never);
    found.unwrap().remove(0).unwrap()
}

/// J = 0.2, x = 10, seven shells; `truncation` and `run` as lines of their tables.
fn document(kind: &str, model: &str, truncation: &str, run: &str) -> String {
    format!(
        "[calculation]\nkind = \"{kind}\"\n[model]\n{model}\n[discretization]\nz = [0.0, 0.5]\n\
         [truncation]\n{truncation}\n[run]\ntemperature = [1e-2, 1e-1]\nshells = 7\n{run}"
    )
}

const KONDO: &str =
    "kind = \"two-impurity-helical-kondo\"\ncoupling = 0.2\ncoupling_z = 0.05\ndistance = 10";

fn real<'a>(answer: &'a Answer, name: &str) -> &'a [f64] {
    answer.get(name).unwrap_or_else(|| panic!("no array {name}")).values.real()
}

/// Spectra, thermodynamics, flow and scan: the error of each result is its change, the results are
/// those of the request without error bars, and the certificate has the largest.
#[test]
fn every_result_has_its_change() {
    for (kind, results) in [
        ("spectra", &["spectrum_transverse_intra", "t_s_longitudinal_intra_per_z"][..]),
        ("thermodynamics", &["entropy_impurity", "t_chi_impurity", "shell_charge_weight"]),
        ("flow", &["sz_sz", "sz_sz_per_z", "shell_levels", "t_s_transverse_intra"]),
        ("scan", &["sz_sz", "spectrum_longitudinal_inter", "peak_transverse_intra"]),
    ] {
        let with = |energy: f64, states: u32, run: &str| {
            let truncation = format!("energy = {energy}\nmax_states = {states}");
            answer(&document(kind, KONDO, &truncation, run))
        };
        let full = with(4.0, 125, "");
        let barred = with(4.0, 125, "error_bars = true");
        let lowered = with(0.8 * 4.0, 100, "");
        for array in &full.arrays {
            // As text: NaN is equal to itself there.
            assert_eq!(format!("{:?}", barred.get(&array.name)), format!("{:?}", Some(array)));
        }
        for name in results {
            let (a, b) = (real(&full, name), real(&lowered, name));
            let error = format!("{name}_error");
            let bars = real(&barred, &error);
            let same = |i: usize| bars[i] == (b[i] - a[i]).abs() || a[i].is_nan();
            assert!((0..a.len()).all(same), "{kind}: {name}");
            assert!(bars.iter().any(|bar| 0.0 < *bar), "{kind}: {name}");
            if !name.ends_with("_per_z") {
                let measures = &barred.quality.measures;
                let largest = measures.iter().find(|(known, _)| *known == error).unwrap().1;
                assert_eq!(largest, bars.iter().copied().fold(0.0, f64::max), "{kind}: {name}");
            }
        }
        let none = |name: &str| barred.get(&format!("{name}_error")).is_none();
        assert!(["temperature", "z", "shell_omega", "frequency"].into_iter().all(none), "{kind}");
        assert!(full.arrays.iter().all(|array| !array.name.ends_with("_error")), "{kind}");
        assert_eq!(barred.quality.matrices, full.quality.matrices + lowered.quality.matrices);
    }
}

/// The second run is in the estimate: it keeps fewer states, and goes after the first.
#[test]
fn error_bars_are_in_the_estimate() {
    let cost = |run: &str| {
        let text = document("spectra", KONDO, "energy = 8.0", run);
        Impurities.cost(&Impurities.resolve(&Node::from_toml(&text).unwrap()).unwrap())
    };
    let (plain, barred) = (cost(""), cost("error_bars = true"));
    assert!(1.1 * plain.core_seconds < barred.core_seconds);
    assert!(barred.core_seconds <= 2.0 * plain.core_seconds);
    assert_eq!(plain.memory_bytes, barred.memory_bytes);
}

/// The levels of Anderson impurities have error bars, too; complex spectra by their modulus.
#[test]
fn spectra_of_levels_have_error_bars() {
    let model = "kind = \"two-impurity-helical-anderson\"\ninteraction = 0.4\n\
                 hybridization = 0.04\ndistance = 3";
    let text = document("spectra", model, "energy = 3.0\nmax_states = 60", "error_bars = true")
        .replace("shells = 7", "shells = 4");
    let found = answer(&text);
    let bars = real(&found, "spectrum_level_inter_error");
    assert!(bars.iter().all(|bar| 0.0 <= *bar) && bars.iter().any(|bar| 0.0 < *bar));
    assert_eq!(found.get("spectrum_level_inter").unwrap().values.len(), bars.len());
}

/// Trap 1: 300 states give the wrong sign of <S_L^z S_R^z> at z = 0.5 (x = 10, J = 0.1). The budget
/// is flagged; so is the sign, which turns where the second run differs.
/// Trap 2: a plain cut through multiplets that J = 0.01 splits.
#[test]
fn both_traps_are_flagged_in_spectra_and_scans() {
    for kind in ["spectra", "scan", "flow", "thermodynamics"] {
        let model = KONDO.replace("coupling = 0.2\ncoupling_z = 0.05", "coupling = 0.01");
        let truncation = "energy = 5.0\nrule = \"plain\"\nmax_states = 150";
        let found = answer(&document(kind, &model, truncation, ""));
        let flagged = |text: &str| found.quality.warnings.iter().any(|w| w.contains(text));
        assert!(flagged("even the sign of the spin correlation can be wrong"), "{kind}");
        assert!(flagged("is cut in a gap of"), "{kind}: {:?}", found.quality.warnings);
    }
}

/// A cut that moves T_S is seen in its error bar: J = 0.02, x = 10, plain cut at few states.
#[test]
fn a_result_that_moves_is_flagged() {
    let model = KONDO.replace("coupling = 0.2\ncoupling_z = 0.05", "coupling = 0.1");
    let truncation = "energy = 5.0\nrule = \"plain\"\nmax_states = 250";
    let text = document("flow", &model, truncation, "error_bars = true")
        .replace("shells = 7", "shells = 16")
        .replace("[1e-2, 1e-1]", "[1e-5]");
    let found = answer(&text);
    let flagged = |text: &str| found.quality.warnings.iter().any(|w| w.contains(text));
    assert!(
        flagged("with truncation.energy 20 % lower"),
        "{:?} {:?} {:?}",
        found.quality.warnings,
        real(&found, "t_s_transverse_intra_per_z"),
        real(&found, "sz_sz_per_z")
    );
}
