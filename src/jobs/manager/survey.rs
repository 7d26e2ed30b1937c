//! The devices of this machine, looked up by a process of its own: graphics drivers never run in
//! the server.
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

/// A driver that hangs is given up.
const LIMIT: Duration = Duration::from_secs(20);

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
