//! Why a packet is not believed, and how many were not.

use crate::lvs::VrrpVersion;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// Why a packet is no advertisement that counts. In the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has no sound IP header, or carries neither VRRP nor an authentication header.
    #[error("no IP packet with VRRP in it")]
    Header,
    /// It is our own, and has come back.
    #[error("our own advertisement came back from {from}")]
    Own {
        /// Our address.
        from: IpAddr,
    },
    /// Its TTL or hop limit is not allowed: it is not from this link, or not from this near.
    #[error("TTL/hop limit {is} is not within {least}-{most}")]
    Hops {
        /// Its.
        is: u8,
        /// 255 for a group.
        least: u8,
        /// 255 but for some unicast peers.
        most: u8,
    },
    /// It speaks another version.
    #[error("invalid version {is}, expected {expected}")]
    Version {
        /// 0 to 15.
        is: u8,
        /// 2 or 3.
        expected: u8,
    },
    /// It is no advertisement, which are of type 1.
    #[error("invalid packet type {is}")]
    Kind {
        /// 0 to 15.
        is: u8,
    },
    /// It is not as long as its count of addresses says, or cut.
    #[error("packet is {is} bytes long, expected {expected}")]
    Length {
        /// Of the VRRP message.
        is: usize,
        /// The same, by the count; 8 if there is not even a count.
        expected: usize,
    },
    /// Its checksum is wrong in every way that anybody computes it.
    #[error("invalid checksum")]
    Checksum,
    /// It is of another virtual router.
    #[error("VRID {is} is not ours")]
    Vrid {
        /// 0 to 255.
        is: u8,
    },
    /// It has an authentication that nobody knows.
    #[error("invalid authentication type {is}")]
    AuthType {
        /// Above 2.
        is: u8,
    },
    /// It is authenticated in another way than ours.
    #[error("authentication type {is}, expected {expected}")]
    AuthMismatch {
        /// 0 to 2.
        is: u8,
        /// 0 to 2.
        expected: u8,
    },
    /// Its password or its digest is wrong.
    #[error("authentication failure")]
    AuthFailure,
    /// It has come before, or is older than what has: its sequence number is not above that of the last one.
    #[error("sequence number {is} already processed, last one {last}")]
    Replayed {
        /// Its.
        is: u32,
        /// The highest one from the same source.
        last: u32,
    },
    /// It has another interval than ours (version 2), or none at all (version 3).
    #[error("advertisement interval mismatch: {is:?}, ours {expected:?}")]
    Interval {
        /// Its.
        is: Duration,
        /// Ours.
        expected: Duration,
    },
    /// Its addresses are not ours. It counts all the same: see [`super::Heard::remark`].
    #[error("its addresses are not ours: {theirs} there, {ours} here")]
    Addresses {
        /// How many it has.
        theirs: usize,
        /// How many we advertise.
        ours: usize,
    },
    /// It is from somebody who is no peer.
    #[error("unicast source address {from} not a unicast peer")]
    Source {
        /// Who.
        from: IpAddr,
    },
}

/// How much was heard, sent and refused. Those that keepalived has, under its names in its JSON; and ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Advertisements that counted.
    pub advert_rcvd: u64,
    /// Advertisements written, one for each peer.
    pub advert_sent: u64,
    /// It became master.
    pub become_master: u64,
    /// It ceased to be master.
    pub release_master: u64,
    /// [`Fault::Length`].
    pub packet_len_err: u64,
    /// [`Fault::Interval`].
    pub advert_interval_err: u64,
    /// [`Fault::Hops`].
    pub ip_ttl_err: u64,
    /// [`Fault::Kind`].
    pub invalid_type_rcvd: u64,
    /// [`Fault::Addresses`]. Those counted as heard, too.
    pub addr_list_err: u64,
    /// [`Fault::AuthType`].
    pub invalid_authtype: u64,
    /// [`Fault::AuthMismatch`].
    pub authtype_mismatch: u64,
    /// [`Fault::AuthFailure`].
    pub auth_failure: u64,
    /// Of those that counted: with priority 0.
    pub pri_zero_rcvd: u64,
    /// Of those written: with priority 0.
    pub pri_zero_sent: u64,
    /// [`Fault::Header`].
    pub header_err: u64,
    /// [`Fault::Own`].
    pub own_rcvd: u64,
    /// [`Fault::Version`].
    pub version_err: u64,
    /// [`Fault::Checksum`].
    pub checksum_err: u64,
    /// [`Fault::Vrid`].
    pub vrid_err: u64,
    /// [`Fault::Replayed`].
    pub replayed: u64,
    /// [`Fault::Source`].
    pub source_err: u64,
}

