//! Scripts that follow changes: of one farm one after the other, in the order of what they follow.

use crate::lvs::{Script, ScriptLine};
use crate::program::{End, Order, Runner, Ticket};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How long a script may take that has no limit of its own.
pub(super) const SCRIPT_TIME: Duration = Duration::from_secs(60);
/// Scripts of one farm that wait at most.
const WAITING: usize = 256;

/// The rows that scripts stand in.
pub(super) struct Rows {
    runner: Runner,
    rows: HashMap<String, Row>,
    tell: Sender<(String, End)>,
    /// Of which row a script has ended.
    pub ended: Receiver<(String, End)>,
    /// Scripts that found no room.
    dropped: u64,
}

#[derive(Default)]
struct Row {
    running: Option<(String, Ticket)>,
    waiting: VecDeque<Script>,
}

impl Rows {
    /// Nothing runs yet.
    pub fn new(runner: Runner) -> Self {
        // As many at most as programs can be ordered.
        let (tell, ended) = unbounded();
        Self { runner, rows: HashMap::new(), tell, ended, dropped: 0 }
    }

    /// Runs a script when those before it in this row have ended.
    pub fn run(&mut self, row: &str, script: Script) {
        let own = self.rows.entry(row.to_owned()).or_default();
        if own.running.is_none() {
            begin(&self.runner, &self.tell, row, own, &script);
        } else if own.waiting.len() < WAITING {
            own.waiting.push_back(script);
        } else {
            self.dropped += 1;
            if own.waiting.len() == WAITING && self.dropped.is_power_of_two() {
                tracing::error!(
                    "{row}: {WAITING} scripts wait already: `{}` is not run ({} so far)",
                    shown(&script),
                    self.dropped
                );
            }
        }
    }

    /// A script of this row has ended.
    pub fn next(&mut self, row: &str, end: &End) {
        let Some(own) = self.rows.get_mut(row) else { return };
        if let Some((name, _)) = own.running.take() {
            complain(&name, end);
        }
        match own.waiting.pop_front() {
            Some(script) => begin(&self.runner, &self.tell, row, own, &script),
            None => drop(self.rows.remove(row)),
        }
    }

    /// Scripts that run or wait.
    pub fn open(&self) -> usize {
        self.rows.values().map(|row| usize::from(row.running.is_some()) + row.waiting.len()).sum()
    }
}

fn begin(runner: &Runner, tell: &Sender<(String, End)>, name: &str, row: &mut Row, script: &Script) {
    let (tell, whose) = (tell.clone(), name.to_owned());
    // Nobody wants to know any more once the rows are gone.
    let ticket = runner.start(order(script), move |end| drop(tell.send((whose, end))));
    row.running = Some((shown(script), ticket));
}

/// A script as an order.
pub(super) fn order(script: &Script) -> Order {
    Order {
        line: script.line.clone(),
        user: script.user.clone(),
        group: script.group.clone(),
        limit: script.timeout.unwrap_or(SCRIPT_TIME),
        wants_output: false,
    }
}

/// Says how a script ended, if not well.
pub(super) fn complain(name: &str, end: &End) {
    match end.complaint() {
        Some(why) => tracing::warn!("script `{name}`: {why}"),
        None => tracing::debug!("script `{name}`: done"),
    }
}

/// What messages call it.
pub(super) fn shown(script: &Script) -> String {
    match &script.line {
        ScriptLine::Words(words) => words.join(" "),
        ScriptLine::Shell(line) => line.clone(),
    }
}
