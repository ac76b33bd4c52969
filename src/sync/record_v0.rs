//! A record of version 0 (`ipvs.md` §6.3), as kernels before 2.6.39 send it: IPv4 only, without timeout and firewall mark.
//!
//! ```text
//!  0   1          2      4      6      8     12    16    20     22
//! | 0 | protocol | cport | vport | dport | caddr | vaddr | daddr | flags | state | shifts, in the sender's order of bytes
//! ```

use super::fault::Fault;
use super::record::{Reader, Record, read_shifts, write_shifts};
use crate::lvs::Endpoint;
use std::net::IpAddr;

/// Bytes without and of the shifts.
const LEN: usize = 24;
const SHIFTS_LEN: usize = 24;

/// Reads the record at the front, and the bytes that it takes.
///
/// # Errors
/// [`Fault::RecordCut`].
pub fn read(bytes: &[u8]) -> Result<(Record, usize), Fault> {
    let mut record = read_fixed(Reader(bytes)).ok_or(Fault::RecordCut)?;
    if !record.is_shifted() {
        return Ok((record, LEN));
    }
    let shifts = bytes.get(LEN..LEN + SHIFTS_LEN).ok_or(Fault::RecordCut)?;
    record.shifts = read_shifts(shifts, u32::from_ne_bytes);
    Ok((record, LEN + SHIFTS_LEN))
}

fn read_fixed(mut reader: Reader<'_>) -> Option<Record> {
    let [_, protocol] = reader.array()?;
    let ports = [reader.u16()?, reader.u16()?, reader.u16()?];
    let mut end = |port| Some(Endpoint::new(IpAddr::from(reader.array::<4>()?), port));
    let [cport, vport, rport] = ports;
    let (client, virt, real) = (end(cport)?, end(vport)?, end(rport)?);
    Some(Record {
        protocol,
        flags: reader.u16()?,
        state: reader.u16()?,
        client,
        virt,
        real,
        fwmark: 0,
        timeout_seconds: None,
        shifts: None,
        engine: None,
    })
}

/// Appends a record. False, and nothing is appended: this version cannot say it (IPv6, a persistence engine's template).
pub fn write(record: &Record, to: &mut Vec<u8>) -> bool {
    let ends = [record.client, record.virt, record.real];
    let addresses = ends.map(|end| match end.addr {
        IpAddr::V4(addr) => Some(addr.octets()),
        IpAddr::V6(_) => None,
    });
    let [Some(client), Some(virt), Some(real)] = addresses else { return false };
    if record.engine.is_some() || record.is_shifted() && record.shifts.is_none() {
        return false;
    }
    to.extend([0, record.protocol]);
    ends.iter().for_each(|end| to.extend(end.port.to_be_bytes()));
    [client, virt, real].iter().for_each(|octets| to.extend(octets));
    to.extend(record.flags.to_be_bytes());
    to.extend(record.state.to_be_bytes());
    if let Some(shifts) = record.shifts.as_ref().filter(|_| record.is_shifted()) {
        write_shifts(shifts, u32::to_ne_bytes, to);
    }
    true
}
