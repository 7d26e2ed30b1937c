//! The examples as a user runs them.
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::close;

/// The only point of `edgestate run FILE --json`.
fn run(name: &str) -> Value {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/crossover_{name}.toml"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgestate"));
    let output = command.arg("run").arg(&file).arg("--json").stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{}: {errors}", file.display());
    let mut object: Value = serde_json::from_slice(&output.stdout).unwrap();
    object["results"][0].take()
}

/// Far below T_K the metal of section 8 with eta1 = pi/2: sigma_sH, tau_s.
#[test]
fn the_spin_hall_example() {
    let point = run("spin_hall");
    assert_eq!(point["status"], "done", "{point}");
    for (name, expected) in [("sigma_sh", -7.906985564e5), ("tau_s_kept", 1.237937379e-14)] {
        let found = point[name]["values"][0].as_f64().unwrap();
        close(found / expected, 1.0, 0.03);
    }
    assert_eq!(point["sigma_sh"]["dimensions"], serde_json::json!(["temperature"]));
    assert_eq!(point["sigma_sh"]["values"].as_array().unwrap().len(), 7);
}

/// J = 0.05, J_z = 0, x = 10: E_R = 6.25e-5 locks at T = 1e-7 and 1e-5, not at 1e-3.
#[test]
fn the_regime_map_example() {
    let point = run("regime_map");
    assert_eq!(point["status"], "done", "{point}");
    assert_eq!(point["regime"]["values"][0][0][0], serde_json::json!([1, 1, 0]));
    close(point["exchange"]["values"][0][0][0][0].as_f64().unwrap(), 6.25e-5, 1e-18);
}
