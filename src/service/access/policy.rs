//! Which calls need which role, and how a caller is known.
use std::sync::Arc;

use tonic::Status;
use tonic::codegen::http::HeaderMap;
use tonic::codegen::http::header::AUTHORIZATION;

use super::users::hex;
use super::watch::Directory;
use super::{Caller, Role};
use crate::jobs::account::Quotas;
use crate::service::listen::Peer;

/// How callers prove who they are.
#[derive(Debug, Clone)]
pub(crate) enum Policy {
    /// Whoever reaches the socket is the local user.
    Open,
    /// A certificate of the authority is enough; each is a user of its own.
    Certificates,
    /// A token of the file, or a certificate named in it.
    Users(Arc<Directory>),
}

/// Answered to everyone: load balancers and start scripts have no token.
const HEALTH: &str = "/grpc.health.v1.Health/";

/// A token has 74 characters.
const MAX_TOKEN: usize = 256;

/// What a call needs; none: nothing at all.
pub fn role_of(path: &str) -> Option<Role> {
    if path.starts_with(HEALTH) {
        return None;
    }
    let method = path.strip_prefix("/edgestate.v1.").unwrap_or(path);
    Some(match method {
        "Jobs/Watch" | "Jobs/Get" | "Jobs/List" | "Jobs/Fetch" | "Jobs/Estimate" => Role::Read,
        "Devices/Version" | "Devices/List" | "Devices/Statistics" => Role::Read,
        "Jobs/Submit" | "Jobs/Cancel" => Role::Submit,
        "Eigen/Solve" | "Spectra/Broaden" | "Transport/Compute" => Role::Submit,
        path if path.starts_with("/grpc.reflection.") => Role::Read,
        // A call that this table does not know is nobody's.
        _ => Role::Admin,
    })
}

impl Policy {
    /// The caller, if it may make this call; none where no caller is needed.
    /// Errors: UNAUTHENTICATED, PERMISSION_DENIED.
    pub(crate) fn admit(
        &self,
        path: &str,
        headers: &HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Option<Caller>, Status> {
        let Some(role) = role_of(path) else { return Ok(None) };
        let caller = self.caller(headers, peer)?;
        if caller.role < role {
            let (name, has, needs) = (&caller.name, caller.role.name(), role.name());
            let text = format!("{name} has the role {has}; this call needs {needs}");
            return Err(Status::permission_denied(text));
        }
        Ok(Some(caller))
    }

    fn caller(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Caller, Status> {
        let certificate = peer.and_then(|peer| peer.certificate);
        match self {
            Self::Open => Ok(Caller::local()),
            // The socket of mode 0600 is ours alone.
            Self::Certificates if peer.is_some_and(Peer::is_unix) => Ok(Caller::local()),
            Self::Certificates => {
                let hash = certificate.ok_or_else(|| {
                    Status::unauthenticated("this server asks for a client certificate")
                })?;
                let name = format!("certificate-{}", hex(hash.get(..8).unwrap_or(&hash)));
                let quotas = Quotas::default();
                Ok(Caller { name: name.into(), role: Role::Submit, quotas })
            }
            Self::Users(directory) => {
                let users = directory.users();
                if let Some(token) = token(headers)? {
                    let unknown = "the token is not known (any more); ask for a new one";
                    return users.of_token(token).ok_or_else(|| Status::unauthenticated(unknown));
                }
                certificate.and_then(|hash| users.of_certificate(&hash)).ok_or_else(|| {
                    let text = "this server asks for a token: metadata `authorization: Bearer ...`";
                    Status::unauthenticated(text)
                })
            }
        }
    }
}

fn token(headers: &HeaderMap) -> Result<Option<&str>, Status> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let expected = || Status::unauthenticated("authorization: expected `Bearer` and one token");
    if values.next().is_some() {
        return Err(expected());
    }
    let text = value.to_str().map_err(|_| expected())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(expected)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || !(1..=MAX_TOKEN).contains(&token.len()) {
        return Err(expected());
    }
    Ok(Some(token))
}
