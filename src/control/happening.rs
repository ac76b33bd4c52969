//! What changed and why: told to logs, scripts, mail and whoever watches.

use super::command::{Deadline, Then};
use crate::lvs::{Endpoint, Farm, FarmServer, RealServerSpec, Role, Script, ServiceKey, Words};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A result of one health check's try, as far as the keeper must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check: a [`Beat`]'s number.
    pub id: u64,
    /// What the check says now, all its rules considered.
    pub is_up: bool,
    /// The try itself failed.
    pub has_failed: bool,
    /// The weight that it asks for.
    pub weight: Option<WeightWish>,
    /// In a few words.
    pub detail: String,
    /// Failed tries in a row.
    pub failures: u32,
    /// How long the try took.
    pub took: Duration,
    /// How long until the next one.
    pub next_in: Duration,
}

/// A weight that a check asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WeightWish {
    /// This, whatever is configured.
    Absolute(i32),
    /// So much more than what is configured.
    More(i32),
    /// What is configured, divided by a load average in hundredths (by 1 at least).
    Load(u32),
}

/// A health check that is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Its number: the same for as long as the check is the same.
    pub id: u64,
    /// The farm.
    pub farm: Arc<Farm>,
    /// Which of its real servers.
    pub server: usize,
    /// Which of that one's checks.
    pub check: usize,
    /// What it said last; `None`: it has not been tried yet, and its first result may count at once.
    pub begins_up: Option<bool>,
    /// It runs; otherwise it waits.
    pub is_on: bool,
    /// It goes through the VIP: by the way to this real server.
    pub through: Option<RealServerSpec>,
}

/// A file in a folder of maintenance: it is named as a real server, or is somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaintenanceFile {
    /// Its name.
    pub name: String,
    /// The host that it names.
    pub host: String,
    /// That host's addresses.
    pub addrs: Vec<IpAddr>,
    /// The port that it names; `None`: all.
    pub port: Option<u16>,
}

impl MaintenanceFile {
    /// Is it named as this real server of these services? One without a port of its own has the services'.
    pub fn names(&self, server: &FarmServer, services: &[ServiceKey]) -> bool {
        let of_service = |port: u16| {
            services.iter().any(|key| matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == port))
        };
        let is_host = self.addrs.contains(&server.endpoint.addr) || server.name.as_ref() == Some(&self.host);
        let is_port = self
            .port
            .is_none_or(|port| port == server.endpoint.port || server.endpoint.port == 0 && of_service(port));
        server.name.as_ref() == Some(&self.name) || is_host && is_port
    }
}

/// Why something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The director begins.
    Start,
    /// A health check.
    Check,
    /// Time: a slow start goes on, a drain's deadline has come.
    Time,
    /// Another configuration.
    Reload,
    /// Somebody asked for it.
    Operator(String),
    /// The director ends.
    Stop,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A check's try failed; it changes nothing yet, or the check tells of all.
    CheckFailed {
        /// Why.
        detail: String,
        /// Failures in a row.
        failures: u32,
        /// So many make it down.
        of: u32,
    },
    /// A real server is up.
    ServerUp {
        /// What its check found.
        detail: String,
        /// Its weight in the table.
        weight: i32,
    },
    /// A real server is down.
    ServerDown {
        /// What its check found.
        detail: String,
    },
    /// A real server's weight in the table changed.
    Weight {
        /// Before.
        from: i32,
        /// Now.
        to: i32,
    },
    /// Too little weight is up.
    QuorumLost {
        /// What is up.
        weight: u64,
    },
    /// Enough weight is up again.
    QuorumGained {
        /// What is up.
        weight: u64,
    },
    /// The sorry server serves.
    SorryAdded,
    /// The sorry server serves no longer.
    SorryRemoved,
    /// An operator's decision: `drain`, `maint`, `ready`.
    Held {
        /// The word.
        state: String,
        /// Of a drain: how long connections have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Deadline>,
    },
    /// A drain's deadline has passed.
    DeadlinePassed {
        /// Connections that there are.
        left: u64,
        /// What becomes of them.
        then: Then,
    },
    /// A check succeeds again, after failures that did not count yet.
    CheckRecovered {
        /// So many.
        failures: u32,
    },
    /// A real server that is down had been taken out of the table by somebody else, and is in it again with weight 0.
    Readded,
    /// A virtual router, or a group of them, is something else now.
    Role {
        /// What.
        role: Role,
        /// Its priority.
        priority: u8,
        /// Why, in a few words.
        detail: String,
    },
    /// A virtual router's priority is another now.
    Priority {
        /// Before.
        from: u8,
        /// Now.
        to: u8,
    },
}

