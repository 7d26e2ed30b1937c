//! The command line: what it prints, and its exit codes.
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::*;

const DOCUMENT: &str = r#"
engine = "nrg"
[model]
kind = "two-impurity-helical-kondo"
distance = 2
coupling_z = 0.0
[discretization]
z = [0.0, 0.5]
[truncation]
max_states = 64
[run]
temperature = [0.1, 0.2]
shells = 3
[sweep]
"model.coupling" = { from = 0.1, to = 0.4, count = 3, scale = "log" }
"#;

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn edgestate(arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(BINARY);
    command.arg(arguments[0]).arg(file).args(&arguments[1..]).stdin(Stdio::null());
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn run_prints_one_object_row_major_over_the_axes() {
    let dir = short_dir();
    let file = write(dir.path(), "d.toml", DOCUMENT);
    let object = json(&edgestate(&["run", "--json", "--threads", "1"], &file));
    assert_eq!(
        (object["engine"].as_str(), object["precision"].as_str()),
        (Some("nrg"), Some("f64"))
    );
    assert!(object["device"].as_str().unwrap().starts_with("cpu"));
    assert!(object["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(object["axes"][0]["field"], "model.coupling");
    let couplings = object["axes"][0]["values"].as_array().unwrap();
    let middle = couplings[1].as_f64().unwrap();
    assert!((middle - 0.2).abs() < 1e-15, "{middle}");
    assert_eq!(object["axes"][1]["field"], "run.temperature");
    let results = object["results"].as_array().unwrap();
    assert_eq!(results.len(), 6);
    for (index, point) in results.iter().enumerate() {
        let coupling = couplings[index / 2].as_f64().unwrap();
        let energy = point["rkky_energy"].as_f64().unwrap();
        assert!((energy - coupling * coupling / 8.0).abs() < 1e-16);
        assert_eq!(point["status"], "done");
        assert_eq!(point["shells"], serde_json::json!([3, 3]));
        for path in [["t_s", "transverse"], ["t_s", "longitudinal"]] {
            let of = &point[path[0]][path[1]];
            assert!(of["intra"]["mean"].is_number() && of["inter"]["per_z"].is_array(), "{of}");
        }
        assert!(point["static"]["sz_sz"]["std"].is_number());
        assert!(point["kept_max"].is_number() && point["sector_max"].is_number());
    }
    assert!(object["certificate"]["eigen_residual"].as_f64().unwrap() < 30.0);
}

/// The server and the command line give the same numbers, from TOML and from JSON.
#[tokio::test]
async fn run_agrees_with_the_server_bit_for_bit() {
    let dir = short_dir();
    let toml = write(dir.path(), "d.toml", DOCUMENT);
    let document = serde_json::json!({
        "engine": "nrg",
        "model": {"kind": "two-impurity-helical-kondo", "distance": 2, "coupling_z": 0},
        "discretization": {"z": [0, 0.5]},
        "truncation": {"max_states": [64]},
        "run": {"temperature": [0.1, 0.2], "shells": 3},
        "sweep": {"model.coupling": {"from": 0.1, "to": 0.4, "count": 3, "scale": "log"}},
    });
    let other = write(dir.path(), "d.json", &document.to_string());
    let first = json(&edgestate(&["run", "--json"], &toml));
    let second = json(&edgestate(&["run", "--json", "--threads", "1"], &other));
    assert_eq!(first["results"], second["results"]);

    let server = Start::new(dir.path()).start();
    let mut client = server.jobs().await;
    let mut request = request();
    request.model.as_mut().unwrap().coupling = None;
    request.run.as_mut().unwrap().temperature = vec![0.1, 0.2];
    let couplings: Vec<f64> = first["axes"][0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    let job =
        finished(&mut client, sweep_of(request, vec![axis("model.coupling", &couplings)])).await;
    let fetched = fetch(&mut client, &job.id).await.floats("sz_sz");
    for (point, value) in first["results"].as_array().unwrap().iter().zip(fetched) {
        assert_eq!(point["static"]["sz_sz"]["mean"].as_f64().unwrap().to_bits(), value.to_bits());
    }
}

#[test]
fn run_with_a_store_computes_nothing_twice() {
    let dir = short_dir();
    let file = write(dir.path(), "d.toml", DOCUMENT);
    let store = dir.path().join("store");
    let store = store.to_str().unwrap();
    let first = json(&edgestate(&["run", "--json", "--store", store], &file));
    let groups = || std::fs::read_dir(Path::new(store).join("results")).unwrap().count();
    let written = groups();
    assert!(written > 0);
    let second = json(&edgestate(&["run", "--json", "--store", store], &file));
    assert_eq!(first["results"], second["results"]);
    assert_eq!(groups(), written);
    let table = edgestate(&["run", "--store", store], &file);
    let text = String::from_utf8(table.stdout).unwrap();
    assert!(text.contains("12 units from the store"), "{text}");
}

#[test]
fn check_estimates_without_work() {
    let dir = short_dir();
    let file = write(dir.path(), "d.toml", DOCUMENT);
    let object = json(&edgestate(&["check", "--json"], &file));
    assert_eq!((object["points"].as_u64(), object["units"].as_u64()), (Some(6), Some(12)));
    assert!(object["memory_bytes"].as_u64().unwrap() > 0);
    let text = String::from_utf8(edgestate(&["check"], &file).stdout).unwrap();
    assert!(text.contains("points   6") && text.contains("units    12"), "{text}");
}

/// (what is replaced, by what, what standard error must name)
const BAD: &[(&str, &str, &[&str])] = &[
    ("distance = 2", "distance = 0", &["model.distance", "0", "expected"]),
    ("distance = 2", "distance = 2.5", &["model.distance", "2.5", "expected"]),
    ("distance = 2", "distance = nan", &["model.distance", "NaN", "expected"]),
    ("distance = 2", "distance = \"2\"", &["model.distance", "\"2\"", "a finite number"]),
    ("distance = 2", "distance = 2\ncoupling = -0.1", &["model.coupling"]),
    ("coupling_z = 0.0", "cupling_z = 0.0", &["model.cupling_z", "no such field", "coupling_z"]),
    ("z = [0.0, 0.5]", "lambda = 1.0", &["discretization.lambda", "1", "expected"]),
    ("z = [0.0, 0.5]", "z = [0.0, 1.0]", &["discretization.z", "1", "expected"]),
    ("z = [0.0, 0.5]", "z = []", &["discretization.z", "[]", "at least one"]),
    ("z = [0.0, 0.5]", "scheme = \"best\"", &["discretization.scheme", "best", "campo-oliveira"]),
    ("max_states = 64", "max_states = 0.5", &["truncation.max_states", "0.5", "whole"]),
    ("[run]", "[runs]", &["runs", "no such field", "run"]),
    ("\"nrg\"", "\"dmrg\"", &["engine", "dmrg", "nrg"]),
    ("count = 3", "count = 0", &["count", "0", "1 or more"]),
    ("count = 3", "count = 1000000000", &["sweep", "points", "at most"]),
    ("count = 3", "step = 3", &["step", "no such field"]),
    ("from = 0.1", "from = -0.1", &["to", "0.4", "sign"]),
    ("\"model.coupling\"", "model.coupling", &["sweep.\"model\"", "quoted"]),
    ("\"model.coupling\"", "\"model.kind\"", &["sweep", "model.kind", "model.coupling"]),
    ("kind = ", "kind ", &["TOML"]),
];

#[test]
fn bad_documents_exit_with_2_and_say_why() {
    let dir = short_dir();
    for (from, to, named) in BAD {
        let text = DOCUMENT.replacen(from, to, 1);
        assert_ne!(text, DOCUMENT, "{from}");
        let file = write(dir.path(), "bad.toml", &text);
        for command in [["check", "--json"], ["run", "--json"]] {
            let output = edgestate(&command, &file);
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{to}: {said}");
            assert!(output.stdout.is_empty());
            for name in *named {
                assert!(said.contains(name), "{to}: {name} is not in {said}");
            }
        }
    }
    let missing = edgestate(&["run"], &dir.path().join("nothing.toml"));
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn negative_couplings_in_an_axis_are_named() {
    let dir = short_dir();
    let text =
        DOCUMENT.replace("{ from = 0.1, to = 0.4, count = 3, scale = \"log\" }", "[0.1, -0.3]");
    let file = write(dir.path(), "bad.toml", &text);
    let output = edgestate(&["run"], &file);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("model.coupling = -0.3"), "{said}");
}

#[test]
fn an_interrupt_ends_a_run_with_130() {
    let dir = short_dir();
    let slow = DOCUMENT
        .replace("max_states = 64", "max_states = 3000")
        .replace("distance = 2", "distance = 1000")
        .replace("shells = 3", "shells = 30");
    let file = write(dir.path(), "slow.toml", &slow);
    let mut child = Command::new(BINARY)
        .args(["run", "--json"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "it has ended by itself");
    send_signal(child.id(), Signal::INT);
    std::thread::sleep(Duration::from_millis(100));
    let _ = rustix::process::Pid::from_raw(child.id() as i32)
        .map(|pid| rustix::process::kill_process(pid, Signal::INT));
    eventually(Duration::from_secs(10), "the end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn devices_are_listed() {
    let output = Command::new(BINARY).args(["devices", "--json"]).output().unwrap();
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["devices"][0]["name"], "cpu");
    assert!(object["devices"][0]["threads"].as_u64().unwrap() >= 1);
}

/// What `auto` goes by: measured, kept in the cache, shown, and looked at by `doctor`.
#[test]
fn devices_are_calibrated() {
    let dir = short_dir();
    let edgestate = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.args(arguments).env("XDG_CACHE_HOME", dir.path()).env("EDGESTATE_LOG", "off");
        command.output().unwrap()
    };
    let costs_of = |what: &str| {
        let output = edgestate(&["doctor", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let all = report["findings"].as_array().unwrap().clone();
        let costs = all.into_iter().find(|finding| finding["about"] == "costs").unwrap();
        assert!(costs["found"].as_str().unwrap().contains(what), "{costs}");
    };
    costs_of("no device is calibrated");
    let arguments = ["devices", "--calibrate", "--quick", "--device", "cpu", "--json"];
    let output = edgestate(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let measured = &printed["devices"][0]["calibration"];
    assert_eq!(measured["class"], printed["devices"][0]["class"]);
    assert!(8 <= measured["eigh"].as_array().unwrap().len(), "{measured}");
    // Kept, and read by the next one.
    let again: Value = serde_json::from_slice(&edgestate(&["devices", "--json"]).stdout).unwrap();
    assert_eq!(again["devices"][0]["calibration"], *measured);
    assert!(dir.path().join("edgestate/calibration.json").is_file());
    costs_of("calibrated: cpu (");
    let refused = edgestate(&["devices", "--calibrate", "--device", "gpu:99"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("gpu:99: no such device"));
}

/// The command line's device is the document's, unless it is said otherwise.
#[test]
fn a_run_names_its_device_and_why() {
    let dir = short_dir();
    let file = dir.path().join("request.toml");
    let text = std::fs::read_to_string("examples/ribbon_bulk.toml").unwrap();
    std::fs::write(&file, format!("device = \"gpu:99\"\n{text}")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.arg("run").arg(&file).arg("--json").args(arguments);
        command.env("XDG_CACHE_HOME", dir.path()).output().unwrap()
    };
    let refused = run(&[]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8(refused.stderr).unwrap().contains("there are cpu"));
    for (device, note) in
        [("cpu", "device: cpu: asked for"), ("auto", "device: auto: cpu, no GPU is calibrated")]
    {
        let output = run(&["--device", device]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let object: Value = serde_json::from_slice(&output.stdout).unwrap();
        let notes = object["certificate"]["notes"].as_array().unwrap();
        assert!(notes.contains(&Value::from(note)), "{notes:?}");
    }
}
