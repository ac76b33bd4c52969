//! Remembers flows: the connection table.
//!
//! ```text
//! ConnTable ── 256 shards, chosen by a keyed hash of (protocol, CIP, cport): the only part of a flow that a request
//!    │         (CIP→VIP) and its reply (RIP→CIP) have in common, so both find the same shard
//!    ├─ index    buckets of one cache line by the same hash, a part of them for each shard  → place of an entry
//!    ├─ estate   64-byte entries in blocks of 64, which shards take as they need them
//!    └─ Shard    one lock
//!        ├─ arena    its blocks: which places are used, when each is looked at, parents and children
//!        ├─ spill    what the index has no room for: a client's thousands of connections from one port
//!        ├─ side     what few entries carry besides: shifted sequence numbers, a persistence engine's data
//!        └─ wheel    one-second turns; packets do not touch it unless a life gets shorter
//! ```
//!
//! Index and entries lie in mappings that never move ([`crate::memory`]), so that a sweep can have them fetched before its
//! packets' turns come, without a lock ([`ConnTable::prefetch_index`]).
//!
//! # State per connection
//!
//! 64 bytes of entry, two and a half of notes on its block, and 4/3 slots of the index of 5.3 bytes each: **about 77 bytes**,
//! whatever the forwarding method. With parents or children 20 more. A template costs as much as a connection, and takes a
//! place of the same capacity. Blocks that become empty go to whichever shard needs one.
//!
//! Opening a connection may take a block, and the kernel's time for fresh pages; no table is ever copied.
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
mod due;
mod ended;
mod entry;
mod expendable;
mod guard;
mod heard;
mod index;
mod kept;
mod key;
mod kin;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod kin_tests;
mod sctp_state;
mod sequence;
mod shard;
mod side;
mod spill;
mod state;
mod table;
mod tcp_state;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
mod udp_state;
mod wheel;

pub use due::{Due, Seat, SyncRules};
pub use ended::{Closed, End, Expiry};
pub use entry::{Conn, ConnFlags, ConnView};
pub use guard::ShardGuard;
pub use heard::{Heard, Hearing};
pub use kept::{Adoption, Era, Found, Heir, ServerName, Unusable};
pub use kin::{ConnId, TemplateKey};
pub use sctp_state::SctpState;
pub use shard::{ConnIndex, NewConn};
pub use side::{EngineData, Passive, SequenceShift, SideData, is_after};
pub use state::{Advance, Direction, Event, seconds_of};
pub use table::{AHEAD, ClientHash, ConnConfig, ConnTable, NoRoom, TableFull};
pub use tcp_state::{TcpEvent, TcpState};
