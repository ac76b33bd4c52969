//! The files, one in the other, as one row of words and braces.

use super::expand::{Expander, MAX_LINE};
use super::line::{Event, Line, split, without_comment};
use super::remark::{At, Remarks};
use super::variable::{Surroundings, definition};
use crate::config::dialect::Context;
use crate::config::source::{Source, SourceError};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// So deep may files include each other.
const MAX_DEPTH: usize = 32;
/// So often may files be included altogether.
const MAX_INCLUDED: usize = 10_000;
/// So much may all lines take together: a byte is 1, a line 32, a substitution and a template's round 64.
const MAX_WORK: usize = 128 << 20;

/// A file that is being read.
#[derive(Debug)]
struct Open {
    source: Rc<Source>,
    number: usize,
    /// The next byte.
    at: usize,
    folder: String,
    /// The numbers of the files that it is included from.
    within: Vec<usize>,
}

/// Gives events, reading files as it needs them.
pub(super) struct Feed<'c> {
    context: &'c Context<'c>,
    open: Vec<Open>,
    known: HashMap<PathBuf, usize>,
    included: usize,
    expander: Expander,
    queue: VecDeque<Event>,
    work: usize,
    /// Where the last line was.
    last: At,
}

impl<'c> Feed<'c> {
    pub fn new(source: Rc<Source>, context: &'c Context<'c>, remarks: &mut Remarks<'_>) -> Self {
        let mut feed = Self {
            context,
            open: Vec::new(),
            known: HashMap::new(),
            included: 0,
            expander: Expander::default(),
            queue: VecDeque::new(),
            work: MAX_WORK,
            last: At::default(),
        };
        feed.known.insert(PathBuf::from(source.name()), 0);
        remarks.sources.push(Rc::clone(&source));
        feed.enter(source, 0, Vec::new());
        feed
    }

    fn enter(&mut self, source: Rc<Source>, number: usize, within: Vec<usize>) {
        let folder =
            Path::new(source.name()).parent().map_or(String::new(), |folder| folder.display().to_string());
        let folder = if folder.is_empty() { ".".to_owned() } else { folder };
        self.open.push(Open { source, number, at: 0, folder, within });
    }

    /// Where the last line was.
    pub const fn last(&self) -> At {
        self.last
    }

    /// What comes next, without taking it.
    pub fn peek(&mut self, remarks: &mut Remarks<'_>) -> Option<&Event> {
        self.fill(remarks);
        self.queue.front()
    }

    /// What comes next.
    pub fn next(&mut self, remarks: &mut Remarks<'_>) -> Option<Event> {
        self.fill(remarks);
        self.queue.pop_front()
    }

    fn fill(&mut self, remarks: &mut Remarks<'_>) {
        while self.queue.is_empty() && self.work > 0 {
            let around = Surroundings {
                config_id: &self.context.config_id,
                folder: self.open.last().map_or("", |open| &open.folder),
                environment: &self.context.environment,
            };
            if let Some(line) = self.expander.next(around, &mut self.work, remarks) {
                self.work = self.work.saturating_sub(32);
                self.last = line.origin(0..line.text.len());
                if !self.include(&line, remarks) {
                    split(&line, &mut self.queue, remarks);
                }
            } else if self.work > 0 && !self.feed_line(remarks) {
                return;
            }
            if self.work == 0 {
                let message = "with its variables, templates and includes this text is too long";
                remarks.error(self.last, message);
            }
        }
    }

    /// Gives the next line of the innermost file to the expander. False at the end of all.
    fn feed_line(&mut self, remarks: &mut Remarks<'_>) -> bool {
        let Some(open) = self.open.last_mut() else { return false };
        let source = Rc::clone(&open.source);
        let (number, start) = (open.number, open.at);
        let rest = source.text().get(start..).unwrap_or_default();
        if rest.is_empty() {
            self.open.pop();
            return !self.open.is_empty();
        }
        let line = first_line(rest);
        let mut len = line.len();
        let bare = without_comment(line).trim_end();
        let mut text = std::borrow::Cow::Borrowed(bare);
        if bare.ends_with('\\') && is_definition(bare) {
            // A definition goes on in the next lines.
            let text = text.to_mut();
            while text.ends_with('\\') && len < rest.len() {
                let line = first_line(rest.get(len..).unwrap_or_default());
                len += line.len();
                text.push('\n');
                text.push_str(without_comment(line).trim_end());
            }
        } else if text.len() > MAX_LINE {
            let at = At { file: number, start, end: start + bare.len().min(80) };
            remarks.error(at, "this line is longer than 64 KiB");
            text = std::borrow::Cow::Borrowed("");
        }
        open.at = start + len;
        self.work = self.work.saturating_sub(len + 16);
        if !text.trim().is_empty() {
            self.expander.feed(&text, start, number);
        }
        true
    }

