//! The master's thread: tells what is due, and to backups of ulvs that join everything.

use super::Place;
use super::daemon::{Counts, Wish};
use super::incoming;
use super::message::Version;
use super::outgoing::{Outgoing, PATIENCE};
use super::post::Post;
use super::seal;
use super::speaker::Speaker;
use super::word::Word;
use crate::conn::Seat;
use std::collections::VecDeque;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How long it sleeps when nothing is due: the kernel's 20 ms.
const NAP: Duration = Duration::from_millis(20);
/// A message waits so many ticks at most while a backup of ulvs is there: a tenth of a second.
const SHORT_PATIENCE: u32 = 1;
/// Words that are read in one go.
const WORDS: usize = 64;
/// Bytes of a word at most.
const LONGEST: usize = 2048;
/// Steps of a walk through the table in one go: 16384 places.
const STEPS: usize = 64;

pub(super) struct Master {
    pub sockets: Vec<UdpSocket>,
    /// Where backups of ulvs are heard; `None`: nobody is listened to.
    pub words: Option<UdpSocket>,
    pub random: u64,
    pub live: Arc<Mutex<Wish>>,
    pub ends: Arc<AtomicBool>,
    pub place: Arc<dyn Place>,
    pub counts: Arc<Counts>,
}

/// What goes out, with a seal on it where there is one.
struct Mouth<'s> {
    post: Post<'s>,
    speaker: Option<Speaker>,
}

impl Mouth<'_> {
    fn send(&mut self, number: usize, message: &[u8]) -> bool {
        match &mut self.speaker {
            Some(speaker) => {
                let sealed = speaker.seal(message);
                self.post.send(number, &sealed)
            }
            None => self.post.send(number, message),
        }
    }
}

impl Master {
    pub fn run(self) {
        let wish = self.wish();
        let version = if wish.tunables.sync_version == 0 { Version::V0 } else { Version::V1 };
        let speaker = self.words.as_ref().map(|_| Speaker::new(self.random));
        let seal = if speaker.is_some() { seal::LEN } else { 0 };
        let max_len = usize::from(wish.daemon.max_len.unwrap_or(1472)).saturating_sub(seal);
        let mut outgoing = Outgoing::new(version, wish.daemon.sync_id, max_len, self.sockets.len());
        let post = Post { sockets: &self.sockets, waiting: VecDeque::new(), most: 0 };
        let mut mouth = Mouth { post, speaker };
        let mut walk = None;
        while !self.ends.load(Relaxed) {
            let wish = self.wish();
            mouth.post.most = usize::try_from(wish.tunables.sync_qlen_max).unwrap_or(usize::MAX);
            self.listen(&wish, &mut mouth);
            let Counts { sent, backlog, talk, .. } = &*self.counts;
            let persist = wish.tunables.sync_persist_mode.is_on();
            let mut more = outgoing
                .gather(&*self.place, persist, sent, &mut |number, message| mouth.send(number, message));
            if walk.is_none() && mouth.speaker.as_mut().is_some_and(Speaker::begins_transfer) {
                walk = Some(Seat::default());
            }
            let mut is_over = false;
            if let Some(from) = walk {
                walk = self.walk(from, persist, &mut outgoing, &mut mouth);
                is_over = walk.is_none();
                more |= !is_over && mouth.post.waiting.is_empty();
            }
            let has_backups = mouth.speaker.as_ref().is_some_and(|speaker| speaker.backups() > 0);
            let patience = match (is_over, has_backups) {
                (true, _) => 0,
                (_, true) => SHORT_PATIENCE,
                _ => PATIENCE,
            };
            let mut send = |number: usize, message: &[u8]| mouth.send(number, message);
            outgoing.flush(self.place.now(), patience, sent, &mut send);
            if is_over {
                talk.told_all.fetch_add(1, Relaxed);
                mouth.speaker.iter_mut().for_each(Speaker::end_transfer);
            }
            self.greet(&wish, &mut mouth, is_over);
            mouth.post.go_on();
            backlog.store(mouth.post.waiting.len() as u64, Relaxed);
            if !more {
                sleep(NAP);
            }
        }
        // Whoever is told to end says first what it knows.
        let Counts { sent, backlog, talk, .. } = &*self.counts;
        let mut send = |number: usize, message: &[u8]| mouth.send(number, message);
        outgoing.gather(&*self.place, false, sent, &mut send);
        outgoing.flush(self.place.now(), 0, sent, &mut send);
        for gauge in [backlog, &talk.backups, &talk.behind] {
            gauge.store(0, Relaxed);
        }
    }

    /// Hears what backups of ulvs have to say, and sends again what they miss.
    fn listen(&self, wish: &Wish, mouth: &mut Mouth<'_>) {
        let (Some(ear), Some(speaker)) = (&self.words, &mut mouth.speaker) else { return };
        let (now, listening) = (self.place.now(), wish.listening());
        let mut buffer = [0; LONGEST];
        for _ in 0..WORDS {
            let Ok((len, from)) = ear.recv_from(&mut buffer) else { break };
            let datagram = buffer.get(..len).unwrap_or_default();
            // Other masters' records are the backup daemon's to hear.
            if !Word::is_one(datagram) {
                continue;
            }
            let Ok(word) = incoming::judge_word(datagram, from.ip(), &listening) else { continue };
            let repeated = speaker.hear(from.ip(), &word, now, |message| {
                mouth.post.send(0, message);
            });
            self.counts.talk.repeated.fetch_add(repeated, Relaxed);
        }
    }

    /// The next steps through the table; `None`: it is at its end.
    fn walk(
        &self,
        mut from: Seat,
        persist: bool,
        outgoing: &mut Outgoing,
        mouth: &mut Mouth<'_>,
    ) -> Option<Seat> {
        for _ in 0..STEPS {
            // The socket has not yet taken what there is.
            if !mouth.post.waiting.is_empty() {
                break;
            }
            let mut dues = Vec::new();
            let next = self.place.conns().take_all(from, |due| dues.push(due));
            let mut send = |number: usize, message: &[u8]| mouth.send(number, message);
            outgoing.tell(dues.into_iter(), &*self.place, persist, &self.counts.sent, &mut send);
            from = next?;
        }
        Some(from)
    }

    /// Says hello when it is time for it, and shows who is there.
    fn greet(&self, wish: &Wish, mouth: &mut Mouth<'_>, at_once: bool) {
        let Some(speaker) = &mut mouth.speaker else { return };
        if let Some(word) = speaker.hello(self.place.now(), at_once) {
            mouth.post.send(0, &word.write(wish.daemon.sync_id));
        }
        self.place.conns().tell_early(speaker.backups() > 0);
        self.counts.talk.backups.store(speaker.backups() as u64, Relaxed);
        self.counts.talk.behind.store(speaker.behind(), Relaxed);
    }

    fn wish(&self) -> Wish {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
