use super::Via;
use crate::lvs::{Endpoint, Origin, ServiceKey};
use std::net::SocketAddr;

/// Who is asked, and on whose behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Who is asked: the check's own address and port, or the real server's.
    pub at: SocketAddr,
    /// Where from.
    pub origin: Origin,
    /// RIP and rport as the table has them.
    pub server: Endpoint,
    /// The service on whose behalf: the farm's first.
    pub service: ServiceKey,
    /// Who is asked is the VIP, and the real server is to answer.
    pub via: Option<Via>,
}

/// What a try found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// It answered as it should.
    pub is_up: bool,
    /// The weight that it asks for (`None`: none), where the probe has one.
    pub weight: Option<Weight>,
    /// In a few words, without line ends: `connected`, `status 404, not 200..=299`, `no answer within 3s`.
    pub detail: String,
}

/// A weight that a probe asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// This, whatever is configured.
    Absolute(i32),
    /// So much more than what is configured.
    More(i32),
    /// Whatever fits a machine with so much to do: its load average, in hundredths.
    Load(u32),
}

impl Outcome {
    /// Well.
    pub fn up(detail: impl Into<String>) -> Self {
        Self { is_up: true, weight: None, detail: detail.into() }
    }

    /// Not well.
    pub fn down(detail: impl Into<String>) -> Self {
        Self { is_up: false, weight: None, detail: detail.into() }
    }
}
