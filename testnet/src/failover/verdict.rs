//! What a pair promises, and whether it was kept.

use super::load::{Fresh, KEPT, LENGTH, Load};
use super::seen::{Seen, Sight, first, masters};
use super::site::{DIRECTORS, INTERVAL, PREEMPT_DELAY, down_interval};
use super::timeline::gap;
use crate::promise::Promise;
use std::time::Duration;

/// What a busy machine may add to each of the protocol's times.
const SLACK: Duration = Duration::from_millis(500);
/// A new connection that began so long before a director died may have needed it.
const ROUND: Duration = Duration::from_millis(500);

/// When the story's turns were, since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    /// The client began.
    pub began: Duration,
    /// The first director was killed.
    pub killed: Duration,
    /// It was started again.
    pub returned: Duration,
    /// It was cut off.
    pub cut: Duration,
    /// It was found again.
    pub healed: Duration,
    /// It was ended.
    pub stopped: Duration,
    /// All is over.
    pub ended: Duration,
}

/// A turn: what it is called, when it was, who has the VIP then, and how soon.
struct Turn {
    name: &'static str,
    at: Duration,
    /// Who had the VIP, and has it then.
    from: usize,
    to: usize,
    within: Duration,
}

fn turns(moments: &Moments) -> [Turn; 5] {
    let skew = down_interval(1) - INTERVAL * 3;
    [
        Turn { name: "killed", at: moments.killed, from: 0, to: 1, within: down_interval(1) + SLACK },
        Turn {
            name: "back again",
            at: moments.returned,
            from: 1,
            to: 0,
            // Its own start, too.
            within: PREEMPT_DELAY + down_interval(0) + SLACK * 4,
        },
        Turn { name: "cut off", at: moments.cut, from: 0, to: 1, within: down_interval(1) + SLACK },
        Turn { name: "found again", at: moments.healed, from: 1, to: 0, within: INTERVAL + SLACK },
        Turn { name: "ended", at: moments.stopped, from: 0, to: 1, within: skew + SLACK },
    ]
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// How soon after a turn its new director forwards: the first packet, for one that was there all the time.
fn taken_over(seen: &[Seen], turn: &Turn) -> Option<Duration> {
    let name = DIRECTORS[turn.to];
    let forwards = |sight: &Sight| matches!(sight, Sight::Forwards(director, _) if *director == name);
    Some(first(seen, turn.at, forwards)?.saturating_sub(turn.at))
}

/// The figures, a line each.
pub fn figures(load: &Load, seen: &[Seen], moments: &Moments) -> String {
    let mut text = String::new();
    for turn in turns(moments) {
        let gap = gap(seen, DIRECTORS[turn.from], DIRECTORS[turn.to], turn.at);
        let line = match (taken_over(seen, &turn), gap) {
            (Some(after), Some((last, first))) => format!(
                "  {:<12} first packet through {} {} later; between the last one through {} and it: {}\n",
                turn.name,
                DIRECTORS[turn.to],
                seconds(after),
                DIRECTORS[turn.from],
                seconds(first.saturating_sub(last)),
            ),
            _ => format!("  {:<12} no packet through {}\n", turn.name, DIRECTORS[turn.to]),
        };
        text.push_str(&line);
    }
    let (kept, download, fresh) = (load.kept(), load.download(), load.fresh());
    let lost = kept.iter().filter(|kept| kept.error.is_some()).count();
    let answered: u64 = kept.iter().map(|kept| kept.answered).sum();
    let longest = kept.iter().map(|kept| kept.longest).max().unwrap_or_default();
    let failed = fresh.iter().filter(|fresh| fresh.outcome.is_err()).count();
    text + &format!(
        "  connections kept {} of {KEPT}, lost {lost}; {answered} requests on them, the longest answer after {}\n  \
         download {} of {LENGTH} bytes, the longest pause {}\n  new connections {}, of which {failed} failed\n",
        KEPT - lost,
        seconds(longest),
        download.answered,
        seconds(download.longest),
        fresh.len(),
    )
}

/// All promises.
pub fn promises(load: &Load, seen: &[Seen], moments: &Moments) -> Vec<Promise> {
    vec![
        Promise {
            text: "each time the one that is to have the VIP forwards in the time that the protocol allows",
            broken: in_time(seen, moments),
        },
        Promise {
            text: "one master at a time, but for while the two cannot hear each other",
            broken: one_master(seen, moments),
        },
        Promise { text: "the download is whole: every byte once and in its place", broken: download(load) },
        Promise {
            text: "every connection that was kept goes on, on the real server that it had",
            broken: kept(load),
        },
        Promise { text: "no connection is reset", broken: resets(seen, moments) },
        Promise {
            text: "a new connection fails only where there is no director yet",
            broken: fresh(&load.fresh(), seen, moments),
        },
    ]
}

fn in_time(seen: &[Seen], moments: &Moments) -> Option<String> {
    turns(moments).iter().find_map(|turn| match taken_over(seen, turn) {
        Some(after) if after <= turn.within => None,
        Some(after) => Some(format!("{}: {} later, not {}", turn.name, seconds(after), seconds(turn.within))),
        None => Some(format!("{}: {} forwards nothing", turn.name, DIRECTORS[turn.to])),
    })
}

/// In the last second before each turn.
fn one_master(seen: &[Seen], moments: &Moments) -> Option<String> {
    let second = Duration::from_secs(1);
    let expected: [(Duration, &[&str]); 6] = [
        (moments.killed, &["d1"]),
        (moments.returned, &["d2"]),
        (moments.cut, &["d1"]),
        (moments.healed, &["d1", "d2"]),
        (moments.stopped, &["d1"]),
        (moments.ended, &["d2"]),
    ];
    expected.iter().find_map(|(at, who)| {
        let mut found = masters(seen, at.saturating_sub(second), *at);
        found.sort_unstable();
        (found != *who).then(|| format!("{found:?} were masters where it should be {who:?}"))
    })
}

fn download(load: &Load) -> Option<String> {
    let download = load.download();
    (!download.is_whole).then(|| {
        let why = download.error.unwrap_or_else(|| "it goes on".to_owned());
        format!("{} of {LENGTH} bytes: {why}", download.answered)
    })
}

fn kept(load: &Load) -> Option<String> {
    let lost: Vec<_> = load.kept().into_iter().filter_map(|kept| kept.error).collect();
    (!lost.is_empty()).then(|| format!("{} of {KEPT} lost: {}", lost.len(), lost.join("; ")))
}

fn resets(seen: &[Seen], moments: &Moments) -> Option<String> {
    let ports: Vec<_> = seen
        .iter()
        .filter(|seen| seen.at < moments.ended)
        .filter_map(|seen| if let Sight::Reset(port) = seen.what { Some(port) } else { None })
        .collect();
    (!ports.is_empty()).then(|| format!("{} resets, to ports {ports:?}", ports.len()))
}

fn fresh(fresh: &[Fresh], seen: &[Seen], moments: &Moments) -> Option<String> {
    let gaps: Vec<_> = turns(moments)
        .iter()
        .filter_map(|turn| gap(seen, DIRECTORS[turn.from], DIRECTORS[turn.to], turn.at))
        .collect();
    let is_excused = |at: Duration| gaps.iter().any(|(last, first)| at + ROUND >= *last && at <= *first);
    let bad: Vec<_> = fresh
        .iter()
        .filter(|fresh| fresh.at < moments.ended)
        .filter_map(|fresh| {
            fresh.outcome.as_ref().err().filter(|_| !is_excused(fresh.at)).map(|error| (fresh.at, error))
        })
        .collect();
    let (at, error) = bad.first()?;
    Some(format!(
        "{} failed, the first {} after the beginning: {error}",
        bad.len(),
        seconds(at.saturating_sub(moments.began))
    ))
}
