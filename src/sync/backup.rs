//! The backup's thread: hears masters, and asks those of ulvs for what it misses.

use super::Place;
use super::daemon::{Counts, Wish};
use super::follower::{Followed, Followers};
use super::incoming::{self, Listening};
use super::seal::Seal;
use super::word::Word;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::net::{IpAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// How often it looks whether it is to end, and what it misses.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Datagrams that one socket is read for before the next one's turn.
const SWEEP: usize = 256;
/// Bytes of a datagram at most.
const LONGEST: usize = 65_535;

pub(super) struct Backup {
    pub sockets: Vec<UdpSocket>,
    /// By which masters of ulvs are spoken to; `None`: nobody is.
    pub words: Option<UdpSocket>,
    pub random: u64,
    pub live: Arc<Mutex<Wish>>,
    pub ends: Arc<AtomicBool>,
    pub place: Arc<dyn Place>,
    pub counts: Arc<Counts>,
}

impl Backup {
    pub fn run(self) {
        let mut buffer = vec![0; LONGEST];
        let mut followers = Followers::new(self.random);
        while !self.ends.load(Relaxed) {
            let mut fds: Vec<_> =
                self.sockets.iter().map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
            let is_ready = poll(&mut fds, Some(&LOOK)).is_ok_and(|ready| ready > 0);
            let wish = self.live.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let listening = wish.listening();
            for socket in self.sockets.iter().filter(|_| is_ready) {
                for _ in 0..SWEEP {
                    let Ok((len, from)) = socket.recv_from(&mut buffer) else { break };
                    let datagram = buffer.get(..len).unwrap_or_default();
                    self.hear(datagram, from.ip(), &listening, &mut followers);
                }
            }
            self.speak(&wish, &listening, &mut followers);
        }
        self.counts.talk.masters.store(0, Relaxed);
        self.counts.talk.whole.store(0, Relaxed);
    }

    fn hear(&self, datagram: &[u8], from: IpAddr, listening: &Listening, followers: &mut Followers) {
        let take = |from: IpAddr, datagram: &[u8]| {
            incoming::take(datagram, Some(from), listening, &*self.place, &self.counts.received);
        };
        let now = self.place.now();
        let mut followed = Followed::default();
        if self.words.is_none() {
            return take(from, datagram);
        }
        if Word::is_one(datagram) {
            match incoming::judge_word(datagram, from, listening) {
                Ok(word) => followers.hello(from, &word, now, &mut followed),
                Err(fault) => self.counts.received.faults.count(fault),
            }
        } else {
            let seal =
                Seal::of(datagram).filter(|_| incoming::judge(datagram, Some(from), listening).is_ok());
            match seal {
                Some(seal) => {
                    followers
                        .sealed(from, seal, datagram, now, &mut followed, |datagram| take(from, datagram));
                }
                None => take(from, datagram),
            }
        }
        self.count(followed);
    }

    /// Says what is to be said to masters.
    fn speak(&self, wish: &Wish, listening: &Listening, followers: &mut Followers) {
        let Some(mouth) = &self.words else { return };
        let mut followed = Followed::default();
        followers.pass_time(
            self.place.now(),
            &mut followed,
            // What does not go out now is said again.
            |word| drop(mouth.send(&word.write(wish.daemon.sync_id))),
            |from, datagram| {
                incoming::take(datagram, Some(from), listening, &*self.place, &self.counts.received);
            },
        );
        self.count(followed);
        let (masters, whole) = followers.count();
        self.counts.talk.masters.store(masters as u64, Relaxed);
        self.counts.talk.whole.store(whole as u64, Relaxed);
    }

    fn count(&self, followed: Followed) {
        let Followed { lost, asked, twice, whole } = followed;
        let talk = &self.counts.talk;
        for (count, more) in
            [(&talk.lost, lost), (&talk.asked, asked), (&talk.twice, twice), (&talk.heard_all, whole)]
        {
            count.fetch_add(more, Relaxed);
        }
    }
}
