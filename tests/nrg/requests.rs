//! The engine "impurity": documents in, labelled arrays out.
use std::f64::consts::PI;

use edgestate::engine::{Answer, Engine, Node};
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{Impurities, edge};
use edgestate::stop::Never;

fn close(found: f64, expected: f64, bound: f64, what: &str) {
    assert!((found - expected).abs() <= bound, "{what}: {found:e}, expected {expected:e}");
}

/// A document of `examples` without what jobs read of it.
fn example(name: &str) -> Node {
    let path = format!("{}/examples/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let mut document = Node::from_toml(&std::fs::read_to_string(path).unwrap()).unwrap();
    let Node::Table(entries) = &mut document else { panic!() };
    entries.retain(|(name, _)| name != "engine" && name != "sweep");
    document
}

fn answer(tables: &Node) -> Answer {
    let request = Impurities.resolve(tables).unwrap();
    assert_eq!(Impurities.resolve(&request).unwrap(), request);
    let cost = Impurities.cost(&request);
    let found = Impurities.answer(&[request], &Cpu::new(None).unwrap(), &(), &Never);
    let answer = found.unwrap().remove(0).unwrap();
    let bytes: usize = answer.arrays.iter().map(|array| 8 * array.values.len()).sum();
    // An estimate is for planning: within a factor of ten.
    assert!(bytes < 10_000 + 10 * cost.result_bytes as usize, "{bytes} {}", cost.result_bytes);
    answer
}

fn text(text: &str) -> Node {
    Node::from_toml(text).unwrap()
}

fn real<'a>(answer: &'a Answer, name: &str) -> &'a [f64] {
    answer.get(name).unwrap_or_else(|| panic!("no array {name}")).values.real()
}

fn measure(answer: &Answer, name: &str) -> f64 {
    answer.quality.measures.iter().find(|(known, _)| known == name).unwrap().1
}

fn refused(tables: &str) -> Vec<String> {
    let errors = Impurities.resolve(&text(tables)).unwrap_err();
    errors.into_iter().map(|error| error.field).collect()
}

#[test]
fn bad_fields_are_refused_by_name() {
    assert_eq!(refused(""), ["calculation.kind"]);
    assert_eq!(refused("[calculation]\nkind = \"everything\""), ["calculation.kind"]);
    let spectra = |model: &str, rest: &str| {
        refused(&format!(
            "[calculation]\nkind = \"spectra\"\n[model]\nkind = \"two-impurity-helical-kondo\"\n\
             {model}\n[run]\ntemperature = 1e-3\n{rest}"
        ))
    };
    assert_eq!(spectra("coupling = -0.1\ndistance = 10", ""), ["model.coupling"]);
    assert_eq!(spectra("coupling = nan\ndistance = 10", ""), ["model.coupling"]);
    assert_eq!(spectra("coupling = 0.1\ndistance = 2.5", ""), ["model.distance"]);
    assert_eq!(spectra("coupling = 0.1", ""), ["model.distance"]);
    let good = "coupling = 0.1\ndistance = 10";
    assert_eq!(spectra(good, "shells = 201"), ["run.shells"]);
    assert_eq!(spectra(good, "[spectra]\nhigh = 1e-6"), ["spectra.high"]);
    assert_eq!(spectra(good, "[spectra]\naverage = \"none\""), ["spectra.average"]);
    assert_eq!(spectra(good, "[spectra]\nper_decade = 1000\nlow = 1e-99"), ["spectra.per_decade"]);
    let twice = spectra(good, "[discretization]\nz = [0.5, 0.5]");
    assert_eq!(twice, ["discretization.z[1]"]);
    // A T-matrix is of one impurity.
    let wrong =
        "[calculation]\nkind = \"t-matrix\"\n[model]\nkind = \"two-impurity-helical-kondo\"";
    assert!(refused(wrong).contains(&"model.kind".to_owned()));
    let wrong = "[calculation]\nkind = \"rkky\"\n[model]\ncoupling = 0.1\ndistance = [1, 2.5]";
    assert_eq!(refused(wrong), ["model.distance"]);
    let wrong = "[calculation]\nkind = \"non-interacting\"\n[model]\ndistance = 1\n\
                 hybridization = 0.1\n[spectra]\nfrequency = [0.5, 1.0]";
    assert_eq!(refused(wrong), ["spectra.frequency"]);
}

