use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

/// `drop_packet` at work: every so-many-th packet that would open a connection is refused, whoever it comes from. One
/// count for all workers, as the kernel has one for all CPUs, so that it is every so-many-th of all.
#[derive(Clone, Debug, Default)]
pub struct DropPacket {
    /// Every how-many-th; 0: none; below 0: all.
    rate: i32,
    /// Packets until the next one that is refused.
    left: Arc<AtomicI32>,
}

impl DropPacket {
    /// With another rate; the count goes on.
    #[must_use]
    pub fn at_rate(&self, rate: i32) -> Self {
        Self { rate, left: self.left.clone() }
    }

    /// Counts anew: the next that is refused is the rate-th from now.
    pub fn restart(&self) {
        self.left.store(self.rate, Relaxed);
    }

    /// Every how-many-th is refused; 0: none.
    pub const fn rate(&self) -> i32 {
        self.rate
    }

    /// Counts a packet that would open a connection: is it one to refuse? (Two workers that count in the same instant
    /// may both refuse theirs: as in the kernel, the count is not worth a lock.)
    pub fn refuses(&self) -> bool {
        if self.rate == 0 || self.left.fetch_sub(1, Relaxed) > 1 {
            return false;
        }
        self.left.store(self.rate, Relaxed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(drop: &DropPacket, packets: usize) -> String {
        (0..packets).map(|_| if drop.refuses() { '-' } else { '1' }).collect()
    }

    /// What a kernel answered, in this order.
    #[test]
    fn the_kernels_sequences() {
        let off = DropPacket::default();
        assert_eq!(next(&off, 5), "11111");
        let three = off.at_rate(3);
        assert_eq!(next(&three, 12), "-11-11-11-11", "the first at once");
        assert_eq!(next(&three, 2), "-1");
        let one = three.at_rate(1);
        assert_eq!(next(&one, 5), "1----", "the old count runs out first");
        assert_eq!(next(&one.at_rate(0), 5), "11111");
        assert_eq!(next(&one.at_rate(-1), 5), "-----");
        let engaged = one.at_rate(3);
        engaged.restart();
        assert_eq!(next(&engaged, 6), "11-11-");
    }
}
