//! `edgestate sweep`, `store`, `plot` and `doctor`: the built program, as a user types it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test")]

mod plot;
mod run;
mod shards;
mod upkeep;
mod zipped;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const BINARY: &str = env!("CARGO_BIN_EXE_edgestate");

/// Eight chunks, since runs of different lambda do not travel together.
pub const DOCUMENT: &str = r#"
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
temperature = 0.1
shells = 3
[sweep]
"model.coupling" = [0.1, 0.2]
"discretization.lambda" = [2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]
"#;
pub const CHUNKS: usize = 8;

/// One point of two has no answer: its step is too coarse for the tolerance at any affordable cost.
pub const HALF_FAILS: &str = r#"
engine = "transport"
[calculation]
kind = "edge-transmission"
tolerance = 1e-14
[edge]
length_nm = 5.0
hbar_velocity_mev_nm = 1.0
energy_mev = 0.7
[texture]
kind = "bump"
theta_max_rad = 1.3
[magnetization]
kind = "bump"
m_mev = [0.3, 0.1, -0.2]
[sweep]
"texture.pitch_rad_per_nm" = [0.9, 1e3]
"#;

#[derive(Debug)]
pub struct Place {
    pub dir: tempfile::TempDir,
}

impl Place {
    pub fn temporary() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn document(&self, text: &str) -> PathBuf {
        let path = self.path("document.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `edgestate ARGUMENTS`, names ending in `@` being paths in this place.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        for argument in arguments {
            match argument.strip_suffix('@') {
                Some(name) => command.arg(self.path(name)),
                None => command.arg(argument),
            };
        }
        command.stdin(Stdio::null()).env("EDGESTATE_LOG", "off");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    pub fn fine(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.fine(arguments)).unwrap()
    }

    /// Every chunk waits so long before it begins.
    pub fn slow(&self, arguments: &[&str], milliseconds: u64) -> Child {
        let mut command = self.command(arguments);
        command.env("EDGESTATE_TEST_CHUNK_DELAY_MS", milliseconds.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// How many chunks a store or shard holds.
    pub fn chunks(&self, folder: &str) -> usize {
        std::fs::read_dir(self.path(folder).join("results")).map_or(0, Iterator::count)
    }

    pub fn until_chunks(&self, folder: &str, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.chunks(folder) < count {
            assert!(Instant::now() < deadline, "{count} chunks do not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn signal(child: &Child, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
    rustix::process::kill_process(process, signal).unwrap();
}

/// Every file of a folder with its bytes.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
