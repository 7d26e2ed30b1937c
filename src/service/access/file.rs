//! The file of users: TOML of mode 0600, credentials as hashes.
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::users::{Credential, Hash, User, hash_of, hex};
use super::{Role, Users};
use crate::jobs::account::{LOCAL_USER, Quotas};

/// Why a file of users cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    #[error("{action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{}: mode {mode:04o} lets others read it; it must be 0600 (chmod 600)", path.display()
    )]
    Open { path: PathBuf, mode: u32 },
    #[error("{}: belongs to user {owner}, not to {expected}", path.display())]
    Foreign { path: PathBuf, owner: u32, expected: u32 },
    #[error("{}: {reason}", path.display())]
    Content { path: PathBuf, reason: String },
    #[error("no random numbers: {0}")]
    Random(String),
    #[error("{0}")]
    Change(String),
}

impl FileError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Users larger than this fit nobody's machine.
const MAX_FILE_BYTES: u64 = 4 << 20;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    user: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: Role,
    #[serde(default)]
    quotas: Quotas,
    #[serde(default)]
    credential: Vec<StoredCredential>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCredential {
    kind: Kind,
    sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Token,
    Certificate,
}

/// The file as it is edited by `edgestate token`.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    users: Vec<User>,
    /// Two editors at a time would lose one change.
    _lock: Option<File>,
}

/// Reads the users of a server.
/// Errors: not there, of another user, readable by others, not understood.
pub fn read(path: &Path) -> Result<Users, FileError> {
    Ok(Users::new(read_users(path)?))
}

/// A private file: ours, and closed to others. The open file is what was checked.
pub(super) fn read_private(path: &Path) -> Result<String, FileError> {
    let file = File::open(path).map_err(FileError::io("opening", path))?;
    let metadata = file.metadata().map_err(FileError::io("reading", path))?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(FileError::Open { path: path.to_owned(), mode });
    }
    let expected = rustix::process::geteuid().as_raw();
    // What root has laid down for the server is as private.
    if metadata.uid() != expected && metadata.uid() != 0 {
        let (path, owner) = (path.to_owned(), metadata.uid());
        return Err(FileError::Foreign { path, owner, expected });
    }
    if MAX_FILE_BYTES < metadata.len() {
        let reason = format!("{} bytes, at most {MAX_FILE_BYTES}", metadata.len());
        return Err(FileError::Content { path: path.to_owned(), reason });
    }
    io::read_to_string(file).map_err(FileError::io("reading", path))
}

fn read_users(path: &Path) -> Result<Vec<User>, FileError> {
    let text = read_private(path)?;
    let wrong = |reason: String| FileError::Content { path: path.to_owned(), reason };
    let contents: Contents = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let mut users: Vec<User> = Vec::new();
    for entry in contents.user {
        let user = entry.user().map_err(wrong)?;
        if users.iter().any(|known| known.name == user.name) {
            return Err(wrong(format!("a second user {:?}", user.name)));
        }
        let known = |one: &Credential| users.iter().any(|user| user.credentials.contains(one));
        if let Some(shared) = user.credentials.iter().find(|one| known(one)) {
            let (kind, id) = (shared.kind(), shared.id());
            return Err(wrong(format!("{kind} {id} belongs to two users")));
        }
        users.push(user);
    }
    Ok(users)
}

impl Entry {
    fn user(self) -> Result<User, String> {
        check_name(&self.name)?;
        check_quotas(&self.quotas).map_err(|reason| format!("user {:?}: {reason}", self.name))?;
        let credentials = self.credential.iter().map(StoredCredential::credential);
        let credentials = credentials.collect::<Result<_, _>>()?;
        let (name, role, quotas) = (self.name.into(), self.role, self.quotas);
        Ok(User { name, role, quotas, credentials })
    }

    fn of(user: &User) -> Self {
        let credential = user.credentials.iter().map(|credential| {
            let (kind, hash) = match credential {
                Credential::Token(hash) => (Kind::Token, hash),
                Credential::Certificate(hash) => (Kind::Certificate, hash),
            };
            StoredCredential { kind, sha256: hex(hash) }
        });
        let credential = credential.collect();
        Self { name: user.name.to_string(), role: user.role, quotas: user.quotas, credential }
    }
}

impl StoredCredential {
    fn credential(&self) -> Result<Credential, String> {
        let hash = hash_from(&self.sha256).ok_or("sha256: expected 64 hexadecimal digits")?;
        Ok(match self.kind {
            Kind::Token => Credential::Token(hash),
            Kind::Certificate => Credential::Certificate(hash),
        })
    }
}

fn hash_from(text: &str) -> Option<Hash> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let bytes: Vec<u8> = digits?
        .chunks_exact(2)
        .filter_map(|pair| Some(16 * pair.first()? + pair.last()?))
        .collect();
    (text.len() == 64).then_some(())?;
    bytes.try_into().ok()
}

fn check_name(name: &str) -> Result<(), String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    if !(1..=64).contains(&name.len()) || !name.chars().all(known) {
        return Err(format!("name {name:?}: expected 1 to 64 letters, digits or . _ @ -"));
    }
    if name == LOCAL_USER || name.starts_with("certificate-") {
        return Err(format!("name {name:?}: taken by the server itself"));
    }
    Ok(())
}

