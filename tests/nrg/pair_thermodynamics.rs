//! Thermodynamics of two impurities with symmetries, against all sectors and against exact numbers.
use edgestate::linalg::cpu::Cpu;
use edgestate::nrg::{
    HelicalAnderson, HelicalPair, LADDER_THERMODYNAMICS_COLUMNS, LadderThermodynamics,
    LadderThermodynamicsSpec, Model, ModelKind, Rule, SECTOR_WEIGHTS, Scheme, Truncation,
    ladder_thermodynamics, ladder_thermodynamics_of_all_sectors,
};
use edgestate::stop::Never;

fn kondo(coupling: f64, coupling_z: f64, distance: u64) -> HelicalPair {
    let kind = ModelKind::TwoImpurityHelicalKondo;
    HelicalPair::Kondo(Model { kind, coupling, coupling_z, distance })
}

fn anderson(level_energy: f64) -> HelicalPair {
    let (interaction, hybridization, distance) = (0.4, 0.04, 3);
    HelicalPair::Anderson(HelicalAnderson { interaction, level_energy, hybridization, distance })
}

fn spec(pair: HelicalPair, z: f64, shells: u32) -> LadderThermodynamicsSpec {
    let truncation =
        Truncation { energy: 5.0, rule: Rule::Gap, gap_window: 0.3, max_states: vec![150] };
    let temperatures = vec![1e3, 0.3, 1e-2, 1e-4];
    let (lambda, scheme) = (4.0, Scheme::ZitkoPruschke);
    LadderThermodynamicsSpec { pair, lambda, scheme, z, truncation, shells, temperatures }
}

fn together(specs: &[LadderThermodynamicsSpec]) -> Vec<LadderThermodynamics> {
    let cpu = Cpu::new(None).unwrap();
    let found = ladder_thermodynamics(specs, &cpu, &(), &Never).unwrap();
    found.into_iter().map(Result::unwrap).collect()
}

fn value(run: &LadderThermodynamics, temperature: usize, name: &str) -> f64 {
    let columns = LADDER_THERMODYNAMICS_COLUMNS;
    let index = columns.iter().position(|column| column.name == name).unwrap();
    run.values[temperature][index]
}

const RESULTS: [&str; 7] = [
    "entropy_impurity",
    "specific_heat_impurity",
    "t_chi_impurity",
    "charge_impurity",
    "entropy",
    "specific_heat",
    "energy_above_ground",
];

fn close(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "{what}: {a:e}, all sectors {b:e}");
}

/// Section 5: only Q >= 0, S_z >= 0, partners counted as often as they are: the numbers of all sectors,
/// of spins and of levels, at temperatures from far above the band down to the last shell, in any
/// company.
#[test]
fn symmetries_give_the_numbers_of_all_sectors() {
    let specs = [
        spec(kondo(0.2, 0.05, 10), 0.25, 7),
        spec(anderson(-0.2), 0.0, 5),
        // Its bare ladder has gaps of equal width.
        spec(kondo(0.3, -0.1, 1), 0.0, 4),
    ];
    for (spec, found) in specs.iter().zip(together(&specs)) {
        let cpu = Cpu::new(None).unwrap();
        let oracle = ladder_thermodynamics_of_all_sectors(spec, &cpu, &Never).unwrap();
        assert_eq!(found.values.len(), 4);
        for t in 0..found.values.len() {
            for name in RESULTS {
                close(value(&found, t, name), value(&oracle, t, name), name);
            }
        }
        assert_eq!(found.charge_weights.len(), spec.shells as usize + 1);
        for (a, b) in [
            (&found.charge_weights, &oracle.charge_weights),
            (&found.spin_weights, &oracle.spin_weights),
        ] {
            let pairs = a.iter().flatten().zip(b.iter().flatten());
            pairs.for_each(|(a, b)| close(*a, *b, "sector weight"));
        }
        assert_eq!(found.warnings, oracle.warnings);
        assert!(3 * found.matrices < 2 * oracle.matrices);
    }
}

/// Bitwise the same alone and in company.
#[test]
fn company_changes_nothing() {
    let specs = [spec(kondo(0.2, 0.0, 10), 0.5, 5), spec(kondo(0.1, 0.1, 3), 0.0, 3)];
    for (spec, found) in specs.iter().zip(together(&specs)) {
        let alone = together(std::slice::from_ref(spec)).remove(0);
        let pairs = alone.values.iter().flatten().zip(found.values.iter().flatten());
        pairs.for_each(|(a, b)| assert_eq!(a.to_bits(), b.to_bits()));
    }
}

/// Free impurities: ln 4 of two spins with T chi = 1/2, ln 16 of two levels with T chi = 1/4 and two
/// electrons. Weights of the sectors of Fig. 3, second column, add up to at most one.
#[test]
fn free_impurities_at_high_temperatures() {
    let found = together(&[spec(kondo(0.1, 0.0, 3), 0.0, 3), spec(anderson(-0.2), 0.25, 3)]);
    for (run, states, t_chi, electrons) in
        [(&found[0], 4.0_f64, 0.5, 0.0), (&found[1], 16.0, 0.25, 2.0)]
    {
        for (name, expected) in [
            ("entropy_impurity", states.ln()),
            ("t_chi_impurity", t_chi),
            ("charge_impurity", electrons),
        ] {
            let error = (value(run, 0, name) - expected).abs();
            assert!(error < 2e-4, "{name}: {error:e}");
        }
        for row in run.charge_weights.iter().chain(&run.spin_weights) {
            assert_eq!(row.len(), SECTOR_WEIGHTS.count());
            let sum: f64 = row.iter().sum();
            assert!(0.9 < sum && sum < 1.0 + 1e-12, "{sum}");
        }
    }
}

/// Away from half filling particle and hole differ: all sectors are diagonalized.
#[test]
fn levels_away_from_half_filling_are_done_without_symmetries() {
    let spec = spec(anderson(-0.1), 0.0, 3);
    let found = together(std::slice::from_ref(&spec)).remove(0);
    let oracle =
        ladder_thermodynamics_of_all_sectors(&spec, &Cpu::new(None).unwrap(), &Never).unwrap();
    assert_eq!(found, oracle);
    // U = 0.4, eps_d = -0.1 at T = 1e-2 << |eps_d|: more empty than at half filling.
    assert!(value(&found, 2, "charge_impurity") < 1.95);
}

/// Section 6: both traps are flagged with thermodynamics, too.
#[test]
fn traps_are_flagged() {
    let mut small = spec(kondo(0.01, 0.0, 10), 0.0, 5);
    small.truncation.rule = Rule::Plain;
    let mut levels = spec(anderson(-0.1), 0.0, 3);
    levels.truncation.rule = Rule::Plain;
    for run in together(&[small, levels]) {
        let flagged = |text: &str| run.warnings.iter().any(|warning| warning.contains(text));
        assert!(flagged("even the sign of the spin correlation can be wrong"));
        assert!(flagged("is cut in a gap of"), "{:?}", run.warnings);
    }
}
