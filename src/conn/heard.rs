//! What another director says of its connections: entries made and changed by its word (`ipvs.md` §6.5).

use super::ended::{Closed, End};
use super::entry::Conn;
use super::guard::ShardGuard;
use super::kin::{TemplateKey, number_of};
use super::shard::{ConnIndex, NewConn};
use super::side::{EngineData, SequenceShift, SideData};
use super::table::ConnTable;
use crate::lvs::{Endpoint, Protocol};
use crate::service::Flow;
use crate::time::Tick;
use std::sync::atomic::Ordering::Relaxed;

/// A connection or template as another director told of it, checked by whoever heard it: its state is one of its protocol's
/// (a template's: 0 or 1), it does not carry [`ConnFlags::NO_CPORT`](super::ConnFlags::NO_CPORT) and be a template.
#[derive(Clone, Debug)]
pub struct Heard {
    /// `None`: a firewall mark's template.
    pub protocol: Option<Protocol>,
    /// A template.
    pub is_template: bool,
    /// Its client's port is not known yet (then that of `client` is 0).
    pub any_port: bool,
    /// No packet of the real server was seen.
    pub no_output: bool,
    /// It counts as active.
    pub is_active: bool,
    /// Its state's number.
    pub state: u8,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport.
    pub virt: Endpoint,
    /// Its real server here, and how that is reached here.
    pub new: NewConn,
    /// How long its state lives, in seconds.
    pub timeout_seconds: u32,
    /// Shift of what the client sends, and of what the real server sends.
    pub shifts: Option<(SequenceShift, SequenceShift)>,
    /// What a persistence engine read, if it is one's template.
    pub engine_data: Option<EngineData>,
    /// Packets that it begins with.
    pub in_pkts: u32,
    /// It may be taken from the real server that it has here, even while its packets come here.
    pub may_move: bool,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the counts of real servers must follow"]
pub enum Hearing {
    /// It was opened: its real server is to be bound, and is active as was heard.
    Opened,
    /// It is known, and is now as was heard; how its activity changed.
    Updated(Option<bool>),
    /// It is another real server's here, and stays so.
    Kept,
    /// The table is full.
    Full,
}

impl ConnTable {
    /// Takes in what was heard; what ended by it (its time was over, or it was another real server's) is the caller's to
    /// settle. Call it without any shard's lock. Allocates for side data only.
    pub fn hear(&self, heard: &Heard, now: Tick) -> (Hearing, Option<Closed>) {
        let mut shard = self.lock_for(number_of(heard.protocol), &self.filed_under(heard));
        let key = TemplateKey { protocol: heard.protocol, client: heard.client.addr, virt: heard.virt };
        let flow = heard.protocol.map(|protocol| Flow { protocol, client: heard.client, virt: heard.virt });
        let mut found = match (heard.is_template, &heard.engine_data, flow) {
            (true, Some(data), _) => shard.find_engine_template(&key, data.bytes()),
            (true, None, _) => shard.find_template(&key),
            (false, _, Some(flow)) if heard.any_port => shard.find_expected(&flow),
            (false, _, Some(flow)) => shard.find_inbound(&flow),
            (false, _, None) => return (Hearing::Kept, None),
        };
        let mut over = found.and_then(|found| shard.expire_one(found, now));
        if over.is_some() {
            found = None;
        }
        if let Some(index) = found {
            let conn = shard.get(index);
            if conn.server() == heard.new.server {
                let activity = shard.shard.hear(index.0, heard, now);
                note_shifts(&mut shard, index, heard);
                return (Hearing::Updated(activity), over);
            }
            // What has no states (UDP, templates) is active as long as it lives.
            let is_stateless = conn.tcp_state().is_none() && conn.sctp_state().is_none();
            let is_ours = !conn.is_only_heard_of(heard.in_pkts) && (is_stateless || conn.is_active());
            if !heard.is_active && !heard.is_template || is_ours && !heard.may_move {
                return (Hearing::Kept, over);
            }
            match shard.close(index, End::Regular) {
                Some(closed) => over = Some(closed),
                None => shard.make_void(index),
            }
        }
        let common = &self.common;
        let mut conn = Conn::heard(heard, &common.hashes, now);
        if let Some(data) = &heard.engine_data {
            conn = conn.with_tag(common.hashes.engine_tag(data.bytes()));
        }
        let Ok(opened) = shard.enter(&conn, now) else {
            return (Hearing::Full, over);
        };
        if heard.any_port {
            self.any_port.fetch_add(1, Relaxed);
        }
        if let Some(engine_data) = heard.engine_data.clone() {
            shard.set_side(opened, SideData { engine_data, ..SideData::default() });
        }
        note_shifts(&mut shard, opened, heard);
        (Hearing::Opened, over)
    }

    fn filed_under(&self, heard: &Heard) -> Endpoint {
        if heard.is_template { Endpoint::new(heard.client.addr, 0) } else { heard.client }
    }
}

fn note_shifts(shard: &mut ShardGuard<'_>, index: ConnIndex, heard: &Heard) {
    if let Some((inbound, outbound)) = heard.shifts {
        let before = shard.side(index).cloned().unwrap_or_default();
        shard.set_side(index, SideData { inbound, outbound, ..before });
    }
}
