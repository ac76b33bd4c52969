//! Is what lies in a place of a found table a connection?

use crate::conn::entry::{Conn, ConnFlags};
use crate::conn::sctp_state::SctpState;
use crate::conn::state::{self, TEMPLATE_ASSURED};
use crate::conn::tcp_state::TcpState;
use crate::conn::udp_state;
use crate::lvs::Protocol;
use zerocopy::IntoBytes;

/// All flags that an entry may have.
const KNOWN: u16 = ConnFlags::METHOD
    | ConnFlags::OURS.0
    | ConnFlags::HASHED.0
    | ConnFlags::NOOUTPUT.0
    | ConnFlags::INACTIVE.0
    | ConnFlags::OUT_SEQ.0
    | ConnFlags::IN_SEQ.0
    | ConnFlags::NO_CPORT.0
    | ConnFlags::TEMPLATE.0;

/// The highest number of a forwarding method: bypass.
const MOST_METHOD: u16 = 4;

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Vacant,
    /// Something that was about to become a connection, or to be one no more.
    Torn,
    /// What is no connection.
    Unsound,
    /// A connection that needs what lay in memory beside it.
    Bereft,
    /// A connection. True: whether it is active was set right.
    Conn(bool),
}

impl Conn {
    /// Looks at everything that an entry says without knowing of others; sets right whether it is active.
    pub(super) fn inspect(&mut self) -> Content {
        if !self.is_hashed() {
            let is_vacant = self.as_bytes() == Self::EMPTY.as_bytes() || self.as_bytes() == [0; 64];
            return if is_vacant { Content::Vacant } else { Content::Torn };
        }
        if !self.is_sound() {
            return Content::Unsound;
        }
        let is_bereft = self.flags.0 & (ConnFlags::IN_SEQ.0 | ConnFlags::OUT_SEQ.0) != 0
            || self.is_template() && self.client_next != 0;
        if is_bereft {
            return Content::Bereft;
        }
        let is_mended = self.is_active() != self.has_active_state();
        self.flags.set(ConnFlags::INACTIVE, !self.has_active_state());
        Content::Conn(is_mended)
    }

    fn is_sound(&self) -> bool {
        let flags = self.flags;
        let is_v4 = |addr: &[u8; 16]| addr.starts_with(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
        let ends = flags.has(ConnFlags::V6) || is_v4(&self.client_addr) && is_v4(&self.virt_addr);
        let kind = if self.is_template() {
            flags.0 & (ConnFlags::NO_CPORT.0 | ConnFlags::CHILD.0) == 0
                && self.client_port == 0
                && self.client_next <= u32::from(u16::MAX)
        } else {
            !flags.has(ConnFlags::NO_CPORT) || self.client_port == 0
        };
        let is_bypass = flags.0 & ConnFlags::METHOD == MOST_METHOD;
        flags.0 & !KNOWN == 0
            && flags.0 & ConnFlags::METHOD <= MOST_METHOD
            && ends
            && kind
            && is_bypass == (self.server == u32::MAX)
            && self.timeout <= state::ticks(u32::MAX)
            && self.has_known_state()
    }

    fn has_known_state(&self) -> bool {
        let state = self.state;
        if self.is_template() {
            return (self.protocol == 0 || self.protocol().is_some()) && state <= TEMPLATE_ASSURED;
        }
        match self.protocol() {
            Some(Protocol::Tcp) => TcpState::from_number(state).number() == state,
            Some(Protocol::Sctp) => SctpState::from_number(state).number() == state,
            Some(Protocol::Udp) => state == udp_state::NORMAL,
            None => false,
        }
    }

    fn has_active_state(&self) -> bool {
        match self.protocol().filter(|_| !self.is_template()) {
            Some(Protocol::Tcp) => TcpState::from_number(self.state).is_active(),
            Some(Protocol::Sctp) => SctpState::from_number(self.state).is_active(),
            Some(Protocol::Udp) | None => false,
        }
    }
}
