//! What two directors of ulvs say to one another: a master and a backup with a wire between them that loses what it is told to.

use super::fault::Fault;
use super::follower::{Followed, Followers};
use super::message::{Draft, Message, Version};
use super::record::{Engine, Record};
use super::seal::{self, Seal};
use super::speaker::{KEPT, Speaker};
use super::word::Word;
use crate::lvs::Endpoint;
use crate::time::Tick;
use std::net::{IpAddr, SocketAddr};

const MASTER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 2));
const BACKUP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 3));
const SESSION: u64 = 0x0102_0304_0506_0708;

fn end(text: &str) -> Endpoint {
    let both: SocketAddr = text.parse().unwrap();
    Endpoint::new(both.ip(), both.port())
}

fn record(cport: u16) -> Record {
    Record {
        protocol: 6,
        flags: 0x83,
        state: 1,
        client: Endpoint { port: cport, ..end("10.1.0.7:1") },
        virt: end("10.9.0.100:80"),
        real: end("10.9.0.11:80"),
        fwmark: 0,
        timeout_seconds: Some(900),
        shifts: None,
        engine: None,
    }
}

fn message(records: &[Record]) -> Vec<u8> {
    let mut draft = Draft::new(Version::V1, 7, 1400);
    records.iter().for_each(|record| draft.push(record).unwrap());
    draft.take().unwrap().to_vec()
}

fn records(datagram: &[u8]) -> Vec<Record> {
    Message::read(datagram).unwrap().records().map(Result::unwrap).collect()
}

/// Records mean the same with a seal, whatever else the first one carries, and kernels find what they expect.
#[test]
fn a_seal_is_an_option_that_may_be_skipped() {
    let engine = Engine { name: b"sip".to_vec(), data: b"one@pc33".to_vec() };
    let call = Record { flags: 0x1100, state: 0, engine: Some(engine), ..record(0) };
    let six = Record {
        client: end("[2001:db8::7]:9"),
        virt: end("[fd00:9::100]:80"),
        real: end("[fd00:9::11]:80"),
        ..record(0)
    };
    for said in [vec![record(1)], vec![record(1), record(2)], vec![call, record(2)], vec![six, record(2)]] {
        let plain = message(&said);
        assert_eq!(Seal::of(&plain), None);
        let seal = Seal { session: SESSION, number: 9 };
        let sealed = seal.put(&plain).unwrap();
        assert_eq!(sealed.len(), plain.len() + seal::LEN);
        assert_eq!((Seal::of(&sealed), records(&sealed)), (Some(seal), said));
    }
    let sealed = Seal { session: SESSION, number: 9 }.put(&message(&[record(1)])).unwrap();
    assert_eq!(sealed[..12], [0, 7, 0, 64, 1, 1, 0, 0, 0, 6, 0, 56], "the sizes of message and record");
    assert_eq!(sealed[44..], [0x60, 18, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0]);
    for len in 0..sealed.len() {
        assert_eq!(Seal::of(&sealed[..len]), None, "cut at {len}");
    }
    assert_eq!(
        Seal { session: SESSION, number: 0 }.put(&message(&[record(1)])).map(|m| Seal::of(&m)),
        Some(None)
    );
}

#[test]
fn words_there_and_back() {
    let hello = Word::Hello { session: SESSION, next: 9, oldest: 2, served: vec![3, 4] };
    let here = Word::Here { session: SESSION, expected: 9, own: 5, wants_all: true };
    let again = Word::Again { session: SESSION, from: 2, to: 4 };
    for word in [&hello, &here, &again] {
        let bytes = word.write(7);
        assert!(Word::is_one(&bytes));
        assert_eq!(Word::read(&bytes), Ok((7, word.clone())));
        assert_eq!(Message::read(&bytes), Err(Fault::Foreign), "to others no message");
        for len in 0..bytes.len() {
            assert!(matches!(Word::read(&bytes[..len]), Err(Fault::Size | Fault::Short)), "cut at {len}");
        }
        let mut cut = bytes[..bytes.len() - 1].to_vec();
        cut[3] -= 1;
        assert_eq!(Word::read(&cut), Err(Fault::Short));
        let mut unknown = bytes.clone();
        unknown[8] = 9;
        assert_eq!(Word::read(&unknown), Err(Fault::Foreign));
    }
    let bytes = again.write(7);
    assert_eq!(bytes[..12], [0, 7, 0, 36, 0, 2, 0, 0, 3, 0, 0, 0], "a kernel sees version 0, and no records");
}

/// Both sides, and what goes wrong between them.
struct Scene {
    speaker: Speaker,
    followers: Followers,
    now: Tick,
    /// Client ports of the records that were taken, in order.
    taken: Vec<u16>,
    followed: Followed,
    repeated: u64,
}

impl Scene {
    fn new() -> Self {
        Self {
            speaker: Speaker::new(SESSION),
            followers: Followers::new(100),
            now: Tick(1000),
            taken: Vec::new(),
            followed: Followed::default(),
            repeated: 0,
        }
    }

    /// The master tells of a connection; the wire loses it, or not.
    fn tell(&mut self, cport: u16, is_lost: bool) {
        let sealed = self.speaker.seal(&message(&[record(cport)]));
        if !is_lost {
            self.arrives(&sealed);
        }
    }

    fn arrives(&mut self, datagram: &[u8]) {
        let (seal, taken) = (Seal::of(datagram).unwrap(), &mut self.taken);
        self.followers.sealed(MASTER, seal, datagram, self.now, &mut self.followed, |datagram| {
            taken.extend(records(datagram).iter().map(|record| record.client.port));
        });
    }