/// Every request kept for a figure is understood; that of Fig. 3 costs what its estimate says.
#[test]
fn requests_of_figures_are_understood() {
    for number in [2, 4, 5, 6, 7, 10, 12] {
        assert!(Impurities.resolve(&example(&format!("figures/fig{number}"))).is_ok(), "{number}");
    }
    for name in ["fig3_scan", "fig8", "fig11"] {
        let mut tables = example(&format!("figures/{name}"));
        tables.set("model.distance", Node::Number(10.0));
        tables.set("model.coupling", Node::Number(0.1));
        let request = Impurities.resolve(&tables).unwrap();
        assert!(1.0 < Impurities.cost(&request).core_seconds, "{name}");
    }
}

/// Flat band, Lambda = 2, far impurities: each leg is the Wilson chain of an independent code.
#[test]
fn ladder_of_distant_impurities() {
    let found = answer(&example("impurity_ladder"));
    for (name, bound) in [("b_plus", 1e-8), ("b_minus", 1e-8)] {
        let b = real(&found, name);
        for (n, expected) in [(1, 0.545_287_471), (2, 0.415_509_468), (3, 0.321_899_178)] {
            close(b[n], expected, bound, name);
        }
    }
    assert!(measure(&found, "ladder_orthogonality") < 1e-28);
}

/// Section 3: the couplings deep in a ladder, Lambda = 4.
#[test]
fn ladder_below_the_exchange_scale() {
    let found = answer(&text(
        "[calculation]\nkind = \"ladder\"\n[model]\ndistance = 10\n[discretization]\nz = 0.0\n\
         [run]\nshells = 32",
    ));
    let (omega, a) = (real(&found, "omega"), real(&found, "a"));
    let over = |name: &str, n: usize| real(&found, name)[n] / omega[n - 1];
    for (n, plus, minus, rung) in [(30, 1.740, 0.435, 0.404), (31, 0.575, 0.575, -0.807)] {
        close(over("b_plus", n), plus, 1e-3, "b+");
        close(over("b_minus", n), minus, 1e-3, "b-");
        close(a[n] / omega[n], rung, 1e-3, "a");
    }
}

/// Section 9: E_R2/E_R on the ladder, mean 0.952, standard deviation 0.185; (D7) 0.9697.
#[test]
fn second_order_exchange() {
    let mut tables = example("impurity_rkky");
    tables.set("model.distance", Node::Number(10.0));
    let found = answer(&tables);
    close(real(&found, "exchange_on_ladder_ratio")[0], 0.952, 1e-3, "mean");
    close(real(&found, "exchange_on_ladder_ratio_std")[0], 0.185, 1e-3, "spread");
    let energy = real(&found, "rkky_energy")[0];
    close(energy, 2.5e-4, 1e-18, "E_R (20b)");
    close(real(&found, "exchange_second_order")[0] / energy, 0.9697, 1e-4, "(D7)");
    let (flip, sum) =
        (real(&found, "spin_conserving_integral")[0], real(&found, "spin_conserving_sum")[0]);
    close(sum, 4.0 * flip, 1e-15, "(D11) is four times (D10)");
}

/// (B6), (B7), and J_z <= -|J|: no scale. z^2 - x^2 is kept along a flow line (B3).
#[test]
fn poor_mans_scaling() {
    let found = answer(&example("impurity_scaling"));
    // coupling 0.05, 0.1, 0.2; coupling_z -0.1, 0, 0.1, 0.2
    let kondo = real(&found, "kondo_temperature");
    close(kondo[4 + 2].ln(), -10.0, 1e-12, "isotropic");
    close(kondo[4 + 1].ln(), -PI / 0.2, 1e-12, "J_z = 0");
    assert_eq!((kondo[0], kondo[4]), (0.0, 0.0));
    let (x, z) = (real(&found, "flow_coupling"), real(&found, "flow_coupling_z"));
    for (x, z) in x.chunks(3).zip(z.chunks(3)) {
        for i in (1..3).filter(|&i| x[i].is_finite()) {
            close(z[i] * z[i] - x[i] * x[i], z[0] * z[0] - x[0] * x[0], 1e-12, "(B3)");
        }
    }
}

