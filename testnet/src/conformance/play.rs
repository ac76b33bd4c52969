//! Takes a scenario through a director, step by step.

use super::build::{self, Past};
use super::describe;
use super::pattern;
use super::script::{Action, Change, Scenario, Step};
use super::spec::FrameSpec;
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What a command said: its exit status and its output.
pub type Told = (u8, String);

/// A director on the rig: the kernel's, or ours.
pub trait Subject {
    /// Runs ipvsadm with these arguments.
    ///
    /// # Errors
    /// The subject is broken (not: the command is refused).
    fn ipvsadm(&mut self, args: &str, stdin: &str) -> Result<Told>;
    /// Sets net.ipv4.vs.NAME.
    ///
    /// # Errors
    /// The subject is broken.
    fn sysctl(&mut self, name: &str, value: &str) -> Result<Told>;
    /// Reads net.ipv4.vs.NAME.
    ///
    /// # Errors
    /// The subject is broken.
    fn tunable(&mut self, name: &str) -> Result<Told>;
    /// Runs `ulvs mark` with these arguments, or what it means.
    ///
    /// # Errors
    /// The subject is broken.
    fn mark(&mut self, args: &str) -> Result<Told>;
    /// Changes the director's host.
    ///
    /// # Errors
    /// The subject is broken, or cannot be changed so.
    fn change(&mut self, change: Change) -> Result<()>;
    /// Gives it frames, one after the other, and takes what it emits.
    ///
    /// # Errors
    /// The subject is broken.
    fn exchange(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Vec<u8>>>;
    /// Lets time go by, in tenths of a second.
    ///
    /// # Errors
    /// The subject is broken.
    fn wait(&mut self, tenths: u32) -> Result<()>;
    /// Lets what was begun come to its end: the kernel ends a connection that is begun anew with its next tick, and until
    /// then counts it.
    fn settle(&mut self) {}
}

/// How long listings of counters are waited for, in tenths of a second: the kernel folds its counters every two.
const ESTIMATE: u32 = 26;
/// How long deletions are waited for, in tenths of a second: with `expire_nodest_conn` the kernel ends connections a moment
/// later.
const AFTERMATH: u32 = 1;
/// Numbers in one line of picks.
const PICKS_PER_LINE: usize = 25;

/// A scenario that is under way.
#[derive(Debug, Default)]
pub struct Play {
    past: Past,
    known: BTreeSet<u16>,
    /// Tenths of a second that were waited on purpose.
    waited: u32,
}

impl Play {
    /// Does one step and returns the answer's lines.
    ///
    /// # Errors
    /// The step cannot be done as it is written, or the subject is broken.
    pub fn step(&mut self, subject: &mut dyn Subject, step: &Step) -> Result<Vec<String>> {
        self.act(subject, step).with_context(|| format!("line {}: {}", step.line, step.text))
    }

    fn act(&mut self, subject: &mut dyn Subject, step: &Step) -> Result<Vec<String>> {
        let mut answer = Vec::new();
        match &step.action {
            Action::Ipvsadm(args) => {
                let mut stdin = step.stdin.join("\n");
                if !stdin.is_empty() {
                    stdin.push('\n');
                }
                if super::script::needs_estimate(args) {
                    self.wait(subject, ESTIMATE)?;
                }
                for turn in 0..step.times {
                    answer.extend(told(&subject.ipvsadm(&pattern::expand(args, turn)?, &stdin)?));
                }
                if super::script::deletes(args) {
                    self.wait(subject, AFTERMATH)?;
                }
            }
            Action::Sysctl(name, value) => answer.extend(told(&subject.sysctl(name, value)?)),
            Action::Tunable(name) => answer.extend(told(&subject.tunable(name)?)),
            Action::Mark(args) => answer.extend(told(&subject.mark(args)?)),
            Action::Send(line) => {
                for turn in 0..step.times {
                    let lines = self.send(subject, line, turn)?.1;
                    answer.extend(if lines.is_empty() { vec!["(nothing)".to_owned()] } else { lines });
                }
            }
            Action::Picks(line) => {
                let mut picked = Vec::new();
                for turn in 0..step.times {
                    picked.push(describe::pick(&self.send(subject, line, turn)?.0));
                }
                answer.extend(picked.chunks(PICKS_PER_LINE).map(|row| row.join(" ")));
            }
            Action::Conns => answer.extend(connections(subject)?.into_iter().map(|(line, _)| line)),
            Action::Timers => {
                let lines = connections(subject)?;
                answer.extend(lines.into_iter().map(|(line, seconds)| format!("{line} {seconds}s")));
            }
            Action::Wait(seconds) => {
                self.wait(subject, seconds * 10)?;
                let frames = subject.exchange(&[])?;
                answer.extend(frames.iter().filter_map(|frame| describe::frame(frame, &self.known)));
            }
            Action::World(change) => subject.change(*change)?,
        }
        Ok(answer)
    }

