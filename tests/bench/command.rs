//! `edgestate bench` from outside.
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgestate"));
    command.args(["bench", "--quick", "--threads=1"]);
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn positive(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| 0.0 < number)
}

/// A program that is started as Python.
fn interpreter(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("python");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

fn python3() -> Option<PathBuf> {
    edgestate::bench::python::found()
}

#[test]
fn the_report_has_its_fields() {
    let dir = tempfile::tempdir().unwrap();
    let (json, svg) = (dir.path().join("b.json"), dir.path().join("b.svg"));
    let output = bench(&[
        "--what=nrg,sizes,broaden",
        "--sizes=4,40",
        "--python=none",
        "--json",
        json.to_str().unwrap(),
        "--figure",
        svg.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("real-40") && text.contains("roofline"), "{text}");
    assert!(text.contains("nobody to compare with"), "{text}");

    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!((report["quick"].as_bool(), &report["calls"]), (Some(true), &Value::Array(vec![])));
    assert_eq!(report["machine"]["threads"], 1);
    assert!(positive(&report["candidates"][0]["peak_flops_per_second"]));
    assert!(positive(&report["candidates"][0]["peak_bytes_per_second"]));
    let names: Vec<&str> = report["workloads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["nrg", "real-4", "real-40", "complex-4", "complex-40"]);
    for workload in report["workloads"].as_array().unwrap() {
        let result = &workload["results"][0];
        assert_eq!(result["candidate"], "cpu");
        for field in ["matrices_per_second", "flops", "bytes", "roofline_share"] {
            assert!(positive(&result[field]), "{workload}");
        }
        assert!(positive(&result["wall_seconds"]["median"]), "{workload}");
        let rate = result["matrices"].as_f64().unwrap()
            / result["wall_seconds"]["median"].as_f64().unwrap();
        assert!((result["matrices_per_second"].as_f64().unwrap() / rate - 1.0).abs() < 1e-12);
    }
    let shells = report["workloads"][0]["results"][0]["step_seconds"].as_array().unwrap();
    assert_eq!(shells.len(), 29);
    for one in report["broadening"].as_array().unwrap() {
        assert!(one["error_bound"].as_f64().unwrap() <= 1e-8, "{one}");
    }
    let drawn = std::fs::read_to_string(&svg).unwrap();
    assert!(drawn.contains("<svg") && drawn.contains("Diagonalization"));
}

#[test]
fn a_server_is_measured_and_ended() {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("b.json");
    let output = bench(&["--what=grpc", "--json", json.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let calls = report["calls"].as_array().unwrap();
    let transports: Vec<&str> =
        calls.iter().map(|call| call["transport"].as_str().unwrap()).collect();
    assert_eq!(transports[..3], ["unix socket", "loopback tcp", "unix socket"]);
    for call in calls {
        let (order, matrices) =
            (call["order"].as_u64().unwrap(), call["matrices"].as_u64().unwrap());
        let bytes = 8 * order * order * matrices;
        assert_eq!(call["bytes_up"].as_u64(), Some(bytes));
        let vectors = if call["vectors"].as_bool().unwrap() { bytes } else { 0 };
        assert_eq!(call["bytes_down"].as_u64(), Some(vectors + 8 * order * matrices));
        assert!(positive(&call["gigabytes_per_second_up"]["median"]), "{call}");
    }
}

/// With whatever this machine's Python has; all libraries agree on the eigenvalues.
#[test]
fn libraries_of_a_python_take_part() {
    let Some(python) = python3() else { return println!("no python3 here") };
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("b.json");
    let python = format!("--python={}", python.display());
    let output =
        bench(&["--what=sizes", "--sizes=5,70", &python, "--json", json.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let peers: Vec<&Value> =
        report["candidates"].as_array().unwrap().iter().filter(|one| one["own"] == false).collect();
    let notes = report["notes"].to_string();
    assert!(!peers.is_empty() || notes.contains("not there: numpy"), "{notes}");
    for workload in report["workloads"].as_array().unwrap() {
        let ratios = workload["ratios"].as_array().unwrap();
        assert_eq!(ratios.len(), peers.len());
        for ratio in ratios {
            assert!(positive(&ratio["wall"]), "{workload}");
            let of = |id: &Value| {
                let results = workload["results"].as_array().unwrap();
                let found = results.iter().find(|result| result["candidate"] == *id).unwrap();
                found["wall_seconds"]["median"].as_f64().unwrap()
            };
            let expected = of(&ratio["against"]) / of(&ratio["candidate"]);
            assert!((ratio["wall"].as_f64().unwrap() / expected - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn a_python_that_answers_nonsense_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = interpreter(dir.path(), "#!/bin/sh\nread line\necho 'no such thing'\nread line\n");
    let output = bench(&["--what=sizes", "--sizes=4", "--python", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains(path.to_str().unwrap()) && said.contains("no such thing"), "{said}");
}

#[test]
fn a_python_that_never_answers_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = interpreter(dir.path(), "#!/bin/sh\necho 'still thinking' >&2\nexec sleep 60\n");
    let begin = Instant::now();
    let arguments = ["--what=sizes", "--sizes=4", "--silence=1", "--python"];
    let output = bench(&[arguments.as_slice(), &[path.to_str().unwrap()]].concat());
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("no answer to 'hello' within 1 s; it said: still thinking"), "{said}");
}

#[test]
fn a_python_that_ends_is_named() {
    let output = bench(&["--what=sizes", "--sizes=4", "--python=/bin/true"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("/bin/true: ended before it answered 'hello'"), "{said}");
    let output = bench(&["--what=sizes", "--sizes=4", "--python=/no/such/python"]);
    assert_eq!(output.status.code(), Some(1));
}

/// A library that is fast because it does something else.
#[test]
fn wrong_eigenvalues_are_no_result() {
    if python3().is_none() {
        return println!("no python3 here");
    }
    const LIAR: &str = r#"#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    hello = {"python": "3", "missing": [], "candidates": [{"id": "x", "title": "x", "device": "cpu"}]}
    answer = {
        "hello": hello,
        "prepare": {"prepared": len(request.get("orders", []))},
        "solve": {"wall_seconds": 1e-9, "cpu_seconds": 1e-9, "trace_norm": 1.0},
    }[request["command"]]
    print(json.dumps(answer), flush=True)
"#;
    let dir = tempfile::tempdir().unwrap();
    let path = interpreter(dir.path(), LIAR);
    let output = bench(&["--what=sizes", "--sizes=4", "--python", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("x: the eigenvalues of real-4 add up"), "{said}");
}

#[test]
fn bad_options_are_refused_by_name() {
    for (argument, text) in [
        ("--sizes=0", "sizes = 0"),
        ("--rounds=0", "rounds = 0"),
        ("--device=tpu", "expected cpu, gpu:N or auto"),
        ("--figure=b.jpg", ".svg or .png"),
    ] {
        let output = bench(&[argument, "--what=sizes", "--python=none"]);
        assert_eq!(output.status.code(), Some(2), "{argument}");
        assert!(said(&output).contains(text), "{argument}: {}", said(&output));
    }
}
