//! The director's side of the control socket: one thread that accepts, one per client.

use super::message::{Incoming, LineReader};
use super::seats::{Seat, Seats};
use crate::control::ControlError;
use crate::control::command::{Reply, Request};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest request in bytes.
pub const MAX_REQUEST_LEN: usize = 1 << 20;
/// Clients that are served at once. For one more, the one that has been idle longest is cut off; if none is idle, the
/// new one is turned away with a reply that says so.
pub const MAX_CLIENTS: usize = 64;
/// How long a message may take from its first look to its last byte, and a client may be idle.
pub const MESSAGE_TIME: Duration = Duration::from_secs(5);
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 128;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// User id, as the kernel vouches for it.
    pub uid: u32,
    /// Process id at the time of connecting.
    pub pid: i32,
}

impl Peer {
    /// Queries are free for whoever may connect; changes are for root and for the director's own user.
    pub fn may(self, request: &Request) -> bool {
        match request {
            Request::Services(_)
            | Request::Connections
            | Request::Timeouts
            | Request::Marks
            | Request::Tunables
            | Request::Status
            | Request::Diff(_)
            | Request::Daemons
            | Request::Totals
            | Request::Helpers
            | Request::Running
            | Request::Farms
            | Request::Routers
            | Request::Events { .. } => true,
            Request::Command(_)
            | Request::Commands(_)
            | Request::Replace(_)
            | Request::Hold { .. }
            | Request::Reload => self.uid == 0 || self.uid == rustix::process::geteuid().as_raw(),
        }
    }
}

/// Why the control socket cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another director answers there.
    #[error("{}: in use: a director answers there already", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else has that name; it is not touched.
    #[error("{}: exists and is no socket; move it away or choose another path with --socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{}: cannot {operation}: {error}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What was tried.
        operation: &'static str,
        /// The system's answer.
        error: io::Error,
    },
}

/// A control socket, opened.
#[derive(Debug)]
pub struct Bound {
    /// The socket.
    pub listener: UnixListener,
    /// A socket was there that nobody answered: a director died here without cleaning up.
    pub was_stale: bool,
}

/// Opens the control socket with mode 0660. A socket that a dead director left is replaced; one that answers, or
/// anything that is no socket, is left alone. A missing directory is made only if it is `/run/ulvs`.
///
/// # Errors
/// [`BindError`].
pub fn bind(path: &Path) -> Result<Bound, BindError> {
    bind_as(path, SocketType::STREAM)
}

/// As [`bind`], a socket of this type.
pub(super) fn bind_as(path: &Path, kind: SocketType) -> Result<Bound, BindError> {
    let io = |operation| move |error| BindError::Io { path: path.to_owned(), operation, error };
    if let Some(folder) = path.parent()
        && folder == Path::new("/run/ulvs")
        && !folder.exists()
    {
        std::fs::create_dir(folder).map_err(io("make its directory"))?;
        let mode = std::fs::Permissions::from_mode(0o750);
        std::fs::set_permissions(folder, mode).map_err(io("set the mode of its directory"))?;
    }
    let mut was_stale = false;
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io("examine it")(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(BindError::NotASocket { path: path.to_owned() });
        }
        Ok(_) => match UnixStream::connect(path) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                std::fs::remove_file(path).map_err(io("remove the stale socket"))?;
                was_stale = true;
            }
            // Whatever else happens (success, a full backlog, no permission), somebody may be alive behind it.
            _ => return Err(BindError::InUse { path: path.to_owned() }),
        },
    }
    let listener = listen(path, kind).map_err(|(operation, error)| match error {
        Errno::ADDRINUSE => BindError::InUse { path: path.to_owned() },
        error => io(operation)(error.into()),
    })?;
    Ok(Bound { listener, was_stale })
}

/// The file gets the mode that its socket had before, so nobody can connect between its making and the chmod, and no
/// other thread's umask is touched.
fn listen(path: &Path, kind: SocketType) -> Result<UnixListener, (&'static str, Errno)> {
    let at = |operation| move |error| (operation, error);
    let mode = Mode::from_raw_mode(0o660);
    let address = SocketAddrUnix::new(path).map_err(at("use it as a socket's name"))?;
    let socket =
        socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).map_err(at("make a socket"))?;
    fchmod(&socket, mode).map_err(at("set its mode"))?;
    rustix::net::bind(&socket, &address).map_err(at("bind it"))?;
    // What the umask took away.
    rustix::fs::chmod(path, mode).map_err(at("set its mode"))?;
    rustix::net::listen(&socket, BACKLOG).map_err(at("listen there"))?;
    Ok(UnixListener::from(socket))
}

/// A server that runs. Dropping it stops it.
#[derive(Debug)]
pub struct Handle {
    /// Readable once the thread shall end: nobody wakes up to look.
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
    /// The socket file as it was bound: path, device, inode.
    file: Option<(PathBuf, u64, u64)>,
}

