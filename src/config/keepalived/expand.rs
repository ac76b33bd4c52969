//! Conditions, variables and templates: one line of a file becomes none, one, or many.

use super::line::Line;
use super::remark::{At, Remarks};
use super::variable::{Surroundings, Template, Variables, definition, usage};
use std::ops::Range;
use std::rc::Rc;

/// So deep may variables and templates stand for each other.
const MAX_DEPTH: usize = 64;
/// A line after substitution is at most this long, in bytes.
pub(super) const MAX_LINE: usize = 64 << 10;

/// Where a text comes from.
#[derive(Clone, Debug)]
enum Origin {
    /// It stands in the file from this byte on.
    Direct(usize),
    /// It stands for these bytes of the file.
    Fixed(Range<usize>),
}

/// What is being read: texts on texts that stand for a part of them, and templates that go on when those above end.
#[derive(Debug)]
enum Level {
    Text { text: Rc<str>, at: usize, origin: Origin },
    Template { template: Template, body: Rc<str>, origin: Range<usize> },
}

/// Makes lines of lines.
#[derive(Debug, Default)]
pub(super) struct Expander {
    variables: Variables,
    levels: Vec<Level>,
    file: usize,
}

impl Expander {
    /// Takes the next line of a file (several if it is a definition that goes on). All before must have been read.
    pub fn feed(&mut self, text: &str, offset: usize, file: usize) {
        self.levels.push(Level::Text { text: Rc::from(text), at: 0, origin: Origin::Direct(offset) });
        self.file = file;
    }

    /// The next line that is not empty. `work` is counted down, by bytes and substitutions; at 0 nothing more comes.
    pub fn next(
        &mut self,
        around: Surroundings<'_>,
        work: &mut usize,
        remarks: &mut Remarks<'_>,
    ) -> Option<Line> {
        let mut line = Line::new(self.file);
        let mut is_beginning = true;
        loop {
            *work = work.saturating_sub(1);
            if *work == 0 {
                self.levels.clear();
            }
            let Some(level) = self.levels.last_mut() else {
                return Some(line).filter(|line| !line.text.is_empty());
            };
            let (text, at, origin) = match level {
                Level::Text { text, at, origin } => (Rc::clone(text), at, origin.clone()),
                Level::Template { .. } if !line.text.is_empty() => return Some(line),
                Level::Template { .. } => {
                    *work = work.saturating_sub(64);
                    self.next_round();
                    is_beginning = true;
                    continue;
                }
            };
            let rest = text.get(*at..).unwrap_or_default();
            if rest.is_empty() {
                self.levels.pop();
                continue;
            }
            if let Some(after) = rest.strip_prefix('\n') {
                *at = text.len() - after.len();
                if !line.text.is_empty() {
                    return Some(line);
                }
                is_beginning = true;
                continue;
            }
            let here = |at: usize, len: usize| match &origin {
                Origin::Direct(offset) => *offset + at..*offset + at + len,
                Origin::Fixed(range) => range.clone(),
            };
            if is_beginning {
                let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
                *at += blank;
                let rest = rest.get(blank..).unwrap_or_default();
                if let Some(condition) = rest.strip_prefix('@') {
                    let end = condition.find(char::is_whitespace).unwrap_or(condition.len());
                    let word = condition.get(..end).unwrap_or_default();
                    *at += 1 + end;
                    let holds = match word.strip_prefix('^') {
                        Some(other) => other != around.config_id,
                        None => word == around.config_id,
                    };
                    if !holds {
                        self.drop_line();
                    }
                    continue;
                }
                if let Some((name, value)) = definition(rest) {
                    let (value, len) = whole_value(value);
                    *at += name.len() + 2 + len;
                    *work = work.saturating_sub(len);
                    self.variables.set(name, &value);
                    continue;
                }
                if let Some(template) = rest.strip_prefix('~').and_then(Self::template_of) {
                    let len = rest.find('\n').unwrap_or(rest.len());
                    let span = here(*at, len);
                    *at += len;
                    self.template(template, span, remarks);
                    continue;
                }
                if blank > 0 {
                    continue;
                }
            }
            if let Some((name, len)) = usage(rest)
                && let Some(value) = self.variables.get(name, around)
            {
                let span = here(*at, len);
                *at += len;
                // `${_HASH}` is there to write what would begin a comment or a name: it is not looked at again.
                if value.is_empty() || name.starts_with('_') {
                    line.push_fixed(&value, span);
                    is_beginning = is_beginning && value.is_empty();
                } else {
                    *work = work.saturating_sub(64);
                    self.substitute(name.to_owned(), value, span, remarks);
                }
                continue;
            }
            // Up to what may be the next use; the `$` that is none is text.
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let tail = rest.get(first..).unwrap_or_default();
            let len = tail.find(['$', '\n']).map_or(rest.len(), |at| first + at);
            let part = rest.get(..len).unwrap_or_default();
            *work = work.saturating_sub(len);
            match origin {
                Origin::Direct(offset) => line.push_direct(part, offset + *at),
                Origin::Fixed(span) => line.push_fixed(part, span),
            }
            *at += len;
            is_beginning = false;
            if line.text.len() > MAX_LINE {
                let at = line.origin(0..1);
                remarks.error(at, "this line is longer than 64 KiB with what its variables stand for");
                self.drop_line();
                line = Line::new(self.file);
                is_beginning = true;
            }
        }
    }