impl Counters {
    /// Counts a packet that was refused.
    pub fn count(&mut self, fault: &Fault) {
        *match fault {
            Fault::Header => &mut self.header_err,
            Fault::Own { .. } => &mut self.own_rcvd,
            Fault::Hops { .. } => &mut self.ip_ttl_err,
            Fault::Version { .. } => &mut self.version_err,
            Fault::Kind { .. } => &mut self.invalid_type_rcvd,
            Fault::Length { .. } => &mut self.packet_len_err,
            Fault::Checksum => &mut self.checksum_err,
            Fault::Vrid { .. } => &mut self.vrid_err,
            Fault::AuthType { .. } => &mut self.invalid_authtype,
            Fault::AuthMismatch { .. } => &mut self.authtype_mismatch,
            Fault::AuthFailure => &mut self.auth_failure,
            Fault::Replayed { .. } => &mut self.replayed,
            Fault::Interval { .. } => &mut self.advert_interval_err,
            Fault::Addresses { .. } => &mut self.addr_list_err,
            Fault::Source { .. } => &mut self.source_err,
        } += 1;
    }

    /// Packets that were refused: all but `addr_list_err`, which are heard in spite of it.
    pub const fn refused(&self) -> u64 {
        self.packet_len_err
            + self.advert_interval_err
            + self.ip_ttl_err
            + self.invalid_type_rcvd
            + self.invalid_authtype
            + self.authtype_mismatch
            + self.auth_failure
            + self.header_err
            + self.own_rcvd
            + self.version_err
            + self.checksum_err
            + self.vrid_err
            + self.replayed
            + self.source_err
    }
}

/// As it stands in the packet.
pub(super) const fn number(version: VrrpVersion) -> u8 {
    match version {
        VrrpVersion::V2 => 2,
        VrrpVersion::V3 => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each counts in one place, and all but that which is heard all the same in the sum.
    #[test]
    fn each_fault_is_counted_once() {
        let from = IpAddr::from([10, 0, 0, 1]);
        let time = Duration::ZERO;
        let faults = [
            Fault::Header,
            Fault::Own { from },
            Fault::Hops { is: 1, least: 2, most: 3 },
            Fault::Version { is: 1, expected: 2 },
            Fault::Kind { is: 2 },
            Fault::Length { is: 1, expected: 8 },
            Fault::Checksum,
            Fault::Vrid { is: 1 },
            Fault::AuthType { is: 9 },
            Fault::AuthMismatch { is: 1, expected: 2 },
            Fault::AuthFailure,
            Fault::Replayed { is: 1, last: 2 },
            Fault::Interval { is: time, expected: time },
            Fault::Source { from },
        ];
        let mut counters = Counters::default();
        for (count, fault) in faults.iter().enumerate() {
            counters.count(fault);
            assert_eq!(counters.refused(), count as u64 + 1, "{fault}");
        }
        counters.count(&Fault::Addresses { theirs: 1, ours: 2 });
        assert_eq!((counters.refused(), counters.addr_list_err), (14, 1));
        let json = serde_json::to_value(counters).unwrap();
        let ones = json.as_object().unwrap().values().filter(|value| **value == 1).count();
        assert_eq!(ones, 15);
    }
}
