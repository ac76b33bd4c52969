//! A backup's side of sessions: messages are taken in order, what is missing is asked for, and everything is asked for once.
//! Pure.

use super::seal::Seal;
use super::word::Word;
use crate::time::Tick;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Messages that wait behind a gap at most, and their bytes.
const HELD: usize = 1024;
const HELD_BYTES: usize = 4 << 20;
/// Messages that are asked for at once.
const ASKED: u64 = 256;
/// A gap is given up after so long.
const PATIENCE: u32 = Tick::PER_SECOND;
/// Between two words that say that it is here.
const PAUSE: u32 = Tick::PER_SECOND;
/// A master that says nothing for so long has gone.
const SILENCE: u32 = 5 * Tick::PER_SECOND;
/// Masters that are followed at most.
const MASTERS: usize = 16;

/// What became of the sessions, to be counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Messages that did not come, however often they were asked for.
    pub lost: u64,
    /// Messages that were asked for, each time.
    pub asked: u64,
    /// Messages that came twice.
    pub twice: u64,
    /// Times that a master had told everything.
    pub whole: u64,
}

/// All masters that are heard.
#[derive(Debug)]
pub struct Followers {
    masters: BTreeMap<IpAddr, Master>,
    next_own: u64,
}

#[derive(Debug)]
struct Master {
    session: u64,
    expected: u64,
    held: BTreeMap<u64, Vec<u8>>,
    /// Messages are there up to the one before this, by its own word.
    announced: u64,
    /// Since when the one that is expected is missing.
    misses_since: Option<Tick>,
    asked: Option<Tick>,
    said: Option<Tick>,
    heard: Tick,
    own: u64,
    is_whole: bool,
}

impl Master {
    fn new(session: u64, expected: u64, own: u64, now: Tick) -> Self {
        Self {
            session,
            expected,
            held: BTreeMap::new(),
            announced: expected,
            misses_since: None,
            asked: None,
            said: None,
            heard: now,
            own,
            is_whole: false,
        }
    }

    /// Hands over what is in order.
    fn drain(&mut self, deliver: &mut impl FnMut(&[u8])) {
        while let Some(datagram) = self.held.remove(&self.expected) {
            deliver(&datagram);
            self.expected += 1;
            self.misses_since = None;
        }
    }

    fn misses(&self) -> bool {
        self.announced > self.expected
    }

    /// Goes on behind the gap.
    fn give_up(&mut self, own: u64, followed: &mut Followed) {
        let next = self.held.keys().next().copied().unwrap_or(self.announced);
        followed.lost += next.saturating_sub(self.expected);
        self.expected = self.expected.max(next);
        self.misses_since = None;
        // Nobody knows what was in them.
        (self.is_whole, self.own, self.said) = (false, own, None);
    }
}

impl Followers {
    /// `seed`: a random number.
    pub const fn new(seed: u64) -> Self {
        Self { masters: BTreeMap::new(), next_own: seed }
    }

    fn own(&mut self) -> u64 {
        self.next_own = self.next_own.wrapping_add(1);
        self.next_own
    }

    /// The master at this address with this session; `None`: there are too many.
    fn master(&mut self, from: IpAddr, session: u64, first: u64, now: Tick) -> Option<&mut Master> {
        if self.masters.get(&from).is_none_or(|master| master.session != session) {
            if !self.masters.contains_key(&from) && self.masters.len() >= MASTERS {
                return None;
            }
            let own = self.own();
            self.masters.insert(from, Master::new(session, first, own, now));
        }
        let master = self.masters.get_mut(&from)?;
        master.heard = now;
        Some(master)
    }

    /// A message with a seal; `deliver` gets what is in order.
    pub fn sealed(
        &mut self,
        from: IpAddr,
        seal: Seal,
        datagram: &[u8],
        now: Tick,
        followed: &mut Followed,
        mut deliver: impl FnMut(&[u8]),
    ) {
        let own = self.own();
        let Some(master) = self.master(from, seal.session, seal.number, now) else {
            return deliver(datagram);
        };
        if seal.number < master.expected || master.held.contains_key(&seal.number) {
            followed.twice += 1;
            return;
        }
        master.announced = master.announced.max(seal.number.saturating_add(1));
        if seal.number == master.expected {
            deliver(datagram);
            master.expected += 1;
            master.misses_since = None;
            master.drain(&mut deliver);
            return;
        }
        let bytes: usize = master.held.values().map(Vec::len).sum();
        if master.held.len() >= HELD || bytes + datagram.len() > HELD_BYTES {
            master.give_up(own, followed);
            master.drain(&mut deliver);
        }
        master.held.insert(seal.number, datagram.to_vec());
        master.drain(&mut deliver);
    }

    /// A master's hello.
    pub fn hello(&mut self, from: IpAddr, word: &Word, now: Tick, followed: &mut Followed) {
        let Word::Hello { session, next, oldest, served } = word else { return };
        let own = self.own();
        let Some(master) = self.master(from, *session, *next, now) else { return };
        if *next < master.expected {
            // Somebody else has said what this one has not.
            *master = Master::new(*session, *next, own, now);
        }
        master.announced = master.announced.max(*next);
        if *oldest > master.expected && master.held.keys().next().is_none_or(|held| oldest > held) {
            // They cannot be had any more.
            master.held.retain(|number, _| number >= oldest);
            followed.lost += oldest - master.expected;
            master.expected = *oldest;
            (master.is_whole, master.own, master.said) = (false, own, None);
        }
        if !master.is_whole && served.contains(&master.own) && master.expected >= *next {
            master.is_whole = true;
            followed.whole += 1;
        }
    }

    /// Time goes on; `say` gets words for masters, `deliver` what comes behind a gap that is given up.
    pub fn pass_time(
        &mut self,
        now: Tick,
        followed: &mut Followed,
        mut say: impl FnMut(&Word),
        mut deliver: impl FnMut(IpAddr, &[u8]),
    ) {
        self.masters.retain(|_, master| now.since(master.heard) < SILENCE);
        let mut own = self.next_own;
        for (from, master) in &mut self.masters {
            if master.misses() {
                let since = *master.misses_since.get_or_insert(now);
                if now.since(since) >= PATIENCE {
                    own = own.wrapping_add(1);
                    master.give_up(own, followed);
                    master.drain(&mut |datagram: &[u8]| deliver(*from, datagram));
                } else if master.asked != Some(now) {
                    master.asked = Some(now);
                    let end = master.held.keys().next().copied().unwrap_or(master.announced);
                    let to = end.min(master.expected.saturating_add(ASKED));
                    followed.asked += to - master.expected;
                    say(&Word::Again { session: master.session, from: master.expected, to });
                }
            }
            if master.said.is_none_or(|said| now.since(said) >= PAUSE) {
                master.said = Some(now);
                say(&Word::Here {
                    session: master.session,
                    expected: master.expected,
                    own: master.own,
                    wants_all: !master.is_whole,
                });
            }
        }
        self.next_own = own;
    }

    /// Masters of ulvs that are heard, and how many of them have told everything.
    pub fn count(&self) -> (usize, usize) {
        (self.masters.len(), self.masters.values().filter(|master| master.is_whole).count())
    }
}
