//! A record of version 1 (`ipvs.md` §6.2): both families, timeouts, firewall marks, options.
//!
//! ```text
//!  0      1         2               4      8      10     12     14     16      20       24
//! | type | protocol | version, size | flags | state | cport | vport | dport | fwmark | timeout | caddr vaddr daddr | options
//! ```

use super::fault::Fault;
use super::record::{Engine, Reader, Record, read_shifts, write_shifts};
use crate::lvs::Endpoint;
use std::net::IpAddr;

/// In the type: IPv6.
const V6: u8 = 1;
/// Bytes of a record without options.
const V4_LEN: usize = 36;
const V6_LEN: usize = 72;
/// The low bits of version and size: the size.
pub(super) const SIZE: u16 = 0x0fff;
/// An option that may be skipped by who does not know it.
pub(super) const MAY_SKIP: u8 = 0x40;
const SEQUENCE: u8 = 1;
const ENGINE_DATA: u8 = 2;
const ENGINE_NAME: u8 = 3;
/// Bytes of two shifts.
const SHIFTS_LEN: usize = 24;
/// Bytes of an engine's name at most, with the zero that kernels send behind it.
const NAME_LEN: usize = 16;
/// Records begin at multiples of this.
pub const ALIGN: usize = 4;

/// Bytes of a record of this type without options.
pub(super) const fn fixed_len(kind: u8) -> usize {
    if kind & V6 == V6 { V6_LEN } else { V4_LEN }
}

/// Reads the record at the front: it, or what is wrong with it alone; and the bytes that it takes.
///
/// # Errors
/// Those after which nothing behind it can be found ([`Fault::ends_message`]).
pub fn read(bytes: &[u8]) -> Result<(Result<Record, Fault>, usize), Fault> {
    let mut reader = Reader(bytes);
    let (Some(kind), Some(protocol), Some(version)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return Err(Fault::RecordCut);
    };
    if kind & !V6 != 0 {
        return Err(Fault::RecordKind);
    }
    let len = usize::from(version & SIZE);
    let fixed = if kind == V6 { V6_LEN } else { V4_LEN };
    if len < fixed {
        return Err(Fault::RecordSize);
    }
    let record = bytes.get(..len).ok_or(Fault::RecordCut)?;
    if version & !SIZE != 0 {
        return Ok((Err(Fault::RecordVersion), len));
    }
    let (fixed, options) = record.split_at(fixed);
    let read = read_fixed(kind == V6, protocol, Reader(fixed.get(4..).unwrap_or_default()));
    let mut read = read.ok_or(Fault::RecordCut)?;
    let outcome = match read_options(&mut read, options) {
        Ok(()) => Ok(read),
        Err(fault) if fault.ends_message() => return Err(fault),
        Err(fault) => Err(fault),
    };
    Ok((outcome, len))
}

/// What is behind type, protocol, version and size.
fn read_fixed(is_v6: bool, protocol: u8, mut reader: Reader<'_>) -> Option<Record> {
    #[expect(clippy::cast_possible_truncation, reason = "the upper half has no meaning on the wire")]
    let flags = reader.u32()? as u16;
    let state = reader.u16()?;
    let ports = [reader.u16()?, reader.u16()?, reader.u16()?];
    let (fwmark, timeout) = (reader.u32()?, reader.u32()?);
    let mut end = |port| {
        let addr =
            if is_v6 { IpAddr::from(reader.array::<16>()?) } else { IpAddr::from(reader.array::<4>()?) };
        Some(Endpoint::new(addr, port))
    };
    let [cport, vport, rport] = ports;
    Some(Record {
        protocol,
        flags,
        state,
        client: end(cport)?,
        virt: end(vport)?,
        real: end(rport)?,
        fwmark,
        timeout_seconds: Some(timeout),
        shifts: None,
        engine: None,
    })
}

fn read_options(record: &mut Record, options: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader(options);
    let (mut data, mut name) = (None, None);
    let mut unknown = false;
    while let Some(kind) = reader.u8() {
        let len = reader.u8().filter(|len| *len != 0).ok_or(Fault::OptionCut)?;
        let value = reader.take(usize::from(len)).ok_or(Fault::OptionCut)?;
        match kind & !MAY_SKIP {
            SEQUENCE if record.shifts.is_some() => return Err(Fault::OptionTwice),
            SEQUENCE if value.len() != SHIFTS_LEN => return Err(Fault::OptionSize),
            SEQUENCE => record.shifts = read_shifts(value, u32::from_be_bytes),
            ENGINE_DATA if data.is_some() => return Err(Fault::OptionTwice),
            ENGINE_DATA => data = Some(value.to_vec()),
            ENGINE_NAME if name.is_some() => return Err(Fault::OptionTwice),
            ENGINE_NAME if value.len() > NAME_LEN => return Err(Fault::OptionSize),
            ENGINE_NAME => name = Some(until_zero(value).to_vec()),
            _ => unknown |= kind & MAY_SKIP == 0,
        }
    }
    record.engine = match (name, data) {
        (Some(name), Some(data)) if !name.is_empty() => Some(Engine { name, data }),
        (None, None) => None,
        _ => return Err(Fault::Engine),
    };
    if unknown { Err(Fault::OptionUnknown) } else { Ok(()) }
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Appends a record. False, and nothing is appended: it is not to be said (addresses of two families, an engine's part that is
/// too long).
pub fn write(record: &Record, to: &mut Vec<u8>) -> bool {
    let ends = [record.client, record.virt, record.real];
    let is_v6 = record.client.addr.is_ipv6();
    if ends.iter().any(|end| end.addr.is_ipv6() != is_v6) {
        return false;
    }
    let mut options = Vec::new();
    if let Some(shifts) = record.shifts.as_ref().filter(|_| record.is_shifted()) {
        options.extend([SEQUENCE, SHIFTS_LEN as u8]);
        write_shifts(shifts, u32::to_be_bytes, &mut options);
    }
    if let Some(Engine { name, data }) = &record.engine {
        let (Ok(data_len), Ok(name_len)) = (u8::try_from(data.len()), u8::try_from(name.len())) else {
            return false;
        };
        if data_len == 0 || name_len == 0 || name.len() > NAME_LEN {
            return false;
        }
        options.extend([ENGINE_DATA, data_len]);
        options.extend(data);
        options.extend([ENGINE_NAME, name_len]);
        options.extend(name);
    }
    // At most 72 + 26 + 257 + 18 bytes.
    let Ok(len) = u16::try_from(if is_v6 { V6_LEN } else { V4_LEN } + options.len()) else { return false };
    to.extend([u8::from(is_v6), record.protocol]);
    to.extend(len.to_be_bytes());
    to.extend(u32::from(record.flags).to_be_bytes());
    to.extend(record.state.to_be_bytes());
    ends.iter().for_each(|end| to.extend(end.port.to_be_bytes()));
    to.extend(record.fwmark.to_be_bytes());
    to.extend(record.timeout_seconds.unwrap_or(0).to_be_bytes());
    for end in ends {
        match end.addr {
            IpAddr::V4(addr) => to.extend(addr.octets()),
            IpAddr::V6(addr) => to.extend(addr.octets()),
        }
    }
    to.extend(options);
    true
}
