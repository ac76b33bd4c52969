//! The second socket: netlink messages, each datagram by itself, for the same peers and by the same permissions as the
//! control socket.

use super::{Conversation, socket_path};
use crate::api::seats::{Seat, Seats};
use crate::api::server::{BindError, Bound, Handle, MESSAGE_TIME, Peer, bind_as, peer_of, serve_clients};
use crate::control::ControlError;
use crate::control::command::{Reply, Request};
use rustix::net::SocketType;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a datagram that are read. IPVS's messages have less than a thousand; of a longer one the rest is lost, and
/// so it is answered by EINVAL.
const MAX_DATAGRAM_LEN: usize = 32 << 10;

/// Opens the socket beside this control socket, by the rules of [`bind`](crate::api::server::bind).
///
/// # Errors
/// [`BindError`].
pub fn bind(control: &Path) -> Result<Bound, BindError> {
    bind_as(&socket_path(control), SocketType::SEQPACKET)
}

/// Serves the family on a socket from [`bind`] until the handle is stopped or dropped. `keeper` is called on the
/// clients' threads, several at once.
///
/// # Errors
/// The thread cannot be started, or the socket cannot be made non-blocking.
pub fn serve<K>(listener: UnixListener, keeper: K) -> io::Result<Handle>
where
    K: Fn(Request, Peer) -> Reply + Send + Sync + Clone + 'static,
{
    serve_clients(listener, move |stream, seats| welcome(stream, seats, &keeper))
}

fn welcome<K>(stream: UnixStream, seats: &Arc<Seats>, keeper: &K)
where
    K: Fn(Request, Peer) -> Reply + Send + Sync + Clone + 'static,
{
    // A client that finds no seat sees its connection closed.
    let Some(seat) = seats.take(&stream) else { return };
    let keeper = keeper.clone();
    let spawned = std::thread::Builder::new().name("genl-client".to_owned()).spawn(move || {
        if let Err(error) = converse(stream, &seat, &keeper) {
            tracing::debug!(%error, "a netlink client was dropped");
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for a netlink client");
    }
}

/// A netlink socket may be idle for as long as its program lives; who is idle longest leaves when the seats run out.
fn converse<K: Fn(Request, Peer) -> Reply>(
    mut stream: UnixStream,
    seat: &Seat,
    keeper: &K,
) -> io::Result<()> {
    let peer = peer_of(&stream)?;
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(MESSAGE_TIME))?;
    let mut conversation = Conversation::new(|request: Request| {
        if peer.may(&request) { keeper(request, peer) } else { Reply::Refused(ControlError::NotPermitted) }
    });
    let mut buffer = vec![0; MAX_DATAGRAM_LEN];
    loop {
        let datagram = match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(len) => buffer.get(..len).unwrap_or(&[]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if !seat.begin_answer() {
            return Ok(());
        }
        for answer in conversation.answer(datagram) {
            // A datagram is sent as a whole or not at all.
            stream.write_all(&answer)?;
        }
        seat.end_answer();
    }
}
