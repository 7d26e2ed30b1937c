//! The one place where the store changes files and folders, and where the tests let it fail: at the
//! k-th call, with the error of a full or a broken disk.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::StoreError;
use crate::jobs::faults::{CrashPoint, pass};

/// How calls fail on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No space is left.
    Full,
    /// The disk does not answer.
    Broken,
    /// A write stops half-way, for want of space.
    Short,
}

#[derive(Debug)]
struct Plan {
    fault: Fault,
    /// The call that fails, counted from 1.
    at: u64,
    /// And all after it.
    lasting: bool,
    calls: AtomicU64,
}

/// Clones share what they count.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    plan: Option<Arc<Plan>>,
    index_pages: Option<u32>,
}

impl Disk {
    /// Call number `at` (from 1) fails, with `lasting` all later ones, too.
    pub fn failing(fault: Fault, at: u64, lasting: bool) -> Self {
        let plan = Plan { fault, at, lasting, calls: AtomicU64::new(0) };
        Self { plan: Some(Arc::new(plan)), index_pages: None }
    }

    /// `eio:7`, `enospc:7+`; see `jobs/faults.rs`.
    pub fn with_fault(text: &str) -> Option<Self> {
        let (name, at) = text.split_once(':')?;
        let fault = match name {
            "enospc" => Fault::Full,
            "eio" => Fault::Broken,
            "short" => Fault::Short,
            _ => return None,
        };
        let lasting = at.ends_with('+');
        Some(Self::failing(fault, at.trim_end_matches('+').parse().ok()?, lasting))
    }

    /// The index can have so many pages and no more.
    pub fn with_index_pages(mut self, pages: u32) -> Self {
        self.index_pages = Some(pages);
        self
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.plan.as_ref().map_or(0, |plan| plan.calls.load(Ordering::SeqCst))
    }

    pub(super) fn index_pages(&self) -> Option<u32> {
        self.index_pages
    }

    fn fault(&self) -> Option<Fault> {
        let plan = self.plan.as_ref()?;
        let call = plan.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = call == plan.at || (plan.lasting && plan.at < call);
        fails.then_some(plan.fault)
    }

    fn attempt<T>(&self, call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.fault() {
            None => call(),
            Some(fault) => Err(error(fault)),
        }
    }

    /// Stands before a statement of the index, which SQLite writes by itself.
    pub(super) fn index(&self) -> Result<(), StoreError> {
        let code = match self.fault() {
            None => return Ok(()),
            Some(Fault::Broken) => rusqlite::ffi::SQLITE_IOERR,
            Some(Fault::Full | Fault::Short) => rusqlite::ffi::SQLITE_FULL,
        };
        let error = rusqlite::ffi::Error::new(code);
        Err(rusqlite::Error::SqliteFailure(error, Some("on demand".into())).into())
    }

    pub(super) fn create_dirs(&self, path: &Path) -> Result<(), StoreError> {
        let create = || fs::create_dir_all(path);
        self.attempt(create).map_err(StoreError::io("creating", path))
    }

    pub(super) fn remove_dirs(&self, path: &Path) -> Result<(), StoreError> {
        match self.attempt(|| fs::remove_dir_all(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome.map_err(StoreError::io("removing", path)),
        }
    }

    pub(super) fn remove_file(&self, path: &Path) -> Result<(), StoreError> {
        match self.attempt(|| fs::remove_file(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome.map_err(StoreError::io("removing", path)),
        }
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let rename = || fs::rename(from, to);
        self.attempt(rename).map_err(StoreError::io("renaming into", to))
    }

    pub(super) fn sync(&self, path: &Path) -> Result<(), StoreError> {
        let sync = || File::open(path)?.sync_all();
        self.attempt(sync).map_err(StoreError::io("syncing", path))
    }

    /// A new file, written and synced.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let write = || {
            let mut file = File::create_new(path)?;
            match self.fault() {
                None => file.write_all(bytes)?,
                Some(fault) => {
                    if fault == Fault::Short {
                        file.write_all(bytes.get(..bytes.len() / 2).unwrap_or_default())?;
                    }
                    return Err(error(fault));
                }
            }
            self.attempt(|| file.sync_all())
        };
        self.attempt(write).map_err(StoreError::io("writing", path))
    }

    /// The folder `dir` with all of `files` (paths within it), everything synced.
    pub(super) fn write_tree(
        &self,
        dir: &Path,
        files: &[(PathBuf, Bytes)],
    ) -> Result<(), StoreError> {
        let mut folders = BTreeSet::from([dir.to_owned()]);
        for (path, _) in files {
            let above = path.ancestors().skip(1);
            folders.extend(above.map(|folder| dir.join(folder)));
        }
        folders.iter().try_for_each(|folder| self.create_dirs(folder))?;
        let (first, second) = files.split_at(files.len() / 2);
        let write = |(path, bytes): &(PathBuf, Bytes)| self.write(&dir.join(path), bytes);
        on_threads(first, write)?;
        pass(CrashPoint::GroupHalfWritten);
        on_threads(second, write)?;
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        on_threads(&folders, |folder| self.sync(folder))
    }

    /// Another name for a file, on the same file system, or a copy.
    pub(super) fn link(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let link = || fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(|_| ()));
        self.attempt(link).map_err(StoreError::io("copying", from))
    }

    /// Syncs `files`, then the folders they are in, up to `top`.
    pub(super) fn sync_all(&self, files: &[PathBuf], top: &Path) -> Result<(), StoreError> {
        on_threads(files, |file| self.sync(file))?;
        let mut folders = BTreeSet::from([top.to_owned()]);
        for file in files {
            let above = file.ancestors().skip(1).take_while(|folder| folder.starts_with(top));
            folders.extend(above.map(Path::to_owned));
        }
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        on_threads(&folders, |folder| self.sync(folder))
    }
}

fn error(fault: Fault) -> io::Error {
    io::Error::from_raw_os_error(match fault {
        Fault::Full | Fault::Short => libc::ENOSPC,
        Fault::Broken => libc::EIO,
    })
}

/// Threads that sync files: the file system gathers their requests into few writes of its log.
const THREADS: usize = 16;

fn on_threads<T: Sync>(
    items: &[T],
    call: impl Fn(&T) -> Result<(), StoreError> + Sync,
) -> Result<(), StoreError> {
    let share = items.len().div_ceil(THREADS).max(1);
    let call = &call;
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || items.iter().try_for_each(call)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let crashed = |_| io::Error::other("the thread that writes crashed");
            let outcome = thread.join().map_err(crashed);
            outcome.map_err(StoreError::io("writing", Path::new("the results")))?
        })
    })
}
