//! `edgestate devices`
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::working::until_done;
use super::{DevicesArgs, Exit, complain, fail, print};
use crate::jobs::costs::{Calibration, CostModel, Plan, default_path, measure};
use crate::jobs::worker::machine::{OpenError, open};
use crate::linalg::gpu::adapters;
use crate::linalg::{DeviceInfo, LinalgError, describe_devices};

pub fn devices(args: &DevicesArgs) -> Exit {
    if args.untested {
        return untested();
    }
    if args.calibrate
        && let Err(exit) = calibrate(args)
    {
        return exit;
    }
    let (devices, calibration) = (describe_devices(), Calibration::of_this_machine());
    let text = if args.json {
        let rows: Vec<Value> = devices.iter().map(|device| row(device, &calibration)).collect();
        format!("{}\n", json!({ "devices": rows }))
    } else {
        devices.iter().map(|device| lines(device, &calibration)).collect()
    };
    match print(&text) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

/// What the drivers say, for a server that looks for adapters.
fn untested() -> Exit {
    let row = |adapter: crate::linalg::gpu::AdapterDescription| {
        json!({
            "name": format!("gpu:{}", adapter.index),
            "description": adapter.name,
            "driver": format!("{}, {}", adapter.backend, adapter.driver),
            "shader_f64": adapter.shader_f64,
            "threads": 0,
            "memory_bytes": adapter.memory_bytes.unwrap_or(0),
            "software": adapter.software,
            "self_test": "not tested",
            "class": "",
            "refused": "",
            "abilities": "",
            "largest_order": 0,
        })
    };
    let rows: Vec<Value> = adapters().into_iter().map(row).collect();
    match print(&format!("{}\n", json!({ "devices": rows }))) {
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn row(device: &DeviceInfo, calibration: &Calibration) -> Value {
    json!({
        "name": device.name,
        "description": device.description,
        "driver": device.driver,
        "shader_f64": device.shader_f64,
        "threads": device.threads,
        "memory_bytes": device.memory_bytes,
        "software": device.software,
        "self_test": device.self_test,
        "class": device.class,
        "refused": device.refused,
        "abilities": device.abilities,
        "largest_order": device.largest_order,
        "calibration": calibration.of(&device.class),
    })
}

fn lines(device: &DeviceInfo, calibration: &Calibration) -> String {
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
    let mut text = format!("{name:<6} {description} ({driver}; {detail})\n");
    if !device.refused.is_empty() {
        text.push_str(&format!("{:<6} not used: {}\n", "", device.refused));
        return text;
    }
    let limit = match device.largest_order {
        0 => String::new(),
        order => format!("; matrices up to order {order}"),
    };
    text.push_str(&format!("{:<6} {}{limit}\n", "", device.abilities));
    match calibration.of(&device.class) {
        Some(model) => text.push_str(&costs(model)),
        None => text.push_str(&format!("{:<6} not calibrated\n", "")),
    }
    text
}

/// Milliseconds of a real matrix with vectors, at the largest batch that was measured.
fn costs(model: &CostModel) -> String {
    let alike = || model.eigh.iter().filter(|sample| !sample.complex && sample.vectors);
    let batch = alike().map(|sample| sample.batch).max().unwrap_or(1);
    let shown = |order: usize| {
        let seconds = model.of_matrix(false, true, order, batch)?;
        Some(format!("{order}: {:.3} ms", 1e3 * seconds))
    };
    let most = alike().map(|sample| sample.order).max().unwrap_or(0);
    let orders = [16, 64, 256, 512].into_iter().filter(|order| *order <= most);
    let list: Vec<String> = orders.filter_map(shown).collect();
    let (up, down) = (model.upload_bytes_per_second, model.download_bytes_per_second);
    let transfer = if model.class.starts_with("cpu") {
        // A batch is handed over, not copied.
        String::new()
    } else {
        format!("; to the device {:.1} GB/s, back {:.1} GB/s", 1e-9 * up, 1e-9 * down)
    };
    format!(
        "{:<6} calibrated: real eigenvectors by order, in batches of {batch}: {}{transfer}\n",
        "",
        list.join(", "),
    )
}

/// A device that does not answer is given up, and the others with it.
fn calibrate(args: &DevicesArgs) -> Result<(), Exit> {
    let path = default_path().map_err(|error| fail(&error))?;
    let wanted = match args.device.as_slice() {
        [] => hardware(),
        named => named.to_vec(),
    };
    let plan = if args.quick { Plan::quick() } else { Plan::full() };
    let place = path.clone();
    let measured = until_done(move |stop, bar| -> Result<(), Failed> {
        let total = wanted.len().max(1) as f64;
        for (index, name) in wanted.iter().enumerate() {
            crate::jobs::drive::Listener::done(bar, index as f64 / total);
            let opened = open(name, None, u64::MAX)?;
            let model = measure(opened.device.as_ref(), &plan, stop)?;
            keep(&place, model)?;
        }
        Ok(())
    });
    match measured {
        Ok(Some(Ok(()))) => {
            complain(&format!("the calibration is in {}\n", path.display()));
            Ok(())
        }
        Ok(None | Some(Err(Failed::Device(LinalgError::Stopped)))) => {
            complain("edgestate: interrupted\n");
            Err(Exit::Interrupted)
        }
        Ok(Some(Err(Failed::Open(error)))) => Err(super::run::no_device(&error)),
        Ok(Some(Err(Failed::Device(error)))) => Err(fail(&error)),
        Ok(Some(Err(Failed::File(error)))) => Err(fail(&error)),
        Err(error) => Err(fail(&error)),
    }
}

/// The CPU, and every adapter that is hardware.
fn hardware() -> Vec<String> {
    let adapters = adapters().into_iter().filter(|adapter| !adapter.software);
    let names = adapters.map(|adapter| format!("gpu:{}", adapter.index));
    std::iter::once("cpu".to_owned()).chain(names).collect()
}

enum Failed {
    Open(OpenError),
    Device(LinalgError),
    File(crate::jobs::costs::CalibrationError),
}

impl From<OpenError> for Failed {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<LinalgError> for Failed {
    fn from(error: LinalgError) -> Self {
        Self::Device(error)
    }
}

impl From<crate::jobs::costs::CalibrationError> for Failed {
    fn from(error: crate::jobs::costs::CalibrationError) -> Self {
        Self::File(error)
    }
}

/// Read again just before: another process may have measured, too.
fn keep(path: &Path, model: CostModel) -> Result<(), crate::jobs::costs::CalibrationError> {
    // A file that cannot be read is written anew.
    let mut calibration = Calibration::read(path).unwrap_or_default();
    calibration.put(model);
    calibration.write(path)
}

/// How long ago, in words.
pub fn age(seconds: f64) -> String {
    let days = Duration::from_secs_f64(seconds.max(0.0)).as_secs() / 86_400;
    if days == 0 { "today".to_owned() } else { format!("{days} days ago") }
}
