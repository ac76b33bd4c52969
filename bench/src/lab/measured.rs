//! What came of one measurement.

use super::sink::Seen;
use std::collections::BTreeMap;
use std::time::Duration;

/// A generator that made less of what was asked for was the limit.
const ENOUGH: f64 = 0.98;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Packets per second that were wanted, if a number was.
    pub asked: Option<f64>,
    /// Packets that were sent, and in what time.
    pub sent: u64,
    /// As above.
    pub time: Duration,
    /// Packets that the kernel refused to send: they do not count as sent.
    pub refused: u64,
    /// Frames that arrived, but for which the receiver's ring had no room: they count as arrived.
    pub missed: u64,
    /// What was seen of those that arrived.
    pub seen: Seen,
    /// Where packets ended that were not forwarded, as far as anybody says.
    pub ends: BTreeMap<String, u64>,
    /// Flows that have begun since the director started, and connections that it opened since.
    pub begun: u64,
    /// As above.
    pub opened: Option<u64>,
}

impl Measured {
    /// Packets per second that were sent.
    pub fn offered(&self) -> f64 {
        self.sent as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// Packets that arrived.
    pub fn arrived(&self) -> u64 {
        self.seen.packets + self.missed
    }

    /// Packets that did not.
    pub fn lost(&self) -> u64 {
        self.sent.saturating_sub(self.arrived())
    }

    /// Those of all that were sent, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.lost() as f64 / self.sent.max(1) as f64
    }

    /// Packets per second that arrived, by the receiver's clock.
    pub fn rate(&self) -> f64 {
        match self.seen.times {
            Some((first, last)) if last > first => (self.arrived() - 1) as f64 * 1e9 / (last - first) as f64,
            _ => 0.0,
        }
    }

    /// Microseconds within which this share of those that arrived did so.
    pub fn latency_us(&self, quantile: f64) -> Option<f64> {
        let latency = self.seen.latency.as_ref().filter(|latency| !latency.is_empty())?;
        Some(latency.value_at_quantile(quantile) as f64 / 1000.0)
    }

    /// As [`Measured::latency_us`], but of those that were sent: what is lost is later than anything.
    pub fn latency_of_all_us(&self, quantile: f64) -> Option<f64> {
        let known = self.seen.latency.as_ref().map_or(0, hdrhistogram::Histogram::len);
        let wanted = (quantile * self.sent as f64).ceil();
        if known == 0 || wanted > known as f64 { None } else { self.latency_us(wanted / known as f64) }
    }

    /// True if less was sent than wanted: what was measured is the generator.
    pub fn is_generators(&self) -> bool {
        self.asked.is_some_and(|asked| self.offered() < ENOUGH * asked)
    }
}
