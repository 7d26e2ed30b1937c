//! One writer per store, and what the file system under it can promise.
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::StoreError;

/// An advisory lock that ends with the process, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StoreError::io("opening", &path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = (&mut file).take(32).read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => "(unknown)".to_owned(),
                pid => pid.to_owned(),
            };
            return Err(StoreError::InUse { dir: dir.to_owned(), holder });
        }
        let say = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        say(&mut file).map_err(StoreError::io("writing", &path))?;
        Ok(Self { _file: file })
    }
}

/// The process that holds the lock of a store now, as it has written it down; looks, takes nothing.
pub fn holder(dir: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let path = dir.join("lock");
    let inode = std::fs::metadata(&path).ok()?.ino();
    // "1: FLOCK ADVISORY WRITE 4711 fe:01:123456 0 EOF"
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let ours = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let kind = words.next();
        let place = words.nth(3).and_then(|place| place.rsplit(':').next()?.parse().ok());
        kind == Some("FLOCK") && place == Some(inode)
    };
    locks.lines().any(ours).then_some(())?;
    let process = std::fs::read_to_string(&path).ok()?;
    Some(process.trim().to_owned())
}

/// The name of the network file system under `path`, if it is one: SQLite's write-ahead log and
/// advisory locks cannot be relied on there.
pub fn network_file_system(path: &Path) -> Option<&'static str> {
    const KNOWN: &[(u32, &str)] = &[
        (0x0000_6969, "NFS"),
        (0x0000_517B, "SMB"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB2"),
        (0x0BD0_0BD0, "Lustre"),
        (0x4750_4653, "GPFS"),
        (0x5346_414F, "AFS"),
        (0x0102_1997, "9P"),
        (0x00C3_6400, "Ceph"),
        (0x1983_0326, "BeeGFS"),
    ];
    let magic = rustix::fs::statfs(path).ok()?.f_type as u32;
    KNOWN.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name)
}

/// What is left for this user on the file system under `path`.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}
