//! Piranha's pair: its turns between those of the virtual routers.

use super::{Duty, now};
use crate::lvs::Pulse;
use crate::standby::pair::Pair;

impl Duty {
    /// This is the pair from now on.
    pub(super) fn configure_pair(&mut self, wanted: Option<Pulse>) {
        match (&mut self.pair, wanted) {
            (Some(pair), Some(pulse)) => pair.follow(pulse, &self.vicinity, &mut self.places, now()),
            (Some(pair), None) => pair.end(&self.vicinity, &mut self.places, now()),
            (None, Some(pulse)) => self.pair = Some(Pair::new(pulse)),
            (None, None) => {}
        }
        self.turn_pair();
    }

    /// Whatever the pair has to do now, and what it tells.
    pub(super) fn turn_pair(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        pair.turn(&self.vicinity, &mut self.places, now());
        self.take_from_pair();
    }

    /// It is inactive, and what it had is nobody's here.
    pub(super) fn end_pair(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        pair.end(&self.vicinity, &mut self.places, now());
        self.take_from_pair();
    }

    fn take_from_pair(&mut self) {
        let Some(pair) = &mut self.pair else { return };
        let told = pair.take_told();
        if pair.is_over() {
            self.pair = None;
        }
        if !told.is_empty() {
            told.into_iter().for_each(|change| self.say(change));
            self.next_show = now();
            self.note_held();
        }
    }
}
