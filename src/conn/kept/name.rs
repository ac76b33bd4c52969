//! What real servers are called in a table's file: numbers are those of a process, and end with it.

use super::checksum;
use crate::conn::key::{from_bytes, to_bytes};
use crate::lvs::{Endpoint, Family, Protocol, ServiceKey};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What a real server is known by from one process to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerName {
    /// The service that it is of.
    pub service: ServiceKey,
    /// RIP and rport.
    pub endpoint: Endpoint,
}

const NOBODY: u8 = 0;
const BY_TUPLE: u8 = 1;
const BY_MARK: u8 = 2;

/// A [`ServerName`] as it lies in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(super) struct Record {
    /// Over all that follows, and the number that it is of.
    sum: u64,
    virt: [u8; 16],
    real: [u8; 16],
    virt_port: u16,
    real_port: u16,
    mark: u32,
    kind: u8,
    protocol: u8,
    virt_is_v6: u8,
    real_is_v6: u8,
    _rest: [u8; 12],
}

const _: () = assert!(size_of::<Record>() == 64);

impl Record {
    /// The name of the real server of this number; of nobody: zeros.
    pub fn new(number: u32, name: Option<&ServerName>) -> Self {
        let Some(ServerName { service, endpoint }) = name else { return Self::default() };
        let mut record = Self {
            real: to_bytes(endpoint.addr),
            real_port: endpoint.port,
            real_is_v6: u8::from(endpoint.addr.is_ipv6()),
            ..Self::default()
        };
        match service {
            ServiceKey::Tuple { protocol, virt } => {
                record.kind = BY_TUPLE;
                record.protocol = protocol.number();
                record.virt = to_bytes(virt.addr);
                record.virt_port = virt.port;
                record.virt_is_v6 = u8::from(virt.addr.is_ipv6());
            }
            ServiceKey::Fwmark { family, mark } => {
                record.kind = BY_MARK;
                record.mark = *mark;
                record.virt_is_v6 = u8::from(*family == Family::V6);
            }
        }
        record.sum = record.sum_of(number);
        record
    }

    pub fn to_bytes(self) -> [u8; size_of::<Self>()] {
        let mut bytes = [0; size_of::<Self>()];
        // It has that length.
        let _ = self.write_to(&mut bytes);
        bytes
    }

    /// The name that it says, if it is one, and whole.
    pub fn name(&self, number: u32) -> Option<ServerName> {
        if self.kind == NOBODY || self.sum != self.sum_of(number) {
            return None;
        }
        let service = match self.kind {
            BY_TUPLE => ServiceKey::Tuple {
                protocol: Protocol::from_number(self.protocol)?,
                virt: Endpoint::new(from_bytes(self.virt, self.virt_is_v6 == 1), self.virt_port),
            },
            BY_MARK => ServiceKey::Fwmark {
                family: if self.virt_is_v6 == 1 { Family::V6 } else { Family::V4 },
                mark: self.mark,
            },
            _ => return None,
        };
        let endpoint = Endpoint::new(from_bytes(self.real, self.real_is_v6 == 1), self.real_port);
        Some(ServerName { service, endpoint })
    }

    fn sum_of(&self, number: u32) -> u64 {
        let mut bytes = Self { sum: u64::from(number), ..*self }.to_bytes();
        bytes.reverse();
        checksum(&bytes)
    }
}
