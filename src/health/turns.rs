//! Whose turn it is, of a check that asks in full only now and then.

use crate::lvs::{Check, Probe};

/// What is asked next: [`Probe::Combined`] takes turns, any other check always has the same.
#[derive(Clone, Debug)]
pub struct Turns {
    full: Check,
    /// A connection only, and how often in a row.
    short: Option<(Check, u32)>,
    /// So many connections are left before the next full one.
    left: u32,
}

impl Turns {
    /// Begins with the full one.
    pub fn new(check: Check) -> Self {
        let Probe::Combined { full, connects, connect_timeout } = check.probe else {
            return Self { full: check, short: None, left: 0 };
        };
        let full = Check { probe: *full, ..check };
        let mut short = Check { probe: Probe::Tcp, ..full.clone() };
        short.timing.timeout = connect_timeout;
        Self { full, short: Some((short, connects)), left: 0 }
    }

    /// What is to be asked now.
    pub fn check(&self) -> &Check {
        match &self.short {
            Some((short, _)) if self.left > 0 => short,
            _ => &self.full,
        }
    }

    /// Takes the result of what was asked.
    pub fn note(&mut self, succeeded: bool) {
        let connects = self.short.as_ref().map_or(0, |(_, connects)| *connects);
        self.left = match (succeeded, self.left) {
            (false, _) => 0,
            (true, 0) => connects,
            (true, left) => left - 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{Origin, Timing};
    use std::time::Duration;

    fn check(probe: Probe) -> Check {
        let timing = Timing {
            interval: Duration::from_secs(10),
            retry_interval: None,
            timeout: Duration::from_secs(30),
            falls: 1,
            rises: 1,
            first_counts: true,
            warmup: Duration::ZERO,
        };
        Check {
            probe,
            addr: None,
            port: None,
            from: Origin::default(),
            timing,
            begins_down: true,
            tells_all: false,
            through_vip: false,
        }
    }

    #[test]
    fn connections_between() {
        let connect_timeout = Duration::from_secs(5);
        let full = Box::new(Probe::Nntp);
        let mut turns = Turns::new(check(Probe::Combined { full, connects: 2, connect_timeout }));
        let mut asked = Vec::new();
        for succeeds in [true, true, true, true, false, false, true, true, true, true] {
            let check = turns.check();
            asked.push(match (&check.probe, check.timing.timeout.as_secs()) {
                (Probe::Nntp, 30) => 'N',
                (Probe::Tcp, 5) => 't',
                other => panic!("{other:?}"),
            });
            turns.note(succeeds);
        }
        // The fifth, a connection, fails: in full until it succeeds again.
        assert_eq!(asked.iter().collect::<String>(), "NttNtNNttN");
        let mut same = Turns::new(check(Probe::Tcp));
        same.note(true);
        assert_eq!(same.check(), &check(Probe::Tcp));
    }
}
