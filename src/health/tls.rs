//! TLS of checks. Whose certificate it is nobody asks, unless the check names authorities.

use super::x509;
use crate::lvs::Tls;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Files of authorities whose content is kept.
const KEPT: usize = 64;
/// Bytes that such a file may have.
const FILE_LIMIT: u64 = 16 << 20;

/// A connection, and how long its certificate lasts.
pub(super) struct Secured {
    pub stream: TlsStream<TcpStream>,
    /// Whole days; negative: it is over. `None`: it could not be read.
    pub days_left: Option<i64>,
}

/// Shakes hands over a connection. Never resumes an earlier session: each check sees a certificate.
///
/// # Errors
/// The handshake failed, the certificate is not valid though it should be, or the authorities cannot be read.
pub(super) async fn over(stream: TcpStream, tls: &Tls, host: IpAddr) -> io::Result<Secured> {
    let config = match &tls.authorities {
        None => Arc::clone(&ANY),
        Some(path) => verified_by(path.clone()).await?,
    };
    let config = match &tls.server_name {
        Some(_) => config,
        None => {
            let mut nameless = (*config).clone();
            nameless.enable_sni = false;
            Arc::new(nameless)
        }
    };
    let name = match &tls.server_name {
        Some(name) => ServerName::try_from(name.clone()).map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is not a server's name"))
        })?,
        None => ServerName::from(host),
    };
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let days_left = certificate.and_then(|it| x509::ends_at(it)).map(days_until);
    Ok(Secured { stream, days_left })
}

#[expect(clippy::disallowed_methods, reason = "a certificate's end is a date")]
fn days_until(end: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    end.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX)).div_euclid(86_400)
}

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(rustls::crypto::ring::default_provider()));

static ANY: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| Arc::new(config(Arc::new(AcceptAny))));

fn config(verifier: Arc<dyn ServerCertVerifier>) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .unwrap_or_else(|error| unreachable!("ring knows TLS 1.2 and 1.3: {error}"));
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.resumption = Resumption::disabled();
    config
}

struct Known {
    path: PathBuf,
    stamp: (Option<SystemTime>, u64),
    config: Arc<ClientConfig>,
}

/// Read again when the file has changed.
async fn verified_by(path: PathBuf) -> io::Result<Arc<ClientConfig>> {
    static KNOWN: Mutex<Vec<Known>> = Mutex::new(Vec::new());
    let read = move || {
        let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let facts = std::fs::metadata(&path)?;
        if !facts.is_file() || facts.len() > FILE_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file of certificates"));
        }
        let stamp = (facts.modified().ok(), facts.len());
        if let Some(found) = known().iter().find(|it| it.path == path && it.stamp == stamp) {
            return Ok(Arc::clone(&found.config));
        }
        let config = Arc::new(config(verifier(&path)?));
        let mut known = known();
        known.retain(|it| it.path != path);
        if known.len() >= KEPT {
            known.remove(0);
        }
        known.push(Known { path: path.clone(), stamp, config: Arc::clone(&config) });
        Ok(config)
    };
    tokio::task::spawn_blocking(move || {
        read().map_err(|error| io::Error::new(error.kind(), format!("authorities: {error}")))
    })
    .await
    .unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn verifier(path: &Path) -> io::Result<Arc<WebPkiServerVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(io::Error::other)? {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&PROVIDER))
        .build()
        .map_err(io::Error::other)
}

/// Takes any certificate, valid or not, and anybody's signature: as keepalived and ldirectord do. A check wants to know
/// whether the server answers, and certificates of real servers are made out to the service's name, or by nobody.
#[derive(Debug)]
struct AcceptAny;

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        PROVIDER.signature_verification_algorithms.supported_schemes()
    }
}
