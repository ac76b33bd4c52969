//! Connection synchronisation: what the kernel's IPVS says to other directors about its connections, said and heard
//! (`docs/sync.md`).
//!
//! ```text
//! packet ─ conn::due ─► queue ─► sender ─► message (header, record_v1 | record_v0) ─► UDP 8848 + n
//! conn::hear ◄─ receiver: whose is it? ◄─ record_v1 | record_v0 ◄─ header ◄─ UDP 8848 + n
//! ```
//!
//! Bottom up: [`record`] is what is said of one connection; [`record_v1`] and [`record_v0`] are its bytes; [`message`] is a
//! datagram of them; [`fault`] names whatever may be wrong. [`outgoing`] makes records of what is due, [`incoming`] judges what
//! was heard; [`daemon`] is a thread for each, with its sockets. Between directors of ulvs messages carry a [`seal`], and there
//! are [`word`]s besides: [`speaker`] is the master's side of that, [`follower`] the backup's. The table of connections and the
//! services come by [`Place`].

mod backup;
pub mod daemon;
pub mod fault;
pub mod follower;
pub mod incoming;
mod master;
pub mod message;
pub mod outgoing;
mod post;
pub mod record;
pub mod record_v0;
pub mod record_v1;
pub mod seal;
mod socket;
pub mod speaker;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod talk_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
pub mod word;

use crate::conn::{Closed, ConnTable};
use crate::service::Snapshot;
use crate::time::Tick;
use std::sync::Arc;

pub use daemon::{Daemon, DaemonError};

/// Where the connections are, and whom they concern.
pub trait Place: Send + Sync {
    /// The connections.
    fn conns(&self) -> &ConnTable;
    /// Services and real servers as of now.
    fn view(&self) -> Arc<Snapshot>;
    /// Now.
    fn now(&self) -> Tick;
    /// A connection ended: its real server and its parent are to know.
    fn settle(&self, view: &Snapshot, closed: Closed);
}