impl Handle {
    /// Stops accepting, ends the thread and removes the socket file, unless that is somebody else's by now. Clients that
    /// are being served get their answer.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Cannot fail on an eventfd that is written once.
        let _ = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // It only panics if a thread could not be started, and then it has ended, which is what is wanted.
            let _ = thread.join();
        }
        if let Some((path, device, inode)) = self.file.take()
            && std::fs::symlink_metadata(&path).is_ok_and(|now| (now.dev(), now.ino()) == (device, inode))
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), %error, "the control socket could not be removed");
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.end();
    }
}

/// Serves requests on a socket from [`bind`] until the handle is stopped or dropped. `keeper` is called on the clients'
/// threads, several at once.
///
/// # Errors
/// The thread cannot be started, or the socket cannot be made non-blocking.
pub fn serve<K>(listener: UnixListener, keeper: K) -> io::Result<Handle>
where
    K: Fn(Request, Peer) -> Reply + Send + Sync + Clone + 'static,
{
    serve_clients(listener, move |stream, seats| welcome(stream, seats, &keeper))
}

/// Has each client that comes welcomed.
pub(super) fn serve_clients<W>(listener: UnixListener, welcome: W) -> io::Result<Handle>
where
    W: Fn(UnixStream, &Arc<Seats>) + Send + 'static,
{
    let file = listener.local_addr()?.as_pathname().and_then(|path| {
        let found = std::fs::symlink_metadata(path).ok()?;
        Some((path.to_owned(), found.dev(), found.ino()))
    });
    listener.set_nonblocking(true)?;
    let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let stopped = Arc::clone(&stop);
    let thread = std::thread::Builder::new()
        .name("api".to_owned())
        .spawn(move || accept_until(&stopped, &listener, &welcome))?;
    Ok(Handle { stop, thread: Some(thread), file })
}

