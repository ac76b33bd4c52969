//! The generic netlink family `IPVS` as the kernel speaks it (`ipvs.md` §7.1), over a unix socket: how ipvsadm,
//! keepalived and whatever else knows that family reach the director through the preload library (`shim/`).
//!
//! One datagram in is one or more netlink messages, one datagram out likewise. The controller `nlctrl` answers for the
//! ids of the families. Nothing is remembered between messages; [`Conversation::answer`] is pure but for what the keeper
//! does.

mod attr;
mod decode;
mod encode;
mod names;
pub mod server;
#[cfg(test)]
mod tests;

use crate::api::client::ClientError;
use crate::api::proc::File;
use crate::control::command::{Command, Reply, Request, ServiceState};
use crate::lvs::{ServiceKey, Timeouts};
use attr::{Attributes, GENERIC_LEN, HEADER_LEN, Header, Message, TooShort, aligned};
use decode::{Errno, INVALID};
use names::{FAMILIES, IPVS, NLCTRL, ULVS, command, control, file, info, message, top};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};
use std::path::{Path, PathBuf};

/// Messages of one datagram that are answered; clients send one.
const MAX_MESSAGES: usize = 64;
/// Bytes of a datagram of a dump at most, but for a message that alone is longer: what the smallest buffers of clients
/// hold.
const DUMP_LEN: usize = 4096;
/// Bytes of a file's text in one message.
const TEXT_LEN: usize = 3072;
/// IP_VS_VERSION_CODE: 1.2.1.
const VERSION: u32 = 0x01_02_01;
/// Slots of the connection table, as the kernel's default has them and as our own listings say.
const TABLE_SIZE: u32 = 4096;

/// Where the family is served: beside the control socket, with `.genl` behind its name.
pub fn socket_path(control: &Path) -> PathBuf {
    let mut path = control.as_os_str().to_owned();
    path.push(".genl");
    path.into()
}

/// Can the family be reached behind this control socket?
///
/// # Errors
/// [`ClientError::NotRunning`], [`ClientError::NotPermitted`].
pub fn reach(control: &Path) -> Result<(), ClientError> {
    let path = socket_path(control);
    let connect = || {
        let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        rustix::net::connect(&socket, &SocketAddrUnix::new(&path)?)
    };
    connect().map_err(|error| match error {
        rustix::io::Errno::ACCESS => ClientError::NotPermitted { path: path.clone(), error: error.into() },
        _ => ClientError::NotRunning { path: path.clone(), error: error.into() },
    })
}

/// One client and the keeper that answers for it.
#[derive(Debug)]
pub struct Conversation<K> {
    keeper: K,
}

/// What a request comes to.
enum Outcome {
    /// These messages, then an acknowledgement if one is wanted.
    Plain(Vec<Message>),
    /// A list, which has its own end.
    Dump(Vec<Message>),
}

impl<K: FnMut(Request) -> Reply> Conversation<K> {
    /// A conversation whose requests go to this keeper; what the client may not do the keeper refuses.
    pub const fn new(keeper: K) -> Self {
        Self { keeper }
    }

    /// Answers one datagram with datagrams. A message that makes no sense is answered by EINVAL; one without a whole
    /// header cannot be answered at all.
    pub fn answer(&mut self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        let mut rest = datagram;
        for _ in 0..MAX_MESSAGES {
            let Some((header, length)) = attr::header(rest) else { break };
            let body = rest.get(HEADER_LEN..length);
            // Whatever length it gives itself: clients look for the header of what an error is about.
            let whole = rest.get(..length.max(HEADER_LEN)).unwrap_or(rest);
            match body {
                Some(body) => self.message(header, whole, body, &mut answers),
                None => answers.push(error(header, whole, INVALID)),
            }
            if body.is_none() {
                break;
            }
            rest = rest.get(aligned(length)..).unwrap_or(&[]);
        }
        answers
    }

