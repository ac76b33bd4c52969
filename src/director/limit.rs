use crate::lvs::IcmpLimits;
use crate::time::Tick;
use std::net::IpAddr;

/// How many ICMP errors a worker may send to all hosts together: Linux's own global limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenBucket {
    /// What is left; `None`: nothing was ever sent, the bucket is full.
    left: Option<(u32, Tick)>,
}

impl TokenBucket {
    /// Takes a token; false if there is none.
    pub fn take(&mut self, now: Tick, limits: &IcmpLimits) -> bool {
        // Time comes in tenths of a second: what is due in one of them may leave at once.
        let per_tick = limits.per_second / Tick::PER_SECOND;
        let most = limits.burst.max(per_tick);
        let tokens = match self.left {
            None => limits.burst,
            Some((tokens, last)) => tokens.saturating_add(now.since(last).saturating_mul(per_tick)).min(most),
        };
        self.left = Some((tokens.saturating_sub(1), now));
        tokens > 0
    }
}

/// How many connections a worker may open in a second (`hash_above_rate`); what is left of one second is saved up for the
/// next.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpeningLimit {
    /// What is left, in parts of which an opening takes as many as a second has ticks; `None`: nothing was ever opened.
    left: Option<(u64, Tick)>,
}

impl OpeningLimit {
    /// Takes one; false if there is none left.
    pub fn take(&mut self, now: Tick, per_second: u32) -> bool {
        let price = u64::from(Tick::PER_SECOND);
        let (per_tick, most) = (u64::from(per_second), u64::from(per_second) * price);
        let parts = match self.left {
            None => most,
            Some((parts, last)) => (parts + u64::from(now.since(last)) * per_tick).min(most),
        };
        let left = parts.checked_sub(price);
        self.left = Some((left.unwrap_or(parts), now));
        left.is_some()
    }
}

/// Milliseconds in a tick.
const TICK_MS: u32 = 1000 / Tick::PER_SECOND;
/// Errors that one host may get at once.
const HOST_BURST: u32 = 6;
/// Hosts that are remembered; a power of two.
const HOSTS: usize = 4096;

/// What one host was sent.
#[derive(Clone, Copy, Debug)]
struct Host {
    addr: IpAddr,
    /// Milliseconds of credit as of `last`: an error costs the interval.
    credit_ms: u32,
    last: Tick,
}

/// How many ICMP errors single hosts may get: Linux's limit per destination, a bucket that holds six. A host that is not
/// remembered may get six: so the memory may be bounded, and one host push another out of it (the global limit holds in
/// any case).
#[derive(Debug, Default)]
pub struct HostLimits {
    /// By hash of the address; empty until the first error is due.
    hosts: Box<[Option<Host>]>,
    hasher: ahash::RandomState,
}

impl HostLimits {
    /// May `to` get an error, where it gets one per `interval_ms` in the long run (0: no limit)?
    pub fn take(&mut self, now: Tick, to: IpAddr, interval_ms: u32) -> bool {
        if interval_ms == 0 {
            return true;
        }
        if self.hosts.is_empty() {
            self.hosts = vec![None; HOSTS].into_boxed_slice();
        }
        let place = usize::try_from(self.hasher.hash_one(to)).unwrap_or(0) & (HOSTS - 1);
        let Some(place) = self.hosts.get_mut(place) else { return false };
        let most = interval_ms.saturating_mul(HOST_BURST);
        let credit = match place {
            Some(host) if host.addr == to => {
                host.credit_ms.saturating_add(now.since(host.last).saturating_mul(TICK_MS)).min(most)
            }
            _ => most,
        };
        let left = credit.checked_sub(interval_ms);
        *place = Some(Host { addr: to, credit_ms: left.unwrap_or(credit), last: now });
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_thousand_per_second_and_a_burst() {
        let mut bucket = TokenBucket::default();
        let limits = IcmpLimits::default();
        let sent = (0..=10)
            .map(|tick| (0..10_000).filter(|_| bucket.take(Tick(tick), &limits)).count())
            .sum::<usize>();
        assert_eq!(sent, 50 + 1000);
    }

    #[test]
    fn so_many_openings_per_second() {
        let mut limit = OpeningLimit::default();
        let mut taken = |tick, n| (0..n).filter(|_| limit.take(Tick(tick), 25)).count();
        assert_eq!(taken(5, 100), 25, "a second's worth at once");
        assert_eq!(taken(6, 100), 2, "two and a half per tenth of a second");
        assert_eq!(taken(7, 100), 3);
        assert_eq!(taken(1000, 100), 25, "never more is saved up");
        let in_a_second: usize = (1001..=1010).map(|tick| taken(tick, 100)).sum();
        assert_eq!(in_a_second, 25);
    }

    /// As asked of Linux 6.1: six at once, none right after, two after two and a half seconds.
    #[test]
    fn one_host_gets_six_and_then_one_per_second() {
        let mut hosts = HostLimits::default();
        let host = IpAddr::from([172, 16, 0, 5]);
        let mut burst = |tick, n| (0..n).filter(|_| hosts.take(Tick(tick), host, 1000)).count();
        assert_eq!(burst(5, 20), 6);
        assert_eq!(burst(6, 5), 0);
        assert_eq!(burst(30, 5), 2);
        assert_eq!(burst(130, 50), 6, "never more than six are saved up");
        assert!((0..50).all(|_| hosts.take(Tick(130), host, 0)), "no limit");
        assert!((0..6).all(|_| hosts.take(Tick(130), [172, 16, 0, 6].into(), 1000)), "another host");
    }

    #[test]
    fn memory_is_bounded() {
        let mut hosts = HostLimits::default();
        for n in 0..100_000u32 {
            assert!(hosts.take(Tick(0), IpAddr::from(n.to_be_bytes()), 1000));
        }
        assert_eq!(hosts.hosts.len(), HOSTS);
    }
}
