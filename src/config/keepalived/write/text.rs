//! Lines, quotes and numbers.

use crate::lvs::{Script, ScriptLine};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// Lines in blocks.
#[derive(Debug, Default)]
pub(super) struct Out {
    pub text: String,
    pub depth: usize,
}

impl Out {
    pub fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 4 * self.depth);
    }

    /// A keyword with a path, if there is one.
    pub fn path(&mut self, keyword: &str, path: Option<&PathBuf>) {
        if let Some(path) = path {
            self.line(&format!("{keyword} {}", quoted(&path.display().to_string())));
        }
    }

    pub fn open(&mut self, head: &str) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
    }

    pub fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line("}");
    }
}

/// A word, in quotes if it needs them. (A `"` in it cannot be said: it is left out.)
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:@%+=,".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "").replace(['\n', '\r'], " "))
    }
}

/// A text within quotes, of which escapes will be taken away.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\x22"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // A variable of that name must not get in its place.
            '$' => out.push_str("\\x24"),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// A program with its arguments in quotes, its user and its group.
pub(super) fn script(script: &Script) -> String {
    let shell = |line: &String| vec!["/bin/sh".to_owned(), "-c".to_owned(), line.clone()];
    let words = match &script.line {
        ScriptLine::Words(words) => words.clone(),
        ScriptLine::Shell(line) => shell(line),
    };
    let mut out = String::from("\"");
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            out.push(' ');
        }
        if word.is_empty() {
            out.push_str("''");
        }
        for char in word.chars() {
            match char {
                '"' => out.push_str("\\x22"),
                '$' => out.push_str("\\x24"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\\' | '\'' | ' ' => {
                    out.push('\\');
                    out.push(char);
                }
                char => out.push(char),
            }
        }
    }
    out.push('"');
    if let Some(user) = &script.user {
        let _ = write!(out, " {}", quoted(user));
        if let Some(group) = &script.group {
            let _ = write!(out, " {}", quoted(group));
        }
    }
    out
}

/// Seconds, with what they have of microseconds.
pub(super) fn seconds(time: Duration) -> String {
    let (whole, micros) = (time.as_secs(), time.subsec_micros());
    if micros == 0 {
        return whole.to_string();
    }
    format!("{whole}.{micros:06}").trim_end_matches('0').to_owned()
}