    fn message(&mut self, header: Header, whole: &[u8], body: &[u8], answers: &mut Vec<Vec<u8>>) {
        // The kernel takes no notice of what is not asked of it.
        if header.flags & message::REQUEST == 0 {
            return;
        }
        let outcome = if header.kind < message::FIRST_FAMILY {
            Ok(Outcome::Plain(Vec::new()))
        } else {
            self.generic(header, body)
        };
        match outcome {
            Err(errno) => answers.push(error(header, whole, errno)),
            Ok(Outcome::Dump(messages)) => answers.extend(dump(header, messages)),
            Ok(Outcome::Plain(messages)) => {
                answers.extend(messages.into_iter().map(Message::finish));
                if header.flags & message::ACK != 0 {
                    answers.push(error(header, whole, Errno(0)));
                }
            }
        }
    }

    fn generic(&mut self, header: Header, body: &[u8]) -> Result<Outcome, Errno> {
        if !FAMILIES.iter().any(|(_, id)| *id == header.kind) {
            return Err(Errno(libc::ENOENT));
        }
        let [command, ..] = *body.first_chunk::<GENERIC_LEN>().ok_or(INVALID)?;
        let attributes = Attributes::new(body.get(GENERIC_LEN..).unwrap_or(&[]));
        let is_dump = header.flags & message::DUMP == message::DUMP;
        match header.kind {
            NLCTRL => family(header, command, attributes, is_dump),
            ULVS => self.file(header, command, attributes),
            _ if is_dump => self.list(header, command, attributes).map(Outcome::Dump),
            _ => self.single(header, command, attributes).map(Outcome::Plain),
        }
    }

    fn ask(&mut self, request: Request) -> Result<Reply, Errno> {
        match (self.keeper)(request) {
            Reply::Refused(error) => Err(Errno(error.to_errno())),
            reply => Ok(reply),
        }
    }

    fn services(&mut self, key: Option<ServiceKey>) -> Result<Vec<ServiceState>, Errno> {
        match self.ask(Request::Services(key))? {
            Reply::Services(services) => Ok(services),
            _ => Err(INVALID),
        }
    }

    fn change(&mut self, command: Command) -> Result<Vec<Message>, Errno> {
        self.ask(Request::Command(command)).map(|_| Vec::new())
    }

