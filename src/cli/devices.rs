//! `edgestate devices`
use serde_json::{Value, json};

use super::{DevicesArgs, Exit, fail, print};
use crate::linalg::{DeviceInfo, describe_devices};

pub fn devices(args: &DevicesArgs) -> Exit {
    let devices = describe_devices();
    let text = if args.json {
        let rows: Vec<Value> = devices.iter().map(row).collect();
        format!("{}\n", json!({ "devices": rows }))
    } else {
        devices.iter().map(line).collect()
    };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn row(device: &DeviceInfo) -> Value {
    json!({
        "name": device.name,
        "description": device.description,
        "driver": device.driver,
        "shader_f64": device.shader_f64,
        "threads": device.threads,
        "memory_bytes": device.memory_bytes,
        "software": device.software,
        "self_test": device.self_test,
    })
}

fn line(device: &DeviceInfo) -> String {
    let DeviceInfo { name, description, driver, .. } = device;
    let detail = match device.threads {
        0 => format!(
            "{}{}; self-test: {}",
            if device.shader_f64 { "f64" } else { "no f64" },
            if device.software { ", software" } else { "" },
            device.self_test,
        ),
        threads => format!("{threads} threads"),
    };
    format!("{name:<6} {description} ({driver}; {detail})\n")
}
