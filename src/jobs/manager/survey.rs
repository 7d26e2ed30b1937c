//! The devices of this machine, looked up by a process of its own: graphics drivers never run in
//! the server.
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

/// A driver that hangs is given up.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// One device, as `edgestate devices --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SurveyedDevice {
    pub name: String,
    pub description: String,
    pub driver: String,
    pub shader_f64: bool,
    pub threads: u32,
    pub memory_bytes: u64,
    /// A driver that computes on the CPU.
    pub software: bool,
    /// Empty where there is none.
    pub self_test: String,
    /// What results carry; empty where it cannot be opened.
    pub class: String,
    /// Why it cannot be used; empty for one that is fit.
    pub refused: String,
    /// What it computes, in words.
    pub abilities: String,
    /// Of a real matrix; 0 where memory alone decides.
    pub largest_order: u64,
}

#[derive(Deserialize)]
struct Survey {
    devices: Vec<SurveyedDevice>,
}

/// Empty when the process fails or takes too long.
pub(super) async fn survey() -> Vec<SurveyedDevice> {
    match tokio::time::timeout(LIMIT, run()).await {
        Ok(Ok(devices)) => devices,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the devices cannot be listed");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("the devices cannot be listed within {LIMIT:?}");
            Vec::new()
        }
    }
}

async fn run() -> std::io::Result<Vec<SurveyedDevice>> {
    let program = crate::jobs::worker::keeper::this_program()?;
    let mut process = Command::new(program);
    process.args(["devices", "--json"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = process.kill_on_drop(true).output().await?;
    let survey: Survey = serde_json::from_slice(&output.stdout)?;
    Ok(survey.devices)
}

/// Numbers of the adapters that are hardware, found by a process of its own on a thread
/// of its own; the drivers are asked, nothing is opened.
pub(super) fn look_for_hardware(tell: impl FnOnce(Vec<usize>) + Send + 'static) {
    std::thread::spawn(move || {
        let found = hardware().unwrap_or_else(|error| {
            tracing::warn!(%error, "the adapters cannot be listed");
            Vec::new()
        });
        tell(found);
    });
}

fn hardware() -> std::io::Result<Vec<usize>> {
    let mut process = std::process::Command::new(crate::jobs::worker::keeper::this_program()?);
    process.args(["devices", "--json", "--untested"]).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = process.stdout(Stdio::piped()).spawn()?;
    let text = read_all(&mut child);
    // It has ended, or hangs.
    let _ = child.kill();
    child.wait()?;
    let survey: Survey = serde_json::from_slice(&text?)?;
    let hardware = survey.devices.iter().filter(|device| !device.software);
    Ok(hardware.filter_map(|device| device.name.strip_prefix("gpu:")?.parse().ok()).collect())
}

/// What a process says until its end, which is not waited for longer than [`LIMIT`].
fn read_all(child: &mut Child) -> std::io::Result<Vec<u8>> {
    let mut out = child.stdout.take().ok_or_else(|| std::io::Error::other("no output"))?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = std::io::Read::read_to_end(&mut out, &mut text).map(|_| text);
        // Nobody listens any more after the limit.
        let _ = sender.send(read);
    });
    let late = |_| std::io::Error::other(format!("no answer within {LIMIT:?}"));
    receiver.recv_timeout(LIMIT).map_err(late)?
}
