//! Documents of the engine "transport": what they ask for, what is refused, and by which name.
use std::path::PathBuf;

use edgestate::engine::{Answer, Engine, Node};
use edgestate::invalid::Invalid;
use edgestate::linalg::cpu::Cpu;
use edgestate::stop::{Never, Stop};
use edgestate::transport::Transport;
use proptest::prelude::*;

/// Name and tables (without engine and sweep) of every example.
fn examples() -> Vec<(String, Node)> {
    let directory = PathBuf::from(EXAMPLES);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name.starts_with("transport_") && path.extension().unwrap() == "toml" {
            found.push((name, tables(&std::fs::read_to_string(path).unwrap())));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(17 <= found.len(), "{} examples", found.len());
    found
}

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

fn tables(text: &str) -> Node {
    let Node::Table(mut entries) = Node::from_toml(text).unwrap() else { panic!("{text}") };
    entries.retain(|(name, _)| name != "engine" && name != "sweep");
    let mut tables = Node::Table(entries);
    // The first value of an axis.
    if let Some(Node::Table(axes)) = Node::from_toml(text).unwrap().get("sweep") {
        for (path, values) in axes {
            let first = match values {
                Node::List(values) => values[0].clone(),
                grid => grid.get("from").unwrap().clone(),
            };
            tables.set(path, first);
        }
    }
    tables
}

fn example(name: &str) -> Node {
    examples().into_iter().find(|(known, _)| known == name).unwrap().1
}

fn numbers(values: &[f64]) -> Node {
    Node::List(values.iter().copied().map(Node::Number).collect())
}

fn answer(tables: &Node) -> Answer {
    answers(std::slice::from_ref(tables), &Never).unwrap().remove(0).unwrap()
}

fn answers(
    tables: &[Node],
    stop: &dyn Stop,
) -> Result<Vec<Result<Answer, String>>, edgestate::linalg::LinalgError> {
    let requests: Vec<Node> =
        tables.iter().map(|tables| Transport.resolve(tables).unwrap()).collect();
    Transport.answer(&requests, &Cpu::new(Some(1)).unwrap(), &(), stop)
}

fn refused(tables: &Node) -> Vec<Invalid> {
    match Transport.resolve(tables) {
        Ok(resolved) => panic!("accepted: {}", resolved.to_toml()),
        Err(errors) => errors,
    }
}

fn values(answer: &Answer, name: &str) -> Vec<f64> {
    answer.get(name).unwrap_or_else(|| panic!("no {name}")).values.real().to_vec()
}

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} against {expected}");
}

/// What was understood, written out with all defaults, is understood the same; its arrays are
/// consistent, and every array has its unit and a long name.
#[test]
fn every_example_is_answered_and_its_resolved_form_means_the_same() {
    let (names, requests): (Vec<_>, Vec<_>) = examples().into_iter().unzip();
    for (name, request) in names.iter().zip(&requests) {
        let resolved =
            Transport.resolve(request).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        assert_eq!(Transport.resolve(&resolved).unwrap(), resolved, "{name}");
        let again = Node::from_toml(&resolved.to_toml()).unwrap();
        assert_eq!(Transport.resolve(&again).unwrap(), resolved, "{name}");
        let cost = Transport.cost(&resolved);
        assert!(cost.core_seconds.is_finite() && 0.0 < cost.core_seconds, "{name}: {cost:?}");
    }
    for (name, answer) in names.iter().zip(answers(&requests, &Never).unwrap()) {
        let answer = answer.unwrap_or_else(|reason| panic!("{name}: {reason}"));
        for array in &answer.arrays {
            assert_eq!(array.shape.iter().product::<usize>(), array.values.len(), "{name}");
            assert_eq!(array.shape.len(), array.dimensions.len(), "{name}: {}", array.name);
            assert!(!array.unit.is_empty() && !array.long_name.is_empty(), "{name}");
            let same = answer.arrays.iter().filter(|other| other.name == array.name);
            assert_eq!(same.count(), 1, "{name}: {}", array.name);
        }
    }
}

