//! Target `vrrp`: a virtual router before whatever comes by the link, and time.
//!
//! ```text
//! input: KIND FLAGS PRIORITY STEP*
//! step:  0 LEN BYTES        a packet
//!        1 LEN BYTES        what is behind a sound IP header
//!        2 PRIORITY CHANGE  an advertisement of a peer's; CHANGE odd: AT VALUE, one byte of it is another
//!        3 MILLIS MILLIS    time passes
//!        4 PRIORITY         wellness: 0: ill
//!        5                  the address of the interface is another
//!        6                  the end, and a new beginning
//! ```
//!
//! What is refused changes nothing. What is done does not contradict itself. What is written, a peer reads as it was meant.

use super::bytes::Bytes;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};
use ulvs::lvs::{
    Announces, Family, Notify, Place, Role, VirtualAddress, VrrpAuth, VrrpInstance, VrrpPeer, VrrpPeers,
    VrrpVersion, Words,
};
use ulvs::vrrp::{Action, Counters, Directed, Group, Input, Machine, Outgoing, Packet, Post};

/// Steps that one input may hold.
const STEPS: usize = 200;

/// Runs it.
///
/// # Panics
/// A virtual router does what it must not.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let instance = instance(&mut bytes);
    let mut rig = Rig::new(&instance);
    rig.hand(Input::Start);
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        rig.step(&mut bytes, &instance);
    }
    rig.hand(Input::Stop);
    assert!(!rig.holds, "addresses are left behind");
}

fn instance(bytes: &mut Bytes<'_>) -> VrrpInstance {
    let kind = bytes.below(5);
    let flags = bytes.byte();
    let is = |bit: u8| flags & 1 << bit != 0;
    let family = if kind == 4 { Family::V6 } else { Family::V4 };
    let address = |addr| VirtualAddress { addr, prefix: 24, place: Place::Claimed };
    let (group, addresses) = match family {
        Family::V4 => (IpAddr::from([224, 0, 0, 18]), vec![address(IpAddr::from([10, 9, 0, 100]))]),
        Family::V6 => {
            let vip = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
            (IpAddr::from(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)), vec![address(vip.into())])
        }
    };
    let peers = if is(0) {
        let peer = VrrpPeer { addr: host(family, 1), min_ttl: 0, max_ttl: 255 };
        VrrpPeers::Unicast { peers: vec![peer], ttl: 255, check_source: is(1) }
    } else {
        VrrpPeers::Multicast { group }
    };
    VrrpInstance {
        name: "VI_1".to_owned(),
        family,
        version: if kind < 3 { VrrpVersion::V2 } else { VrrpVersion::V3 },
        vrid: 51,
        interface: "eth0".to_owned(),
        priority: bytes.byte().max(1),
        interval: if kind < 3 { Duration::from_secs(1) } else { Duration::from_millis(100) },
        begins: if is(2) { Role::Master } else { Role::Backup },
        preempts: !is(3),
        preempt_delay: Duration::from_secs(if is(4) { 2 } else { 0 }),
        auth: [VrrpAuth::None, VrrpAuth::Password(*b"1111\0\0\0\0"), VrrpAuth::Header(*b"secret\0\0")]
            .get(kind)
            .copied()
            .unwrap_or_default(),
        addresses,
        unadvertised: Vec::new(),
        routes: Vec::new(),
        source: None,
        peers,
        vmac: None,
        tracks: Vec::new(),
        ignores_interface: false,
        announces: Announces::default(),
        is_calm: is(5),
        answers_higher: is(6),
        patience: 3,
        skips_addresses: is(7),
        notify: Notify::default(),
        mails: false,
        words: Words::Keepalived,
    }
}

fn host(family: Family, number: u8) -> IpAddr {
    match family {
        Family::V4 => Ipv4Addr::new(10, 9, 0, number).into(),
        Family::V6 => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(number)).into(),
    }
}

struct Rig {
    family: Family,
    group: Group,
    post: Post,
    /// Who sends to it.
    peer: Post,
    /// Who listens to it, and has heard nothing else.
    listener: Post,
    now: Instant,
    holds: bool,
    role: Option<Role>,
}

impl Rig {
    fn new(instance: &VrrpInstance) -> Self {
        let family = instance.family;
        let mut peer = instance.clone();
        if let VrrpPeers::Unicast { peers, .. } = &mut peer.peers {
            peers[0].addr = host(family, 2);
        }
        let other = |number| Post::new(&peer, host(family, number));
        Self {
            family,
            group: Group::new(vec![Machine::new(instance, host(family, 2))]),
            post: Post::new(instance, host(family, 2)),
            peer: other(1),
            listener: other(3),
            now: Instant::now(),
            holds: false,
            role: None,
        }
    }

