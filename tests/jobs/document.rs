//! Documents: the example of the README reads, every point is where it belongs, and no text panics.
use edgestate::jobs::axis::{AxisValues, RawAxis, Scale};
use edgestate::jobs::document::{Document, MAX_UNITS, Parameters, RawDocument, Request};
use edgestate::nrg::{ModelKind, RawRequest, Rule, SWEEPABLE, Scheme};
use proptest::prelude::*;

const EXAMPLE: &str = r#"
engine = "nrg"
[model]
kind = "two-impurity-helical-kondo"
coupling = 0.1
distance = 10
[discretization]
lambda = 4.0
z = [0.0, 0.25, 0.5, 0.75]
scheme = "zitko-pruschke"
[truncation]
energy = 8.0
rule = "gap"
gap_window = 0.3
max_states = [2400, 2400, 2400, 2400, 1000]
[run]
temperature = [1.8e-11, 1e-3]
shells = 0
[sweep]
"truncation.gap_window.x" = 1
"#;

fn sweep(axes: &str) -> Document {
    let start = EXAMPLE.find("\"truncation.gap_window.x\"").unwrap();
    let text = format!("{}{axes}", &EXAMPLE[..start]);
    RawDocument::from_toml(&text).unwrap().check().unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

#[test]
fn the_document_of_the_readme_is_read() {
    let document = sweep("\"model.coupling_z\" = { from = 0.0, to = 0.1, count = 5 }\n");
    let Request::Nrg(first) = document.first() else { panic!() };
    assert_eq!(first.model.kind, ModelKind::TwoImpurityHelicalKondo);
    assert_eq!((first.model.coupling, first.model.distance), (0.1, 10));
    assert_eq!(first.discretization.scheme, Scheme::ZitkoPruschke);
    assert_eq!(first.truncation.rule, Rule::Gap);
    assert_eq!(first.truncation.max_states, [2400, 2400, 2400, 2400, 1000]);
    let fields: Vec<&str> = document.axes().iter().map(|axis| axis.field.as_str()).collect();
    assert_eq!(fields, ["model.coupling_z", "run.temperature"]);
    assert_eq!(document.axes()[0].values, [0.0, 0.025, 0.05, 0.1 * 0.75, 0.1]);
    assert_eq!((document.points(), document.units(), document.groups()), (10, 40, 5));
    assert_eq!(document.lowest_temperature(), 1.8e-11);
}

/// The order of the file, not of the alphabet, and row-major numbering of the points.
#[test]
fn points_are_numbered_row_major_in_the_order_of_the_file() {
    let document = sweep(
        "\"model.coupling_z\" = [0.0, 0.5, 0.25]\n\"discretization.lambda.x\" = 1\n"
            .replace("\"discretization.lambda.x\" = 1\n", "")
            .as_str(),
    );
    assert_eq!(document.groups(), 3);
    let text = EXAMPLE
        .replace("distance = 10\n", "")
        .replace("coupling = 0.1\n", "")
        .replace("\"truncation.gap_window.x\" = 1", "\"model.distance\" = [3, 1]\n\"model.coupling\" = [0.3, 0.1, 0.2]\n\"model.coupling_z\" = [0.0]");
    let document = RawDocument::from_toml(&text).unwrap().check().unwrap();
    let fields: Vec<&str> = document.axes().iter().map(|axis| axis.field.as_str()).collect();
    let expected = ["model.distance", "model.coupling", "model.coupling_z", "run.temperature"];
    assert_eq!(fields, expected);
    let mut seen = vec![None; document.points()];
    for index in 0..document.groups() {
        let group = document.group(index).unwrap();
        let Request::Nrg(request) = &group.request else { panic!() };
        for (point, temperature) in group.points.iter().zip(&request.run.temperature) {
            let model = request.model;
            assert!(seen[*point].replace((model.distance, model.coupling, *temperature)).is_none());
        }
    }
    let mut point = 0;
    for distance in [3, 1] {
        for coupling in [0.3, 0.1, 0.2] {
            for temperature in [1.8e-11, 1e-3] {
                assert_eq!(seen[point], Some((distance, coupling, temperature)), "{point}");
                point += 1;
            }
        }
    }
}

#[test]
fn grids_have_both_ends_exactly() {
    for scale in [Scale::Linear, Scale::Log] {
        let grid = AxisValues::Grid { from: 1e-11, to: 0.3, count: 8, scale };
        let values = grid.expand();
        assert_eq!((values[0], values[7], values.len()), (1e-11, 0.3, 8));
        assert!(values.is_sorted());
    }
    let grid = AxisValues::Grid { from: 1.0, to: 1e-4, count: 5, scale: Scale::Log };
    for (value, exact) in grid.expand().iter().zip([1.0, 1e-1, 1e-2, 1e-3, 1e-4]) {
        assert!((value / exact - 1.0).abs() < 1e-14, "{value} {exact}");
    }
}

/// 10^18 points cost nothing: they are counted, not written out.
#[test]
fn too_many_points_are_refused_at_once() {
    let begin = std::time::Instant::now();
    let grid =
        || AxisValues::Grid { from: 0.1, to: 0.2, count: 1_000_000_000, scale: Scale::Linear };
    let mut raw =
        RawDocument::from_toml(&EXAMPLE.replace("coupling = 0.1\n", "")).unwrap_or_default();
    raw = RawDocument { engine: "nrg".into(), ..raw };
    raw.axes = ["model.coupling", "model.coupling_z"]
        .map(|field| RawAxis { field: field.into(), values: grid(), along: None })
        .to_vec();
    let errors = raw.check().unwrap_err();
    assert!(errors[0].value.contains("1000000000000000000 points"), "{errors:?}");
    assert!(begin.elapsed().as_secs_f64() < 0.1);
}

/// The limit itself is allowed, one more is not.
#[test]
fn the_limit_of_units_is_where_it_is_said_to_be() {
    let document = |count: u64| {
        let mut request = RawRequest::default();
        request.model.kind = Some(ModelKind::TwoImpurityHelicalKondo);
        request.model.coupling_z = Some(0.0);
        request.model.distance = Some(1.0);
        request.discretization.z = vec![0.0];
        request.run.temperature = vec![0.1];
        let values = AxisValues::Grid { from: 0.1, to: 0.2, count, scale: Scale::Linear };
        let axes = vec![RawAxis { field: "model.coupling".into(), values, along: None }];
        let parameters = Parameters::Nrg(request);
        RawDocument { engine: "nrg".into(), device: String::new(), parameters, axes }.check()
    };
    assert_eq!(document(MAX_UNITS).unwrap().units() as u64, MAX_UNITS);
    let errors = document(MAX_UNITS + 1).unwrap_err();
    assert_eq!(errors[0].field, "sweep", "{errors:?}");
}

#[test]
fn json_keys_given_twice_are_refused() {
    let text = r#"{"engine": "nrg", "model": {"coupling": 0.1, "coupling": 0.2}}"#;
    let error = RawDocument::from_json(text).unwrap_err().to_string();
    assert!(error.contains("model.coupling") && error.contains("once"), "{error}");
}

fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>().prop_filter("finite", |v| v.is_finite()), -2.0..2.0, Just(-0.0)]
}