/// An answer is bitwise the same in any company.
#[test]
fn company_changes_no_bit() {
    let requests: Vec<Node> = examples().into_iter().map(|(_, request)| request).collect();
    let together = answers(&requests, &Never).unwrap();
    for (request, together) in requests.iter().zip(together).take(4) {
        let bits = |answer: &Answer| {
            let arrays = answer.arrays.iter();
            arrays.flat_map(|a| a.values.real().iter().map(|v| v.to_bits())).collect::<Vec<u64>>()
        };
        assert_eq!(bits(&answer(request)), bits(&together.unwrap()));
    }
}

/// Asked before each request.
#[test]
fn a_stopped_chunk_has_no_answers() {
    struct Stopped;
    impl Stop for Stopped {
        fn stopped(&self) -> bool {
            true
        }
    }
    assert!(answers(&[example("transport_anderson")], &Stopped).is_err());
}

/// The loops of the library ask, too: between realizations, descents and electrons.
#[test]
fn long_work_asks_the_token() {
    use edgestate::linalg::LinalgError;
    use edgestate::transport::TransportError;
    use edgestate::transport::protection::{
        FrozenSpins, Impurity, frozen_spin_statistics, minimize_chain, repeated_scattering,
    };

    let stop = std::sync::atomic::AtomicBool::new(true);
    let identity = nalgebra::Matrix3::identity();
    let impurity = |position: f64| Impurity {
        position,
        theta: 0.3 * position,
        phi: 0.0,
        coupling: identity * 0.3,
    };
    let impurities: Vec<Impurity> = (0..5).map(|i| impurity(f64::from(i))).collect();
    let spins =
        FrozenSpins { spins: 5, length: 1.0, wavenumber: 0.1, strength: 0.1, theta_max: 0.0 };
    let outcomes = [
        frozen_spin_statistics(&spins, 10, 1, &stop).err(),
        minimize_chain(&impurities, &[identity; 4], 60, &stop).err(),
        repeated_scattering(&impurities, 0.1, 0.5, &stop).err(),
    ];
    for outcome in outcomes {
        let stopped = matches!(outcome, Some(TransportError::Linalg(LinalgError::Stopped)));
        assert!(stopped, "{outcome:?}");
    }
}

/// `conductance` in laboratory units is the dimensionless one: J/(hbar vF), k_B T/(hbar vF k0),
/// eV/(2 k_B T), mu0/(k_B T) (section 1, CODATA constants).
#[test]
fn laboratory_units_are_the_dimensionless_ones() {
    let laboratory = tables(
        "[calculation]\nkind = \"conductance\"\nunits = \"laboratory\"\n\
         [impurity]\ncoupling_mev_nm = [60.0, 50.0, 40.0]\nspin = 1.0\n\
         [edge]\nfermi_velocity_m_per_s = 5e5\ntexture_wavenumber_per_m = 1e8\nfermi_level_ev = 1e-4\n\
         [conditions]\ntemperature_kelvin = [2.0, 5.0]\nbias_volt = [0.0, 0.001, 0.002]",
    );
    let found = answer(&laboratory);
    let (e, k, hbar) = (1.602_176_634e-19, 1.380_649e-23, 1.054_571_817_646_156_4e-34);
    let per_velocity = 1e-3 * e * 1e-9 / (hbar * 5e5);
    for (row, kelvin) in [2.0, 5.0].into_iter().enumerate() {
        let thermal: f64 = k * kelvin;
        let mut same = tables("[calculation]\nkind = \"conductance\"\n[impurity]\nspin = 1.0");
        let coupling: Vec<f64> = [60.0, 50.0, 40.0].map(|j| j * per_velocity).to_vec();
        same.set("impurity.coupling", numbers(&coupling));
        same.set("edge.texture", Node::Number(thermal / (hbar * 5e5 * 1e8)));
        same.set("edge.fermi_level", Node::Number(1e-4 * e / thermal));
        let biases = [0.0, 0.001, 0.002].map(|volt| e * volt / (2.0 * thermal));
        same.set("conditions.bias", numbers(&biases));
        let same = answer(&same);
        for name in ["delta_g_paper", "delta_g_landauer", "current_paper", "relaxation_gap"] {
            let (a, b) = (values(&found, name), values(&same, name));
            for (a, b) in a[3 * row..3 * row + 3].iter().zip(&b) {
                assert_close(*a, *b, 1e-13, name);
            }
        }
    }
    // e k_B T/hbar = 2.0968e-8 A per kelvin; the landauer value is half of the paper's.
    let (current, ampere) =
        (values(&found, "current_paper"), values(&found, "current_ampere_landauer"));
    for (index, kelvin) in [(1, 2.0), (5, 5.0)] {
        let expected = 0.5 * current[index] * e * k * kelvin / hbar;
        assert_close(ampere[index] / expected, 1.0, 1e-14, "ampere");
    }
}

