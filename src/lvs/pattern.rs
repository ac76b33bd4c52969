use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A regular expression that a text must match somewhere; empty: everything matches.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pattern {
    /// In Perl's language, as far as it is regular, with look-around and back references.
    pub regex: String,
}

impl Pattern {
    /// For an engine whose `$` is the very end of a text. Perl's, and PCRE's, also matches before a line end that is the
    /// text's last byte: an answer that ends in a line end would otherwise never match `ready$`.
    pub fn with_perls_end(&self) -> Cow<'_, str> {
        if self.regex.contains('$') {
            Cow::Owned(Ends::new(&self.regex).replaced())
        } else {
            Cow::Borrowed(&self.regex)
        }
    }
}

/// What stands for Perl's `$`.
const END: &str = r"(?=\n?\z)";

/// Walks over a pattern, as far as is needed to know what a `$` means.
struct Ends<'p> {
    rest: &'p str,
    out: String,
    /// Of each group around this place, outermost first: is `$` the end of any line (flag m)?
    lines: Vec<bool>,
}

impl<'p> Ends<'p> {
    fn new(pattern: &'p str) -> Self {
        Self { rest: pattern, out: String::with_capacity(pattern.len() + END.len()), lines: vec![false] }
    }

    fn replaced(mut self) -> String {
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\\' => self.copy(1 + self.rest.chars().nth(1).map_or(0, char::len_utf8)),
                '[' => self.class(),
                '(' => self.group(),
                ')' => {
                    if self.lines.len() > 1 {
                        self.lines.pop();
                    }
                    self.copy(1);
                }
                '$' if self.lines.last() == Some(&false) => {
                    self.out.push_str(END);
                    self.rest = self.rest.get(1..).unwrap_or("");
                }
                other => self.copy(other.len_utf8()),
            }
        }
        self.out
    }

    /// Takes so many bytes over as they are.
    fn copy(&mut self, len: usize) {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.out.push_str(taken);
        self.rest = rest;
    }

    /// `[…]`, with classes within it; a `]` that comes first belongs to it.
    fn class(&mut self) {
        let mut depth = 0;
        let mut is_first = false;
        while let Some(c) = self.rest.chars().next() {
            match c {
                '\\' => {
                    self.copy(1 + self.rest.chars().nth(1).map_or(0, char::len_utf8));
                    is_first = false;
                    continue;
                }
                '[' => (depth, is_first) = (depth + 1, true),
                '^' if is_first => {}
                ']' if !is_first => depth -= 1,
                _ => is_first = false,
            }
            self.copy(c.len_utf8());
            if depth == 0 {
                return;
            }
        }
    }

    /// The beginning of a group, with its flags; `(?m)` counts for the rest of the group around it.
    fn group(&mut self) {
        if self.rest.starts_with("(?#") {
            return self.copy(self.rest.find(')').map_or(self.rest.len(), |end| end + 1));
        }
        let around = self.lines.last().copied().unwrap_or(false);
        let flags = self.rest.strip_prefix("(?").unwrap_or("");
        let len =
            flags.find(|c: char| !c.is_ascii_alphabetic() && c != '-' && c != '^').unwrap_or(flags.len());
        let (flags, behind) = flags.split_at_checked(len).unwrap_or_default();
        let (on, off) = flags.split_once('-').unwrap_or((flags, ""));
        let is_set = !off.contains('m') && (on.contains('m') || around && !on.contains('^'));
        match behind.chars().next() {
            Some(')') => {
                if let Some(last) = self.lines.last_mut() {
                    *last = is_set;
                }
                self.copy("(?)".len() + len);
            }
            Some(':') => {
                self.lines.push(is_set);
                self.copy("(?:".len() + len);
            }
            _ => {
                self.lines.push(around);
                self.copy(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_replaced() {
        for (regex, replaced) in [
            ("", ""),
            ("ready", "ready"),
            ("ready$", r"ready(?=\n?\z)"),
            (r"a$|b$", r"a(?=\n?\z)|b(?=\n?\z)"),
            (r"5\$", r"5\$"),
            (r"\\$", r"\\(?=\n?\z)"),
            ("[$]x", "[$]x"),
            ("[]$]x$", r"[]$]x(?=\n?\z)"),
            ("[^]$]x", "[^]$]x"),
            (r"[\]$]", r"[\]$]"),
            ("[[:alpha:]$]$", r"[[:alpha:]$](?=\n?\z)"),
            ("(?m)a$", "(?m)a$"),
            ("(?im)a$", "(?im)a$"),
            ("(?i)a$", r"(?i)a(?=\n?\z)"),
            ("(?m:a$)b$", r"(?m:a$)b(?=\n?\z)"),
            ("(?:(?m)a$)b$", r"(?:(?m)a$)b(?=\n?\z)"),
            ("(?m)a$(?-m)b$(?^:c$)", r"(?m)a$(?-m)b(?=\n?\z)(?^:c(?=\n?\z))"),
            ("(?m)(?<name>a$)(?=$)", "(?m)(?<name>a$)(?=$)"),
            ("(?#$)x", "(?#$)x"),
            ("(a)$)$", r"(a)(?=\n?\z))(?=\n?\z)"),
            ("ü[ü$", "ü[ü$"),
            ("\\", "\\"),
            ("(?", "(?"),
        ] {
            let pattern = Pattern { regex: regex.to_owned() };
            assert_eq!(pattern.with_perls_end(), replaced, "{regex}");
        }
    }
}
