//! `vrrp_script` and `vrrp_track_process`.

use super::super::keys_vrrp::{PROCESS, SCRIPT};
use super::super::line::Statement;
use super::super::reader::Reader;
use super::draft::{Kind, Thing};
use crate::lvs::{Watched, WatchedKind};
use std::time::Duration;

/// So many scripts and processes may be looked at.
const MAX_THINGS: usize = 4096;

impl Reader<'_, '_> {
    pub(in super::super) fn vrrp_script(&mut self, head: &Statement) {
        let (mut script, mut user, mut weight) = (None, None, 0);
        let (mut interval, mut timeout) = (Duration::from_secs(1), None);
        let (mut rises, mut falls, mut begins_failed) = (1, 1, false);
        while let Some((key, statement)) = self.entry(&SCRIPT) {
            match key.map_or("", |key| key.name) {
                "script" => script = self.script(&statement),
                "interval" => interval = statement.seconds().unwrap_or(interval),
                "timeout" => timeout = statement.seconds(),
                "weight" => weight = weight_of(&statement),
                "rise" => rises = statement.count().unwrap_or(1),
                "fall" => falls = statement.count().unwrap_or(1),
                "user" => user = Some((statement.text(), statement.word(2).map(|word| word.text.clone()))),
                _ => begins_failed = true,
            }
        }
        let Some(mut script) = script else {
            let message = "this names no script: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return;
        };
        if let Some((user, group)) = user {
            (script.user, script.group) = (Some(user), group);
        }
        script.timeout = Some(timeout.unwrap_or(interval));
        let kind = WatchedKind::Script { script, interval, rises, falls, begins_failed };
        self.thing(head, Kind::Script, weight, kind);
    }

    pub(in super::super) fn track_process(&mut self, head: &Statement) {
        let (mut words, mut weight, mut is_partial) = (Vec::new(), 1, None);
        let (mut least, mut most, mut whole_line) = (1, None, false);
        let (mut fork_delay, mut end_delay) = (Duration::ZERO, Duration::ZERO);
        while let Some((key, statement)) = self.entry(&PROCESS) {
            let time = statement.seconds().unwrap_or_default();
            match key.map_or("", |key| key.name) {
                "process" => {
                    let texts = statement.words.iter().skip(1);
                    words = texts.flat_map(|word| word.text.split_whitespace()).map(str::to_owned).collect();
                }
                "param_match" => is_partial = Some((statement.text() == "partial", statement.from(1))),
                "weight" => weight = weight_of(&statement),
                "quorum" => least = statement.count().unwrap_or(1),
                "quorum_max" => most = statement.count(),
                "fork_delay" => fork_delay = time,
                "terminate_delay" => end_delay = time,
                "delay" => (fork_delay, end_delay) = (time, time),
                _ => whole_line = true,
            }
        }
        if words.is_empty() {
            let message = "this names no process: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            return;
        }
        let parameters = words.split_off(1);
        let name = words.into_iter().next().unwrap_or_default();
        match is_partial {
            Some((true, at)) => {
                let message = "parameters are compared whole, from the first one on";
                self.remarks.warning(at, message);
            }
            None if !parameters.is_empty() => {
                let message =
                    "more parameters may follow those that are named, as with `param_match initial`";
                self.remarks.note(head.from(1), message);
            }
            _ => {}
        }
        if most.is_some_and(|most| most < least) {
            let message = "quorum_max is less than quorum: it is left out";
            self.remarks.warning(head.from(0), message).strict();
            most = None;
        }
        let kind = WatchedKind::Process { name, parameters, whole_line, least, most, fork_delay, end_delay };
        self.thing(head, Kind::Process, weight, kind);
    }

    fn thing(&mut self, head: &Statement, kind: Kind, weight: i16, what: WatchedKind) {
        let watched = Watched { name: head.text(), weight, kind: what };
        let known = |thing: &Thing| thing.kind == kind && thing.watched.name == watched.name;
        if self.draft.vrrp.watched.len() >= MAX_THINGS {
            self.remarks.error(head.from(0), format!("more than {MAX_THINGS} scripts and processes"));
        } else if self.draft.vrrp.watched.iter().any(known) {
            let message = format!("`{}` is there already: this one is left out", watched.name);
            self.remarks.warning(head.from(0), message).strict();
        } else {
            self.draft.vrrp.watched.push(Thing { at: head.from(0), kind, watched });
        }
    }
}

/// A weight, which was checked, and may be turned round.
fn weight_of(statement: &Statement) -> i16 {
    i16::try_from(super::super::global::weight_of(statement)).unwrap_or(0)
}