    fn step(&mut self, bytes: &mut Bytes<'_>, instance: &VrrpInstance) {
        match bytes.below(7) {
            0 => {
                let len = usize::from(bytes.byte());
                self.receive(bytes.take(len));
            }
            1 => {
                let len = usize::from(bytes.byte());
                let rest = bytes.take(len);
                let packet = behind_header(&self.peer.write(1)[0], rest);
                self.receive(&packet);
            }
            2 => {
                let mut sent = self.peer.write(bytes.byte()).remove(0);
                if bytes.byte() & 1 == 1 {
                    let at = bytes.below(sent.packet.len());
                    sent.packet[at] = bytes.byte();
                }
                self.receive(&sent.packet);
            }
            3 => {
                self.now += Duration::from_millis(bytes.word().into());
                self.hand(Input::Timer);
                assert!(self.group.deadline().is_none_or(|at| at > self.now), "a deadline that is over");
            }
            4 => {
                let priority = bytes.byte();
                self.hand(Input::Wellness { is_well: priority > 0, priority });
            }
            5 => self.hand(Input::Source(host(self.family, 2))),
            _ => {
                self.hand(Input::Stop);
                self.group = Group::new(vec![Machine::new(instance, host(self.family, 2))]);
                self.hand(Input::Start);
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let packet = match self.family {
            Family::V4 => Packet::of_v4(bytes),
            Family::V6 => {
                let hops = bytes.get(7).copied().unwrap_or_default();
                let to = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12).into();
                Ok(Packet::of_v6(host(self.family, 1), to, hops, bytes.get(40..).unwrap_or_default()))
            }
        };
        let Ok(packet) = packet else { return };
        let (before, refused) = (state(&self.post), self.post.counters().refused());
        match self.post.read(&packet) {
            Ok(heard) => {
                let (priority, interval) = (heard.advert.priority, heard.advert.interval);
                assert!(!interval.is_zero(), "an interval of nothing");
                assert_eq!(packet.vrid(), Some(51), "of another virtual router");
                self.hand(Input::Heard { from: heard.from, priority, interval });
            }
            Err(fault) => {
                assert_eq!(state(&self.post), before, "{fault}, and yet it left something");
                assert_eq!(self.post.counters().refused(), refused + 1, "{fault} is not counted once");
            }
        }
    }

    fn hand(&mut self, input: Input) {
        let before = self.holds;
        for directed in self.group.handle(None, input, self.now) {
            let Directed::Member(0, action) = directed else { panic!("{directed:?} of one alone") };
            match action {
                Action::Take => {
                    assert!(!before && !self.holds, "taken twice, or taken and released at once");
                    self.holds = true;
                }
                Action::Release => {
                    assert!(before && self.holds, "released twice, or released and taken at once");
                    self.holds = false;
                }
                Action::Advertise { priority } => {
                    assert!(self.holds, "it is not master, and says so");
                    self.send(priority);
                }
                Action::Became { from, to, .. } => {
                    assert!(from == self.role && from != to, "{from:?} to {to:?}");
                    self.role = to;
                }
                Action::Announce(_) => assert!(self.holds, "announces what is not its own"),
                Action::Notify(_) | Action::Tell(_) => {}
            }
        }
        assert_eq!(self.group.role(), self.role);
        assert_eq!(self.holds, self.role == Some(Role::Master));
    }

    fn send(&mut self, priority: u8) {
        for sent in self.post.write(priority) {
            let packet = match self.family {
                Family::V4 => Packet::of_v4(&sent.packet),
                Family::V6 => Ok(Packet::of_v6(host(self.family, 2), sent.to, sent.hops, sent.message())),
            };
            let heard = packet.and_then(|packet| self.listener.read(&packet));
            let heard = heard.expect("a peer does not believe it");
            assert_eq!((heard.advert.priority, heard.remark), (priority, None));
        }
    }
}

/// All of it but the counters.
fn state(post: &Post) -> String {
    let mut post = post.clone();
    *post.counters_mut() = Counters::default();
    format!("{post:?}")
}

/// A packet with the header of another, and its length and checksum right.
fn behind_header(like: &Outgoing, rest: &[u8]) -> Vec<u8> {
    let mut packet = like.packet[..like.ip_len].to_vec();
    packet.extend_from_slice(rest);
    if like.ip_len == 20 {
        let len = u16::try_from(packet.len()).unwrap_or(u16::MAX).to_be_bytes();
        packet[2..4].copy_from_slice(&len);
        packet[10..12].fill(0);
        let sum: u32 = packet[..20].chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
        let folded = (sum & 0xffff) + (sum >> 16);
        let folded = (folded & 0xffff) + (folded >> 16);
        packet[10..12].copy_from_slice(&(!folded as u16).to_be_bytes());
    }
    packet
}
