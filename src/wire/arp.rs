//! ARP for IPv4 over Ethernet (RFC 826), as far as the owner of a VIP needs it.

use super::{Malformed, ethernet};
use crate::lvs::Mac;
use etherparse::{ArpOperation, ArpPacketSlice};
use pnet::packet::arp::{ArpHardwareTypes, ArpOperations, MutableArpPacket};
use pnet::packet::ethernet::EtherTypes;
use std::net::Ipv4Addr;

/// Length of an ARP packet for IPv4 over Ethernet.
pub const LEN: usize = 28;
/// Length of a frame that carries one.
pub const FRAME_LEN: usize = ethernet::LEN + LEN;

/// An ARP packet's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arp {
    /// Request (1) or reply (2).
    pub is_request: bool,
    /// Who speaks.
    pub sender_mac: Mac,
    /// The speaker's address; 0.0.0.0 in a probe.
    pub sender: Ipv4Addr,
    /// Whose MAC is asked for.
    pub target: Ipv4Addr,
}

/// Reads an ARP packet (without its Ethernet header).
///
/// # Errors
/// [`Malformed::Arp`] if it is cut, not for IPv4 over Ethernet, or neither request nor reply.
pub fn read(packet: &[u8]) -> Result<Arp, Malformed> {
    let arp = ArpPacketSlice::from_slice(packet).map_err(|_| Malformed::Arp)?;
    let is_request = match arp.operation() {
        ArpOperation::REQUEST => true,
        ArpOperation::REPLY => false,
        _ => return Err(Malformed::Arp),
    };
    let mac = |bytes: &[u8]| bytes.try_into().map(Mac).map_err(|_| Malformed::Arp);
    let addr = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map(Ipv4Addr::from).map_err(|_| Malformed::Arp);
    Ok(Arp {
        is_request,
        sender_mac: mac(arp.sender_hw_addr())?,
        sender: addr(arp.sender_protocol_addr())?,
        target: addr(arp.target_protocol_addr())?,
    })
}

/// The frame that answers `question`: "`question.target` is at `mac`".
pub fn reply(question: &Arp, mac: Mac) -> [u8; FRAME_LEN] {
    build(question.sender_mac, mac, question.target, question.sender_mac, question.sender, false)
}

/// The frame that tells everybody that `vip` is at `mac`: a gratuitous request (RFC 5227 §3).
pub fn announcement(vip: Ipv4Addr, mac: Mac) -> [u8; FRAME_LEN] {
    build(Mac::BROADCAST, mac, vip, Mac::ZERO, vip, true)
}

fn build(
    to: Mac,
    sender_mac: Mac,
    sender: Ipv4Addr,
    target_mac: Mac,
    target: Ipv4Addr,
    is_request: bool,
) -> [u8; FRAME_LEN] {
    let mut frame = [0; FRAME_LEN];
    let (head, packet) = frame.split_at_mut(ethernet::LEN);
    head.copy_from_slice(&ethernet::header(to, sender_mac, ethernet::Kind::Arp));
    if let Some(mut arp) = MutableArpPacket::new(packet) {
        arp.set_hardware_type(ArpHardwareTypes::Ethernet);
        arp.set_protocol_type(EtherTypes::Ipv4);
        arp.set_hw_addr_len(6);
        arp.set_proto_addr_len(4);
        arp.set_operation(if is_request { ArpOperations::Request } else { ArpOperations::Reply });
        arp.set_sender_hw_addr(sender_mac.0.into());
        arp.set_sender_proto_addr(sender);
        arp.set_target_hw_addr(target_mac.0.into());
        arp.set_target_proto_addr(target);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_answers_the_question() {
        let asker = Mac([2, 0, 0, 0, 0, 1]);
        let vip = Ipv4Addr::new(10, 9, 0, 100);
        let question =
            Arp { is_request: true, sender_mac: asker, sender: Ipv4Addr::new(10, 9, 0, 1), target: vip };
        let mine = Mac([2, 0, 0, 0, 0, 0xfe]);
        let frame = reply(&question, mine);
        assert_eq!(ethernet::read(&frame).unwrap().destination, asker);
        let answer = read(&frame[ethernet::LEN..]).unwrap();
        assert_eq!(answer, Arp { is_request: false, sender_mac: mine, sender: vip, target: question.sender });
    }

    #[test]
    fn cut_at_every_byte() {
        let frame = announcement(Ipv4Addr::new(10, 0, 0, 1), Mac([2; 6]));
        for len in 0..LEN {
            assert_eq!(read(&frame[ethernet::LEN..ethernet::LEN + len]), Err(Malformed::Arp));
        }
        assert!(read(&frame[ethernet::LEN..]).unwrap().is_request);
    }
}