    /// Past the end of the line that is being read.
    fn drop_line(&mut self) {
        while let Some(Level::Text { text, at, .. }) = self.levels.last_mut() {
            if let Some(len) = text.get(*at..).and_then(|rest| rest.find('\n')) {
                *at += len;
                return;
            }
            self.levels.pop();
        }
    }

    fn substitute(&mut self, name: String, value: Rc<str>, span: Range<usize>, remarks: &mut Remarks<'_>) {
        if self.levels.len() >= MAX_DEPTH {
            let at = At { file: self.file, start: span.start, end: span.end };
            let message =
                format!("`${name}` stands for itself, or for variables in more than {MAX_DEPTH} steps");
            remarks.error(at, message);
            self.levels.clear();
            return;
        }
        self.levels.push(Level::Text { text: value, at: 0, origin: Origin::Fixed(span) });
    }

    /// The kind of a template, its arguments, and what is to be repeated.
    fn template_of(text: &str) -> Option<(&str, Option<(&str, &str)>)> {
        let kind = ["SEQx", "SEQ", "LST"].into_iter().find(|kind| text.starts_with(kind))?;
        let rest = text.get(kind.len()..)?.strip_prefix('(')?;
        let rest = rest.split('\n').next()?;
        Some((kind, rest.split_once(')')))
    }

    fn template(
        &mut self,
        (kind, parts): (&str, Option<(&str, &str)>),
        span: Range<usize>,
        remarks: &mut Remarks<'_>,
    ) {
        let at = At { file: self.file, start: span.start, end: span.end };
        let Some((arguments, body)) = parts else {
            remarks.error(at, format!("~{kind} has no `)`"));
            return;
        };
        let template = match Template::parse(kind, arguments) {
            Ok(template) => template,
            Err(message) => {
                remarks.error(at, format!("~{kind}: {message}"));
                return;
            }
        };
        if self.levels.len() >= MAX_DEPTH {
            remarks.error(at, format!("templates and variables in more than {MAX_DEPTH} steps"));
            self.levels.clear();
            return;
        }
        self.levels.push(Level::Template { template, body: Rc::from(body), origin: span });
    }

    fn next_round(&mut self) {
        let Some(Level::Template { template, body, origin }) = self.levels.last_mut() else { return };
        let Some(row) = template.next() else {
            self.levels.pop();
            return;
        };
        for (name, value) in template.names.iter().zip(&row) {
            self.variables.set(name, value);
        }
        let text = Level::Text { text: Rc::clone(body), at: 0, origin: Origin::Fixed(origin.clone()) };
        self.levels.push(text);
    }
}

/// The value of a definition: to the end of the line, or of the last of several of which all but that end with `\`. And how
/// many bytes that took.
fn whole_value(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut len = 0;
    for line in text.split_inclusive('\n') {
        len += line.len();
        let bare = line.trim_end();
        let goes_on = bare.strip_suffix('\\');
        value.push_str(goes_on.unwrap_or(bare).trim());
        if goes_on.is_none() {
            return (value, len - usize::from(line.ends_with('\n')));
        }
        value.push('\n');
    }
    (value, len)
}
