//! FTP through NAT: what the two sides of a control connection say to each other about data connections (`ipvs.md` §4.9).
//!
//! ```text
//! client ── PORT, EPRT ──►  a connection is expected from the real server's port - 1 to there
//! client ── PASV, EPSV ──►  remembered
//! server ── 227, 229 ────►  a connection is expected from the client, from any port, to the VIP's port of that number;
//!                           the reply names the VIP, and has another length: later sequence numbers follow
//! ```
//!
//! What is expected is a child of the control connection and waits for 120 seconds. The kernel believes whatever the two
//! say; here an address must be the speaker's own and a port no privileged one, and no connection has more than
//! [`MOST_CHILDREN`] children that never came. What is refused passes as it is, and is counted.

use super::{Director, DropReason, Notice, owed};
use crate::conn::{
    ConnId, ConnIndex, Direction, NewConn, Passive, SequenceShift, ShardGuard, SideData, TcpState, is_after,
};
use crate::forward::{Edit, NewWords, Packet};
use crate::helper::ftp::{self, Announcement, Command};
use crate::lvs::{Endpoint, ForwardingMethod, Protocol};
use crate::service::{Flow, ServerId};
use crate::wire::transport::{self, ChecksumState};

/// Most connections that one control connection may have others expect which never come (`reliability.md` T12).
const MOST_CHILDREN: u32 = 32;

/// Ports below belong to the servers of a host, not to data connections.
const UNPRIVILEGED: u16 = 1024;

/// A connection that is expected, and its parent, who has counted it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    flow: Flow,
    new: NewConn,
    parent: ConnId,
}

/// A control connection, while its shard is locked.
struct Control {
    index: ConnIndex,
    client: Endpoint,
    virt: Endpoint,
    real: Endpoint,
    server: ServerId,
}