    fn single(&mut self, header: Header, command: u8, all: Attributes<'_>) -> Result<Vec<Message>, Errno> {
        let reply = |command| Message::generic(Header { flags: 0, ..header }, command, 1);
        match command {
            command::NEW_SERVICE => {
                let spec = decode::service_spec(all.nested(top::SERVICE).ok_or(INVALID)?, 0)?;
                self.change(Command::AddService(spec))
            }
            command::SET_SERVICE => {
                let given = all.nested(top::SERVICE).ok_or(INVALID)?;
                let key = decode::service_key(given)?;
                let keeps_any = decode::service_flags(given)?.keeps_any();
                let state = if keeps_any { self.services(Some(key))? } else { Vec::new() };
                let old = state.first().map_or(0, |state| encode::flags(&state.spec));
                self.change(Command::EditService(decode::service_spec(given, old)?))
            }
            command::DEL_SERVICE => self.change(Command::DeleteService(key_of(all)?)),
            command::GET_SERVICE => {
                let key = key_of(all)?;
                let services = self.services(Some(key))?;
                Ok(services.iter().map(|state| service(header, 0, state)).collect())
            }
            command::NEW_DEST | command::SET_DEST | command::DEL_DEST => {
                let key = key_of(all)?;
                let wanted = real_server_change(command, key, all);
                if wanted.is_err() {
                    // A service that is not there is complained about before what is wrong with the real server.
                    self.services(Some(key))?;
                }
                self.change(wanted?)
            }
            command::NEW_DAEMON => {
                let spec = decode::daemon_spec(all.nested(top::DAEMON).ok_or(INVALID)?)?;
                self.change(Command::StartDaemon(spec))
            }
            command::DEL_DAEMON => {
                let role = decode::daemon_role(all.nested(top::DAEMON).ok_or(INVALID)?)?;
                self.change(Command::StopDaemon(role))
            }
            command::SET_CONFIG => {
                let seconds = |number| Ok::<_, TooShort>(all.u32(number)?.filter(|seconds| *seconds != 0));
                self.change(Command::SetTimeouts {
                    tcp: seconds(top::TIMEOUT_TCP)?,
                    tcp_fin: seconds(top::TIMEOUT_TCP_FIN)?,
                    udp: seconds(top::TIMEOUT_UDP)?,
                })
            }
            command::GET_CONFIG => {
                let Reply::Timeouts(Timeouts { tcp, tcp_fin, udp }) = self.ask(Request::Timeouts)? else {
                    return Err(INVALID);
                };
                let mut reply = reply(command::SET_CONFIG);
                reply.put(top::TIMEOUT_TCP, &tcp.to_ne_bytes());
                reply.put(top::TIMEOUT_TCP_FIN, &tcp_fin.to_ne_bytes());
                reply.put(top::TIMEOUT_UDP, &udp.to_ne_bytes());
                Ok(vec![reply])
            }
            command::GET_INFO => {
                let mut reply = reply(command::SET_INFO);
                reply.put(info::VERSION, &VERSION.to_ne_bytes());
                reply.put(info::TABLE_SIZE, &TABLE_SIZE.to_ne_bytes());
                Ok(vec![reply])
            }
            command::ZERO => {
                let key = all.nested(top::SERVICE).map(decode::service_key).transpose()?;
                self.change(Command::Zero(key))
            }
            command::FLUSH => self.change(Command::Flush),
            _ => Err(Errno(libc::EOPNOTSUPP)),
        }
    }

    fn list(&mut self, header: Header, command: u8, all: Attributes<'_>) -> Result<Vec<Message>, Errno> {
        match command {
            command::GET_SERVICE => {
                let services = self.services(None)?;
                Ok(services.iter().map(|state| service(header, message::MULTI, state)).collect())
            }
            command::GET_DEST => {
                // The kernel lists nothing of a service that it does not know, and does not complain.
                let services = key_of(all).and_then(|key| self.services(Some(key))).unwrap_or_default();
                let servers = services.iter().flat_map(|state| &state.servers);
                let to_message = |state| {
                    let mut one = multi(header, command::NEW_DEST, 1);
                    encode::put_server(&mut one, state);
                    one
                };
                Ok(servers.map(to_message).collect())
            }
            command::GET_DAEMON => {
                let Reply::Daemons(daemons) = self.ask(Request::Daemons)? else { return Err(INVALID) };
                let to_message = |daemon| {
                    let mut one = multi(header, command::NEW_DAEMON, 1);
                    encode::put_daemon(&mut one, daemon);
                    one
                };
                Ok(daemons.iter().map(to_message).collect())
            }
            _ => Err(Errno(libc::EOPNOTSUPP)),
        }
    }

    /// Our own family: the text of a file below `/proc/net`, in pieces.
    fn file(&mut self, header: Header, command: u8, all: Attributes<'_>) -> Result<Outcome, Errno> {
        if command != file::GET {
            return Err(Errno(libc::EOPNOTSUPP));
        }
        let name = all.text(file::NAME).ok_or(INVALID)?;
        let file = File::by_name(&name).ok_or(Errno(libc::ENOENT))?;
        let reply = self.ask(file.request())?;
        let text = file.text(&reply).ok_or(INVALID)?;
        let to_message = |piece| {
            let mut one = multi(header, file::GET, 1);
            one.put(file::TEXT, piece);
            one
        };
        Ok(Outcome::Dump(text.as_bytes().chunks(TEXT_LEN).map(to_message).collect()))
    }
}

