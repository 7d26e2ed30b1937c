//! Bad input over gRPC: refused before any work, naming field, value and what is expected.
use edgestate::service::proto;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::*;

fn changed(change: impl FnOnce(&mut proto::NrgRequest)) -> proto::Sweep {
    let mut request = request();
    change(&mut request);
    sweep_of(request, vec![])
}

fn model(change: impl FnOnce(&mut proto::NrgModel)) -> proto::Sweep {
    changed(|request| change(request.model.as_mut().unwrap()))
}

fn grid(field: &str, from: f64, to: f64, count: u32, scale: proto::Scale) -> proto::Axis {
    let grid = proto::Grid { from, to, count, scale: scale.into() };
    proto::Axis {
        field: field.to_owned(),
        values: Some(proto::axis::Values::Grid(grid)),
        ..Default::default()
    }
}

/// Every case with the field that must be named and a piece of its value.
fn cases() -> Vec<(proto::Sweep, &'static str, &'static str)> {
    let without_coupling = || {
        let mut request = request();
        request.model.as_mut().unwrap().coupling = None;
        request
    };
    let axes = |axes: Vec<proto::Axis>| sweep_of(without_coupling(), axes);
    let coupling = "model.coupling";
    vec![
        (model(|m| m.coupling = Some(-0.1)), "model.coupling", "-0.1"),
        (model(|m| m.coupling = Some(f64::NAN)), "model.coupling", "NaN"),
        (model(|m| m.coupling = None), "model.coupling", "(missing)"),
        (model(|m| m.coupling_z = Some(f64::INFINITY)), "model.coupling_z", "inf"),
        (model(|m| m.distance = Some(0)), "model.distance", "0"),
        (model(|m| m.distance = Some(-3)), "model.distance", "-3"),
        (model(|m| m.kind = 0), "model.kind", "(missing)"),
        (model(|m| m.kind = 77), "model.kind", "77"),
        (model(|m| m.kind = 2), "model.kind", "one-impurity-kondo"),
        (
            changed(|r| r.discretization.as_mut().unwrap().lambda = Some(1.0)),
            "discretization.lambda",
            "1",
        ),
        (
            changed(|r| r.discretization.as_mut().unwrap().z = vec![0.0, 1.0]),
            "discretization.z",
            "1",
        ),
        (
            changed(|r| r.discretization.as_mut().unwrap().z = vec![-0.25]),
            "discretization.z",
            "-0.25",
        ),
        (changed(|r| r.run.as_mut().unwrap().temperature.clear()), "run.temperature", "(missing)"),
        (
            changed(|r| r.run.as_mut().unwrap().temperature = vec![0.1, f64::NAN]),
            "run.temperature",
            "NaN",
        ),
        (changed(|r| r.truncation.as_mut().unwrap().rule = 9), "truncation.rule", "9"),
        (axes(vec![axis(coupling, &[])]), "sweep.\"model.coupling\"", "no values"),
        (axes(vec![axis(coupling, &[0.1, -0.2])]), "model.coupling", "-0.2"),
        (axes(vec![axis(coupling, &[0.1, f64::NAN])]), "sweep.\"model.coupling\"", "NaN"),
        (
            axes(vec![axis(coupling, &[0.1]), axis("model.cupling", &[0.1])]),
            "sweep",
            "model.cupling",
        ),
        (
            axes(vec![axis(coupling, &[0.1]), axis(coupling, &[0.2])]),
            "sweep.\"model.coupling\"",
            "second",
        ),
        (sweep_of(request(), vec![axis(coupling, &[0.1])]), "sweep.\"model.coupling\"", "an axis"),
        (
            axes(vec![axis(coupling, &[0.1]), axis("model.distance", &[2.5])]),
            "sweep.\"model.distance\"",
            "an axis",
        ),
        (
            axes(vec![grid(coupling, 0.1, 0.2, 1_000_000_000, proto::Scale::Linear)]),
            "sweep",
            "1000000000 points",
        ),
        (
            axes(vec![grid(coupling, 0.1, 0.2, 0, proto::Scale::Linear)]),
            "sweep.\"model.coupling\"",
            "no values",
        ),
        (
            axes(vec![grid(coupling, 0.0, 0.2, 3, proto::Scale::Log)]),
            "sweep.\"model.coupling\".from",
            "0",
        ),
        (proto::Sweep::default(), "engine", "(missing)"),
    ]
}

fn check(status: &Status, field: &str, value: &str) {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    let violations = &details.bad_request().expect("google.rpc.BadRequest").field_violations;
    let named = violations.iter().find(|violation| violation.field.starts_with(field));
    let named = named.unwrap_or_else(|| panic!("{field} is not named: {violations:?}"));
    assert!(named.description.contains(value), "{value} is not named: {named:?}");
    assert!(named.description.contains("; expected "), "{named:?}");
}

#[tokio::test]
async fn bad_input_names_field_value_and_what_is_expected() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    for (sweep, field, value) in cases() {
        let begin = std::time::Instant::now();
        let request = proto::SubmitRequest { sweep: Some(sweep.clone()), priority: 0 };
        check(&client.submit(request).await.unwrap_err(), field, value);
        let request = proto::EstimateRequest { sweep: Some(sweep) };
        check(&client.estimate(request).await.unwrap_err(), field, value);
        let took = begin.elapsed();
        assert!(took < std::time::Duration::from_secs(2), "{field} {value} took {took:?}");
    }
    let missing =
        client.submit(proto::SubmitRequest { sweep: None, priority: 0 }).await.unwrap_err();
    check(&missing, "sweep", "(missing)");
    let listed = client.list(proto::ListRequest {}).await.unwrap().into_inner().jobs;
    assert!(listed.is_empty(), "refused before any work");
}

/// All that is wrong is said at once.
#[tokio::test]
async fn several_mistakes_are_named_together() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let mut request = request();
    request.model.as_mut().unwrap().coupling = Some(-1.0);
    request.model.as_mut().unwrap().distance = Some(0);
    request.discretization.as_mut().unwrap().lambda = Some(0.5);
    let sweep = sweep_of(request, vec![axis("model.nothing", &[1.0])]);
    let request = proto::SubmitRequest { sweep: Some(sweep), priority: 0 };
    let status = client.submit(request).await.unwrap_err();
    for field in ["model.coupling", "model.distance", "discretization.lambda", "sweep"] {
        check(&status, field, "");
    }
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused() {
    let dir = short_dir();
    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let values = vec![0.1; 600_000];
    let too_long = proto::SubmitRequest { sweep: Some(sweep(&values)), priority: 0 };
    let status = client.submit(too_long).await.unwrap_err();
    assert!(matches!(status.code(), Code::OutOfRange | Code::ResourceExhausted), "{status:?}");
    // Below the limit of the message, above that of the units.
    let mut open = request();
    let model = open.model.as_mut().unwrap();
    (model.coupling, model.coupling_z) = (None, None);
    let axes =
        vec![axis("model.coupling", &values[..200_000]), axis("model.coupling_z", &[0.0; 60])];
    let large = sweep_of(open, axes);
    let request = proto::SubmitRequest { sweep: Some(large), priority: 0 };
    let status = client.submit(request).await.unwrap_err();
    check(&status, "sweep", "12000000 points x 2 z");
}