    /// Some tenths of a second; `loses`: what is sent again is lost, too.
    fn live(&mut self, ticks: u32, loses: bool) {
        for _ in 0..ticks {
            self.now = Tick(self.now.0 + 1);
            let (mut words, taken) = (Vec::new(), &mut self.taken);
            self.followers.pass_time(
                self.now,
                &mut self.followed,
                |word| words.push(word.clone()),
                |from, datagram| {
                    assert_eq!(from, MASTER);
                    taken.extend(records(datagram).iter().map(|record| record.client.port));
                },
            );
            let mut again = Vec::new();
            for word in &words {
                self.repeated +=
                    self.speaker.hear(BACKUP, word, self.now, |message| again.push(message.to_vec()));
            }
            for message in again.iter().filter(|_| !loses) {
                self.arrives(message);
            }
            let at_once = self.speaker.begins_transfer();
            if at_once {
                // A table with one connection.
                self.tell(9999, false);
                self.speaker.end_transfer();
            }
            if let Some(hello) = self.speaker.hello(self.now, at_once) {
                self.followers.hello(MASTER, &hello, self.now, &mut self.followed);
            }
        }
    }
}

#[test]
fn whoever_joins_is_told_everything_once() {
    let mut scene = Scene::new();
    scene.tell(1, true);
    scene.live(30, false);
    assert_eq!((scene.taken.as_slice(), scene.followers.count()), (&[9999][..], (1, 1)));
    assert_eq!(scene.followed, Followed { whole: 1, ..Followed::default() }, "what was before is not missed");
    assert_eq!((scene.speaker.backups(), scene.speaker.behind()), (1, 0));
    // The master begins anew: another session, told everything again.
    scene.speaker = Speaker::new(SESSION + 1);
    scene.live(30, false);
    assert_eq!(
        (scene.taken.as_slice(), scene.followed.whole, scene.followed.lost),
        (&[9999, 9999][..], 2, 0)
    );
}

#[test]
fn what_is_lost_is_asked_for_and_comes_in_order() {
    let mut scene = Scene::new();
    scene.live(20, false);
    scene.taken.clear();
    for (cport, is_lost) in [(1, false), (2, true), (3, true), (4, false), (5, false)] {
        scene.tell(cport, is_lost);
    }
    assert_eq!(scene.taken, [1], "4 and 5 wait");
    scene.live(1, false);
    assert_eq!(scene.taken, [1, 2, 3, 4, 5]);
    assert_eq!((scene.repeated, scene.followed.asked, scene.followed.lost), (2, 2, 0));
    // At the end there is nothing behind the gap: the hello shows it.
    scene.tell(6, true);
    scene.live(20, false);
    assert_eq!((scene.taken.last(), scene.followed.lost, scene.followers.count()), (Some(&6), 0, (1, 1)));
    // Twice is once.
    let sealed = Seal { session: SESSION, number: 2 }.put(&message(&[record(7)])).unwrap();
    scene.arrives(&sealed);
    assert_eq!((scene.taken.last(), scene.followed.twice), (Some(&6), 1));
}

#[test]
fn a_gap_that_stays_is_given_up_and_everything_asked_for_again() {
    let mut scene = Scene::new();
    scene.live(20, false);
    scene.taken.clear();
    for (cport, is_lost) in [(1, true), (2, false)] {
        scene.tell(cport, is_lost);
    }
    scene.live(10, true);
    assert_eq!((scene.taken.as_slice(), scene.followed.lost), (&[][..], 0), "asked for ten times");
    assert_eq!(scene.followed.asked, 10);
    scene.live(1, true);
    assert_eq!((scene.taken.as_slice(), scene.followed.lost), (&[2, 9999][..], 1), "and the whole table");
    assert_eq!((scene.followed.whole, scene.followers.count()), (2, (1, 1)));
}

#[test]
fn what_the_master_no_longer_has_is_lost_at_once() {
    let mut scene = Scene::new();
    scene.live(20, false);
    scene.taken.clear();
    for _ in 0..=KEPT {
        scene.tell(1, true);
    }
    scene.live(11, false);
    assert_eq!(scene.followed.lost, 1);
    scene.live(60, false);
    assert_eq!(scene.taken.iter().filter(|cport| **cport == 1).count(), KEPT);
    assert_eq!((scene.followed.lost, scene.followers.count()), (1, (1, 1)));
}

/// A forger who runs ahead of the master delays it until its next hello, and no longer.
#[test]
fn a_forged_number_is_got_over() {
    let mut scene = Scene::new();
    scene.live(20, false);
    let forged = Word::Hello { session: SESSION, next: u64::MAX, oldest: u64::MAX, served: Vec::new() };
    scene.followers.hello(MASTER, &forged, scene.now, &mut scene.followed);
    scene.tell(1, false);
    scene.live(30, false);
    scene.taken.clear();
    scene.tell(2, false);
    assert_eq!((scene.taken.as_slice(), scene.followers.count()), (&[2][..], (1, 1)));
}

#[test]
fn who_is_silent_has_gone() {
    let mut scene = Scene::new();
    scene.live(20, false);
    let (mut now, mut words) = (scene.now, 0);
    for _ in 0..60 {
        now = Tick(now.0 + 1);
        scene.followers.pass_time(now, &mut scene.followed, |_| words += 1, |_, _| {});
    }
    assert_eq!((scene.followers.count(), words), ((0, 0), 4));
    assert!(scene.speaker.hello(now, true).is_some());
    assert_eq!(scene.speaker.backups(), 0);
}
