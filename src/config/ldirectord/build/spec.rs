//! Scheduling of a service.

use super::Builder;
use crate::config::ipvsadm;
use crate::config::ldirectord::line::Word;
use crate::lvs::{ClientMask, Family, Persistence, Protocol, SchedulerName, ServiceKey, ServiceSpec};

/// Longest persistence that ipvsadm takes: 31 days in seconds.
const MAX_PERSISTENCE: u32 = 31 * 24 * 3600;

impl Builder<'_, '_, '_, '_> {
    pub(super) fn spec(&mut self, key: ServiceKey) -> Option<ServiceSpec> {
        let service = self.service;
        let name = service.scheduler.map_or("wrr", |word| word.text);
        let Ok(scheduler) = SchedulerName::new(name) else {
            self.leave_out(service.scheduler?, "a scheduler's name has at most 15 bytes");
            return None;
        };
        let mut spec = ServiceSpec { scheduler, ..ServiceSpec::new(key) };
        if let Some(flags) = service.flags {
            match ipvsadm::scheduler_flags(flags.text, name) {
                Ok(flags) => spec.scheduler_flags = flags,
                Err(error) => {
                    self.leave_out(flags, error.to_string().trim());
                    return None;
                }
            }
        }
        spec.persistence = self.persistence(key.family());
        spec.one_packet = self.one_packet(key);
        let is_all_ports = matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0);
        if is_all_ports && spec.persistence.is_none() {
            self.leave_out(service.at, "a service of port 0 (all ports) needs persistent=");
            return None;
        }
        Some(spec)
    }

    fn persistence(&mut self, family: Family) -> Option<Persistence> {
        let mask = self.service.netmask.map(|word| self.mask(word, family));
        let timeout_seconds = match self.service.persistent {
            Some((0, at)) => {
                let message =
                    "no persistence; ldirectord asks ipvsadm for 0 seconds, which refuses the service";
                self.remarks.warning(at.span(), message).help("leave the line out");
                return None;
            }
            Some((seconds, at)) if seconds > MAX_PERSISTENCE => {
                let message =
                    format!("more than ipvsadm takes: {MAX_PERSISTENCE} seconds (31 days) are taken");
                self.remarks.warning(at.span(), message);
                MAX_PERSISTENCE
            }
            Some((seconds, _)) => seconds,
            None => {
                if let (Some(word), Some(Some(_))) = (self.service.netmask, mask) {
                    let message = "netmask means nothing without persistent";
                    self.remarks.warning(word.span(), message);
                }
                return None;
            }
        };
        Some(Persistence { timeout_seconds, mask: mask.flatten().unwrap_or(ClientMask::whole(family)) })
    }

    fn mask(&mut self, word: Word<'_>, family: Family) -> Option<ClientMask> {
        let is_dotted = word.text.split('.').count() == 4
            && word.text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let is_right = match family {
            Family::V4 => is_dotted,
            Family::V6 => word.text.bytes().all(|b| b.is_ascii_digit()),
        };
        let mask = ipvsadm::client_mask(word.text, family == Family::V6).ok().filter(|_| is_right);
        if mask.is_none() {
            let message = match family {
                Family::V4 => "a mask of four numbers from 0 to 255 expected, such as 255.255.255.0",
                Family::V6 => "a prefix length from 1 to 128 expected",
            };
            self.remarks.error(word.span(), message);
        }
        mask
    }

    fn one_packet(&mut self, key: ServiceKey) -> bool {
        let Some((true, at)) = self.service.one_packet else { return false };
        let is_udp = matches!(key, ServiceKey::Tuple { protocol: Protocol::Udp, .. });
        if !is_udp {
            let message = "one-packet scheduling is for protocol=udp: ldirectord does nothing here";
            self.remarks.warning(at.span(), message);
        }
        is_udp
    }
}
