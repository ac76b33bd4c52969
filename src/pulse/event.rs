//! What is told of the pair, in pulse's words where it has some.

use crate::lvs::PulseNode;
use std::fmt;
use std::time::Duration;

/// Something worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It begins.
    Starting {
        /// As which of the two.
        node: PulseNode,
    },
    /// It is the backup, and the configuration has no active backup.
    MarkedInactive,
    /// Nothing was heard of the partner.
    PartnerDead,
    /// The partner is there, and not active.
    PartnerInactive {
        /// Which of the two the partner is.
        partner: PulseNode,
    },
    /// There is no partner: it begins at once.
    Alone,
    /// It is to be active at the start.
    Forced,
    /// As backup, it makes way for the primary, which is active, too.
    GivingWay,
    /// As primary, it tells its neighbours again, since the backup is active, too.
    Resending,
    /// It tells its neighbours again, since the partner was not heard for long.
    Returned,
    /// All neighbours have been told.
    ArpsFinished,
    /// A link that it looks at is lost.
    LinkFailure,
    /// All links are there again.
    LinkRestored,
    /// It slept for so long that the partner may have taken over.
    Overslept {
        /// Since the heartbeat that it did not send.
        late: Duration,
    },
    /// It ends.
    Stopped,
}

impl Event {
    /// Worth attention, and not only a note.
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::PartnerDead | Self::LinkFailure | Self::Overslept { .. } | Self::MarkedInactive)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting { node: PulseNode::Primary } => f.write_str("STARTING PULSE AS MASTER"),
            Self::Starting { node: PulseNode::Backup } => f.write_str("STARTING PULSE AS BACKUP"),
            Self::MarkedInactive => f.write_str("We are backup node and backup is marked inactive"),
            Self::PartnerDead => f.write_str("partner dead: activating lvs"),
            Self::PartnerInactive { partner } => write!(f, "{partner} inactive: activating lvs"),
            Self::Alone => f.write_str("no active backup: activating lvs"),
            Self::Forced => f.write_str("forced: activating lvs"),
            Self::GivingWay => f.write_str("partner active: deactivating LVS"),
            Self::Resending => f.write_str("partner active: resending arps"),
            Self::Returned => f.write_str("partner heard again: resending arps"),
            Self::ArpsFinished => f.write_str("gratuitous lvs arps finished"),
            Self::LinkFailure => f.write_str("Local NIC link failure: Pulse disabled"),
            Self::LinkRestored => f.write_str("Local NIC link(s) restored: Pulse enabled"),
            Self::Overslept { late } => {
                write!(f, "heartbeat is {late:?} late: the partner may have taken over, listening first")
            }
            Self::Stopped => f.write_str("shutting down lvs"),
        }
    }
}