impl Director<'_> {
    /// A segment of a control connection: reads it, notes what it announces, and sets [`Packet::edit`]. What is to be
    /// expected is to be opened when the lock is gone ([`Self::expect`]).
    ///
    /// # Errors
    /// Its checksum is wrong: nothing in it is to be believed, and it is dropped, as by the kernel's helper.
    pub(super) fn help(
        &mut self,
        shard: &mut ShardGuard<'_>,
        index: ConnIndex,
        direction: Direction,
        packet: &mut Packet<'_>,
    ) -> Result<Option<Expected>, DropReason> {
        let is_on = self.view.tunables.ftp_helper.is_on();
        let conn = shard.get(index);
        let Some(server) = self.view.server(conn.server()).filter(|_| is_on || shard.side(index).is_some())
        else {
            return Ok(None);
        };
        let protocol = Protocol::Tcp;
        let (segment, state) = (packet.segment(), packet.checksum_state());
        if state == ChecksumState::Complete && !transport::checksum_is_right(&packet.head, protocol, segment)
        {
            return Err(DropReason::ControlChecksum);
        }
        let real = Endpoint::new(server.real.endpoint.addr, conn.rport());
        let control =
            Control { index, client: conn.client(), virt: conn.virt(), real, server: conn.server() };
        let is_established = conn.tcp_state() == Some(TcpState::Established);
        let text = packet.bytes.get(packet.headers_len()..).unwrap_or_default();
        // What a segment announces that only resets its connection comes to nobody.
        let is_read = is_on && is_established && !text.is_empty() && !server.real.resets();
        Ok(match direction {
            Direction::Inbound => {
                let command = ftp::read_command(text, packet.family()).filter(|_| is_read);
                let expected = command.and_then(|command| self.obey(shard, &control, command));
                let side = shard.side(index);
                let shift = side.map_or(SequenceShift::default(), |side| side.outbound);
                packet.edit = edit(SequenceShift::default(), shift, None);
                expected
            }
            Direction::Outbound => {
                let side = shard.side(index).cloned().unwrap_or_default();
                let reply = if is_read { read_answer(&side, text, packet) } else { None };
                let Some((sequence, kind, reply)) = reply else {
                    packet.edit = edit(side.outbound, SequenceShift::default(), None);
                    return Ok(None);
                };
                let (expected, words) = self.tell(shard, &control, kind, &reply, packet);
                let side = shard.side(index).cloned().unwrap_or_default();
                let mut now = side.clone();
                now.outbound.grow(sequence, words.map_or(0, |words| words.growth()));
                if side.answered.is_none_or(|last| is_after(sequence, last)) {
                    (now.passive, now.answered) = (Passive::Nothing, Some(sequence));
                }
                packet.edit = edit(now.outbound, SequenceShift::default(), words);
                if now != side {
                    shard.set_side(index, now);
                }
                expected
            }
        })
    }

    /// What a client asked for.
    fn obey(&mut self, shard: &mut ShardGuard<'_>, control: &Control, command: Command) -> Option<Expected> {
        let there = match command {
            Command::Passive(passive) => {
                let side = shard.side(control.index).cloned().unwrap_or_default();
                if side.passive != passive {
                    shard.set_side(control.index, SideData { passive, ..side });
                }
                return None;
            }
            Command::Active(there) => there,
        };
        if there.addr != control.client.addr || there.port < UNPRIVILEGED {
            self.memory.tally.notice(Notice::DataRefused);
            return None;
        }
        let virt = Endpoint::new(control.virt.addr, control.virt.port.checked_sub(1)?);
        let real = Endpoint::new(control.real.addr, control.real.port.checked_sub(1)?);
        self.announce(shard, control, there, virt, real)
    }

    /// What a real server announced: the connection to expect, unless it is refused, and the words that tell of the VIP.
    fn tell(
        &mut self,
        shard: &mut ShardGuard<'_>,
        control: &Control,
        kind: Passive,
        reply: &Announcement,
        packet: &Packet<'_>,
    ) -> (Option<Expected>, Option<NewWords>) {
        // Some are told by their configuration to name the VIP.
        let is_own = |addr| addr == control.real.addr || addr == control.virt.addr;
        if !reply.addr.is_none_or(is_own) || reply.port < UNPRIVILEGED {
            self.memory.tally.notice(Notice::DataRefused);
            return (None, None);
        }
        let virt = Endpoint::new(control.virt.addr, reply.port);
        let text = packet.bytes.get(packet.headers_len()..).unwrap_or_default();
        let words = ftp::Words::of(kind, virt).and_then(|words| {
            let is_same = text.get(reply.at..reply.at + reply.len) == Some(words.as_bytes());
            if is_same {
                return Some(None);
            }
            NewWords::new(packet, reply.at, reply.len, words.as_bytes()).map(Some)
        });
        let Some(words) = words else {
            self.memory.tally.notice(Notice::DataRefused);
            return (None, None);
        };
        let anybody = Endpoint::new(control.client.addr, 0);
        let real = Endpoint::new(control.real.addr, reply.port);
        (self.announce(shard, control, anybody, virt, real), words)
    }

    fn announce(
        &mut self,
        shard: &mut ShardGuard<'_>,
        control: &Control,
        client: Endpoint,
        virt: Endpoint,
        real: Endpoint,
    ) -> Option<Expected> {
        // Those that came to be are no stock of open doors: a client may well fetch a hundred files in a minute.
        let mut side = shard.side(control.index).cloned().unwrap_or_default();
        let never_came = side.expected.wrapping_sub(side.proved);
        if never_came >= MOST_CHILDREN && shard.children(control.index) >= MOST_CHILDREN {
            self.memory.tally.notice(Notice::DataRefused);
            return None;
        }
        side.expected = side.expected.wrapping_add(1);
        shard.set_side(control.index, side);
        let flow = Flow { protocol: Protocol::Tcp, client, virt };
        let new = NewConn { server: control.server, method: ForwardingMethod::Nat, real };
        let parent = shard.adopt(control.index, self.now)?;
        Some(Expected { flow, new, parent })
    }

    /// Opens a connection that is expected, unless there is one. Call it without any shard's lock.
    pub(super) fn expect(&mut self, expected: &Expected) {
        let Expected { flow, new, parent } = expected;
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        let known = if flow.client.port == 0 { shard.find_expected(flow) } else { shard.find_inbound(flow) };
        let is_opened = match known {
            Some(known) => {
                shard.renew(known, self.now);
                false
            }
            None => shard.expect(flow, *new, *parent, self.now).is_ok(),
        };
        drop(shard);
        if !is_opened {
            if known.is_none() {
                self.memory.tally.notice(Notice::DataRefused);
            }
            owed::give_back(self.view, self.conns, *parent);
        } else if let Some(server) = self.view.server(new.server) {
            // IPVS counts it among the real server's connections, but not among those that came.
            server.real.bind();
        }
    }
}

fn edit(own: SequenceShift, others: SequenceShift, words: Option<NewWords>) -> Option<Edit> {
    Some(Edit { own, others, words }).filter(|edit| !edit.is_none())
}

/// The answer in a server's segment, and where the segment begins: to what was asked for last; or, sent again, to what was
/// asked for before.
fn read_answer(side: &SideData, text: &[u8], packet: &Packet<'_>) -> Option<(u32, Passive, Announcement)> {
    let sequence = transport::read_octets(packet.segment())?.first;
    let again = side.answered.is_some_and(|last| !is_after(sequence, last));
    let kinds = if again { [Passive::Numbers, Passive::Extended] } else { [side.passive, Passive::Nothing] };
    let mut answers = kinds.into_iter().filter_map(|kind| Some((kind, ftp::read_reply(text, kind)?)));
    answers.next().map(|(kind, reply)| (sequence, kind, reply))
}
