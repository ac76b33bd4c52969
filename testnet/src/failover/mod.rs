//! `cargo lab failover`: two directors with one VIP. One is killed, comes back, is cut off, is found again, and ends, while
//! the client goes on.
//!
//! [`site`] is the network and what the directors are told; [`pair`] has it run; [`load`] is the client; [`seen`] reads the wire,
//! [`timeline`] puts it in order, and [`verdict`] compares it with what was promised.

pub mod load;
pub mod pair;
pub mod seen;
pub mod site;
pub mod takeovers;
pub mod timeline;
pub mod verdict;

use crate::lesson::judge;
use crate::narrate::Ink;
use crate::state::State;
use anyhow::Result;
use pair::Pair;
use rustix::process::Signal;
use site::{DIRECTORS, INTERVAL, PREEMPT_DELAY, PRIORITIES, VIP};
use std::time::Duration;
use verdict::{Moments, promises};

/// How long each state is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// Longer than a record of a connection waits for its message.
const TOLD: Duration = Duration::from_secs(3);

/// Who decides on the second director's host who is master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The director itself.
    Ulvs,
    /// keepalived; the director beside it forwards what comes to the VIP while the host has it.
    Keepalived,
}

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Failover {
    /// The second director.
    pub peer: Peer,
    /// How headlines are marked.
    pub ink: Ink,
    /// Where what is told goes.
    pub say: fn(&str),
}

impl Failover {
    /// Runs it; whether all promises were kept.
    ///
    /// # Errors
    /// Something could not be built or started, or a state was not reached.
    pub fn run(&self, state: &State) -> Result<bool> {
        let say = self.say;
        say(&self.ink.headline("Failover: two directors, one VIP"));
        say(&self.introduce());
        let mut pair = Pair::build(state, self.peer, say)?;
        let moments = tell(&mut pair)?;
        let (frames, missed) = pair.capture.frames();
        let seen = seen::read(&frames);
        say(&self.ink.headline("Timeline, as the wire shows it"));
        if missed > 0 {
            say(&format!("  (the capture kept the first frames only; {missed} more crossed the network)\n"));
        }
        timeline::lines(&pair.steps, &seen).iter().for_each(|line| say(line));
        let load = pair.load()?;
        say(&self.ink.headline("What clients noticed"));
        say(&verdict::figures(load, &seen, &moments));
        let kept = judge(say, self.ink, "Was it what a pair promises?", &promises(load, &seen, &moments));
        if !kept {
            say(&format!("\nthe directors' logs:\n{}\n", pair.logs()));
        }
        Ok(kept)
    }

    fn introduce(&self) -> String {
        let peer = match self.peer {
            Peer::Ulvs => "",
            Peer::Keepalived => ", keepalived with ulvs --claim off",
        };
        format!(
            "  client ── router ──┬── switch ══ {}     priority {}\n                     ├── {}               priority {}{peer}\n                     \
             └── rs1, rs2         direct routing\n\n  VIP {VIP}: VRRP version 3, an advert each {} ms; the first one, back again, waits {} s.\n  \
             Each tells the other of its connections, and keeps its table in a file.\n  The client: a download, {} connections \
             that ask 20 times a second, and 20 new ones a second.\n",
            DIRECTORS[0],
            PRIORITIES[0],
            DIRECTORS[1],
            PRIORITIES[1],
            INTERVAL.as_millis(),
            PREEMPT_DELAY.as_secs(),
            load::KEPT,
        )
    }
}

/// The story; when its turns were.
fn tell(pair: &mut Pair) -> Result<Moments> {
    pair.step("both directors start");
    pair.start_director(0)?;
    pair.start_director(1)?;
    pair.wait_for_master(0)?;
    let began = pair.step("the client begins");
    pair.start_load()?;
    std::thread::sleep(TOLD);
    let killed = pair.step("d1 is killed (SIGKILL)");
    pair.end_director(0, Signal::KILL)?;
    pair.wait_for_master(1)?;
    std::thread::sleep(LOOK);
    let returned = pair.step("d1 is started again");
    pair.start_director(0)?;
    pair.wait_for_master(0)?;
    std::thread::sleep(TOLD);
    let cut = pair.step("d1's switch is cut off: it hears nobody, and nobody hears it");
    pair.trunk(false)?;
    pair.wait_until_master(1)?;
    std::thread::sleep(LOOK);
    let healed = pair.step("the switch is plugged in again: two masters on one network");
    pair.trunk(true)?;
    pair.wait_for_master(0)?;
    std::thread::sleep(TOLD);
    let stopped = pair.step("d1 is ended (SIGTERM)");
    pair.end_director(0, Signal::TERM)?;
    pair.wait_for_master(1)?;
    std::thread::sleep(LOOK);
    let ended = pair.step("the download may hurry");
    pair.finish_download()?;
    Ok(Moments { began, killed, returned, cut, healed, stopped, ended })
}
