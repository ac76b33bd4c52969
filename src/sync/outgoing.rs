//! What is due, as records in messages: one message in the making for each port.

use super::Place;
use super::message::{Draft, NotSaid, Version};
use super::record::{Engine, Record};
use crate::conn::Due;
use crate::lvs::{Endpoint, Family, ServiceKey};
use crate::service::Snapshot;
use crate::time::Tick;
use ahash::{AHashMap, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The one persistence engine.
const ENGINE: &[u8] = b"sip";
/// A message goes out when its first record is so old, in ticks: two seconds.
pub const PATIENCE: u32 = 2 * Tick::PER_SECOND;
/// What is taken out of the queue at once.
const MOST: usize = 4096;

/// What is counted.
#[derive(Debug, Default)]
pub struct Sent {
    /// Messages that the socket took.
    pub messages: AtomicU64,
    /// Records in them.
    pub records: AtomicU64,
    /// Records of messages that no socket took.
    pub lost: AtomicU64,
    /// Connections that no record can be made of: their real server is gone, or version 0 cannot say it.
    pub unsaid: AtomicU64,
}

/// Messages in the making.
#[derive(Debug)]
pub struct Outgoing {
    drafts: Vec<(Draft, Option<Tick>)>,
    hasher: RandomState,
    /// Templates that were told in this second, with their state: each child's record brings one.
    templates: AHashMap<(u8, Endpoint, Endpoint), u8>,
    second: u32,
}

impl Outgoing {
    /// For so many ports, messages of so many bytes at most.
    pub fn new(version: Version, sync_id: u8, max_len: usize, ports: usize) -> Self {
        let draft = || (Draft::new(version, sync_id, max_len), None);
        Self {
            drafts: (0..ports.max(1)).map(|_| draft()).collect(),
            // Any will do, as long as it is always the same.
            hasher: RandomState::with_seeds(1, 2, 3, 4),
            templates: AHashMap::new(),
            second: 0,
        }
    }

    /// Takes what is due out of the queue; `send` gets the messages that are full, each with its port's number, and says
    /// whether it went out. True: there may be more.
    pub fn gather(
        &mut self,
        place: &dyn Place,
        skips_children: bool,
        counts: &Sent,
        send: &mut impl FnMut(usize, &[u8]) -> bool,
    ) -> bool {
        let (view, now) = (place.view(), place.now());
        if self.second != now.0 / Tick::PER_SECOND {
            self.second = now.0 / Tick::PER_SECOND;
            self.templates.clear();
        }
        place.conns().take_due(MOST, |due| {
            if skips_children && due.is_in_persistence || self.is_told_again(&due) {
                return;
            }
            let Some(record) = record(&due, &view) else {
                counts.unsaid.fetch_add(1, Relaxed);
                return;
            };
            self.put(&record, now, counts, send);
        })
    }

    /// Tells of these, whatever was told before.
    pub fn tell(
        &mut self,
        dues: impl Iterator<Item = Due>,
        place: &dyn Place,
        skips_children: bool,
        counts: &Sent,
        send: &mut impl FnMut(usize, &[u8]) -> bool,
    ) {
        let (view, now) = (place.view(), place.now());
        for due in dues.filter(|due| !(skips_children && due.is_in_persistence)) {
            match record(&due, &view) {
                Some(record) => self.put(&record, now, counts, send),
                None => drop(counts.unsaid.fetch_add(1, Relaxed)),
            }
        }
    }

    /// A template with nothing new, within one second.
    fn is_told_again(&mut self, due: &Due) -> bool {
        // Those of a persistence engine have all the same key.
        due.is_template()
            && due.engine_data.bytes().is_empty()
            && self.templates.insert((due.protocol, due.client, due.virt), due.state) == Some(due.state)
    }

    fn put(
        &mut self,
        record: &Record,
        now: Tick,
        counts: &Sent,
        send: &mut impl FnMut(usize, &[u8]) -> bool,
    ) {
        let hash = self.hasher.hash_one((record.client, record.virt));
        let count = self.drafts.len().max(1) as u64;
        let Ok(number) = usize::try_from(hash % count) else { return };
        let Some((draft, since)) = self.drafts.get_mut(number) else { return };
        let mut pushed = draft.push(record);
        if pushed == Err(NotSaid::NoRoom) {
            finish(draft, number, counts, send);
            *since = None;
            pushed = draft.push(record);
        }
        match pushed {
            Ok(()) => *since = since.or(Some(now)),
            Err(_) => drop(counts.unsaid.fetch_add(1, Relaxed)),
        }
    }

    /// Sends the messages that have waited for `patience` ticks; 0: whatever there is.
    pub fn flush(
        &mut self,
        now: Tick,
        patience: u32,
        counts: &Sent,
        send: &mut impl FnMut(usize, &[u8]) -> bool,
    ) {
        for (number, (draft, since)) in self.drafts.iter_mut().enumerate() {
            if since.is_some_and(|since| now.since(since) >= patience) {
                finish(draft, number, counts, send);
                *since = None;
            }
        }
    }
}

fn finish(draft: &mut Draft, number: usize, counts: &Sent, send: &mut impl FnMut(usize, &[u8]) -> bool) {
    let records = u64::from(draft.records());
    if let Some(message) = draft.take() {
        if send(number, message) {
            counts.messages.fetch_add(1, Relaxed);
            counts.records.fetch_add(records, Relaxed);
        } else {
            counts.lost.fetch_add(records, Relaxed);
        }
    }
    draft.renew();
}

/// What is said of a connection; `None`: its real server is not known any more, or (a tunnel between families) is of another
/// family.
fn record(due: &Due, view: &Snapshot) -> Option<Record> {
    let server = view.server(due.server)?;
    let addr = server.real.endpoint.addr;
    if addr.is_ipv6() != due.client.addr.is_ipv6() {
        return None;
    }
    let fwmark = match server.service.spec.key {
        ServiceKey::Fwmark { mark, .. } => mark,
        ServiceKey::Tuple { .. } => 0,
    };
    let engine = due.engine_data.bytes();
    Some(Record {
        protocol: due.protocol,
        flags: due.flags,
        state: due.state.into(),
        client: due.client,
        virt: due.virt,
        real: Endpoint::new(addr, due.rport),
        fwmark,
        timeout_seconds: Some(due.timeout_seconds),
        shifts: due.shifts,
        engine: (!engine.is_empty()).then(|| Engine { name: ENGINE.to_vec(), data: engine.to_vec() }),
    })
}

/// A firewall mark's template: the mark that its virtual address stands for.
pub(super) fn mark_of(virt: IpAddr) -> u32 {
    match virt {
        IpAddr::V4(addr) => addr.to_bits(),
        IpAddr::V6(addr) => (addr.to_bits() >> 96) as u32,
    }
}

/// The service by this mark.
pub(super) const fn by_mark(addr: IpAddr, mark: u32) -> ServiceKey {
    ServiceKey::Fwmark { family: Family::of(addr), mark }
}
