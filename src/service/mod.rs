//! Runtime tables: virtual services, their pools of real servers, and the snapshot that workers read.
//!
//! Nothing here is edited in place by the control plane: a change makes a new [`Snapshot`] that shares what did not
//! change. What workers write while they forward (connection counts, statistics) are atomics that all snapshots share.

mod defence;
mod hashing;
mod marks;
mod network;
mod passes;
mod path_mtu;
mod pool;
mod real_server;
mod scheduler;
mod sets;
mod snapshot;
mod virtual_service;

pub use defence::DropPacket;
pub use hashing::{FlowTable, Hashing};
pub use marks::{Marks, TooManyCombinations};
pub use network::{Door, Link, Network, NextHop, RoutesOfLength, Target, masked};
pub use passes::{Pass, Passes};
pub use path_mtu::PathMtu;
pub use pool::Pool;
pub use real_server::{RealServer, ServerId, SharedStats};
pub use scheduler::{Ask, Flow, PoolChange, Scheduler};
pub use sets::{AddressSet, PortSet};
pub use snapshot::{Server, Snapshot};
pub use virtual_service::VirtualService;
