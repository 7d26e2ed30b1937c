//! Who may do what: named users with hashed credentials, roles, quotas; TLS.
//!
//! Without a file of tokens and without client certificates everyone who reaches the socket is the
//! local user, who may do everything: the socket's mode 0600 is the lock then.
pub mod certificates;
pub mod file;
pub(crate) mod layer;
mod meter;
pub mod policy;
pub mod users;
pub(crate) mod watch;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use file::{FileError, TokenFile};
pub(crate) use meter::Meter;
pub use users::{Credential, User, Users};

use crate::jobs::account::{LOCAL_USER, Quotas};

/// What a user may do; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See own jobs, fetch, estimate.
    Read,
    /// Submit and cancel own jobs, calls that compute.
    Submit,
    /// Everybody's jobs.
    Admin,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Submit => "submit",
            Self::Admin => "admin",
        }
    }
}

/// Who is calling; a handler finds it among the extensions of its request.
#[derive(Debug, Clone)]
pub struct Caller {
    pub name: Arc<str>,
    pub role: Role,
    pub quotas: Quotas,
}

impl Caller {
    /// Of a server that asks for no credentials.
    pub fn local() -> Self {
        Self { name: LOCAL_USER.into(), role: Role::Admin, quotas: Quotas::default() }
    }

    /// Whether a job of this owner is there for the caller.
    pub fn sees(&self, owner: &str) -> bool {
        self.role == Role::Admin || *self.name == *owner
    }
}