    /// Opens what an `include` line names. False if it is none.
    fn include(&mut self, line: &Line, remarks: &mut Remarks<'_>) -> bool {
        let mut words = line.text.split_whitespace();
        let Some("include" | "includer" | "includem" | "includew" | "includeb" | "includea" | "includet") =
            words.next()
        else {
            return false;
        };
        let Some(pattern) = words.next() else { return false };
        let start = line.text.find(pattern).unwrap_or(0);
        let at = line.origin(start..start + pattern.len());
        let bare = pattern.trim_matches('"');
        if bare != pattern {
            let message =
                "keepalived looks for a file with these quotes in its name: they are taken off here";
            remarks.note(at, message).strict();
        }
        let folder = self.open.last().map_or("", |open| open.folder.as_str());
        let whole = Path::new(folder).join(bare).display().to_string();
        let within =
            self.open.last().map_or(Vec::new(), |open| [open.within.as_slice(), &[open.number]].concat());
        let mut found = Vec::new();
        for pattern in alternatives(&whole) {
            let has_wildcards = pattern.contains(['*', '?', '[']);
            let mut matching = if has_wildcards { self.context.files.matching(&pattern) } else { Vec::new() };
            if !has_wildcards {
                matching.push(PathBuf::from(&pattern));
            } else if matching.is_empty() {
                remarks.note(at, format!("no file matches `{pattern}`"));
            }
            found.extend(matching);
        }
        // The last is opened first, so that the first is read first.
        for path in found.into_iter().rev() {
            self.included += 1;
            if self.work == 0 {
                break;
            }
            if self.included > MAX_INCLUDED {
                remarks.error(at, format!("more than {MAX_INCLUDED} files are included"));
                break;
            }
            self.open_file(&path, &within, at, remarks);
        }
        true
    }

    fn open_file(&mut self, path: &Path, within: &[usize], at: At, remarks: &mut Remarks<'_>) {
        if within.len() > MAX_DEPTH {
            remarks.error(at, format!("files include each other more than {MAX_DEPTH} deep"));
            return;
        }
        if let Some(number) = self.known.get(path).copied() {
            if within.contains(&number) {
                remarks.error(at, format!("{} includes itself", path.display()));
            } else if let Some(source) = remarks.sources.get(number).cloned() {
                self.enter(source, number, within.to_vec());
            }
            return;
        }
        match self.context.files.load(path) {
            Ok(source) => {
                self.work = self.work.saturating_sub(source.text().len());
                let source = Rc::new(source);
                let number = remarks.sources.len();
                remarks.sources.push(Rc::clone(&source));
                self.known.insert(path.to_path_buf(), number);
                self.enter(source, number, within.to_vec());
            }
            // keepalived goes on without a file that it cannot open, or that is a directory, and finds nothing wrong.
            Err(error @ (SourceError::Io { .. } | SourceError::NotRegular { .. })) => {
                let help = "keepalived goes on without it, and so does this program";
                remarks.warning(at, format!("not included: {error}")).help(help);
            }
            Err(error) => {
                remarks.error(at, format!("cannot be included: {error}"));
            }
        }
    }
}

/// The first line of a text, with its end.
fn first_line(text: &str) -> &str {
    text.find('\n').and_then(|end| text.get(..=end)).unwrap_or(text)
}

/// Does a line define a variable, perhaps under a condition?
fn is_definition(line: &str) -> bool {
    let line = line.trim_start();
    let line = if line.starts_with('@') {
        line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start())
    } else {
        line
    };
    definition(line).is_some()
}

/// A pattern with `{a,b}` as several without; at most 1000.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        match braces(&pattern).filter(|(_, parts, _)| open.len() + done.len() + parts.len() <= 1000) {
            Some((before, parts, after)) => {
                open.extend(parts.into_iter().rev().map(|part| format!("{before}{part}{after}")));
            }
            None => done.push(pattern),
        }
    }
    done
}

/// The first `{…,…}`: what is before, its parts, and what is behind.
fn braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = pattern.find('{')?;
    let inner = pattern.get(start + 1..)?;
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b',' if depth == 0 => {
                parts.push(inner.get(from..at)?);
                from = at + 1;
            }
            b'}' if depth == 0 => {
                parts.push(inner.get(from..at)?);
                return Some((pattern.get(..start)?, parts, inner.get(at + 1..)?));
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_patterns() {
        assert_eq!(alternatives("a/{b,{c,d}e}x"), ["a/bx", "a/cex", "a/dex"]);
        assert_eq!(alternatives("{,a}{1,2}"), ["1", "2", "a1", "a2"]);
        assert_eq!(alternatives("{a"), ["{a"]);
        assert_eq!(alternatives(&"{a,b}".repeat(20)).len(), 1000, "bounded");
    }
}