/// The general response meets its closed forms where both come: Eq. (14), (16) at zero bias.
#[test]
fn closed_forms_stand_beside_the_general_answer() {
    let found = answer(&example("transport_conductance_figure"));
    let general: Vec<f64> = values(&found, "delta_g_paper").iter().step_by(2).copied().collect();
    for name in ["delta_g_linear_paper", "delta_g_eq14_paper", "delta_g_eq16_paper"] {
        for (general, closed) in general.iter().zip(values(&found, name)) {
            assert_close(*general, closed, 1e-12, name);
        }
    }
    // A general matrix has no closed form to stand beside it.
    let mut request = example("transport_conductance_figure");
    request.set("impurity.coupling", numbers(&[0.2, 0.1, 0.0, 0.0, 0.3, -0.1, 0.05, 0.0, 0.1]));
    let found = answer(&request);
    assert!(found.get("delta_g_eq14_paper").is_none());
    // Acceptance, section 8: t = .1, u = 2.
    assert_close(values(&found, "delta_g_paper")[3], -0.01628781777168, 1e-10, "general J");
    request.set("calculation.exchange_field", Node::Text("included".into()));
    assert_close(values(&answer(&request), "delta_g_paper")[3], -0.03489597108488, 1e-10, "field");
}

/// A T-matrix given as Legendre series is the partial wave that it describes.
#[test]
fn a_t_matrix_is_its_partial_waves() {
    let mut waves = example("transport_partial_waves");
    let channel = Node::Table(vec![
        ("l".into(), Node::Number(1.0)),
        ("twice_j".into(), Node::Number(1.0)),
        ("amplitude_imaginary".into(), Node::Number(1.0)),
    ]);
    waves.set("scattering.channels", Node::List(vec![channel]));
    let (waves, matrix) = (answer(&waves), answer(&example("transport_t_matrix")));
    for array in waves.arrays.iter().filter(|array| array.dimensions.is_empty()) {
        let (a, b) = (array.values.real()[0], values(&matrix, &array.name)[0]);
        assert_close(a, b, 1e-12, &array.name);
    }
}

/// Eq. (16) keeps the spin: what is injected relaxes, tau times the rate at which it comes.
#[test]
fn the_film_keeps_the_spin() {
    let found = answer(&example("transport_spin_valve_film"));
    let all = values(&found, "detected");
    let area = 60e-9 * 20e-9;
    assert_close(all[1] * area / 1.2e-14 / 1e20, 1.0, 1e-10, "spin in the film");
}

