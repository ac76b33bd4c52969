//! A master's side of a session: messages are numbered and kept, and backups of ulvs are listened to. Pure.

use super::seal::Seal;
use super::word::{MOST_SERVED, Word};
use crate::time::Tick;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// Messages that can be sent again at most, and their bytes.
pub const KEPT: usize = 4096;
const KEPT_BYTES: usize = 8 << 20;
/// Messages that one word makes go out again at most.
const MOST_AGAIN: u64 = 256;
/// Between two hellos.
const PAUSE: u32 = Tick::PER_SECOND;
/// A backup that says nothing for so long has gone.
const PATIENCE: u32 = 5 * Tick::PER_SECOND;
/// Backups that are remembered at most.
const MOST_BACKUPS: usize = 64;

/// A session.
#[derive(Debug)]
pub struct Speaker {
    session: u64,
    next: u64,
    kept: VecDeque<Vec<u8>>,
    kept_bytes: usize,
    backups: BTreeMap<IpAddr, Backup>,
    /// Who wants to be told everything.
    waiting: Vec<u64>,
    /// Who is being told.
    serving: Vec<u64>,
    /// Who has been told, the last ones.
    served: VecDeque<u64>,
    said: Option<Tick>,
}

#[derive(Debug)]
struct Backup {
    expected: u64,
    heard: Tick,
}

impl Speaker {
    /// `session`: a random number.
    pub const fn new(session: u64) -> Self {
        Self {
            session,
            next: 1,
            kept: VecDeque::new(),
            kept_bytes: 0,
            backups: BTreeMap::new(),
            waiting: Vec::new(),
            serving: Vec::new(),
            served: VecDeque::new(),
            said: None,
        }
    }

    /// The next message, with its seal. What has no room for one goes as it is.
    pub fn seal(&mut self, message: &[u8]) -> Vec<u8> {
        let seal = Seal { session: self.session, number: self.next };
        let Some(sealed) = seal.put(message) else { return message.to_vec() };
        self.next += 1;
        self.kept_bytes += sealed.len();
        self.kept.push_back(sealed.clone());
        while self.kept.len() > KEPT || self.kept_bytes > KEPT_BYTES {
            let Some(gone) = self.kept.pop_front() else { break };
            self.kept_bytes -= gone.len();
        }
        sealed
    }

    fn oldest(&self) -> u64 {
        self.next - self.kept.len() as u64
    }

    /// A word of a backup; `again` gets the messages that it misses. How many these were.
    pub fn hear(&mut self, from: IpAddr, word: &Word, now: Tick, mut again: impl FnMut(&[u8])) -> u64 {
        match *word {
            Word::Here { session, expected, own, wants_all } => {
                if !self.backups.contains_key(&from) && self.backups.len() >= MOST_BACKUPS {
                    return 0;
                }
                // Of another session it has nothing of this one.
                let expected = if session == self.session { expected.min(self.next) } else { 1 };
                self.backups.insert(from, Backup { expected, heard: now });
                let is_known =
                    self.waiting.contains(&own) || self.serving.contains(&own) || self.served.contains(&own);
                if wants_all && session == self.session && !is_known && self.waiting.len() < MOST_SERVED {
                    self.waiting.push(own);
                }
                0
            }
            Word::Again { session, from, to } if session == self.session => {
                let oldest = self.oldest();
                let (from, to) = (from.max(oldest), to.min(self.next));
                let count = to.saturating_sub(from).min(MOST_AGAIN);
                let first = usize::try_from(from.saturating_sub(oldest)).unwrap_or(usize::MAX);
                let messages = self.kept.iter().skip(first).take(count as usize);
                messages.for_each(|message| again(message));
                count
            }
            Word::Again { .. } | Word::Hello { .. } => 0,
        }
    }

    /// The hello, if it is time for it; `at_once`: it is.
    pub fn hello(&mut self, now: Tick, at_once: bool) -> Option<Word> {
        self.backups.retain(|_, backup| now.since(backup.heard) < PATIENCE);
        if !at_once && self.said.is_some_and(|said| now.since(said) < PAUSE) {
            return None;
        }
        self.said = Some(now);
        let (session, next, oldest) = (self.session, self.next, self.oldest());
        Some(Word::Hello { session, next, oldest, served: self.served.iter().copied().collect() })
    }

    /// True: everything is to be told from now on, to those who want it.
    pub fn begins_transfer(&mut self) -> bool {
        if self.waiting.is_empty() || !self.serving.is_empty() {
            return false;
        }
        self.serving = std::mem::take(&mut self.waiting);
        true
    }

    /// Everything has been told, and given a number.
    pub fn end_transfer(&mut self) {
        self.served.extend(self.serving.drain(..));
        let more = self.served.len().saturating_sub(MOST_SERVED);
        self.served.drain(..more);
    }

    /// Backups of ulvs that are there.
    pub fn backups(&self) -> usize {
        self.backups.len()
    }

    /// Messages that the last of them had not got when it said so.
    pub fn behind(&self) -> u64 {
        self.backups.values().map(|backup| self.next.saturating_sub(backup.expected)).max().unwrap_or(0)
    }
}