fn axis_values() -> impl Strategy<Value = AxisValues> {
    let scale = prop_oneof![Just(Scale::Linear), Just(Scale::Log)];
    prop_oneof![
        prop::collection::vec(numbers(), 1..5).prop_map(AxisValues::List),
        (numbers(), numbers(), 1u64..1_000_000, scale)
            .prop_map(|(from, to, count, scale)| AxisValues::Grid { from, to, count, scale }),
    ]
}

fn documents() -> impl Strategy<Value = RawDocument> {
    let axis = (prop::sample::select(SWEEPABLE), axis_values())
        .prop_map(|(field, values)| RawAxis { field: field.into(), values, along: None });
    let optional = prop::collection::vec(prop::option::of(numbers()), 7);
    let lists = (
        prop::collection::vec(numbers(), 0..4),
        prop::collection::vec(numbers(), 0..4),
        prop::collection::vec(1u32.., 0..4),
    );
    (optional, lists, prop::collection::vec(axis, 0..3), any::<bool>()).prop_map(
        |(numbers, (z, temperature, max_states), mut axes, given)| {
            let mut seen = std::collections::HashSet::new();
            axes.retain(|axis: &RawAxis| seen.insert(axis.field.clone()));
            let mut request = RawRequest::default();
            request.model.kind = given.then_some(ModelKind::TwoImpurityHelicalKondo);
            request.model.coupling = numbers[0];
            request.model.coupling_z = numbers[1];
            request.model.distance = numbers[2];
            request.discretization.lambda = numbers[3];
            request.discretization.scheme = given.then_some(Scheme::CampoOliveira);
            request.discretization.z = z;
            request.truncation.energy = numbers[4];
            request.truncation.gap_window = numbers[5];
            request.truncation.rule = given.then_some(Rule::Plain);
            request.truncation.max_states = max_states;
            request.run.shells = numbers[6];
            request.run.temperature = temperature;
            let parameters = Parameters::Nrg(request);
            RawDocument { engine: "nrg".into(), device: "cpu".into(), parameters, axes }
        },
    )
}

proptest! {
    /// What the store keeps is what was submitted, so that keys are the same after a restart.
    #[test]
    fn a_document_survives_its_toml(raw in documents()) {
        let text = raw.to_toml();
        let back = RawDocument::from_toml(&text);
        let back = back.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(format!("{back:?}"), format!("{raw:?}"));
    }

    #[test]
    fn checking_never_panics(raw in documents()) {
        if let Ok(document) = raw.check() {
            prop_assert!(document.units() as u64 <= MAX_UNITS);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,120}") {
        let _ = RawDocument::from_toml(&text);
        let _ = RawDocument::from_json(&text);
    }

    /// Random edits of a real document: a document or an error, never a panic.
    #[test]
    fn edited_documents_never_panic(at in 0usize..400, cut in 0usize..20, put in "[\\[\\]{}=.\"0-9eE,a-z -]{0,6}") {
        let chars: Vec<char> = EXAMPLE.chars().collect();
        let at = at.min(chars.len());
        let end = (at + cut).min(chars.len());
        let text: String =
            chars[..at].iter().copied().chain(put.chars()).chain(chars[end..].iter().copied()).collect();
        if let Ok(raw) = RawDocument::from_toml(&text) {
            let _ = raw.check();
        }
    }
}

#[test]
fn nested_json_is_refused_without_a_crash() {
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(RawDocument::from_json(&text).is_err());
    let text = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(RawDocument::from_toml(&text).is_err());
}
