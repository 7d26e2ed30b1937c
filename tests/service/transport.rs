//! Transport documents through every layer: the command line, jobs, and calls.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use edgestate::service::proto::transport_client::TransportClient;
use edgestate::service::proto::{self, sweep};
use serde_json::Value;
use tonic::Code;

use crate::support::*;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/transport_{name}.toml"))
}

/// `edgestate run FILE --json`
fn run(file: &Path) -> Value {
    let mut command = Command::new(BINARY);
    command.arg("run").arg(file).arg("--json").stdin(Stdio::null());
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {errors}", file.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The numbers of an array of one point, row-major.
fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        number => vec![number.as_f64().unwrap_or(f64::NAN)],
    }
}

struct Expected {
    example: &'static str,
    array: &'static str,
    values: &'static [f64],
    absolute: f64,
    relative: f64,
}

const fn absolute(
    example: &'static str,
    array: &'static str,
    values: &'static [f64],
    absolute: f64,
) -> Expected {
    Expected { example, array, values, absolute, relative: 0.0 }
}

const fn relative(
    example: &'static str,
    array: &'static str,
    values: &'static [f64],
    relative: f64,
) -> Expected {
    Expected { example, array, values, absolute: 0.0, relative }
}

/// Acceptance numbers of the three specifications; where none exists, closed forms.
const EXPECTED: &[Expected] = &[
    // Fig. 2, black line; its bias of 2 at t = 0.1 is in `a_map_holds_the_accepted_points`.
    absolute(
        "conductance_figure",
        "delta_g_linear_paper",
        &[
            -5.38975238e-05,
            -8.16669e-04,
            -0.0034919249,
            -0.0083827245,
            -0.0146337994,
            -0.0211798961,
        ],
        1e-9,
    ),
    absolute("texture_integrals", "ic", &[0.83594057431490, 0.49324321901797], 1e-12),
    absolute("texture_integrals", "is", &[0.25896440883061, 0.31727066022410], 1e-12),
    // All matrices isotropic, axes (0, 0) and (0.3, 0).
    absolute("protection", "chain_violation", &[0.01994590134], 1e-8),
    absolute("protection", "protected", &[0.0], 0.0),
    absolute("protection", "protected_alone", &[1.0, 1.0], 0.0),
    absolute("protection", "delta_g_paper", &[0.0, 0.0], 1e-15),
    // -J11^2 J13^2/(2 J11^2 + 2 J33^2 + J13^2)
    absolute("sub_ballistic", "delta_g_paper", &[-0.04 * 0.01 / 0.27], 1e-15),
    absolute("edge", "transmission", &[0.828223858], 2e-9),
    absolute("repeated_scattering", "backscattering", &[0.0655951853], 1e-10),
    relative("spin_hall", "sigma_sh", &[-7.906985564e5], 1e-8),
    relative("spin_hall", "sigma_c", &[2.603510862e7], 1e-8),
    relative("spin_hall", "tau_s", &[1.237937379e-14], 1e-8),
    relative("spin_hall", "length_longitudinal", &[1.058768966e-8], 1e-8),
    relative("spin_hall", "spin_hall_angle", &[-0.06074094546], 1e-8),
    absolute("partial_waves", "rate_transport", &[1.6456670383], 1e-9),
    absolute(
        "partial_waves",
        "rate_spin_current",
        &[1.9119908777, 1.778828958, 1.9551780931],
        1e-9,
    ),
    // Pure p wave of j = 1/2 at the unitary limit: 1/tau_tr = 2/3 + 1/3, 1/tau_s = 8/9.
    absolute("t_matrix", "rate_transport", &[1.0], 1e-12),
    absolute("t_matrix", "rate_spin", &[8.0 / 9.0], 1e-12),
    absolute("mean_field", "gamma", &[0.006738099955454], 1e-14),
    absolute("mean_field", "wilson_ratio", &[2.0], 0.0),
    // J = 2 V^2 (1/2 + 1), potential -(V^2/2)(1/2 - 1)
    absolute("anderson", "exchange", &[0.12], 1e-16),
    absolute("anderson", "potential", &[0.01], 1e-16),
    absolute("resonant_level", "phase_shift", &[std::f64::consts::FRAC_PI_4], 1e-15),
];

