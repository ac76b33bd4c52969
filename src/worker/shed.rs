//! When there is more than a worker can do: connection requests are shed before its rings, so that what belongs to
//! connections still finds room in them.
//!
//! A full ring loses whatever comes, connections' packets as likely as a flood's. Here a worker looks how full its rings are,
//! each sweep, and says by its [`Valve`] how many connection requests the filter lets through. It begins when a ring is half
//! full, which a short pause of the worker seldom brings about. From then on the rings are kept emptier than that, so that
//! what comes in a pause finds room: fewer and fewer requests are let through while a ring is a quarter full, more and more
//! when it is not even an eighth full. That settles at what the worker can just do.
//!
//! Only requests are shed, and only while they are at least an eighth of what is in the ring: connections that fill it by
//! themselves (as TCP does, by design, at its narrowest place) lock nobody new out.

use crate::ring::{Sweep, Valve};
use crate::wire::glance;

/// Of [`Valve::MOST`], so many more requests are shed after each turn that found too much: from none to all within eight
/// turns, which is less than a flood of three times what the worker can do needs for the other half of a ring.
const RISE: u16 = 32;
/// So many fewer are after a turn that found less: slowly, since each time too many were let in somebody may lose a packet.
const FALL: u16 = 1;
/// Requests are shed while one of so many frames is one.
const SHARE: usize = 8;

/// How full a worker's rings were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Fill {
    /// Less than there may be; or it is not requests that fill them.
    #[default]
    Little,
    /// As much as there may be.
    Enough,
    /// What comes in a pause may find no room.
    TooMuch,
}

/// Parts of a ring, of which one is too much, and one enough: before anything is shed, and then.
const AT_FIRST: (usize, usize) = (2, 2);
const THEN: (usize, usize) = (4, 8);

/// One worker's measure of it.
#[derive(Debug, Default)]
pub(super) struct Shedder {
    valve: Option<Valve>,
    /// Of [`Valve::MOST`] requests so many are shed.
    level: u16,
    /// The worst of the present turn.
    worst: Fill,
}

impl Shedder {
    /// One that sheds by this valve, or never.
    pub const fn new(valve: Option<Valve>) -> Self {
        Self { valve, level: 0, worst: Fill::Little }
    }

    /// Looks at a sweep and the ring behind it: a look into memory, mostly.
    pub fn look(&mut self, sweep: &Sweep<'_>) {
        let (too_much, enough) = if self.level == 0 { AT_FIRST } else { THEN };
        if self.valve.is_none() || !sweep.fills_one_of(enough) {
            return;
        }
        let requests = sweep.peek().filter(|frame| glance::is_request(frame)).count();
        let fill = if sweep.fills_one_of(too_much) { Fill::TooMuch } else { Fill::Enough };
        self.note(fill, requests, sweep.len());
    }

    /// A ring is so full, and its next `frames` frames hold so many requests.
    fn note(&mut self, fill: Fill, requests: usize, frames: usize) {
        if requests * SHARE >= frames {
            self.worst = self.worst.max(fill);
        }
    }

    /// The turn is over; `is_idle`: no ring had a frame.
    pub fn adjust(&mut self, is_idle: bool) {
        let level = match std::mem::take(&mut self.worst) {
            _ if is_idle => 0,
            Fill::Little => self.level.saturating_sub(FALL),
            Fill::Enough => self.level,
            Fill::TooMuch => (self.level + RISE).min(Valve::MOST),
        };
        if level != self.level
            && let Some(valve) = &self.valve
        {
            valve.shed(level);
        }
        self.level = level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level after so many turns with so many requests among 64 frames.
    fn after(shedder: &mut Shedder, turns: usize, fill: Fill, requests: usize) -> u16 {
        for _ in 0..turns {
            shedder.note(fill, requests, 64);
            shedder.adjust(false);
        }
        shedder.level
    }

    #[test]
    fn a_flood_is_shed_within_eight_turns_and_let_in_again_slowly() {
        let mut shedder = Shedder::default();
        assert_eq!(after(&mut shedder, 1, Fill::TooMuch, 64), 32);
        assert_eq!(after(&mut shedder, 6, Fill::TooMuch, 64), 224);
        assert_eq!(after(&mut shedder, 9, Fill::TooMuch, 64), 256, "all, and no more than all");
        assert_eq!(after(&mut shedder, 100, Fill::Enough, 64), 256, "neither full nor empty: it stays");
        shedder.adjust(false);
        assert_eq!(shedder.level, 255, "little in the rings");
        (0..300).for_each(|_| shedder.adjust(false));
        assert_eq!(shedder.level, 0);
    }

    #[test]
    fn connections_that_fill_a_ring_lock_nobody_out() {
        let mut shedder = Shedder::default();
        assert_eq!(after(&mut shedder, 20, Fill::TooMuch, 7), 0, "requests are less than an eighth");
        assert_eq!(after(&mut shedder, 1, Fill::TooMuch, 8), 32);
        assert_eq!(
            after(&mut shedder, 10, Fill::TooMuch, 7),
            22,
            "they are let in again, though the ring is full"
        );
    }

    #[test]
    fn the_fullest_ring_of_a_turn_counts() {
        let mut shedder = Shedder::default();
        shedder.note(Fill::TooMuch, 64, 64);
        shedder.note(Fill::Enough, 64, 64);
        shedder.note(Fill::TooMuch, 0, 64);
        shedder.adjust(false);
        assert_eq!(shedder.level, 32);
    }

    #[test]
    fn whoever_has_nothing_to_do_sheds_nothing() {
        let mut shedder = Shedder::default();
        after(&mut shedder, 9, Fill::TooMuch, 64);
        shedder.adjust(true);
        assert_eq!(shedder.level, 0);
    }
}