/// Far inside the band and for a small Gamma: A_RR = (Gamma/pi)/(w^2 + Gamma^2) (A7, A8).
#[test]
fn levels_without_interaction() {
    let found = answer(&example("impurity_non_interacting"));
    let frequencies = real(&found, "frequency").to_vec();
    let spectral = found.get("spectral_matrix").unwrap().values.complex();
    for (w, matrix) in frequencies.iter().zip(spectral.chunks(4)) {
        let expected = 0.01 / PI / (w * w + 1e-4);
        // What is left of Delta_LR at this distance, 0.02 Gamma, times Delta_RL = 2 Gamma.
        close(matrix[0][0], expected, 0.06 * expected, "A_RR");
        // Hermitian.
        close(matrix[1][0], matrix[2][0], 1e-12, "real part");
        close(matrix[1][1], -matrix[2][1], 1e-12, "imaginary part");
    }
    let exact = edge::free_greens_function(0.01, 10.0, 0.01, [0.0, 0.0]);
    let green = found.get("greens_function").unwrap().values.complex();
    assert_eq!(green[4 * 3 + 1], [exact[0][1].re, exact[0][1].im]);
}

/// A small ladder: 9 shells at T = 5e-3.
fn small(kind: &str, rest: &str) -> Node {
    text(&format!(
        "[calculation]\nkind = \"{kind}\"\n[model]\nkind = \"two-impurity-helical-kondo\"\n\
         coupling = 0.2\ncoupling_z = 0.05\ndistance = 10\n[discretization]\nz = 0.25\n\
         [truncation]\nenergy = 4.0\nmax_states = 120\n[run]\ntemperature = 5e-3\nshells = 9\n{rest}"
    ))
}

const PAIRS: [&str; 4] =
    ["longitudinal_intra", "longitudinal_inter", "transverse_intra", "transverse_inter"];

/// Spectra and static runs answer the same susceptibilities and sums (A56, 34); the broadened
/// spectrum and the retarded function (A55) agree with them within the broadening.
#[test]
fn spectra_agree_with_static_results() {
    let fields = "[spectra]\nretarded = true\naverage = \"rescaled\"\nper_z = true\nlow = 1e-5";
    let spectra = answer(&small("spectra", fields));
    let flow = answer(&small("flow", ""));
    assert!(measure(&spectra, "sum_rule_error") < 1e-10);
    let scale = real(&flow, "chi_longitudinal_intra")[0];
    for pair in PAIRS {
        let chi = real(&flow, &format!("chi_{pair}"))[0];
        close(real(&spectra, &format!("chi_{pair}"))[0], chi, 1e-9 * scale, pair);
        let sum = real(&flow, &format!("sum_{pair}"))[0];
        close(real(&spectra, &format!("sum_{pair}"))[0], sum, 1e-10, pair);
        close(real(&spectra, &format!("weight_{pair}"))[0], sum, 5e-3, pair);
        let broadened = real(&spectra, &format!("chi_{pair}_spectrum"))[0];
        close(broadened, chi, 0.08 * scale, pair);
        // One z is its own average.
        let mean = real(&spectra, &format!("spectrum_{pair}"));
        assert_eq!(mean, real(&spectra, &format!("spectrum_{pair}_per_z")));
        let retarded = spectra.get(&format!("retarded_{pair}")).unwrap().values.complex();
        let zero = retarded.len() / 2;
        close(-retarded[zero][0], broadened, 0.01 * scale, &format!("{pair}, -Re G(0) = chi"));
    }
    let levels = flow.get("shell_levels").unwrap();
    assert_eq!(levels.shape, [1, 9, 12]);
}

