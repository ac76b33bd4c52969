//! Programs to run.

use super::reader::Reader;
use super::{Value, keys};
use crate::lvs::{Script, ScriptLine};

impl Reader<'_, '_> {
    /// A line for the shell, an array of words, or a table with one of the two.
    pub(super) fn script(&mut self, value: &Value<'_>) -> Option<Script> {
        self.once(value, |reader| &mut reader.scripts, |reader| reader.read_script(value))
    }

    fn read_script(&mut self, value: &Value<'_>) -> Option<Script> {
        let Some(table) = value.get_ref().as_table() else {
            return self.script_line(value).map(Script::new);
        };
        self.known(table, &[keys::SCRIPT]);
        let Some(run) = table.get("run") else {
            let help = "run = \"/usr/local/bin/tell up\", or [\"/usr/local/bin/tell\", \"up\"]";
            self.error_with_help(value.span(), "a script needs something to run", help);
            return None;
        };
        let line = self.script_line(run);
        let mut word = |key| table.get(key).and_then(|value| self.word(value)).map(str::to_owned);
        let (user, group) = (word("user"), word("group"));
        let timeout = table.get("timeout").and_then(|value| self.duration(value, false));
        Some(Script { line: line?, user, group, timeout })
    }

    fn script_line(&mut self, value: &Value<'_>) -> Option<ScriptLine> {
        if value.get_ref().as_str().is_some() {
            return self.word(value).map(|line| ScriptLine::Shell(line.to_owned()));
        }
        if value.get_ref().as_array().is_none() {
            self.wrong_type(value, "a string, an array of strings or a table");
            return None;
        }
        let words = self.texts(value)?;
        if words.first().is_none_or(String::is_empty) {
            self.error(value.span(), "a script needs a program");
            return None;
        }
        Some(ScriptLine::Words(words))
    }
}
