//! Adverts made by hand, as somebody on the LAN may send them.

use super::duo::{CLIENT, Duo};
use anyhow::{Result, ensure};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::OwnedFd;
use testnet::checksum;
use testnet::sys;

/// Who sends them: the client.
pub const FROM: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 9);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
const ETHERNET: [u8; 14] = [1, 0, 0x5e, 0, 0, 18, 2, 0, 0, 0, 0x77, 9, 8, 0];

/// The client's card.
pub struct Wire(OwnedFd);

impl Wire {
    pub fn open(duo: &Duo) -> Result<Self> {
        Ok(Self(duo.lab.host(CLIENT)?.run(|| sys::packet_socket("eth0"))??))
    }

    /// Sends an IPv4 packet to the group.
    pub fn put(&self, packet: &[u8]) -> Result<()> {
        let frame = [&ETHERNET[..], packet].concat();
        ensure!(crate::accounting::put(&self.0, &frame)? == 1, "the card takes nothing");
        Ok(())
    }
}

/// A packet with this behind its header.
pub fn packet(protocol: u8, ttl: u8, message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(20 + message.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut packet = vec![0x45, 0xc0, len[0], len[1], 0, 7, 0, 0, ttl, protocol, 0, 0];
    packet.extend(FROM.octets());
    packet.extend(GROUP.octets());
    let sum = fold(checksum::sum(&packet));
    packet[10..12].copy_from_slice(&sum);
    packet.extend(message);
    packet
}

fn fold(sum: u32) -> [u8; 2] {
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    (!(sum as u16)).to_be_bytes()
}

/// The message's checksum made right; in version 3 it is over a pseudo-header, too.
pub fn sealed(mut message: Vec<u8>) -> Vec<u8> {
    message[6..8].fill(0);
    let pseudo = match message[0] >> 4 {
        3 => checksum::pseudo(FROM.into(), GROUP.into(), 112, message.len()),
        _ => 0,
    };
    let sum = fold(checksum::sum(&message) + pseudo);
    message[6..8].copy_from_slice(&sum);
    message
}

/// A message without its checksum. `fifth`: the two bytes behind the count.
pub fn message(version: u8, vrid: u8, priority: u8, fifth: [u8; 2], addresses: &[IpAddr]) -> Vec<u8> {
    let count = u8::try_from(addresses.len()).unwrap_or(u8::MAX);
    let mut message = vec![version << 4 | 1, vrid, priority, count, fifth[0], fifth[1], 0, 0];
    for addr in addresses {
        if let IpAddr::V4(addr) = addr {
            message.extend(addr.octets());
        }
    }
    message
}

/// A whole advert of version 3; `interval` in hundredths of a second.
pub fn advert_v3(vrid: u8, priority: u8, addresses: &[IpAddr], interval: u16) -> Vec<u8> {
    packet(112, 255, &sealed(message(3, vrid, priority, interval.to_be_bytes(), addresses)))
}

/// A message of version 2, with a password's eight bytes behind it.
pub fn message_v2(
    vrid: u8,
    priority: u8,
    (kind, password): (u8, &[u8; 8]),
    seconds: u8,
    addresses: &[IpAddr],
) -> Vec<u8> {
    let mut message = message(2, vrid, priority, [kind, seconds], addresses);
    message.extend(password);
    sealed(message)
}