/// A scan is both, with names that do not collide.
#[test]
fn a_scan_is_flow_and_spectra() {
    let found = answer(&small("scan", "[spectra]\nlow = 1e-5"));
    let mut names: Vec<&str> = found.arrays.iter().map(|array| array.name.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for name in
        ["sz_sz", "shell_weight_q0_sz0", "spectrum_transverse_intra", "chi_transverse_intra"]
    {
        assert!(names.contains(&name), "{name}");
    }
    assert!(found.quality.eigen_residual < 30.0 && 0 < found.quality.matrices);
}

/// ln 4 of two spins and ln 16 of two levels at high temperatures, exactly in the complete basis.
#[test]
fn entropy_of_free_impurities() {
    let of = |model: &str| {
        let document = format!(
            "[calculation]\nkind = \"thermodynamics\"\n[model]\n{model}\ndistance = 3\n\
             [discretization]\nz = 0.0\n[truncation]\nenergy = 3.0\nmax_states = 40\n\
             [run]\ntemperature = [1e3]\nshells = 3"
        );
        real(&answer(&text(&document)), "entropy_impurity")[0]
    };
    let kondo = of("kind = \"two-impurity-helical-kondo\"\ncoupling = 0.1");
    close(kondo, 4.0_f64.ln(), 1e-5, "Kondo");
    let anderson =
        of("kind = \"two-impurity-helical-anderson\"\ninteraction = 0.4\nhybridization = 0.04");
    close(anderson, 16.0_f64.ln(), 1e-5, "Anderson");
}

/// A list of temperatures costs one run, at the lowest of them: as many matrices as that one alone, and
/// the numbers of a request for one of the others with as many shells.
#[test]
fn a_list_of_temperatures_costs_one_run() {
    let at = |kind: &str, temperatures: &str| {
        let text = format!(
            "[calculation]\nkind = \"{kind}\"\n[model]\nkind = \"two-impurity-helical-kondo\"\n\
             coupling = 0.2\ncoupling_z = 0.05\ndistance = 10\n[discretization]\nz = 0.25\n\
             [truncation]\nenergy = 4.0\nmax_states = 100\n[run]\n\
             temperature = {temperatures}\nshells = 7\n"
        );
        let spectra = "[spectra]\nlow = 1e-5\n";
        answer(&self::text(&if kind == "spectra" { text + spectra } else { text }))
    };
    for (kind, names) in [
        (
            "spectra",
            ["spectrum_transverse_inter", "chi_longitudinal_intra", "t_s_transverse_intra"],
        ),
        ("thermodynamics", ["entropy_impurity", "t_chi_impurity", "specific_heat"]),
        ("flow", ["sz_sz", "chi_transverse_inter", "entropy"]),
    ] {
        let (all, lowest) = (at(kind, "[1e-1, 1e-2, 1e-3]"), at(kind, "1e-3"));
        assert_eq!(all.quality.matrices, lowest.quality.matrices, "{kind}");
        assert!(0 < lowest.quality.matrices, "{kind}");
        for (index, one) in [at(kind, "1e-1"), at(kind, "1e-2"), lowest].iter().enumerate() {
            for name in names {
                let (found, expected) = (real(&all, name), real(one, name));
                let len = expected.len();
                assert_eq!(found.len(), 3 * len, "{kind}: {name}");
                let scale = expected.iter().copied().map(f64::abs).fold(1e-3, f64::max);
                for (a, b) in found[index * len..].iter().zip(expected) {
                    close(*a, *b, 1e-9 * scale, &format!("{kind}: {name} at {index}"));
                }
            }
        }
    }
}

/// Of one impurity likewise: the T-matrix at a temperature does not depend on the others asked for.
#[test]
fn a_list_of_temperatures_is_one_chain() {
    let at = |temperatures: &str| {
        answer(&text(&format!(
            "[calculation]\nkind = \"t-matrix\"\n[model]\nkind = \"one-impurity-kondo\"\n\
             coupling = 0.2\ncoupling_z = 0.2\n[discretization]\nz = 0.0\n[truncation]\n\
             energy = 6.0\n[run]\ntemperature = {temperatures}\nshells = 12\n"
        )))
    };
    let (all, one) = (at("[1e-1, 1e-2]"), at("1e-2"));
    close(real(&all, "transmission")[1], real(&one, "transmission")[0], 1e-12, "transmission");
}
