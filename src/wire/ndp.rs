//! Neighbour discovery (RFC 4861), as far as the owner of an IPv6 VIP needs it: solicitations in, advertisements out.

use super::checksum::Sum;
use super::ip::{self, IpHead};
use super::{Malformed, ethernet, icmp};
use crate::lvs::Mac;
use std::net::{IpAddr, Ipv6Addr};

/// Length of the frame of an advertisement: Ethernet, IPv6, 24 bytes, target link-layer option.
pub const FRAME_LEN: usize = ethernet::LEN + 40 + ADVERT_LEN;
const ADVERT_LEN: usize = 32;
/// All nodes on the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

const ALL_NODES_MAC: Mac = Mac([0x33, 0x33, 0, 0, 0, 1]);
const ROUTER: u8 = 0x80;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;

/// Whose address is asked for. `message` is what follows the IP header.
///
/// # Errors
/// [`Malformed::Icmp`]: cut, a hop limit below 255 (it came from another link, RFC 4861 §7.1.1), a wrong checksum, a code
/// or a multicast target.
pub fn read_solicitation(head: &IpHead, message: &[u8]) -> Result<Ipv6Addr, Malformed> {
    let target: [u8; 16] =
        message.get(8..24).and_then(|bytes| bytes.try_into().ok()).ok_or(Malformed::Icmp)?;
    let target = Ipv6Addr::from(target);
    let has_code = message.get(1) != Some(&0);
    if head.ttl != 255 || has_code || target.is_multicast() || !icmp::checksum_is_right(head, message) {
        return Err(Malformed::Icmp);
    }
    Ok(target)
}

/// The frame that answers a solicitation for `target` from `asker` (RFC 4861 §7.2.4): solicited, overriding; an asker without an
/// address (duplicate address detection) is answered through all nodes. `is_router`: the host forwards IPv6, and says so.
pub fn reply(
    target: Ipv6Addr,
    mac: Mac,
    is_router: bool,
    asker: Ipv6Addr,
    asker_mac: Mac,
) -> [u8; FRAME_LEN] {
    if asker.is_unspecified() {
        announcement(target, mac, is_router)
    } else {
        build(target, mac, asker, asker_mac, router_flag(is_router) | SOLICITED | OVERRIDE)
    }
}

/// The frame that tells everybody on the link that `vip` is at `mac` (RFC 4861 §7.2.6), a host that may be a router.
pub fn announcement(vip: Ipv6Addr, mac: Mac, is_router: bool) -> [u8; FRAME_LEN] {
    build(vip, mac, ALL_NODES, ALL_NODES_MAC, router_flag(is_router) | OVERRIDE)
}

const fn router_flag(is_router: bool) -> u8 {
    if is_router { ROUTER } else { 0 }
}

fn build(target: Ipv6Addr, mac: Mac, to: Ipv6Addr, to_mac: Mac, flags: u8) -> [u8; FRAME_LEN] {
    let mut advert = [0; ADVERT_LEN];
    advert[0] = 136;
    advert[4] = flags;
    advert[8..24].copy_from_slice(&target.octets());
    advert[24..26].copy_from_slice(&[2, 1]);
    advert[26..].copy_from_slice(&mac.0);
    let pseudo = Sum::default().pseudo_header(IpAddr::V6(target), IpAddr::V6(to), ip::ICMPV6, ADVERT_LEN);
    let checksum = pseudo.bytes(&advert).finish().to_be_bytes();
    advert[2..4].copy_from_slice(&checksum);

    let mut frame = [0; FRAME_LEN];
    let (head, rest) = frame.split_at_mut(ethernet::LEN);
    let (header, message) = rest.split_at_mut(40);
    head.copy_from_slice(&ethernet::header(to_mac, mac, ethernet::Kind::Ipv6));
    header.copy_from_slice(&ip::new_v6(0, 32, ip::ICMPV6, 255, target, to));
    message.copy_from_slice(&advert);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_well_formed() {
        let vip: Ipv6Addr = "fd00:9::100".parse().unwrap();
        let asker: Ipv6Addr = "fd00:9::1".parse().unwrap();
        for (frame, to) in [
            (reply(vip, Mac([2; 6]), false, asker, Mac([4; 6])), asker),
            (announcement(vip, Mac([2; 6]), false), ALL_NODES),
        ] {
            let head = ip::read_v6(&frame[14..]).unwrap();
            assert_eq!((head.source, head.destination), (vip.into(), to.into()));
            assert_eq!(head.ttl, 255);
            assert!(icmp::checksum_is_right(&head, &frame[54..]));
        }
    }

    #[test]
    fn solicitations_from_other_links_are_refused() {
        let vip: Ipv6Addr = "fd00:9::100".parse().unwrap();
        let mut message = [0; 32];
        message[0] = 135;
        message[8..24].copy_from_slice(&vip.octets());
        let asker = "fd00:9::1".parse().unwrap();
        let header = ip::new_v6(0, 32, 58, 255, asker, vip);
        let mut packet = header.to_vec();
        packet.extend_from_slice(&message);
        let head = ip::read_v6(&packet).unwrap();
        let sum =
            Sum::default().pseudo_header(head.source, head.destination, 58, 32).bytes(&message).finish();
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(read_solicitation(&head, &message), Ok(vip));
        assert_eq!(read_solicitation(&IpHead { ttl: 254, ..head }, &message), Err(Malformed::Icmp));
        assert_eq!(read_solicitation(&head, &message[..20]), Err(Malformed::Icmp));
        message[30] ^= 1;
        assert_eq!(read_solicitation(&head, &message), Err(Malformed::Icmp));
    }
}
