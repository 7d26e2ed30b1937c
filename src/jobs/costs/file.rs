//! The calibration file: one object per device and machine, written as a whole.
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{CostModel, machine_name};

/// Of the file.
const FORMAT: u32 = 1;

/// What was measured, on this machine and on others that share the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calibration {
    models: Vec<CostModel>,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    format: u32,
    devices: Vec<CostModel>,
}

/// Why a calibration cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    #[error("neither XDG_CACHE_HOME nor HOME is set: there is no place for the calibration")]
    NoHome,
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error("{path} is no calibration: {reason}; `edgestate devices --calibrate` writes it anew")]
    Unreadable { path: PathBuf, reason: String },
}

/// `$XDG_CACHE_HOME/edgestate/calibration.json`, else below `~/.cache`.
pub fn default_path() -> Result<PathBuf, CalibrationError> {
    let absolute =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Ok(cache.ok_or(CalibrationError::NoHome)?.join("edgestate").join("calibration.json"))
}

impl Calibration {
    /// A file that does not exist is an empty one.
    pub fn read(path: &Path) -> Result<Self, CalibrationError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(source) => return Err(CalibrationError::Io { path: path.to_owned(), source }),
        };
        let unreadable =
            |reason: String| CalibrationError::Unreadable { path: path.to_owned(), reason };
        let contents: Contents =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if contents.format != FORMAT {
            return Err(unreadable(format!("format {}, known is {FORMAT}", contents.format)));
        }
        Ok(Self { models: contents.devices })
    }

    /// That of the default place; one that cannot be read is as good as none, and the log says so.
    pub fn of_this_machine() -> Self {
        let read = default_path().and_then(|path| Self::read(&path));
        read.unwrap_or_else(|error| {
            tracing::warn!(%error, "no calibration");
            Self::default()
        })
    }

    /// What this program has measured of a class of devices on this machine.
    pub fn of(&self, class: &str) -> Option<&CostModel> {
        self.here().find(|model| model.class == class)
    }

    /// All that this program has measured on this machine.
    pub fn here(&self) -> impl Iterator<Item = &CostModel> {
        let machine = machine_name();
        let here = move |model: &&CostModel| {
            model.machine == machine && model.version == env!("CARGO_PKG_VERSION")
        };
        self.models.iter().filter(here)
    }

    /// Takes the place of what was known of the same class and machine.
    pub fn put(&mut self, model: CostModel) {
        let same = |old: &CostModel| old.class == model.class && old.machine == model.machine;
        self.models.retain(|old| !same(old));
        self.models.push(model);
    }

    /// The whole file or nothing of it.
    pub fn write(&self, path: &Path) -> Result<(), CalibrationError> {
        let failed = |source| CalibrationError::Io { path: path.to_owned(), source };
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir).map_err(failed)?;
        let contents = Contents { format: FORMAT, devices: self.models.clone() };
        let text = serde_json::to_string_pretty(&contents)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let draft = dir.join(format!(".calibration.{}.json", std::process::id()));
        let write = || {
            let mut file = std::fs::File::create(&draft)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&draft, path)
        };
        write().map_err(|error| {
            let _ = std::fs::remove_file(&draft);
            failed(error)
        })
    }
}