fn accept_until(stop: &OwnedFd, listener: &UnixListener, welcome: &impl Fn(UnixStream, &Arc<Seats>)) {
    let seats = Seats::new(MAX_CLIENTS);
    loop {
        let mut waiting = [PollFd::new(stop, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
        match poll(&mut waiting, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => {
                tracing::error!(%error, "the control socket cannot be watched");
                return;
            }
        }
        let [stop, _] = &waiting;
        if !stop.revents().is_empty() {
            return;
        }
        match listener.accept() {
            Ok((stream, _)) => welcome(stream, &seats),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket could not be accepted");
                // Out of descriptors, most likely: the client stays in the backlog, so don't spin on it.
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

fn welcome<K>(stream: UnixStream, seats: &Arc<Seats>, keeper: &K)
where
    K: Fn(Request, Peer) -> Reply + Send + Sync + Clone + 'static,
{
    let Some(seat) = seats.take(&stream) else {
        // Must not wait for the client; a few bytes always fit into a fresh socket.
        let full = format!("more than {MAX_CLIENTS} clients at once; try again later");
        if stream.set_nonblocking(true).is_ok() {
            let _ = send(&stream, &refusal(full));
        }
        return;
    };
    let keeper = keeper.clone();
    let spawned = std::thread::Builder::new().name("api-client".to_owned()).spawn(move || {
        if let Err(error) = converse(&stream, &seat, &keeper) {
            tracing::debug!(%error, "a client of the control socket was dropped");
        }
    });
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for a client of the control socket");
    }
}

fn refusal(why: String) -> Reply {
    Reply::Refused(ControlError::Invalid(why))
}

/// Who is at the other end.
pub(super) fn peer_of(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = socket_peercred(stream)?;
    Ok(Peer { uid: credentials.uid.as_raw(), pid: credentials.pid.as_raw_nonzero().get() })
}

fn converse<K: Fn(Request, Peer) -> Reply>(stream: &UnixStream, seat: &Seat, keeper: &K) -> io::Result<()> {
    let peer = peer_of(stream)?;
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(MESSAGE_TIME))?;
    let mut lines = LineReader::new(MAX_REQUEST_LEN);
    loop {
        let line = match lines.next(stream, MESSAGE_TIME)? {
            Incoming::Line(line) if line.len() <= MAX_REQUEST_LEN => line,
            Incoming::Line(_) | Incoming::TooLong => {
                return send(stream, &refusal(format!("a request has at most {MAX_REQUEST_LEN} bytes")));
            }
            Incoming::TimedOut { begun: true } => {
                let seconds = MESSAGE_TIME.as_secs();
                return send(stream, &refusal(format!("a request must be complete within {seconds} s")));
            }
            Incoming::Closed | Incoming::TimedOut { begun: false } => return Ok(()),
        };
        if !seat.begin_answer() {
            return Ok(());
        }
        let reply = match serde_json::from_slice::<Request>(&line) {
            Ok(request) if peer.may(&request) => keeper(request, peer),
            Ok(_) => Reply::Refused(ControlError::NotPermitted),
            Err(error) => refusal(format!("not understood: {error}")),
        };
        send(stream, &reply)?;
        seat.end_answer();
    }
}

fn send(mut stream: &UnixStream, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    stream.write_all(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::client::{Client, ClientError};
    use crate::control::command::Command;
    use crate::lvs::Timeouts;
    use std::io::Read;
    use std::os::unix::fs::FileTypeExt;

    fn start(folder: &Path) -> (Handle, PathBuf) {
        let path = folder.join("s");
        let keeper = |request: Request, _peer: Peer| match request {
            Request::Timeouts => Reply::Timeouts(Timeouts::default()),
            _ => Reply::Done,
        };
        (serve(bind(&path).unwrap().listener, keeper).unwrap(), path)
    }

    #[test]
    fn questions_and_answers_on_one_connection() {
        let folder = tempfile::tempdir().unwrap();
        let (handle, path) = start(folder.path());
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        let mut client = Client::connect(&path).unwrap();
        assert_eq!(client.ask(&Request::Timeouts).unwrap(), Reply::Timeouts(Timeouts::default()));
        assert_eq!(
            client.ask(&Request::Command(Command::Flush)).unwrap(),
            Reply::Done,
            "we are its own user"
        );
        handle.stop();
        assert!(!path.exists());
        assert!(matches!(Client::connect(&path), Err(ClientError::NotRunning { .. })));
    }

    #[test]
    fn only_root_and_its_own_user_may_change() {
        let me = rustix::process::geteuid().as_raw();
        let change = Request::Command(Command::Flush);
        assert!(Peer { uid: 0, pid: 1 }.may(&change));
        assert!(Peer { uid: me, pid: 1 }.may(&change));
        assert!(!Peer { uid: me + 1, pid: 1 }.may(&change));
        assert!(Peer { uid: me + 1, pid: 1 }.may(&Request::Status));
    }

    #[test]
    fn nothing_but_a_stale_socket_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        std::fs::write(&path, "precious").unwrap();
        assert!(matches!(bind(&path), Err(BindError::NotASocket { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(bind(&link), Err(BindError::NotASocket { .. })));
        std::fs::remove_file(&path).unwrap();
        let alive = bind(&path).unwrap();
        assert!(!alive.was_stale);
        assert!(matches!(bind(&path), Err(BindError::InUse { .. })));
        drop(alive);
        assert!(std::fs::metadata(&path).unwrap().file_type().is_socket(), "the stale file is still there");
        assert!(bind(&path).unwrap().was_stale);
        assert!(matches!(bind(&folder.path().join("no/s")), Err(BindError::Io { .. })));
    }

    #[test]
    fn nonsense_and_huge_requests_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let (_handle, path) = start(folder.path());
        let exchange = |bytes: &[u8]| {
            let mut stream = UnixStream::connect(&path).unwrap();
            // The server may hang up in the middle of a request that is too long.
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let mut text = Vec::new();
            let _ = stream.read_to_end(&mut text);
            String::from_utf8(text).unwrap()
        };
        assert!(exchange(b"hello\n\"Timeouts\"\n").contains("not understood"));
        assert!(exchange(b"\"Timeouts\"\n").contains("\"tcp\":900"));
        assert_eq!(exchange(b"\"Timeouts\""), "", "half a message is no message");
        let mut huge = vec![b' '; MAX_REQUEST_LEN + 100_000];
        huge.push(b'\n');
        // The answer may be lost with the bytes that were not read, but the server goes on.
        exchange(&huge);
        assert!(exchange(b"\"Timeouts\"\n").contains("\"tcp\":900"));
    }

    #[test]
    fn slow_clients_do_not_shut_out_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let (_handle, path) = start(folder.path());
        let mut first = Client::connect(&path).unwrap();
        first.ask(&Request::Timeouts).unwrap();
        // Connections that say nothing, or half a request: many more than there are seats.
        let slow: Vec<_> = (0..3 * MAX_CLIENTS)
            .map(|_| {
                let mut stream = UnixStream::connect(&path).unwrap();
                // May be cut off at any moment.
                let _ = stream.write_all(b"\"Time");
                stream
            })
            .collect();
        let mut newcomer = Client::connect(&path).unwrap();
        assert_eq!(newcomer.ask(&Request::Command(Command::Flush)).unwrap(), Reply::Done);
        assert!(matches!(first.ask(&Request::Timeouts), Err(ClientError::Broken { .. })), "idle for longest");
        drop(slow);
    }

    #[test]
    fn clients_that_are_being_answered_keep_their_seats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let (busy, all_busy) = std::sync::mpsc::channel();
        let gate = Arc::new(std::sync::RwLock::new(()));
        let closed = gate.write().unwrap();
        let inner = Arc::clone(&gate);
        let keeper = move |_: Request, _: Peer| {
            let _ = busy.send(());
            drop(inner.read());
            Reply::Done
        };
        let _handle = serve(bind(&path).unwrap().listener, keeper).unwrap();
        let asking: Vec<_> = (0..MAX_CLIENTS)
            .map(|_| {
                let mut client = Client::connect(&path).unwrap();
                std::thread::spawn(move || client.ask(&Request::Status).unwrap())
            })
            .collect();
        for _ in 0..MAX_CLIENTS {
            all_busy.recv().unwrap();
        }
        let reply = Client::connect(&path).unwrap().ask(&Request::Timeouts).unwrap();
        assert!(matches!(reply, Reply::Refused(ControlError::Invalid(why)) if why.contains("64 clients")));
        drop(closed);
        for asker in asking {
            assert_eq!(asker.join().unwrap(), Reply::Done);
        }
    }
}