/// Field and beginning of the expectation for each bad document: (example, path, value, field).
#[test]
fn bad_input_is_refused_by_name() {
    let text = |text: &str| Node::Text(text.into());
    let number = Node::Number;
    let cases: Vec<(&str, &str, Node, &str)> = vec![
        ("conductance", "calculation.kind", text("condutance"), "calculation.kind"),
        ("conductance", "calculation.units", text("cgs"), "calculation.units"),
        (
            "conductance",
            "conditions.temperature_kelvin",
            numbers(&[2.0, -1.0]),
            "conditions.temperature_kelvin[1]",
        ),
        (
            "conductance",
            "conditions.temperature_kelvin",
            number(0.0),
            "conditions.temperature_kelvin",
        ),
        ("conductance", "conditions.bias_volt", number(f64::NAN), "conditions.bias_volt"),
        ("conductance", "impurity.spin", number(0.75), "impurity.spin"),
        (
            "conductance",
            "impurity.coupling_mev_nm",
            numbers(&[1.0, 2.0]),
            "impurity.coupling_mev_nm",
        ),
        (
            "conductance",
            "impurity.coupling_mev_nm",
            numbers(&[1e6, 0.0, 0.0]),
            "impurity.coupling_mev_nm",
        ),
        ("conductance", "impurity.coupling", numbers(&[0.1, 0.1, 0.1]), "impurity.coupling"),
        ("conductance", "edge.texture", number(0.1), "edge.texture"),
        ("conductance", "array.spin", number(0.5), "array"),
        ("conductance_figure", "edge.texture", number(-0.1), "edge.texture"),
        ("conductance_figure", "impurity.coupling", numbers(&[1.5, 0.0, 0.0]), "impurity.coupling"),
        ("texture_integrals", "integrals.argument", number(1e9), "integrals.argument"),
        ("protection", "array.impurities", Node::List(vec![]), "array.impurities"),
        ("protection", "array.bonds", Node::List(vec![]), ""),
        ("protection", "calculation.starts", number(10.0), "calculation.starts"),
        ("protection", "array.delta_v_mev_nm", number(f64::INFINITY), "array.delta_v_mev_nm"),
        ("sub_ballistic", "rotated_coupling.j13", number(2.0), "rotated_coupling.j13"),
        ("edge", "edge.length_nm", number(0.0), "edge.length_nm"),
        ("edge", "texture.theta_rad", numbers(&[0.1]), "texture.theta_rad"),
        ("edge", "magnetization.m_mev", numbers(&[0.1]), "magnetization.m_mev"),
        ("frozen_spins", "frozen_spins.count", number(0.5), "frozen_spins.count"),
        ("frozen_spins", "statistics.realizations", number(1.0), "statistics.realizations"),
        ("frozen_spins", "statistics.realizations", number(1e8), "statistics.realizations"),
        ("repeated_scattering", "array.spin", number(20.0), "array.impurities"),
        ("spin_hall", "scattering.eta1_rad", text("pi/2"), "scattering.eta1_rad"),
        ("spin_hall", "alloy.concentration", number(1.0), "alloy.concentration"),
        ("spin_hall", "alloy.mass_ratio", number(-1.0), "alloy.mass_ratio"),
        ("spin_hall", "scattering.channels", Node::List(vec![]), "scattering.channels"),
        ("t_matrix", "scattering.a_real", text("x"), "scattering.a_real"),
        ("mean_field", "mean_field.filling", number(1.0), "mean_field.filling"),
        ("mean_field", "mean_field.coupling", number(1e-4), "mean_field.coupling"),
        ("mean_field", "mean_field.degeneracy", number(1.0), "mean_field.degeneracy"),
        ("anderson", "anderson.level_ev", number(0.5), "anderson.level_ev"),
        ("anderson", "anderson.repulsion_ev", number(0.5), "anderson.repulsion_ev"),
        ("resonant_level", "resonance.width_ev", number(0.0), "resonance.width_ev"),
        ("spin_valve_wire", "wire.detector_nm", number(100.0), "wire.detector_nm"),
        ("spin_valve_wire", "contacts.area_nm2", number(-1.0), "contacts.area_nm2"),
        (
            "spin_valve_wire",
            "contacts.detector_polarization",
            number(1.5),
            "contacts.detector_polarization",
        ),
        ("spin_valve_film", "diffusion.kappa_m2_per_s", number(1.0), "diffusion.kappa_m2_per_s"),
        ("spin_valve_film", "film.cells_x", number(100_000.0), "film.cells_x"),
    ];
    for (name, path, value, field) in cases {
        let mut request = example(&format!("transport_{name}"));
        request.set(path, value);
        if field.is_empty() {
            assert!(Transport.resolve(&request).is_ok(), "{name} {path}");
            continue;
        }
        let errors = refused(&request);
        assert_eq!(errors[0].field, field, "{name} {path}: {errors:?}");
        assert!(!errors[0].expected.is_empty() && !errors[0].value.is_empty());
    }
}

