use crate::time::Tick;

/// How many ICMP errors a worker may send: Linux's own global limit, 1000 per second in bursts of 50.
#[derive(Clone, Copy, Debug)]
pub struct TokenBucket {
    tokens: u32,
    last: Tick,
}

impl TokenBucket {
    /// Tokens at most.
    const BURST: u32 = 50;
    /// Tokens per tick (a tenth of a second).
    const PER_TICK: u32 = 1000 / Tick::PER_SECOND;

    /// Takes a token; false if there is none.
    pub fn take(&mut self, now: Tick) -> bool {
        let elapsed = now.since(self.last);
        if elapsed > 0 {
            self.tokens = self
                .tokens
                .saturating_add(elapsed.saturating_mul(Self::PER_TICK))
                .min(Self::BURST.max(Self::PER_TICK));
            self.last = now;
        }
        let may = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        may
    }
}

impl Default for TokenBucket {
    fn default() -> Self {
        Self { tokens: Self::BURST, last: Tick(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_a_thousand_per_second_and_a_burst() {
        let mut bucket = TokenBucket::default();
        let sent =
            (0..=10).map(|tick| (0..10_000).filter(|_| bucket.take(Tick(tick))).count()).sum::<usize>();
        assert_eq!(sent, 50 + 1000);
    }
}
