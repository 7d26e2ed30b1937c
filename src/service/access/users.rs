//! Who a credential belongs to.
use std::collections::HashMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{Caller, Role};
use crate::jobs::account::Quotas;

/// SHA-256: of a token's text, or of a certificate (DER).
pub type Hash = [u8; 32];

/// What proves who a caller is. Only the hash is kept: a token has 256 random bits, so nothing
/// slower than SHA-256 is needed to keep it secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Token(Hash),
    Certificate(Hash),
}

/// A name, what it may do, and how it proves itself.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub name: Arc<str>,
    pub role: Role,
    pub quotas: Quotas,
    pub credentials: Vec<Credential>,
}

/// All users of a server.
#[derive(Debug, Default)]
pub struct Users {
    users: Vec<User>,
    tokens: Vec<(Hash, usize)>,
    certificates: HashMap<Hash, usize>,
}

impl Users {
    pub fn new(users: Vec<User>) -> Self {
        let (mut tokens, mut certificates) = (Vec::new(), HashMap::new());
        for (index, user) in users.iter().enumerate() {
            for credential in &user.credentials {
                match credential {
                    Credential::Token(hash) => tokens.push((*hash, index)),
                    Credential::Certificate(hash) => {
                        certificates.insert(*hash, index);
                    }
                }
            }
        }
        Self { users, tokens, certificates }
    }

    /// Whom a token belongs to. Every stored hash is compared, whole: the time says nothing.
    pub fn of_token(&self, token: &str) -> Option<Caller> {
        let hash = hash_of(token.as_bytes());
        let mut found = None;
        for (stored, index) in &self.tokens {
            if bool::from(stored.ct_eq(&hash)) {
                found = Some(*index);
            }
        }
        self.users.get(found?).map(User::caller)
    }

    /// Whom a certificate belongs to. A certificate is no secret.
    pub fn of_certificate(&self, hash: &Hash) -> Option<Caller> {
        self.users.get(*self.certificates.get(hash)?).map(User::caller)
    }

    /// Quotas by name, for jobs that go on after a start.
    pub fn named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| *user.name == *name)
    }
}

impl User {
    fn caller(&self) -> Caller {
        Caller { name: self.name.clone(), role: self.role, quotas: self.quotas }
    }
}

pub fn hash_of(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