fn key_of(all: Attributes<'_>) -> Result<ServiceKey, Errno> {
    decode::service_key(all.nested(top::SERVICE).ok_or(INVALID)?)
}

fn real_server_change(command: u8, key: ServiceKey, all: Attributes<'_>) -> Result<Command, Errno> {
    let given = all.nested(top::DEST).ok_or(INVALID)?;
    let family = key.family();
    Ok(match command {
        command::NEW_DEST => Command::AddServer(key, decode::server_spec(given, family)?),
        command::SET_DEST => Command::EditServer(key, decode::server_spec(given, family)?),
        _ => Command::DeleteServer(key, decode::server_endpoint(given, family)?),
    })
}

fn service(header: Header, flags: u16, state: &ServiceState) -> Message {
    let mut one = Message::generic(Header { flags, ..header }, command::NEW_SERVICE, 1);
    encode::put_service(&mut one, state);
    one
}

/// One message of a list.
fn multi(header: Header, command: u8, version: u8) -> Message {
    Message::generic(Header { flags: message::MULTI, ..header }, command, version)
}

/// The controller: which family has which id.
fn family(header: Header, command: u8, all: Attributes<'_>, is_dump: bool) -> Result<Outcome, Errno> {
    if command != control::GET_FAMILY {
        return Err(Errno(libc::EOPNOTSUPP));
    }
    let describe = |(name, id): &(&str, u16), flags| {
        let (version, max_attribute) = match *id {
            NLCTRL => (2_u32, 10_u32),
            IPVS => (1, u32::from(top::TIMEOUT_UDP)),
            _ => (1, u32::from(file::TEXT)),
        };
        let mut one = Message::generic(Header { flags, ..header }, control::NEW_FAMILY, 2);
        one.put_text(control::FAMILY_NAME, name);
        one.put(control::FAMILY_ID, &id.to_ne_bytes());
        one.put(control::VERSION, &version.to_ne_bytes());
        one.put(control::HEADER_SIZE, &0_u32.to_ne_bytes());
        one.put(control::MAX_ATTRIBUTE, &max_attribute.to_ne_bytes());
        one
    };
    if is_dump {
        return Ok(Outcome::Dump(FAMILIES.iter().map(|row| describe(row, message::MULTI)).collect()));
    }
    let (id, name) = (all.u16(control::FAMILY_ID)?, all.text(control::FAMILY_NAME));
    if id.is_none() && name.is_none() {
        return Err(INVALID);
    }
    let known = |row: &&(&str, u16)| name.as_ref().map_or(id == Some(row.1), |name| name == row.0);
    let row = FAMILIES.iter().find(known).ok_or(Errno(libc::ENOENT))?;
    Ok(Outcome::Plain(vec![describe(row, 0)]))
}

/// An error, or with 0 the acknowledgement. An error carries the whole request, an acknowledgement its header.
fn error(header: Header, request: &[u8], errno: Errno) -> Vec<u8> {
    let flags = if errno == Errno(0) { message::CAPPED } else { 0 };
    let mut answer = Message::new(Header { kind: message::ERROR, flags, ..header });
    answer.raw(&errno.0.wrapping_neg().to_ne_bytes());
    answer.raw(if errno == Errno(0) { request.get(..HEADER_LEN).unwrap_or(request) } else { request });
    answer.finish()
}

/// A list as datagrams, with its end.
fn dump(header: Header, messages: Vec<Message>) -> Vec<Vec<u8>> {
    let mut done = Message::new(Header { kind: message::DONE, flags: message::MULTI, ..header });
    done.raw(&0_i32.to_ne_bytes());
    let mut datagrams: Vec<Vec<u8>> = Vec::new();
    for bytes in messages.into_iter().chain([done]).map(Message::finish) {
        match datagrams.last_mut() {
            Some(last) if last.len() + bytes.len() <= DUMP_LEN => last.extend(bytes),
            _ => datagrams.push(bytes),
        }
    }
    datagrams
}
