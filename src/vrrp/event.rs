//! What is told of a virtual router, in keepalived's words.

use crate::lvs::{Role, Words};
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Something worth a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It changes its state.
    Entering {
        /// To this one.
        role: Role,
        /// It has just begun.
        is_first: bool,
    },
    /// Nothing was heard of a master.
    Silence,
    /// It takes the addresses.
    SettingVips,
    /// It gives them up.
    RemovingVips,
    /// It says that it ceases to be master.
    ZeroSent,
    /// Its master ceases to be master.
    ZeroHeardByBackup {
        /// Who.
        from: IpAddr,
    },
    /// Somebody else ceases to be master.
    ZeroHeardByMaster {
        /// Who.
        from: IpAddr,
    },
    /// As backup, it does not take somebody for master.
    LowerDiscarded {
        /// Whom.
        from: IpAddr,
        /// Below ours.
        priority: u8,
    },
    /// As master, it heard a lesser one.
    LowerHeard {
        /// Whom.
        from: IpAddr,
        /// Below ours, or equal and from a lower address.
        priority: u8,
        /// What we have.
        ours: u8,
        /// It is told so.
        answers: bool,
    },
    /// As master, it heard a better one.
    HigherHeard {
        /// Whom.
        from: IpAddr,
        /// Above ours, or equal and from a higher address.
        priority: u8,
        /// What we have.
        ours: u8,
    },
    /// Another is master now.
    MasterChanged {
        /// Who was.
        from: IpAddr,
        /// Who is.
        to: IpAddr,
    },
    /// The master has another interval.
    Interval {
        /// What counted.
        from: Duration,
        /// What counts.
        to: Duration,
    },
    /// Its priority has changed.
    Priority {
        /// What it was.
        from: u8,
        /// What it is.
        to: u8,
    },
    /// It slept for so long that others have taken its addresses.
    Overslept {
        /// Since the advertisement that it did not send.
        late: Duration,
    },
    /// It has ended.
    Stopped,
    /// Its group goes to this state, and it with it. The line has the group's name.
    GroupSyncs {
        /// To this one.
        role: Role,
    },
}

impl Event {
    /// Worth attention, and not only a note.
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::Overslept { .. } | Self::Entering { role: Role::Fault, .. })
    }

    /// The whole line, of a virtual router or a group of this name.
    pub fn line(&self, name: &str, words: Words) -> String {
        match (words, self) {
            (Words::Keepalived, Self::GroupSyncs { .. }) => format!("VRRP_Group({name}) {self}"),
            (Words::Keepalived, _) => format!("({name}) {self}"),
            (_, Self::GroupSyncs { .. }) => format!("virtual routers {name}: {self}"),
            _ => format!("virtual router {name}: {self}"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entering { role, is_first } => {
                write!(f, "Entering {} STATE{}", word(*role), if *is_first { " (init)" } else { "" })
            }
            Self::Silence => f.write_str("Receive advertisement timeout"),
            Self::SettingVips => f.write_str("setting VIPs."),
            Self::RemovingVips => f.write_str("removing VIPs."),
            Self::ZeroSent => f.write_str("sent 0 priority"),
            Self::ZeroHeardByBackup { .. } => f.write_str("Backup received priority 0 advertisement"),
            Self::ZeroHeardByMaster { .. } => f.write_str("Master received priority 0 message"),
            Self::LowerDiscarded { from, priority } => {
                write!(f, "received lower priority ({priority}) advert from {from} - discarding")
            }
            Self::LowerHeard { from, priority, ours, answers } => {
                let then = if *answers { ", forcing new election" } else { "" };
                write!(f, "Received advert from {from} with lower priority {priority}, ours {ours}{then}")
            }
            Self::HigherHeard { from, priority, ours } => {
                write!(f, "Master received advert from {from} with higher priority {priority}, ours {ours}")
            }
            Self::MasterChanged { from, to } => write!(f, "master changed from {from} to {to}"),
            Self::Interval { from, to } => {
                write!(f, "advertisement interval changed from {from:?} to {to:?}, as the master has it")
            }
            Self::Priority { from, to } => write!(f, "Changing effective priority from {from} to {to}"),
            Self::Overslept { late } => {
                write!(f, "advertisement is {late:?} late: others have taken over, listening first")
            }
            Self::Stopped => f.write_str("Stopped"),
            Self::GroupSyncs { role } => write!(f, "Syncing instances to {} state", word(*role)),
        }
    }
}

/// As keepalived writes it.
const fn word(role: Role) -> &'static str {
    match role {
        Role::Master => "MASTER",
        Role::Backup => "BACKUP",
        Role::Fault => "FAULT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_keepalived_s() {
        let line = |event: Event| event.line("VI_1", Words::Keepalived);
        let from: IpAddr = "10.0.0.2".parse().unwrap();
        let to = "10.0.0.3".parse().unwrap();
        for (event, expected) in [
            (Event::Entering { role: Role::Backup, is_first: true }, "(VI_1) Entering BACKUP STATE (init)"),
            (Event::Entering { role: Role::Master, is_first: false }, "(VI_1) Entering MASTER STATE"),
            (Event::Entering { role: Role::Fault, is_first: false }, "(VI_1) Entering FAULT STATE"),
            (Event::Silence, "(VI_1) Receive advertisement timeout"),
            (Event::SettingVips, "(VI_1) setting VIPs."),
            (Event::RemovingVips, "(VI_1) removing VIPs."),
            (Event::ZeroSent, "(VI_1) sent 0 priority"),
            (Event::ZeroHeardByBackup { from }, "(VI_1) Backup received priority 0 advertisement"),
            (Event::ZeroHeardByMaster { from }, "(VI_1) Master received priority 0 message"),
            (
                Event::LowerDiscarded { from, priority: 90 },
                "(VI_1) received lower priority (90) advert from 10.0.0.2 - discarding",
            ),
            (
                Event::LowerHeard { from, priority: 90, ours: 100, answers: true },
                "(VI_1) Received advert from 10.0.0.2 with lower priority 90, ours 100, forcing new election",
            ),
            (
                Event::LowerHeard { from, priority: 90, ours: 100, answers: false },
                "(VI_1) Received advert from 10.0.0.2 with lower priority 90, ours 100",
            ),
            (
                Event::HigherHeard { from, priority: 150, ours: 100 },
                "(VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100",
            ),
            (Event::MasterChanged { from, to }, "(VI_1) master changed from 10.0.0.2 to 10.0.0.3"),
            (Event::Priority { from: 100, to: 90 }, "(VI_1) Changing effective priority from 100 to 90"),
            (Event::GroupSyncs { role: Role::Master }, "VRRP_Group(VI_1) Syncing instances to MASTER state"),
        ] {
            assert_eq!(line(event), expected);
        }
    }

    #[test]
    fn our_own_lines_say_what_the_name_is_of() {
        assert_eq!(
            Event::Silence.line("web", Words::Ulvs),
            "virtual router web: Receive advertisement timeout"
        );
        let syncs = Event::GroupSyncs { role: Role::Fault };
        assert_eq!(syncs.line("all", Words::Ulvs), "virtual routers all: Syncing instances to FAULT state");
    }
}
