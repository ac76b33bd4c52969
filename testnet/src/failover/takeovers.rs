//! How soon the VIP is with the other director when the master is killed: ulvs beside keepalived, with the same configuration.

use super::pair::Pair;
use super::seen::{Seen, Sight, first, read};
use super::site::{DIRECTORS, down_interval};
use super::{Failover, Peer};
use crate::program;
use crate::promise::Promise;
use crate::state::State;
use anyhow::Result;
use rustix::process::Signal;
use std::time::Duration;

/// How much later than the protocol's own time the median may be, on a machine that does other things besides.
const SLACK: Duration = Duration::from_millis(20);

/// Runs so many for each kind of backup that is at hand; whether all promises were kept.
///
/// # Errors
/// Something could not be built or started, or a state was not reached.
pub fn run(lab: &Failover, state: &State, rounds: u16) -> Result<bool> {
    let say = lab.say;
    say(&lab.ink.headline("How soon a backup takes over from a master that is killed"));
    say(&format!(
        "  from the last advert of the one to the other's first gratuitous ARP, {rounds} times each; three intervals and the \
         skew are {:.3} s\n",
        down_interval(1).as_secs_f64()
    ));
    let mut medians = Vec::new();
    for (name, peer) in [("ulvs", Peer::Ulvs), ("keepalived", Peer::Keepalived)] {
        if peer == Peer::Keepalived && program::find("keepalived").is_none() {
            say("  keepalived is not installed: nothing to compare with\n");
            continue;
        }
        let times = takeovers(lab, state, peer, rounds)?;
        let (Some(least), Some(most)) = (times.first(), times.last()) else { continue };
        let median = times[times.len() / 2];
        say(&format!(
            "  backup {name:<11} least {:.4} s, median {:.4} s, most {:.4} s\n",
            least.as_secs_f64(),
            median.as_secs_f64(),
            most.as_secs_f64()
        ));
        medians.push((times.len(), median));
    }
    if let [(_, own), (_, other)] = medians[..] {
        say(&format!("  ratio of the medians: {:.4}\n", own.as_secs_f64() / other.as_secs_f64()));
    }
    let short = medians.iter().find(|(count, _)| *count != usize::from(rounds));
    let promises = [
        Promise {
            text: "each time the backup takes over",
            broken: short.map(|(count, _)| format!("{count} of {rounds} times")),
        },
        Promise {
            text: "in the median as soon as the protocol allows",
            broken: medians
                .first()
                .filter(|(_, median)| *median > down_interval(1) + SLACK)
                .map(|(_, median)| format!("{:.4} s", median.as_secs_f64())),
        },
    ];
    Ok(crate::lesson::judge(say, lab.ink, "Was it what a pair promises?", &promises))
}

/// All times, in ascending order.
fn takeovers(lab: &Failover, state: &State, peer: Peer, rounds: u16) -> Result<Vec<Duration>> {
    let mut pair = Pair::build(state, peer, |_| {})?;
    pair.start_director(0)?;
    pair.start_director(1)?;
    let mut times = Vec::new();
    for round in 1..=rounds {
        pair.wait_for_master(0)?;
        pair.capture.clear();
        // Not always at the same moment between two adverts.
        std::thread::sleep(Duration::from_millis(500 + 37 * u64::from(round % 6)));
        let killed = pair.step("killed");
        pair.end_director(0, Signal::KILL)?;
        pair.wait_for_master(1)?;
        times.extend(taken(&read(&pair.capture.frames().0), killed));
        pair.start_director(0)?;
        if round % 5 == 0 {
            (lab.say)(&format!("  … {round} of {rounds}\n"));
        }
    }
    times.sort_unstable();
    Ok(times)
}

/// From the last advert of the one to the first gratuitous ARP of the other.
fn taken(seen: &[Seen], killed: Duration) -> Option<Duration> {
    let [own, other] = DIRECTORS;
    let is_advert = |seen: &&Seen| matches!(seen.what, Sight::Advert(name, 1..) if name == own);
    let last =
        seen.iter().filter(is_advert).take_while(|seen| seen.at <= killed + down_interval(1)).last()?.at;
    Some(first(seen, last, |sight| *sight == Sight::Claims(other))?.saturating_sub(last))
}
