//! What follows a change: scripts with keepalived's arguments, the pipes' line, the lines of log. Pure.

use crate::control::happening::{Cause, RouterChange, What};
use crate::lvs::{Notify, Role, Script, ScriptLine, Words};
use crate::vrrp::{Event, Topic, Why};

/// Of whom it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a> {
    /// A group, and no single virtual router.
    pub is_group: bool,
    /// Its name.
    pub name: &'a str,
    /// Its scripts.
    pub notify: &'a Notify,
    /// In whose words it is told.
    pub words: Words,
    /// Its priority now; that of a group is 0.
    pub priority: u8,
}

impl Who<'_> {
    fn change(&self, cause: Cause, what: Option<What>) -> RouterChange {
        RouterChange {
            cause,
            name: self.name.to_owned(),
            is_group: self.is_group,
            what,
            words: self.words,
            lines: Vec::new(),
            is_warning: false,
            scripts: Vec::new(),
            pipe: None,
        }
    }

    /// A line of log.
    pub fn says(&self, event: &Event) -> RouterChange {
        let mut change = self.change(Cause::Check, None);
        change.lines = vec![event.line(self.name, self.words)];
        change.is_warning = event.is_warning();
        change
    }

    /// A warning, of these words.
    pub fn warns(&self, text: &str) -> RouterChange {
        let mut change = self.change(Cause::Check, None);
        let line = match self.words {
            Words::Keepalived => format!("({}) {text}", self.name),
            _ => format!("virtual router {}: {text}", self.name),
        };
        (change.lines, change.is_warning) = (vec![line], true);
        change
    }

    /// It is something else now; `None`: it has ended, with the director or, if it `is_deleted`, by another configuration.
    pub fn became(&self, to: Option<Role>, is_deleted: bool, why: Why) -> RouterChange {
        let cause = match why {
            Why::Start => Cause::Start,
            Why::Stop if is_deleted => Cause::Reload,
            Why::Stop => Cause::Stop,
            Why::Silence | Why::Overslept => Cause::Time,
            Why::Owner | Why::Better | Why::Wellness | Why::Group => Cause::Check,
        };
        let what =
            to.map(|role| What::Role { role, priority: self.priority, detail: because(why).to_owned() });
        let mut change = self.change(cause, what);
        let (state, own) = match to {
            Some(Role::Master) => ("MASTER", &self.notify.master),
            Some(Role::Backup) => ("BACKUP", &self.notify.backup),
            Some(Role::Fault) => ("FAULT", &self.notify.fault),
            None if is_deleted => ("DELETED", &None),
            None => ("STOP", &self.notify.stop),
        };
        change.scripts.extend(own.clone());
        self.announce(state, &mut change);
        change
    }

    /// What is told beyond states, to pipes and to a script of its own: `notify` hears of states alone, as with keepalived.
    /// `role`: what it is.
    pub fn notifies(&self, topic: Topic, role: Role) -> RouterChange {
        let mut change = self.change(Cause::Check, None);
        match topic {
            Topic::LowerHeard => {
                change.scripts.extend(self.notify.lower_heard.clone());
                self.pipe("MASTER_RX_LOWER_PRI", &mut change);
            }
            Topic::Priority if self.notify.tells_priority => {
                let state = if role == Role::Master { "MASTER_PRIORITY" } else { "BACKUP_PRIORITY" };
                self.pipe(state, &mut change);
            }
            Topic::Priority => {}
        }
        change
    }

    fn announce(&self, state: &str, change: &mut RouterChange) {
        let kind = if self.is_group { "GROUP" } else { "INSTANCE" };
        let (name, priority) = (self.name, self.priority.to_string());
        change
            .scripts
            .extend(self.notify.any.as_ref().map(|script| with(script, &[kind, name, state, &priority])));
        self.pipe(state, change);
    }

    fn pipe(&self, state: &str, change: &mut RouterChange) {
        let kind = if self.is_group { "GROUP" } else { "INSTANCE" };
        change.pipe = Some(format!("{kind} \"{}\" {state} {}", self.name, self.priority));
    }
}

/// The script with these arguments behind its own.
fn with(script: &Script, more: &[&str]) -> Script {
    let line = match &script.line {
        ScriptLine::Words(words) => ScriptLine::Words(
            words.iter().cloned().chain(more.iter().map(|word| (*word).to_owned())).collect(),
        ),
        ScriptLine::Shell(line) => {
            // Whole, whatever is in them.
            let quoted = more.iter().map(|word| format!(" '{}'", word.replace('\'', "'\\''")));
            ScriptLine::Shell(quoted.fold(line.clone(), |line, word| line + &word))
        }
    };
    Script { line, ..script.clone() }
}

const fn because(why: Why) -> &'static str {
    match why {
        Why::Start => "it begins",
        Why::Silence => "no better master is heard",
        Why::Owner => "it owns the addresses",
        Why::Better => "a better master is heard",
        Why::Wellness => "what it needs came or went",
        Why::Group => "its group does",
        Why::Overslept => "it slept too long, and listens first",
        Why::Stop => "it ends",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(name: &str) -> Option<Script> {
        Some(Script::new(ScriptLine::Words(vec![name.to_owned()])))
    }

    fn notify() -> Notify {
        Notify {
            master: script("master"),
            backup: script("backup"),
            fault: script("fault"),
            stop: script("stop"),
            any: script("any"),
            lower_heard: script("lower"),
            tells_priority: false,
        }
    }

    fn shown(change: &RouterChange) -> Vec<String> {
        let words = change.scripts.iter().map(|script| match &script.line {
            ScriptLine::Words(words) => words.join(" "),
            ScriptLine::Shell(line) => format!("sh {line}"),
        });
        words.chain(change.pipe.clone()).collect()
    }

    #[test]
    fn scripts_and_pipes_as_keepalived_has_them() {
        let notify = notify();
        let who =
            Who { is_group: false, name: "VI_1", notify: &notify, words: Words::Keepalived, priority: 100 };
        let became = |to, is_deleted| shown(&who.became(to, is_deleted, Why::Silence));
        assert_eq!(
            became(Some(Role::Master), false),
            ["master", "any INSTANCE VI_1 MASTER 100", "INSTANCE \"VI_1\" MASTER 100"]
        );
        assert_eq!(became(Some(Role::Fault), false)[0], "fault");
        assert_eq!(became(None, false), ["stop", "any INSTANCE VI_1 STOP 100", "INSTANCE \"VI_1\" STOP 100"]);
        assert_eq!(became(None, true), ["any INSTANCE VI_1 DELETED 100", "INSTANCE \"VI_1\" DELETED 100"]);
        assert_eq!(
            shown(&who.notifies(Topic::LowerHeard, Role::Master)),
            ["lower", "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100"]
        );
        assert_eq!(shown(&who.notifies(Topic::Priority, Role::Master)), [""; 0]);
        let notify = Notify { tells_priority: true, ..notify.clone() };
        let who = Who { notify: &notify, ..who };
        assert_eq!(
            shown(&who.notifies(Topic::Priority, Role::Backup)),
            ["INSTANCE \"VI_1\" BACKUP_PRIORITY 100"]
        );
    }

    #[test]
    fn names_stay_whole_in_a_shell() {
        let script = Script::new(ScriptLine::Shell("log".into()));
        assert_eq!(with(&script, &["VI'1"]).line, ScriptLine::Shell("log 'VI'\\''1'".into()));
    }
}
