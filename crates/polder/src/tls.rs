//! HTTPS by this server itself: certificates and key from files, read again when they change.
//!
//! TLS 1.2 and 1.3, with rustls' own choice of ciphers. Getting a certificate is not done here:
//! programs that do it for all servers of a machine (certbot, lego, acme.sh) write such files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::stop::Stop;

/// How often it is looked whether the files changed: soon enough after a renewal, and next to nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The certificate in force; the next one takes its place while connections go on.
#[derive(Debug)]
struct Certificate(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Reads the files, and follows them as long as the program runs.
pub fn config(cert: &Path, key: &Path) -> Result<ServerConfig, Stop> {
    let provider = Arc::new(ring::default_provider());
    let first = read(&provider, cert, key).map_err(Stop::usage)?;
    let certificate = Arc::new(Certificate(RwLock::new(Arc::new(first))));
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Stop::failed(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
    let files = [cert.to_path_buf(), key.to_path_buf()];
    std::thread::Builder::new()
        .name("certificate".to_owned())
        .spawn(move || follow(&provider, &files, &certificate))
        .map_err(|error| Stop::failed(error.to_string()))?;
    Ok(config)
}

/// Takes over what changed. Files that can't be read, or do not fit each other, as between the
/// writing of the one and of the other, leave the present certificate in force.
fn follow(provider: &Arc<CryptoProvider>, files: &[PathBuf; 2], certificate: &Certificate) {
    let mut known = state(files);
    loop {
        std::thread::sleep(LOOK_EVERY);
        let now = state(files);
        if now == known {
            continue;
        }
        known = now;
        let [cert, key] = files;
        match read(provider, cert, key) {
            Ok(next) => {
                *certificate.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
                tracing::info!("the certificate was read again");
            }
            Err(why) => tracing::warn!("the certificate stays as it was: {why}"),
        }
    }
}

/// By what a change of the files is noticed.
fn state(files: &[PathBuf; 2]) -> [Option<(SystemTime, u64)>; 2] {
    files.each_ref().map(|file| fs::metadata(file).and_then(|found| Ok((found.modified()?, found.len()))).ok())
}

fn read(provider: &CryptoProvider, cert: &Path, key: &Path) -> Result<CertifiedKey, String> {
    let certs: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .map_err(|error| format!("no certificates could be read from {}: {error}", cert.display()))?;
    if certs.is_empty() {
        return Err(format!(
            "there are no certificates in {}; they begin with -----BEGIN CERTIFICATE-----",
            cert.display()
        ));
    }
    let key_der = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("no key could be read from {}: {error}", key.display()))?;
    CertifiedKey::from_der(certs, key_der, provider)
        .map_err(|error| format!("{} is no key for {}: {error}", key.display(), cert.display()))
}
