//! Target `pulse`: one host of a pair before whatever comes by its port, and time.
//!
//! ```text
//! input: NODE KEEPALIVE DEADTIME STEP*
//! step:  0 LEN BYTES   a datagram of the partner's
//!        1 WORD        a word of the partner's: even: active; odd: not
//!        2 FROM WORD   the same, of somebody else's
//!        3 MILLIS MILLIS   time passes
//!        4 IS_THERE    links come and go
//!        5 HEARS       its port does
//!        6 NODE        the end, and a new beginning
//!        7 KEEPALIVE DEADTIME   another pace
//! ```
//!
//! What is refused changes nothing. Addresses are taken and released in turn, and what it says of itself is so. A backup
//! that hears an active primary is inactive then; who is deaf, or without its links, does not become active.

use super::bytes::Bytes;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, Instant};
use ulvs::lvs::PulseNode;
use ulvs::pulse::{Action, Counters, Input, Machine, Pace, Post, Word};

/// Steps that one input may hold.
const STEPS: usize = 200;
const PARTNER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 9, 0, 2), 539);

/// Runs it.
///
/// # Panics
/// A host does what it must not.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut rig = Rig::new(&mut bytes);
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        rig.step(&mut bytes);
    }
    rig.hand(Input::Stop);
    assert!(!rig.holds, "addresses are left behind");
}

struct Rig {
    machine: Machine,
    post: Post,
    now: Instant,
    holds: bool,
    has_partner: bool,
    node: PulseNode,
    has_links: bool,
    hears: bool,
}

impl Rig {
    #[allow(
        clippy::disallowed_methods,
        reason = "there is no other way to an Instant; nothing depends on which"
    )]
    fn new(bytes: &mut Bytes<'_>) -> Self {
        let node = bytes.byte();
        let mut rig = Self {
            machine: Machine::new(pace(bytes)),
            post: Post::new(vec![PARTNER]),
            now: Instant::now(),
            holds: false,
            has_partner: true,
            node: PulseNode::Primary,
            has_links: true,
            hears: true,
        };
        rig.start(node);
        rig
    }

    fn start(&mut self, node: u8) {
        self.node = if node & 1 == 0 { PulseNode::Primary } else { PulseNode::Backup };
        self.has_partner = node & 6 != 6;
        let is_forced = node & 8 != 0;
        self.hand(Input::Start { node: self.node, has_partner: self.has_partner, is_forced });
    }

    fn step(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.below(8) {
            0 => {
                let len = usize::from(bytes.byte());
                self.receive(PARTNER.into(), bytes.take(len));
            }
            1 => {
                let word = if bytes.byte() & 1 == 0 { Word::Running } else { Word::Stopped };
                self.receive(PARTNER.into(), &word.to_bytes());
                if word == Word::Running && self.node == PulseNode::Backup && self.has_partner {
                    assert!(!self.holds, "a backup beside an active primary");
                }
            }
            2 => {
                let from = bytes.byte();
                let stranger = match from % 3 {
                    0 => SocketAddr::from(([10, 9, 0, from.max(3)], 539)),
                    1 => SocketAddr::from(([10, 9, 0, 2], 540 + u16::from(from))),
                    _ => SocketAddr::new(Ipv4Addr::new(10, 9, 0, 2).to_ipv6_mapped().into(), 539),
                };
                let word = if bytes.byte() & 1 == 0 { Word::Running } else { Word::Stopped };
                assert!(!self.receive(stranger, &word.to_bytes()), "{stranger} is believed");
            }
            3 => {
                self.now += Duration::from_millis(bytes.word().into());
                self.hand(Input::Timer);
                assert!(self.machine.deadline().is_none_or(|at| at > self.now), "a deadline that is over");
            }
            4 => {
                self.has_links = bytes.byte() & 1 == 0;
                self.hand(Input::Links(self.has_links));
                assert!(self.has_links || !self.holds, "active without its links");
            }
            5 => {
                self.hears = bytes.byte() & 1 == 0;
                self.hand(Input::Hears(self.hears));
            }
            6 => {
                self.hand(Input::Stop);
                self.start(bytes.byte());
            }
            _ => self.machine.set_pace(pace(bytes)),
        }
    }

    /// True: it counted.
    fn receive(&mut self, from: SocketAddr, datagram: &[u8]) -> bool {
        let (before, refused) = (state(&self.post), self.post.counters().refused());
        let counted = self.post.counters().heartbeat_rcvd;
        match self.post.read(from, datagram) {
            Ok(word) => {
                assert_eq!(word.to_bytes(), datagram, "it means something else");
                assert_eq!(self.post.counters().heartbeat_rcvd, counted + 1);
                self.hand(Input::Heard(word));
                true
            }
            Err(fault) => {
                assert_eq!(state(&self.post), before, "{fault}, and yet it left something");
                assert_eq!(self.post.counters().refused(), refused + 1, "{fault} is not counted once");
                false
            }
        }
    }

    fn hand(&mut self, input: Input) {
        let mut changes = 0;
        for action in self.machine.handle(input, self.now) {
            match action {
                Action::Activate(_) => {
                    assert!(!self.holds, "activated twice");
                    assert!(
                        self.has_links && (self.hears || !self.has_partner),
                        "{input:?} while it cannot be"
                    );
                    self.holds = true;
                    changes += 1;
                }
                Action::Deactivate(_) => {
                    assert!(self.holds, "deactivated twice");
                    self.holds = false;
                    changes += 1;
                }
                Action::Beat(word) => {
                    assert!(self.has_partner, "a heartbeat to nobody");
                    assert_eq!(word == Word::Running, self.holds, "it says what is not so");
                }
                Action::Again | Action::Announce => assert!(self.holds, "it announces what is not its own"),
                Action::Rest => assert!(!self.holds, "it begins, and is active already"),
                Action::Tell(_) => {}
            }
        }
        assert!(changes <= 2, "{changes} changes at once");
        assert_eq!(self.holds, self.machine.is_active());
    }
}

/// Whole seconds, as a file can have them.
fn pace(bytes: &mut Bytes<'_>) -> Pace {
    let mut seconds = || Duration::from_secs(u64::from(bytes.byte().max(1)));
    Pace { keepalive: seconds(), deadtime: seconds() }
}

/// All of it but the counters.
fn state(post: &Post) -> String {
    let mut post = post.clone();
    *post.counters_mut() = Counters::default();
    format!("{post:?}")
}