    fn wait(&mut self, subject: &mut dyn Subject, tenths: u32) -> Result<()> {
        self.waited += tenths;
        subject.wait(tenths)
    }

    /// Sends what a line means and returns the frames that came, and their text (without noise).
    fn send(
        &mut self,
        subject: &mut dyn Subject,
        line: &str,
        turn: u32,
    ) -> Result<(Vec<Vec<u8>>, Vec<String>)> {
        let frames = build::frames(&FrameSpec::parse(&pattern::expand(line, turn)?)?, &self.past)?;
        self.known.extend(frames.iter().filter_map(|frame| describe::identifications(frame)));
        if let Some(packet) = frames.last().and_then(|frame| describe::packet_of(frame)) {
            self.past.sent = Some(packet.to_vec());
        }
        let mut lines = Vec::new();
        let mut kept = Vec::new();
        for frame in subject.exchange(&frames)? {
            if let Some(line) = describe::frame(&frame, &self.known) {
                lines.push(line);
                kept.push(frame);
            }
        }
        if let Some(packet) = kept.last().and_then(|frame| describe::packet_of(frame)) {
            self.past.last = Some(packet.to_vec());
        }
        Ok((kept, lines))
    }
}

/// Plays a whole scenario; the answers of its steps in order.
///
/// # Errors
/// A step cannot be done as it is written, or the subject is broken.
pub fn scenario(subject: &mut dyn Subject, scenario: &Scenario) -> Result<Vec<Vec<String>>> {
    Ok(timed(subject, scenario)?.0)
}

/// The same, and when each step ended: the time since the beginning that was not waited on purpose.
///
/// # Errors
/// See [`scenario`].
pub fn timed(subject: &mut dyn Subject, scenario: &Scenario) -> Result<(Vec<Vec<String>>, Vec<Duration>)> {
    let (mut play, begun) = (Play::default(), Instant::now());
    let has_thresholds = scenario.steps().any(|step| step.text.contains(" -x "));
    let one = |step| {
        if has_thresholds {
            subject.settle();
        }
        let answer = play.step(subject, step)?;
        let waited = Duration::from_millis(u64::from(play.waited) * 100);
        Ok((answer, begun.elapsed().saturating_sub(waited)))
    };
    scenario.steps().map(one).collect()
}

/// The same on a subject that has no time of its own, so that each step ends when it did on another.
///
/// # Errors
/// See [`scenario`].
pub fn paced(subject: &mut dyn Subject, scenario: &Scenario, pace: &[Duration]) -> Result<Vec<Vec<String>>> {
    let (mut play, mut gone) = (Play::default(), 0);
    let one = |(step, ended): (&Step, &Duration)| {
        let tenths = u32::try_from(ended.as_millis() / 100).unwrap_or(u32::MAX);
        subject.wait(tenths.saturating_sub(gone))?;
        gone = gone.max(tenths);
        play.step(subject, step)
    };
    scenario.steps().zip(pace).map(one).collect()
}

/// Output line by line, and the exit status unless it is 0. Lines that end in blanks (or are empty) get a `|`, so that
/// the blanks show.
fn told((status, output): &Told) -> Vec<String> {
    let visible = |line: &str| {
        if line.is_empty() || line.ends_with([' ', '\t', '|']) { format!("{line}|") } else { line.to_owned() }
    };
    let mut lines: Vec<String> = output.lines().map(visible).collect();
    if *status != 0 {
        lines.push(format!("[{status}]"));
    }
    lines
}

/// The connection table: each line without its expiry, and the seconds left; sorted.
fn connections(subject: &mut dyn Subject) -> Result<Vec<(String, u32)>> {
    let (_, text) = subject.ipvsadm("-Lnc", "")?;
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [protocol, expires, rest @ ..] = words.as_slice() else { return None };
        let (minutes, seconds) = expires.split_once(':')?;
        let left = minutes.parse::<u32>().ok()? * 60 + seconds.parse::<u32>().ok()?;
        Some((format!("{protocol} {}", rest.join(" ")), left))
    };
    let mut rows: Vec<(String, u32)> = text.lines().skip(2).filter_map(row).collect();
    rows.sort();
    Ok(rows)
}