/// Values inside lists of tables are named with their index.
#[test]
fn bad_entries_of_lists_are_named_with_their_index() {
    for (text, field) in [
        ("[array]\nimpurities = [{ coupling = [1, 1] }]", "array.impurities[0].coupling"),
        ("[array]\nimpurities = [{ theta_rad = 1.0 }]", "array.impurities[0].coupling"),
        (
            "[array]\nimpurities = [{ coupling = [1, 1, 1] }, { coupling = [1, 1, 1] }]",
            "array.impurities[1].position_nm",
        ),
        (
            "[array]\nimpurities = [{ coupling = [1, 1, 1], angle = 2 }]",
            "array.impurities[0].angle",
        ),
    ] {
        let errors = refused(&tables(&format!("[calculation]\nkind = \"protection\"\n{text}")));
        assert_eq!(errors[0].field, field, "{errors:?}");
    }
    let channels = |list: &str| {
        let text = format!(
            "[calculation]\nkind = \"spin-hall\"\n[alloy]\nconcentration = 0.01\n\
             [scattering]\nkind = \"partial-waves\"\nchannels = [{list}]"
        );
        refused(&tables(&text)).remove(0)
    };
    // 2j = 5 does not belong to l = 1; |a|^2 > Im a scatters more than arrives.
    let wrong = channels("{ l = 1, twice_j = 5, phase_shift_rad = 0.1 }");
    assert_eq!(wrong.field, "scattering.channels[1,5/2]");
    let unphysical = channels("{ l = 0, twice_j = 1, amplitude_real = 1.0 }");
    assert!(unphysical.expected.contains("unitarity"), "{unphysical:?}");
    // All phase shifts multiples of pi: nothing scatters.
    let mut request = example("transport_spin_hall");
    for field in ["eta0_rad", "eta1_rad", "eta2_rad"] {
        request.set(&format!("scattering.{field}"), Node::Number(0.0));
    }
    assert_eq!(refused(&request)[0].field, "scattering.eta0_rad");
}

fn any_value() -> impl Strategy<Value = Node> {
    let number = prop_oneof![
        any::<f64>().prop_map(Node::Number),
        (-3i32..40).prop_map(|n| Node::Number(f64::from(n))),
        (0.0..1.0).prop_map(Node::Number),
    ];
    let word = prop_oneof![
        Just("table"),
        Just("bump"),
        Just("sink"),
        Just("closed"),
        Just("t-matrix"),
        Just("partial-waves"),
        Just("laboratory"),
        Just("included"),
        Just("printed"),
        Just("x"),
    ];
    let flat = prop_oneof![
        4 => number,
        1 => word.prop_map(|word| Node::Text(word.into())),
        1 => any::<bool>().prop_map(Node::Bool),
        1 => Just(Node::Null),
    ];
    let field = prop::sample::select(FIELDS.to_vec());
    flat.prop_recursive(3, 24, 9, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..10).prop_map(Node::List),
            prop::collection::vec((field.clone().prop_map(str::to_owned), inner), 0..4)
                .prop_map(Node::Table),
        ]
    })
}

/// Names of fields inside the tables.
const FIELDS: &[&str] = &[
    "kind",
    "coupling",
    "theta_rad",
    "phi_rad",
    "position_nm",
    "exchange_mev",
    "l",
    "twice_j",
    "phase_shift_rad",
    "amplitude_real",
    "x_nm",
    "y_nm",
    "spin_per_s_m",
    "spin",
    "impurities",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Random values anywhere in an example: refused or understood, never a panic; what is
    /// understood is understood again, and answered when it is cheap.
    #[test]
    fn no_tables_panic(
        which in 0usize..17,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any_value()), 1..4),
        new in prop::collection::vec((prop::sample::select(FIELDS.to_vec()), any_value()), 0..2),
    ) {
        let mut request = EXAMPLE_TABLES.with(|all| all[which].clone());
        let paths = paths(&request);
        for (index, value) in edits {
            request.set(index.get::<String>(&paths), value);
        }
        for (name, value) in new {
            request.set(&format!("{}.{name}", paths[0].split('.').next().unwrap()), value);
        }
        if let Ok(resolved) = Transport.resolve(&request) {
            prop_assert_eq!(&Transport.resolve(&resolved).unwrap(), &resolved);
            let cost = Transport.cost(&resolved);
            prop_assert!(cost.core_seconds.is_finite() && 0.0 < cost.core_seconds);
            if cost.core_seconds < 0.02 {
                let device = Cpu::new(Some(1)).unwrap();
                let answers = Transport.answer(&[resolved], &device, &(), &Never);
                prop_assert!(answers.is_ok());
            }
        }
    }
}

thread_local! {
    static EXAMPLE_TABLES: Vec<Node> = examples().into_iter().map(|(_, tables)| tables).collect();
}

fn paths(request: &Node) -> Vec<String> {
    let Node::Table(tables) = request else { return Vec::new() };
    let mut found = Vec::new();
    for (table, node) in tables {
        let Node::Table(fields) = node else { continue };
        found.extend(fields.iter().map(|(field, _)| format!("{table}.{field}")));
    }
    found
}
