//! Looks at real servers. Nothing here decides what becomes of them: findings go to the keeper.
//!
//! [`ask`] asks once; [`Timetable`] knows when next, and what the results add up to; [`Patrol`] goes its rounds with any
//! number of checks. `docs/health.md` says what each probe asks and what counts.

mod ask;
mod base64;
mod ber;
mod bounds;
mod datagram;
mod dial;
mod dice;
mod dns;
mod dns_wire;
mod ere;
mod exchange;
mod file;
mod ftp;
mod http;
mod http_wire;
mod imap;
mod ldap;
mod lines;
mod mysql;
mod mysql_login;
mod nntp;
mod outcome;
mod patrol;
mod pgsql;
mod ping;
mod pop;
mod radius;
mod rsa;
mod scram;
mod script;
mod search;
mod secrets;
mod secure;
mod sip;
#[cfg(test)]
mod small_server;
mod smtp;
mod talk;
mod tcp;
mod through;
mod timetable;
mod tls;
mod turns;
mod udp;
mod x509;

pub use ask::ask;
pub use bounds::Bounds;
pub use outcome::{Outcome, Target, Weight};
pub use patrol::{Beat, Finding, Patrol};
pub use through::{Carriage, Passage, Via};
pub use timetable::{Timetable, Verdict};
pub use turns::Turns;
