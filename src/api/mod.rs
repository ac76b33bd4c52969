//! The control socket: one JSON [`Request`](crate::control::command::Request) per line in, one
//! [`Reply`](crate::control::command::Reply) per line out, over a unix stream socket. Beside
//! it the socket of [`genl`], for programs that know the kernel's IPVS.

pub mod client;
pub mod genl;
mod message;
pub mod proc;
mod seats;
pub mod server;

use std::path::PathBuf;

/// Where the director listens if nobody says otherwise.
pub const DEFAULT_SOCKET: &str = "/run/ulvs.sock";
/// The environment variable that names another place.
pub const SOCKET_VARIABLE: &str = "ULVS_SOCKET";

/// The socket's path: what the operator said, else `$ULVS_SOCKET`, else [`DEFAULT_SOCKET`].
pub fn socket_path(said: Option<PathBuf>) -> PathBuf {
    said.or_else(|| std::env::var_os(SOCKET_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from(DEFAULT_SOCKET))
}
