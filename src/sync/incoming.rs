//! What was heard, judged record by record: whose connection it is here, and whether that may be believed.
//!
//! Strict (as a rule): only from addresses on the interface's own networks, and no connection whose packets come here is
//! moved to another real server by anybody's word. As the kernel does it (`sync_strict=0`): from everybody, and moved.
//! Either way a connection needs a service and a real server that are here: an entry has no room for the address of
//! somebody unknown, so the kernel's connections without a real server there are not.

use super::Place;
use super::fault::{Fault, FaultCounts};
use super::message::Message;
use super::outgoing::{by_mark, mark_of};
use super::record::Record;
use super::word::Word;
use crate::conn::{ConnFlags, EngineData, Heard, Hearing, NewConn, SequenceShift};
use crate::lvs::{Endpoint, ForwardingMethod, PortId, Protocol, ServiceKey};
use crate::service::{Flow, RealServer, Snapshot, VirtualService};
use crate::time::Tick;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// FTP's control port.
const FTP: u16 = 21;
/// Life of a template of which none was said, in seconds: the kernel's.
const TEMPLATE_SECONDS: u32 = 180;
/// The one persistence engine.
const ENGINE: &[u8] = b"sip";
/// A helper changes the length of one segment at a time, by some bytes: more than this is no shift but rubbish (kernels up to
/// 6.12 send such, `ipvs.md` §6.2).
const MOST_SHIFTED: u32 = 1 << 20;

/// What is counted.
#[derive(Debug, Default)]
pub struct Received {
    /// Datagrams.
    pub messages: AtomicU64,
    /// Records of messages that were in order.
    pub records: AtomicU64,
    /// Connections that were opened by them.
    pub opened: AtomicU64,
    /// Records about connections that there were.
    pub updated: AtomicU64,
    /// Shifts of sequence numbers that were left out since they cannot be true.
    pub shifts_doubted: AtomicU64,
    /// Messages and records that were not taken.
    pub faults: FaultCounts,
}

/// Whom to listen to, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Messages with another number are not for us; 0: all are.
    pub sync_id: u8,
    /// Believes on-link peers only, and lets nobody move a connection whose packets come here.
    pub is_strict: bool,
    /// The interface's own addresses, with the networks that they are in.
    pub networks: Vec<IpNet>,
    /// Packets that a connection begins with (`sync_threshold`).
    pub threshold: u32,
}

/// Takes in one datagram. `None` for `from`: not known, which only strictness minds.
pub fn take(
    datagram: &[u8],
    from: Option<IpAddr>,
    listening: &Listening,
    place: &dyn Place,
    counts: &Received,
) {
    counts.messages.fetch_add(1, Relaxed);
    let message = match judge(datagram, from, listening) {
        Ok(message) => message,
        Err(fault) => return counts.faults.count(fault),
    };
    let (view, now) = (place.view(), place.now());
    for record in message.records() {
        if !record.is_err_and(|fault| fault.ends_message()) {
            counts.records.fetch_add(1, Relaxed);
        }
    }
    for record in message.records() {
        let taken = record.and_then(|record| take_record(&record, listening, place, &view, now, counts));
        if let Err(fault) = taken {
            counts.faults.count(fault);
        }
    }
}

/// May this sender be listened to?
///
/// # Errors
/// [`Fault::Own`], [`Fault::Stranger`].
pub fn judge_sender(from: Option<IpAddr>, listening: &Listening) -> Result<(), Fault> {
    let Listening { is_strict, networks, .. } = listening;
    if from.is_some_and(|from| networks.iter().any(|net| net.addr() == from)) {
        return Err(Fault::Own);
    }
    if *is_strict && !from.is_some_and(|from| networks.iter().any(|net| net.contains(&from))) {
        return Err(Fault::Stranger);
    }
    Ok(())
}

/// A message that is for us, from somebody who may be listened to.
///
/// # Errors
/// What it is not.
pub fn judge<'b>(
    datagram: &'b [u8],
    from: Option<IpAddr>,
    listening: &Listening,
) -> Result<Message<'b>, Fault> {
    judge_sender(from, listening)?;
    let message = Message::read(datagram)?;
    if listening.sync_id != 0 && message.sync_id != listening.sync_id {
        return Err(Fault::SyncId);
    }
    Ok(message)
}

/// A word that is for us, from somebody who may be listened to.
///
/// # Errors
/// What it is not.
pub fn judge_word(datagram: &[u8], from: IpAddr, listening: &Listening) -> Result<Word, Fault> {
    judge_sender(Some(from), listening)?;
    let (sync_id, word) = Word::read(datagram)?;
    if listening.sync_id != 0 && sync_id != listening.sync_id {
        return Err(Fault::SyncId);
    }
    Ok(word)
}

