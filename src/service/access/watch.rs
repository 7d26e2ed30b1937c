//! Certificates and users are read again on SIGHUP, and when their files have changed.
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::certificates::Certificates;
use super::file::{self, FileError};
use super::users::Users;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The users of a server, as their file says.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    users: RwLock<Arc<Users>>,
}

impl Directory {
    pub(crate) fn open(path: PathBuf) -> Result<Self, FileError> {
        let users = RwLock::new(Arc::new(file::read(&path)?));
        Ok(Self { path, users })
    }

    pub(crate) fn users(&self) -> Arc<Users> {
        self.users.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn load_again(&self) -> Result<(), FileError> {
        let users = Arc::new(file::read(&self.path)?);
        *self.users.write().unwrap_or_else(PoisonError::into_inner) = users;
        Ok(())
    }
}

/// What tells one content of a file from another.
#[derive(PartialEq)]
struct Stamp(Option<(u64, i64, i64, u64)>);

fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok();
    Stamp(metadata.map(|found| (found.ino(), found.mtime(), found.mtime_nsec(), found.size())))
}

fn stamps(paths: &[PathBuf]) -> Vec<Stamp> {
    paths.iter().map(|path| stamp(path)).collect()
}

/// Until the end of the server. What cannot be read leaves what was read before, and says so.
pub(crate) async fn keep_up(
    certificates: Option<Arc<Certificates>>,
    directory: Option<Arc<Directory>>,
) -> std::io::Result<()> {
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut paths = Vec::new();
    if let Some(files) = certificates.as_deref().map(Certificates::files) {
        paths.extend([files.certificate.clone(), files.key.clone()]);
        paths.extend(files.client_authority.clone());
    }
    paths.extend(directory.as_deref().map(|directory| directory.path.clone()));
    let mut before = stamps(&paths);
    loop {
        tokio::select! {
            _ = hang_up.recv() => {}
            () = tokio::time::sleep(LOOK), if !paths.is_empty() => {
                if stamps(&paths) == before {
                    continue;
                }
            }
        }
        // Before the files: a change in between is seen the next time.
        before = stamps(&paths);
        if let Some(certificates) = &certificates {
            match certificates.load_again() {
                Ok(()) => tracing::info!("certificates read again"),
                Err(error) => tracing::error!(%error, "the old certificates stay"),
            }
        }
        if let Some(directory) = &directory {
            match directory.load_again() {
                Ok(()) => tracing::info!("users read again"),
                Err(error) => tracing::error!(%error, "the old users stay"),
            }
        }
    }
}
