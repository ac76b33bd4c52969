//! Tunables of the running configuration, and the defences that follow the free memory.

use super::ControlError;
use super::check::check_tunable;
use super::tables::Tables;
use crate::lvs::{DefenceLevel, Tunables};

impl Tables {
    /// Sets a tunable, or refuses it and changes nothing. [`Tables::defend`] wants to follow.
    pub(super) fn set_tunable(&mut self, name: &str, value: i64) -> Result<(), ControlError> {
        let before = self.tunables;
        let set = check_tunable(name, value)?.set(&mut self.tunables, value);
        set.map_err(|error| ControlError::Invalid(error.to_string()))?;
        if before.run_estimation.is_on() != self.tunables.run_estimation.is_on() {
            self.set_estimating(self.tunables.run_estimation.is_on());
        }
        if before.hashes() != self.tunables.hashes() {
            for service in self.services.values_mut() {
                service.is_hashing_stale = true;
            }
        }
        Ok(())
    }

    /// Do any defences follow the free memory?
    pub const fn watches_memory(&self) -> bool {
        let Tunables { drop_entry, drop_packet, secure_tcp, .. } = &self.tunables;
        drop_entry.is_automatic() || drop_packet.is_automatic() || secure_tcp.is_automatic()
    }

    /// Sets the defences' levels, and the rate of `drop_packet`, by so many free pages (`ipvs.md` §5); `None`: unknown,
    /// taken for enough. True if anything changed.
    pub fn defend(&mut self, free_pages: Option<u64>) -> bool {
        let before = (self.tunables, self.drop_packet.rate());
        let threshold = i64::from(self.tunables.amemthresh);
        let free = free_pages.map_or(i64::MAX, |free| i64::try_from(free).unwrap_or(i64::MAX));
        let is_low = free < threshold;
        let all = &mut self.tunables;
        for level in [&mut all.drop_entry, &mut all.drop_packet, &mut all.secure_tcp] {
            *level = level.judged(is_low);
        }
        let rate = match all.drop_packet {
            DefenceLevel::Off | DefenceLevel::Ready => 0,
            // Between 1 (nothing is free) and the threshold.
            DefenceLevel::Engaged => i32::try_from(threshold / (threshold - free).max(1)).unwrap_or(i32::MAX),
            DefenceLevel::Always => all.am_droprate,
        };
        self.drop_packet = self.drop_packet.at_rate(rate);
        if all.drop_packet == DefenceLevel::Engaged {
            self.drop_packet.restart();
        }
        before != (self.tunables, rate)
    }
}