#[test]
fn the_examples_meet_the_accepted_numbers() {
    let mut last: Option<(&str, Value)> = None;
    for expected in EXPECTED {
        let Expected { example: name, array, values, .. } = expected;
        if last.as_ref().is_none_or(|(known, _)| known != name) {
            last = Some((name, run(&example(name))));
        }
        let (_, object) = last.as_ref().unwrap();
        let point = &object["results"][0];
        assert_eq!(point["status"], "done", "{name}: {point}");
        let found = flat(&point[array]["values"]);
        assert_eq!(found.len(), values.len(), "{name} {array}");
        for (found, value) in found.iter().zip(*values) {
            let allowed = expected.absolute + expected.relative * value.abs();
            let defect = (found - value).abs();
            assert!(defect <= allowed, "{name} {array}: {found} against {value}");
        }
    }
}

/// Lists are dimensions with coordinates: temperatures (textures) slow, biases fast.
#[test]
fn a_map_holds_the_accepted_points() {
    let object = run(&example("conductance_figure"));
    let map = &object["results"][0]["delta_g_paper"];
    assert_eq!(map["dimensions"], serde_json::json!(["texture", "bias"]));
    // Section 8: J = 0.25, t = 0.1, u = 2.
    assert!((map["values"][1][1].as_f64().unwrap() + 0.0018828687859).abs() < 1e-10, "{map}");
    let spin = flat(&object["results"][0]["polarization"]["values"][1][1]);
    for (found, expected) in spin.iter().zip([-0.05109794606, 0.0, 0.47531073775]) {
        assert!((found - expected).abs() < 1e-10, "{spin:?}");
    }
    assert_eq!(object["results"][0]["bias"]["values"], serde_json::json!([0.0, 2.0]));

    let object = run(&example("conductance"));
    let point = &object["results"][0];
    assert_eq!(point["current_ampere_landauer"]["unit"], "A");
    // Nothing flows without a bias, and at zero bias the response is the linear one.
    let (currents, response) =
        (flat(&point["current_paper"]["values"]), flat(&point["delta_g_paper"]["values"]));
    for (row, linear) in flat(&point["delta_g_linear_paper"]["values"]).iter().enumerate() {
        assert!(currents[4 * row].abs() < 1e-15 && (response[4 * row] - linear).abs() < 1e-12);
    }
}

