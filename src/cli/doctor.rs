//! `edgestate doctor`: what of the machine is in order, and what to do about the rest.
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::devices::age;
use super::{Exit, fail, print};
use crate::jobs::costs::{Calibration, default_path};
use crate::jobs::store::{default_dir, free_bytes, holder, index_format, network_file_system};
use crate::jobs::worker::machine;
use crate::linalg::{DeviceInfo, describe_devices};
use crate::service::listen::default_socket;

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Directory of jobs and results [default: $XDG_DATA_HOME/edgestate or ~/.local/share/edgestate]
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Fine,
    /// It works, with less.
    Note,
    Problem,
}

impl Health {
    fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }
}

struct Finding {
    about: &'static str,
    health: Health,
    found: String,
    /// What to do; empty when all is well.
    advice: String,
}

fn fine(about: &'static str, found: String) -> Finding {
    Finding { about, health: Health::Fine, found, advice: String::new() }
}

fn note(about: &'static str, found: String, advice: impl Into<String>) -> Finding {
    Finding { about, health: Health::Note, found, advice: advice.into() }
}

fn problem(about: &'static str, found: String, advice: impl Into<String>) -> Finding {
    Finding { about, health: Health::Problem, found, advice: advice.into() }
}

pub fn doctor(args: &DoctorArgs) -> Exit {
    let mut findings = vec![version(), memory()];
    findings.extend(devices());
    findings.push(calibration());
    findings.extend(store(args.store.clone()));
    findings.push(socket(&default_socket()));
    let sick = findings.iter().any(|one| one.health == Health::Problem);
    let text = if args.json { as_json(&findings) } else { as_text(&findings) };
    match print(&text) {
        Ok(()) if sick => Exit::Failed,
        Ok(()) => Exit::Done,
        Err(error) => fail(&error),
    }
}

fn as_json(findings: &[Finding]) -> String {
    let row = |one: &Finding| {
        json!({ "about": one.about, "health": one.health.name(), "found": one.found,
                "advice": one.advice })
    };
    let rows: Vec<Value> = findings.iter().map(row).collect();
    format!("{}\n", json!({ "findings": rows }))
}

fn as_text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { about, health, found, advice } in findings {
        text.push_str(&format!("{:<8} {about:<8} {found}\n", health.name()));
        if !advice.is_empty() {
            text.push_str(&format!("{:<17} {advice}\n", ""));
        }
    }
    text
}

fn version() -> Finding {
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    fine("version", format!("edgestate {}, {system} {architecture}", env!("CARGO_PKG_VERSION")))
}

fn memory() -> Finding {
    const LITTLE: u64 = 2 << 30;
    let (cores, bytes) = (machine::cores(), machine::memory_budget_bytes());
    let found = format!("{cores} cores, {} MiB of memory for a chunk", bytes >> 20);
    if bytes < LITTLE {
        return note("memory", found, "large NRG runs are refused; close other programs");
    }
    fine("memory", found)
}

/// A driver that hangs is given up.
const DRIVER_LIMIT: Duration = Duration::from_secs(20);

fn devices() -> Vec<Finding> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(describe_devices()));
    let Ok(devices) = receiver.recv_timeout(DRIVER_LIMIT) else {
        let found = format!("the graphics drivers do not answer within {DRIVER_LIMIT:?}");
        return vec![problem("devices", found, "update or remove the driver; the CPU works")];
    };
    let mut findings: Vec<Finding> = devices.iter().map(device).collect();
    if !devices.iter().any(|device| device.threads == 0) {
        let advice = "for a GPU install its Vulkan driver (Debian: mesa-vulkan-drivers or \
                      nvidia-driver) and libvulkan1; without one everything runs on the CPU";
        findings.push(note("devices", "no GPU adapter".to_owned(), advice));
    }
    findings
}

fn device(device: &DeviceInfo) -> Finding {
    let DeviceInfo { name, description, driver, self_test, .. } = device;
    let found = format!("{name}: {description} ({driver})");
    if device.threads != 0 || self_test.starts_with("passed") {
        return fine("devices", found);
    }
    note("devices", format!("{found}; self-test: {self_test}"), "it is not used; update its driver")
}

