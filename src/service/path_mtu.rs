use crate::time::Tick;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The path MTU toward a real server, as routers on the way tell it (RFC 1191): what Linux keeps as an exception of the
/// route. Written by the worker that gets the message, read by all, without a lock.
#[derive(Debug, Default)]
pub struct PathMtu {
    /// The MTU in the upper half (0: none was ever learned), the tick until which it holds in the lower.
    learned: AtomicU64,
}

impl PathMtu {
    /// No message makes it smaller, in bytes (`net.ipv4.route.min_pmtu`): a forged one cannot do much harm.
    const LEAST: u32 = 552;
    /// How long a message is believed (`net.ipv4.route.mtu_expires`).
    const SECONDS: u32 = 600;

    fn load(&self) -> Option<(u32, Tick)> {
        let both = self.learned.load(Relaxed);
        let mtu = u32::try_from(both >> 32).ok().filter(|mtu| *mtu != 0)?;
        Some((mtu, Tick(u32::try_from(both & u64::from(u32::MAX)).ok()?)))
    }

    /// Largest IP packet in bytes, where the route itself would carry `route_mtu`.
    pub fn toward(&self, now: Tick, route_mtu: u32) -> u32 {
        match self.load() {
            Some((mtu, until)) if until.since(now) > 0 => mtu.min(route_mtu),
            _ => route_mtu,
        }
    }

    /// A router on the way carries only `reported` bytes. Returns what is believed of the path from now on; but where
    /// nothing was known before, what was believed until now: IPVS looks the route up again only for the next packet.
    pub fn learn(&self, reported: u32, now: Tick, route_mtu: u32) -> u32 {
        let before = self.toward(now, route_mtu);
        let known = self.load().is_some();
        if reported > before {
            return before;
        }
        let mtu = reported.max(Self::LEAST.min(before));
        let until = now.plus_seconds(Self::SECONDS);
        self.learned.store(u64::from(mtu) << 32 | u64::from(until.0), Relaxed);
        if known { mtu } else { before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinks_when_told_and_forgets_after_ten_minutes() {
        let path = PathMtu::default();
        let now = Tick(7);
        assert_eq!(path.toward(now, 1500), 1500);
        assert_eq!(path.learn(1380, now, 1500), 1500, "the first message's client hears the old MTU");
        assert_eq!(path.toward(now, 1500), 1380);
        assert_eq!(path.toward(now, 1300), 1300, "the route became narrower");
        assert_eq!(path.learn(1400, now, 1500), 1380, "it does not grow");
        assert_eq!(path.learn(1360, now, 1500), 1360);
        let later = now.plus_seconds(599);
        assert_eq!(path.toward(later, 1500), 1360);
        let later = now.plus_seconds(600);
        assert_eq!(path.toward(later, 1500), 1500);
        assert_eq!(path.learn(1340, later, 1500), 1340);
    }

    #[test]
    fn a_forged_message_cannot_make_it_useless() {
        for reported in [0, 1, 68, 551, 552] {
            let path = PathMtu::default();
            path.learn(reported, Tick(0), 1500);
            assert_eq!(path.toward(Tick(1), 1500), 552);
        }
        let narrow = PathMtu::default();
        narrow.learn(0, Tick(0), 300);
        assert_eq!(narrow.toward(Tick(1), 300), 300);
    }
}