/// A sweep over the same parameters: blue and green lines of Fig. 2 without J_y.
#[test]
fn a_sweep_meets_the_figure() {
    let object = run(&example("conductance_sweep"));
    let found: Vec<f64> = object["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["delta_g_linear_paper"]["values"].as_f64().unwrap())
        .collect();
    let blue =
        [-0.0312836096, -0.0317090058, -0.032871572, -0.034486857, -0.0361308557, -0.0375794836];
    for (found, expected) in found.iter().zip([-0.03125; 6].iter().chain(&blue)) {
        assert!((found - expected).abs() < 1e-9, "{found} against {expected}");
    }
}

/// Infinite on the left, a sink at 60 nm: s = (L/(2 D)) (exp(-x/L) - exp(-(120 nm - x)/L)).
#[test]
fn the_wire_ends_in_its_sink() {
    let point = run(&example("spin_valve_wire"))["results"][0].clone();
    let number = |name: &str| point[name]["values"].as_f64().unwrap();
    let length = number("length_longitudinal");
    assert!((length / 1.058768966e-8 - 1.0).abs() < 1e-8);
    let d = 9.055318479e-3;
    for (found, x) in
        flat(&point["response_longitudinal"]["values"]).iter().zip([5e-9, 1e-8, 2e-8, 4e-8])
    {
        let expected = length / (2.0 * d) * ((-x / length).exp() - (-(120e-9 - x) / length).exp());
        assert!((found / expected - 1.0).abs() < 1e-8, "{found} against {expected}");
    }
    assert_eq!(point["resistance_longitudinal"]["unit"], "ohm");
}

fn matrix(values: [f64; 3]) -> Vec<f64> {
    values.to_vec()
}

fn request() -> proto::TransportRequest {
    proto::TransportRequest {
        calculation: Some(proto::TransportCalculation {
            kind: proto::TransportKind::Conductance.into(),
            ..Default::default()
        }),
        impurity: Some(proto::TransportImpurity {
            coupling: matrix([0.25; 3]),
            ..Default::default()
        }),
        edge: Some(proto::TransportEdge {
            texture: vec![0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
            ..Default::default()
        }),
        conditions: Some(proto::TransportConditions { bias: vec![0.0, 2.0], ..Default::default() }),
        ..Default::default()
    }
}

/// The call, the job and the command line: the same bits, labels and warnings.
#[tokio::test]
async fn call_job_and_command_line_agree() {
    let printed = run(&example("conductance_figure"));
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut jobs = server.jobs().await;
    let sweep =
        proto::Sweep { engine: Some(sweep::Engine::Transport(request())), ..Default::default() };
    let job = finished(&mut jobs, sweep).await;
    assert_eq!((job.units_total, job.units_done), (1, 1), "{job:?}");
    let fetched = fetch(&mut jobs, &job.id).await;

    let mut client = TransportClient::new(server.channel().await);
    let reply = client.compute(request()).await.unwrap().into_inner();
    assert_eq!(reply.tensors.len(), reply.data.len());
    assert_eq!(reply.tensors.len(), fetched.header.tensors.len());
    for (tensor, data) in reply.tensors.iter().zip(&reply.data) {
        let (same, bytes) = fetched.tensor(&tensor.name);
        assert_eq!(tensor, same);
        assert_eq!(data.as_ref(), bytes, "{}", tensor.name);
        if tensor.name == "status" {
            continue;
        }
        let point = flat(&printed["results"][0][&tensor.name]["values"]);
        let floats: Vec<f64> = match tensor.dtype() {
            proto::Dtype::I64 => fetched.integers(&tensor.name).iter().map(|v| *v as f64).collect(),
            _ => fetched.floats(&tensor.name),
        };
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&point), bits(&floats), "{}", tensor.name);
    }
    let certificate = reply.certificate.unwrap();
    assert_eq!(certificate.warnings, fetched.certificate.warnings);
    // Why a job is where it is, is said of jobs alone.
    let mut notes = fetched.certificate.notes;
    notes.retain(|note| !note.starts_with("device: "));
    assert_eq!(certificate.notes, notes);
    assert_eq!(certificate.device, fetched.certificate.device);
}

#[tokio::test]
async fn a_call_refuses_bad_values_and_large_work() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = TransportClient::new(server.channel().await);
    let mut bad = request();
    bad.edge.as_mut().unwrap().texture[1] = -1.0;
    let status = client.compute(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains("edge.texture[1]"), "{}", status.message());

    let mut other_kind = request();
    other_kind.film = Some(proto::TransportFilm { length_nm: Some(1.0), ..Default::default() });
    let status = client.compute(other_kind).await.unwrap_err();
    assert!(status.message().contains("film"), "{}", status.message());

    let mut large = request();
    large.conditions.as_mut().unwrap().bias = (0..3000).map(f64::from).map(|u| u / 1e3).collect();
    large.impurity.as_mut().unwrap().spin = Some(2.0);
    let status = client.compute(large).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.message().contains("job"), "{}", status.message());
}

/// What an axis may vary is a number of the contract, for every engine: otherwise no client could
/// name it.
#[test]
fn every_sweepable_field_is_in_the_contract() {
    let pool = prost_reflect::DescriptorPool::decode(proto::DESCRIPTORS).unwrap();
    let sweep = pool.get_message_by_name("edgestate.v1.Sweep").unwrap();
    for engine in edgestate::jobs::spec::engines() {
        let field = sweep.get_field_by_name(engine.name()).unwrap();
        for sweepable in engine.sweepable() {
            let mut message = Some(field.kind().as_message().unwrap().clone());
            let mut kind = None;
            for name in sweepable.path.split('.') {
                let inner = message.and_then(|message| message.get_field_by_name(name));
                let inner = inner.unwrap_or_else(|| panic!("no field {}", sweepable.path));
                message = inner.kind().as_message().cloned();
                kind = Some(inner.kind());
            }
            let number = matches!(
                kind,
                Some(prost_reflect::Kind::Double | prost_reflect::Kind::Uint32)
                    | Some(prost_reflect::Kind::Int64 | prost_reflect::Kind::Int32)
            );
            assert!(number, "{} is no number: {kind:?}", sweepable.path);
        }
    }
}