/// What `auto` goes by.
fn calibration() -> Finding {
    const CALIBRATE: &str =
        "`edgestate devices --calibrate` measures them; until then auto is the CPU";
    let path = match default_path() {
        Ok(path) => path,
        Err(error) => return note("costs", error.to_string(), "set HOME"),
    };
    let calibration = match Calibration::read(&path) {
        Ok(calibration) => calibration,
        Err(error) => return problem("costs", error.to_string(), CALIBRATE),
    };
    let now = crate::jobs::unix_seconds();
    let listed: Vec<String> = calibration
        .here()
        .map(|model| format!("{} ({})", model.class, age(now - model.measured_unix_seconds)))
        .collect();
    if listed.is_empty() {
        return note("costs", "no device is calibrated".to_owned(), CALIBRATE);
    }
    fine("costs", format!("calibrated: {}", listed.join(", ")))
}

fn store(given: Option<PathBuf>) -> Vec<Finding> {
    let dir = match given.map_or_else(default_dir, Ok) {
        Ok(dir) => dir,
        Err(error) => return vec![problem("store", error.to_string(), "set HOME")],
    };
    let shown = dir.display().to_string();
    // It is created when it is needed: what matters is the nearest folder that exists.
    let Some(there) = dir.ancestors().find(|path| path.is_dir()) else {
        return vec![problem("store", shown, "no folder above it exists")];
    };
    vec![place(&shown, there), contents(&shown, &dir), room(there)]
}

fn place(shown: &str, there: &Path) -> Finding {
    if rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_err() {
        let advice = format!("{} cannot be written: name another with --store", there.display());
        return problem("store", shown.to_owned(), advice);
    }
    match network_file_system(there) {
        Some(kind) => {
            let advice = "locks and the write-ahead log cannot be relied on there: put the store on \
                          a local disk; shards (`sweep run --shard`) may lie on it";
            note("store", format!("{shown} is on {kind}, a network file system"), advice)
        }
        None => fine("store", format!("{shown} on a local file system")),
    }
}

fn contents(shown: &str, dir: &Path) -> Finding {
    if !dir.join("jobs.sqlite").exists() {
        return fine("store", "empty: created by the first job".to_owned());
    }
    match (index_format(dir), holder(dir)) {
        (Err(error), _) => problem("store", error.to_string(), check_advice(shown)),
        (Ok(format), Some(process)) => {
            fine("store", format!("format {format}, in use by the process {process}"))
        }
        (Ok(format), None) => fine("store", format!("format {format}, not in use")),
    }
}

fn check_advice(shown: &str) -> String {
    format!("`edgestate store check {shown}` says what can be saved")
}

fn room(there: &Path) -> Finding {
    const LITTLE: u64 = 1 << 30;
    match free_bytes(there) {
        None => note("disk", "the free space is not known".to_owned(), ""),
        Some(bytes) if bytes < LITTLE => {
            let found = format!("{} MiB are free", bytes >> 20);
            note("disk", found, "long sweeps may fill it; `edgestate store gc` removes old results")
        }
        Some(bytes) => fine("disk", format!("{} MiB are free", bytes >> 20)),
    }
}

/// Longest path of a Unix socket.
const MAX_SOCKET_BYTES: usize = 107;

fn socket(path: &Path) -> Finding {
    let shown = path.display().to_string();
    if MAX_SOCKET_BYTES < shown.len() {
        let advice = "longer than 107 bytes: set XDG_RUNTIME_DIR to a shorter folder";
        return problem("socket", shown, advice);
    }
    match UnixStream::connect(path) {
        Ok(_) => fine("socket", format!("{shown}: a server answers")),
        Err(_) if path.exists() => {
            note("socket", format!("{shown}: nobody answers"), "`edgestate serve` replaces it")
        }
        Err(_) => fine("socket", format!("{shown}: no server runs; Python starts one")),
    }
}
