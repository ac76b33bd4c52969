//! Farms as they stand: what checks found, what operators decided, and what the table shall hold because of it. Pure.

mod effective;
mod state;
mod status;

pub(super) use effective::{ServerList, lists, wished};
pub(super) use state::{FarmState, Farms, Hold, HoldDeadline, ServerState};
