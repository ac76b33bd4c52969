//! Rates, as IPVS estimates them (`ipvs.md` §8.1): every two seconds, an average that takes in a quarter of the news.

use crate::lvs::{Rates, Stats};

/// How often [`Estimator::update`] is called.
pub(super) const PERIOD_SECONDS: u32 = 2;

/// The running averages of one service or real server, in fixed point: packets and connections in 1/1024, bytes in
/// 1/32 per second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimator {
    last: Stats,
    conns: i64,
    in_pkts: i64,
    out_pkts: i64,
    in_bytes: i64,
    out_bytes: i64,
}

impl Estimator {
    /// Takes in what was counted in the last two seconds.
    pub fn update(&mut self, now: &Stats) {
        let news = now.since(&self.last);
        self.last = *now;
        average(&mut self.conns, news.conns, 9);
        average(&mut self.in_pkts, news.in_pkts, 9);
        average(&mut self.out_pkts, news.out_pkts, 9);
        average(&mut self.in_bytes, news.in_bytes, 4);
        average(&mut self.out_bytes, news.out_bytes, 4);
    }

    /// What had been counted when it was last given something: the counters that IPVS lists.
    pub const fn last(&self) -> Stats {
        self.last
    }

    /// Rates begin at zero again; what was counted up to `now` is old.
    pub fn zero(&mut self, now: &Stats) {
        *self = Self { last: *now, ..Self::default() };
    }

    /// The rates per second.
    pub fn rates(&self) -> Rates {
        let scaled =
            |average: i64, bits: u32| u64::try_from((average + (1 << (bits - 1)) - 1) >> bits).unwrap_or(0);
        Rates {
            conns: scaled(self.conns, 10),
            in_pkts: scaled(self.in_pkts, 10),
            out_pkts: scaled(self.out_pkts, 10),
            in_bytes: scaled(self.in_bytes, 5),
            out_bytes: scaled(self.out_bytes, 5),
        }
    }
}

/// One step of the average; `shift` makes a two-second count a scaled rate.
fn average(average: &mut i64, news: u64, shift: u32) {
    let sample = i64::try_from(news).unwrap_or(i64::MAX >> shift).saturating_mul(1 << shift);
    *average += (sample - *average) >> 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_own_curve() {
        // ipvs.md §8.1: a constant 1000 packets/s and 100000 bytes/s from nothing.
        let packets = [250, 437, 578, 684, 763, 822, 867, 900, 925, 944, 958, 968];
        let bytes = [25000, 43750, 57812, 68359, 76270, 82202];
        let mut estimator = Estimator::default();
        let mut stats = Stats::default();
        for (step, expected) in packets.iter().enumerate() {
            stats.in_pkts += 2000;
            stats.in_bytes += 200_000;
            estimator.update(&stats);
            assert_eq!(estimator.rates().in_pkts, *expected, "step {step}");
            if let Some(expected) = bytes.get(step) {
                assert_eq!(estimator.rates().in_bytes, *expected, "step {step}");
            }
        }
        estimator.zero(&stats);
        assert_eq!(estimator.rates(), Rates::default());
    }
}
