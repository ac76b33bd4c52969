//! A look ahead over a sweep: what its packets will need is fetched into the cache before their turn comes.
//!
//! The lookups of a sweep do not depend on each other, but each would wait for memory by itself, since the locks between
//! them keep the processor from running ahead. Here it is asked for all of them at once.

use crate::conn::{ClientHash, ConnTable};
use crate::service::Snapshot;
use crate::wire::glance;

/// Frames of one sweep that are looked at; those behind them go without.
const MOST: usize = 64;
/// For fewer frames it would cost more than it brings.
const FEWEST: usize = 3;

/// Fetches what these frames of one sweep are likely to need. Changes nothing that can be observed but time.
pub fn look_ahead<'b>(view: &Snapshot, conns: &ConnTable, frames: impl ExactSizeIterator<Item = &'b [u8]>) {
    if frames.len() < FEWEST {
        return;
    }
    let mut hashes: [Option<ClientHash>; MOST] = [None; MOST];
    for (frame, hash) in frames.zip(&mut hashes) {
        let Some(seen) = glance::at(frame) else { continue };
        // The client is at the other end of what a NAT server sends.
        let is_reply = view.may_answer(seen.protocol, seen.source);
        let client = if is_reply { seen.destination } else { seen.source };
        let client = conns.client_hash(seen.protocol, &client);
        conns.prefetch_index(client);
        *hash = Some(client);
    }
    for hash in hashes.into_iter().flatten() {
        conns.prefetch_conn(hash);
    }
}