fn check_quotas(quotas: &Quotas) -> Result<(), String> {
    match quotas.device_seconds {
        Some(seconds) if !(seconds.is_finite() && 0.0 <= seconds) => {
            Err(format!("quotas.device_seconds {seconds}: expected 0 or more"))
        }
        _ => Ok(()),
    }
}

impl TokenFile {
    /// `$XDG_CONFIG_HOME/edgestate/tokens.toml`, else `~/.config/edgestate/tokens.toml`.
    pub fn default_path() -> Result<PathBuf, FileError> {
        let absolute = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
        };
        absolute("XDG_CONFIG_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".config")))
            .map(|base| base.join("edgestate/tokens.toml"))
            .ok_or_else(|| FileError::Change("neither XDG_CONFIG_HOME nor HOME is set".to_owned()))
    }

    /// For looking only.
    pub fn look(path: &Path) -> Result<Self, FileError> {
        Ok(Self { path: path.to_owned(), users: read_users(path)?, _lock: None })
    }

    /// To be changed; a file that is not there is an empty one. Others who want to change wait.
    pub fn edit(path: &Path) -> Result<Self, FileError> {
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            std::fs::create_dir_all(dir).map_err(FileError::io("creating", dir))?;
        }
        let mut beside = path.as_os_str().to_owned();
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        let lock = private().truncate(false).open(&beside);
        let lock = lock.map_err(FileError::io("locking", &beside))?;
        flock(&lock, FlockOperation::LockExclusive)
            .map_err(|error| FileError::io("locking", &beside)(error.into()))?;
        let users = if path.exists() { read_users(path)? } else { Vec::new() };
        Ok(Self { path: path.to_owned(), users, _lock: Some(lock) })
    }

    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// A credential more for a user, who is made if unknown (then `role` says what it may do).
    /// Of a known user, role and quotas are changed where given.
    pub fn add(
        &mut self,
        name: &str,
        role: Option<Role>,
        quotas: &Quotas,
        credential: Credential,
    ) -> Result<(), FileError> {
        check_name(name).and_then(|()| check_quotas(quotas)).map_err(FileError::Change)?;
        if let Some(owner) = self.users.iter().find(|user| user.credentials.contains(&credential)) {
            return Err(FileError::Change(format!("the credential is {}'s already", owner.name)));
        }
        if let Some(user) = self.users.iter_mut().find(|user| *user.name == *name) {
            user.role = role.unwrap_or(user.role);
            user.quotas = Quotas {
                queued_jobs: quotas.queued_jobs.or(user.quotas.queued_jobs),
                device_seconds: quotas.device_seconds.or(user.quotas.device_seconds),
                result_bytes: quotas.result_bytes.or(user.quotas.result_bytes),
                in_flight_bytes: quotas.in_flight_bytes.or(user.quotas.in_flight_bytes),
            };
            user.credentials.push(credential);
            return Ok(());
        }
        let role = role.unwrap_or(Role::Submit);
        let credentials = vec![credential];
        self.users.push(User { name: name.into(), role, quotas: *quotas, credentials });
        Ok(())
    }

    /// A user, or only the credentials whose hash begins with `id`.
    pub fn remove(&mut self, name: &str, id: Option<&str>) -> Result<(), FileError> {
        let unknown = || FileError::Change(format!("no user is called {name:?}"));
        let index = self.users.iter().position(|user| *user.name == *name);
        let index = index.ok_or_else(unknown)?;
        let Some(id) = id else {
            self.users.remove(index);
            return Ok(());
        };
        let user = self.users.get_mut(index).ok_or_else(unknown)?;
        let before = user.credentials.len();
        user.credentials.retain(|credential| !credential.id().starts_with(id) || id.is_empty());
        match before - user.credentials.len() {
            1 => Ok(()),
            0 => Err(FileError::Change(format!("{name} has no credential {id:?}"))),
            count => Err(FileError::Change(format!("{id:?} begins {count} credentials of {name}"))),
        }
    }

    /// In one step: a server that reads meanwhile sees the old file or the new one.
    pub fn save(&self) -> Result<(), FileError> {
        let contents = Contents { user: self.users.iter().map(Entry::of).collect() };
        let wrong = |reason: String| FileError::Content { path: self.path.clone(), reason };
        let text = toml::to_string(&contents).map_err(|error| wrong(error.to_string()))?;
        let mut beside = self.path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        // Made anew, so that its mode is ours.
        let _ = std::fs::remove_file(&beside);
        let mut file =
            private().create_new(true).open(&beside).map_err(FileError::io("creating", &beside))?;
        let head =
            "# Users of edgestate serve --tokens; changed by edgestate token. Hashes only.\n";
        let written = file.write_all(format!("{head}{text}").as_bytes());
        written.and_then(|()| file.sync_all()).map_err(FileError::io("writing", &beside))?;
        std::fs::rename(&beside, &self.path).map_err(FileError::io("renaming into", &self.path))
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

impl Credential {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Certificate(_) => "certificate",
        }
    }

    /// The first digits of the hash, enough to tell one from the other.
    pub fn id(&self) -> String {
        let (Self::Token(hash) | Self::Certificate(hash)) = self;
        hex(hash).chars().take(12).collect()
    }

    /// A new token, to be shown once, and what is kept of it.
    pub fn new_token() -> Result<(String, Self), FileError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| FileError::Random(error.to_string()))?;
        let token = format!("edgestate_{}", hex(&secret));
        let credential = Self::Token(hash_of(token.as_bytes()));
        Ok((token, credential))
    }
}