/// One change of a virtual router or of a group of them, with all that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterChange {
    /// Why.
    pub cause: Cause,
    /// Of which.
    pub name: String,
    /// It is of a group, and of no single virtual router.
    pub is_group: bool,
    /// What; `None`: there is only something to say.
    pub what: Option<What>,
    /// In whose words it is told.
    pub words: Words,
    /// Lines of log, in these words.
    pub lines: Vec<String>,
    /// They are worth attention.
    pub is_warning: bool,
    /// Scripts that follow, with all their arguments.
    pub scripts: Vec<Script>,
    /// The line for the pipes.
    pub pipe: Option<String>,
}

impl fmt::Display for RouterChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Some(what) => write!(f, "{}: {what} ({})", self.name, self.cause),
            None => f.write_str(&self.lines.join("; ")),
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// From 1, without gaps.
    pub number: u64,
    /// Why.
    pub cause: Cause,
    /// Where.
    pub farm: Arc<Farm>,
    /// Of which real server.
    pub server: Option<Endpoint>,
    /// What.
    pub what: What,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CheckFailed { detail, failures, of } => {
                write!(f, "check failed, {failures} of {of}: {detail}")
            }
            Self::ServerUp { detail, weight } => write!(f, "up with weight {weight}: {detail}"),
            Self::ServerDown { detail } => write!(f, "down: {detail}"),
            Self::Weight { from, to } => write!(f, "weight {from} -> {to}"),
            Self::QuorumLost { weight } => write!(f, "quorum lost: weight {weight} is up"),
            Self::QuorumGained { weight } => write!(f, "quorum gained: weight {weight} is up"),
            Self::SorryAdded => f.write_str("the sorry server serves"),
            Self::SorryRemoved => f.write_str("the sorry server serves no longer"),
            Self::Held { state, deadline: None } => f.write_str(state),
            Self::Held { state, deadline: Some(Deadline { seconds, then }) } => {
                let then = if *then == Then::Reset { ", then reset" } else { "" };
                write!(f, "{state}, {seconds} s{then}")
            }
            Self::DeadlinePassed { left, then } => {
                let left =
                    if *left == 1 { "1 connection is".into() } else { format!("{left} connections are") };
                write!(f, "deadline passed, {left} {}", if *then == Then::Reset { "reset" } else { "left" })
            }
            Self::CheckRecovered { failures } => {
                let s = if *failures == 1 { "" } else { "s" };
                write!(f, "check succeeds again, {failures} failure{s} forgotten")
            }
            Self::Readded => f.write_str("in the table again, with weight 0"),
            // Groups and pairs have no priority.
            Self::Role { role, priority: 0, detail } => write!(f, "{role}: {detail}"),
            Self::Role { role, priority, detail } => write!(f, "{role}, priority {priority}: {detail}"),
            Self::Priority { from, to } => write!(f, "priority {from} -> {to}"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Check => f.write_str("check"),
            Self::Time => f.write_str("time"),
            Self::Reload => f.write_str("reload"),
            Self::Operator(by) => write!(f, "by {by}"),
            Self::Stop => f.write_str("stop"),
        }
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.farm.name)?;
        if let Some(server) = self.server {
            write!(f, " {server}")?;
        }
        write!(f, ": {} ({})", self.what, self.cause)
    }
}
