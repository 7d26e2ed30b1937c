//! TLS: the server's certificate and, if asked for, the authority whose clients are let in.
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use super::file::{FileError, read_private};

/// Why the files of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {reason}", path.display())]
    Content { path: PathBuf, reason: String },
    #[error("certificate and key: {0}")]
    Config(#[from] rustls::Error),
}

/// Where the certificates are, PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The server's certificate, then those of the authorities between it and the root.
    pub certificate: PathBuf,
    /// Its private key, of mode 0600.
    pub key: PathBuf,
    /// Clients have to show a certificate of this authority.
    pub client_authority: Option<PathBuf>,
}

/// What new connections are encrypted with.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    config: RwLock<Arc<ServerConfig>>,
}

impl Certificates {
    /// Errors: a file that cannot be read, a key others can read, a key of another certificate.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let config = RwLock::new(Arc::new(config(&files)?));
        Ok(Self { files, config })
    }

    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// Connections from now on see what the files say now; after an error, what they said before.
    pub fn load_again(&self) -> Result<(), TlsError> {
        let new = Arc::new(config(&self.files)?);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let chain = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(read_private(&files.key)?.as_bytes());
    let key = key.map_err(|error| content(&files.key, format!("no private key: {error}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = match &files.client_authority {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            let verifier = verifier.map_err(|error| content(path, error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session shows no certificate that could be checked again.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// All certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = std::fs::read(path).map_err(FileError::io("reading", path))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| content(path, error.to_string()))?;
    if found.is_empty() {
        return Err(content(path, "no certificate in it (PEM)".to_owned()));
    }
    Ok(found)
}

fn content(path: &Path, reason: String) -> TlsError {
    TlsError::Content { path: path.to_owned(), reason }
}
