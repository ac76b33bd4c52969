//! Remembers flows: the connection table.
//!
//! ```text
//! ConnTable ── 256 shards, chosen by a keyed hash of (protocol, CIP, cport): the only part of a flow that a request
//!    │         (CIP→VIP) and its reply (RIP→CIP) have in common, so both find the same shard
//!    └─ Shard  one lock
//!        ├─ inbound   (protocol, CIP:cport, VIP:vport)          → entry; templates (masked CIP, port 0) alike
//!        ├─ outbound  (protocol, CIP:cport, rport, tag of RIP)  → newest entry, NAT only
//!        ├─ arena     64-byte entries in chunks of 256, and their cold links (wheel, parent, children)
//!        ├─ side      what few entries carry besides: shifted sequence numbers, a persistence engine's data
//!        └─ wheel     one-second slots; packets do not touch it unless a life gets shorter
//! ```
//!
//! # State per connection
//!
//! 64 bytes of entry, 32 of cold links (wheel, free list, chain of equal outbound keys, parent and children) and one hash
//! slot of 5 bytes per index; a hash table is between 7/16 and 7/8 full once it has grown, so that is 5.7 to 11.4 bytes.
//! Together **102 to 108 bytes** for direct routing and tunnelling, **107 to 119 bytes** for NAT, plus 4 KiB of wheel per
//! shard and less than one chunk (24 KiB) per shard in use. A template costs as much as a connection, and takes a place
//! of the same capacity. Chunks stay, for the connections to come, when their connections end.
//!
//! Opening a connection may allocate a chunk, or double a hash table: a shard of n entries then hashes n keys anew. That
//! is the price of 256 shards growing by themselves instead of all memory being taken at start.
//!
//! # Parents and children
//!
//! A connection of a persistent service is the child of its template, FTP's data connection that of its control
//! connection: see [`ConnId`]. A parent cannot end while it has children; when its time is over it gets 60 seconds, and 60
//! again (`ipvs.md` §3.1).
//!
//! # What the caller owes
//!
//! Time is an argument. The table counts nothing on real servers: who opens a connection binds it
//! ([`RealServer::bind`](crate::service::RealServer::bind)), who is told [`Advance::activity`] or is handed a
//! [`Closed`] passes it on. Nobody holds two shards at once: what parents are to know ([`Closed::parent`],
//! [`Advance::proved_to`]) is told when the lock is gone. [`ConnTable::expire_shard`] wants to be called for every shard once a second.

mod arena;
mod entry;
mod expendable;
mod key;
mod kin;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod kin_tests;
mod sctp_state;
mod sequence;
mod shard;
mod side;
mod state;
mod table;
mod tcp_state;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
mod udp_state;
mod wheel;

pub use entry::{Conn, ConnFlags, ConnView};
pub use kin::{ConnId, TemplateKey};
pub use sctp_state::SctpState;
pub use shard::{Closed, ConnIndex, End, Expiry, NewConn};
pub use side::{EngineData, Passive, SequenceShift, SideData, is_after};
pub use state::{Advance, Direction, Event};
pub use table::{ConnConfig, ConnTable, ShardGuard, TableFull};
pub use tcp_state::{TcpEvent, TcpState};