fn take_record(
    record: &Record,
    listening: &Listening,
    place: &dyn Place,
    view: &Snapshot,
    now: Tick,
    counts: &Received,
) -> Result<(), Fault> {
    let protocol = record.check()?;
    let engine_data = match &record.engine {
        Some(engine) if engine.name != ENGINE => return Err(Fault::Engine),
        Some(_) if !record.is_template() => return Err(Fault::Engine),
        Some(engine) => Some(EngineData::new(&engine.data).ok_or(Fault::Engine)?),
        None => None,
    };
    let service = service_of(record, protocol, view).ok_or(Fault::UnknownService)?;
    let server = server_of(record, service).ok_or(Fault::UnknownServer)?;
    let shifts = record.shifts.filter(|_| record.is_shifted());
    let believed = shifts.filter(|(one, other)| is_possible(one) && is_possible(other));
    if shifts.is_some() && believed.is_none() {
        counts.shifts_doubted.fetch_add(1, Relaxed);
    }
    let state = u8::try_from(record.state).map_err(|_| Fault::State)?;
    let is_template = record.is_template();
    let heard = Heard {
        protocol,
        is_template,
        any_port: record.has(ConnFlags::NO_CPORT),
        no_output: record.has(ConnFlags::NOOUTPUT),
        is_active: !is_template && !record.has(ConnFlags::INACTIVE),
        state,
        client: record.client,
        virt: record.virt,
        new: NewConn {
            server: server.id,
            method: server.method(),
            real: Endpoint::new(server.endpoint.addr, record.real.port),
        },
        timeout_seconds: record.timeout_seconds.unwrap_or_else(|| {
            if is_template {
                TEMPLATE_SECONDS
            } else {
                crate::conn::seconds_of(protocol, state, &view.timeouts)
            }
        }),
        shifts: believed,
        engine_data,
        in_pkts: listening.threshold,
        may_move: !listening.is_strict,
    };
    let (hearing, over) = place.conns().hear(&heard, now);
    if let Some(over) = over {
        place.settle(view, over);
    }
    match hearing {
        Hearing::Opened => bind(server, &heard, counts),
        Hearing::Updated(activity) => {
            if let Some(now_active) = activity {
                server.set_active(now_active);
            }
            counts.updated.fetch_add(1, Relaxed);
        }
        Hearing::Kept => return Err(Fault::Moved),
        Hearing::Full => return Err(Fault::TableFull),
    }
    Ok(())
}

fn bind(server: &RealServer, heard: &Heard, counts: &Received) {
    if heard.is_template {
        server.bind_template();
    } else {
        server.bind();
        if heard.is_active {
            server.set_active(true);
        }
    }
    counts.opened.fetch_add(1, Relaxed);
}

/// The service that a connection is of: by its mark, if one is said; else as a packet of it would find it. (Who sends version 0
/// says no mark: then the rules for marks decide, as for a packet.)
fn service_of<'v>(
    record: &Record,
    protocol: Option<Protocol>,
    view: &'v Snapshot,
) -> Option<&'v VirtualService> {
    let of_key = |key: ServiceKey| view.services.get(&key).map(|service| &**service);
    let addr = record.client.addr;
    if record.fwmark != 0 {
        return of_key(by_mark(addr, record.fwmark));
    }
    let Some(protocol) = protocol else { return of_key(by_mark(addr, mark_of(record.virt.addr))) };
    let virt = record.virt;
    // FTP's template is for all ports; its service is not.
    if record.is_template() && virt.port == 0 {
        let of_port = |port| of_key(ServiceKey::Tuple { protocol, virt: Endpoint::new(virt.addr, port) });
        return of_port(0).or_else(|| of_port(FTP));
    }
    let flow = Flow { protocol, client: record.client, virt };
    view.service_for(&flow, PortId(0)).map(|service| &**service)
}

/// The real server at the record's address; of several with other ports the one with that port.
fn server_of<'v>(record: &Record, service: &'v VirtualService) -> Option<&'v RealServer> {
    let at = |port| {
        let wanted = Endpoint::new(record.real.addr, port);
        service.pool.servers().iter().find(|server| server.endpoint == wanted).map(|server| &**server)
    };
    at(record.real.port).or_else(|| at(0)).or_else(|| {
        // Templates for all ports, and connections of persistent services that take several, keep the ports as they are.
        let takes_many = match service.spec.key {
            ServiceKey::Fwmark { .. } => true,
            ServiceKey::Tuple { virt, .. } => virt.port == 0 || virt.port == FTP,
        };
        let mut there =
            service.pool.servers().iter().filter(|server| server.endpoint.addr == record.real.addr);
        let one = there.next().map(|server| &**server)?;
        let is_only = there.next().is_none();
        (takes_many && is_only && one.method() != ForwardingMethod::Bypass).then_some(one)
    })
}

fn is_possible(shift: &SequenceShift) -> bool {
    shift.delta.unsigned_abs() <= MOST_SHIFTED && shift.previous_delta.unsigned_abs() <= MOST_SHIFTED
}
