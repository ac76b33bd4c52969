//! What is told of connections that ended.

use super::kin::ConnId;
use crate::service::ServerId;

/// A connection or template that ended. Its real server is to know at once
/// ([`RealServer::unbind`](crate::service::RealServer::unbind), or
/// [`unbind_template`](crate::service::RealServer::unbind_template)), its parent once the shard's lock is gone
/// ([`ConnTable::release`](super::ConnTable::release)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the counts of its real server and of its parent must follow"]
pub struct Closed {
    /// Its real server.
    pub server: ServerId,
    /// Was it counted as active?
    pub was_active: bool,
    /// Was it a persistence template, which counts apart?
    pub was_template: bool,
    /// Whose child it was.
    pub parent: Option<ConnId>,
    /// Why it ended.
    pub end: End,
    /// Its client's port was never known.
    pub(super) any_port: bool,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its time was over, or its flow began anew.
    Regular,
    /// It was thrown out (IPVS: its timeout was set to 0): a parent that it leaves without children goes too, unless
    /// that is an ASSURED template.
    Forced,
    /// Its real server was deleted, and such connections are to end at once (`expire_nodest_conn`): a parent that it leaves
    /// without children goes too, whatever it is.
    Orphaned,
}

impl Closed {
    /// Nothing: fills places that are not in use.
    pub(super) const NOTHING: Self = Self {
        server: ServerId(u32::MAX),
        was_active: false,
        was_template: false,
        parent: None,
        end: End::Regular,
        any_port: false,
    };
}

/// How far one call of [`ConnTable::expire_shard`](super::ConnTable::expire_shard) came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Expiry {
    /// Connections that ended.
    pub expired: usize,
    /// More is due than one call may do: call again soon.
    pub behind: bool,
}
