//! Who carries the least, in proportion to weight: the comparison that wlc, sed, nq, lblc and lblcr share.

use crate::service::{Pool, RealServer};
use std::sync::Arc;

/// A real server with its load and weight as they were read once.
pub struct Candidate<'p> {
    pub server: &'p Arc<RealServer>,
    load: i128,
    weight: i128,
}

impl<'p> Candidate<'p> {
    pub fn new(server: &'p Arc<RealServer>, load: i64) -> Self {
        Self { server, load: i128::from(load), weight: i128::from(server.weight()) }
    }

    /// load / weight < other.load / other.weight, multiplied out.
    pub const fn beats(&self, other: &Self) -> bool {
        self.load * other.weight < other.load * self.weight
    }
}

/// The least loaded; the first of equals.
pub fn least<'p>(candidates: impl Iterator<Item = Candidate<'p>>) -> Option<&'p Arc<RealServer>> {
    let best = candidates.reduce(|best, next| if next.beats(&best) { next } else { best });
    best.map(|best| best.server)
}

/// The most loaded; the first of equals.
pub fn most<'p>(candidates: impl Iterator<Item = Candidate<'p>>) -> Option<&'p Arc<RealServer>> {
    let worst = candidates.reduce(|worst, next| if worst.beats(&next) { next } else { worst });
    worst.map(|worst| worst.server)
}

/// The eligible server with the least overhead / weight: wlc's rule, also lblc's and lblcr's for a new destination.
pub fn least_connection(pool: &Pool) -> Option<&Arc<RealServer>> {
    let eligible = pool.servers().iter().filter(|server| server.is_eligible());
    least(eligible.map(|server| Candidate::new(server, server.overhead())))
}
