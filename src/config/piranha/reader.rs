//! Reads lines and blocks, and tells what is wrong with them.

use super::block::{Block, Head, Keys, SERVER_KEYS, Said, VIRTUAL_KEYS};
use super::virtual_server::{Server, Virtual};
use super::words::{Line, Word, split};
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::names::Names;
use crate::config::source::Source;
use std::collections::HashSet;
use std::ops::Range;

/// Reads a file.
pub(super) struct Reader<'r, 'o> {
    pub source: &'r Source,
    pub names: &'r Names,
    pub out: &'o mut Diagnostics,
    lines: Box<dyn Iterator<Item = (usize, &'r str)> + 'r>,
    /// A line that was taken and given back.
    given_back: Option<Line<'r>>,
    /// Where the first comment behind a value is, and how many there are.
    comments: Option<(Range<usize>, usize)>,
    /// Remarks that are made once.
    made: HashSet<&'static str>,
    /// Host names without an address: they are not asked for twice.
    pub nameless: HashSet<&'r str>,
}

impl<'r, 'o> Reader<'r, 'o> {
    pub fn new(source: &'r Source, names: &'r Names, out: &'o mut Diagnostics) -> Self {
        Self {
            source,
            names,
            out,
            lines: Box::new(source.lines()),
            given_back: None,
            comments: None,
            made: HashSet::new(),
            nameless: HashSet::new(),
        }
    }

    pub fn error(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.error(self.source, at, message)
    }

    pub fn warning(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.warning(self.source, at, message)
    }

    pub fn note(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.note(self.source, at, message)
    }

    /// Is this the first time that a remark of this kind is to be made?
    pub fn is_first(&mut self, kind: &'static str) -> bool {
        self.made.insert(kind)
    }

    /// The next line that is neither blank nor a comment.
    pub fn line(&mut self) -> Option<Line<'r>> {
        if let Some(line) = self.given_back.take() {
            return Some(line);
        }
        loop {
            let (start, text) = self.lines.next()?;
            match split(start, text) {
                Ok(line) if line.words.is_empty() => {}
                Ok(line) => return Some(line),
                Err(at) => {
                    self.error(at, "quotation mismatch: the quote has no end on this line");
                }
            }
        }
    }

    fn give_back(&mut self, line: Line<'r>) {
        self.given_back = Some(line);
    }

    /// What follows the words that a line needs: nothing, or a comment, which Piranha would refuse.
    pub fn end(&mut self, rest: &[Word<'_>]) -> bool {
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return true };
        let at = first.at.start..last.at.end;
        if first.is_comment() {
            self.comments.get_or_insert((at, 0)).1 += 1;
            return true;
        }
        self.error(at, "unexpected arguments").help("put values that have blanks into quotes");
        false
    }

    /// Tells of the comments behind values.
    pub fn tell_comments(&mut self) {
        if let Some((at, count)) = self.comments.take() {
            let lines = if count > 1 { format!(" (on {count} lines)") } else { String::new() };
            let message =
                format!("a comment behind a value{lines}: Piranha takes only whole lines as comments");
            self.note(at, message).strict().help("put it on a line of its own");
        }
    }

    /// The head of a block, `virtual NAME {`; `None`: it is told what is wrong with it.
    pub fn head(&mut self, line: &Line<'r>) -> Option<Head<'r>> {
        let word = line.words.first()?;
        let Some(name) = line.words.get(1) else {
            let message = format!("missing arguments: `{} NAME {{`", word.text);
            self.error(word.at.clone(), message);
            return None;
        };
        let brace = line.words.get(2);
        let (text, name_at, used) = match name.text.strip_suffix('{') {
            Some(bare) if !name.is_quoted && !bare.is_empty() && brace.is_none_or(Word::is_comment) => {
                let at = name.at.start..name.at.end - 1;
                self.note(name.at.clone(), "the brace must stand by itself for Piranha")
                    .strict()
                    .help(format!("write `{} {bare} {{`", word.text));
                (bare, at, 2)
            }
            _ if brace.is_some_and(|brace| brace.is("{")) => (name.text, name.at.clone(), 3),
            _ => {
                let at = brace.map_or(name.at.clone(), |brace| brace.at.clone());
                let message = format!("`{{` expected behind `{} {}`", word.text, short(name.text));
                self.error(at, message).help("it must stand on the same line");
                return None;
            }
        };
        self.end(line.words.get(used..).unwrap_or_default());
        if text.len() > MAX_NAME {
            self.error(name_at, format!("a name has at most {MAX_NAME} bytes"));
            return None;
        }
        Some(Head { word: word.clone(), name: text, name_at })
    }

    /// A line that is `key = value`.
    pub fn assignment(&mut self, line: &Line<'r>, keys: Keys, block: &mut Block<'r>, of: &str) {
        let Some(key) = line.words.first() else { return };
        let Some((name, kind)) = keys.iter().find(|(name, _)| key.is(name)) else {
            return self.unknown(line, keys, block, of);
        };
        let equals = line.words.get(1);
        if !equals.is_some_and(|word| word.is("=")) {
            let at = equals.map_or(key.at.clone(), |word| word.at.clone());
            self.error(at, format!("equal (=) expected after `{name}`"))
                .help(format!("write `{name} = VALUE`"));
            block.is_broken = true;
            return;
        }
        if line.is_glued && self.is_first("glued") {
            let at = equals.map_or(key.at.clone(), |word| word.at.clone());
            self.note(at, "`=` must stand by itself for Piranha").strict().help("put blanks around it");
        }
        let values = line.words.get(2..).unwrap_or_default();
        match self.value(key, *kind, values) {
            Some((value, at)) => {
                let said = Said { value, key_at: key.at.clone(), at };
                if block.said.insert(name, said).is_some() {
                    self.note(key.at.clone(), format!("`{name}` is given twice: the last counts"));
                }
            }
            None => block.is_broken = true,
        }
    }

    fn unknown(&mut self, line: &Line<'r>, keys: Keys, block: &mut Block<'r>, of: &str) {
        let Some(key) = line.words.first() else { return };
        block.is_broken = true;
        let text = short(key.text);
        if key.is("}") {
            self.error(key.at.clone(), "`}` without a block that it could end");
            return;
        }
        let message = format!("unknown command `{text}` {of}");
        if !self.out.has_room() {
            self.error(key.at.clone(), message);
            if opens(line) {
                self.skip();
            }
            return;
        }
        let near = keys.iter().map(|(name, _)| *name).find(|name| is_near(name, key.text));
        let known = keys.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let help = near.map_or_else(|| format!("known here: {known}"), |name| format!("`{name}`?"));
        self.error(key.at.clone(), message).help(help);
        if opens(line) {
            self.skip();
        }
    }

    /// Skips to the end of a block whose head has been taken.
    fn skip(&mut self) {
        let mut depth = 1_usize;
        while depth > 0
            && let Some((start, text)) = self.lines.next()
        {
            // What is wrong in there is not told: the block as a whole has been.
            let Ok(line) = split(start, text) else { continue };
            if opens(&line) {
                depth += 1;
            } else if line.words.first().is_some_and(|word| word.is("}")) {
                depth -= 1;
            }
        }
    }

    /// Skips a block whose head is wrong, if it is one: its brace may stand on the next line.
    pub fn skip_headless(&mut self, line: &Line<'r>) {
        if opens(line) {
            return self.skip();
        }
        match self.line() {
            Some(next) if next.words.first().is_some_and(|word| word.is("{")) => self.skip(),
            Some(next) => self.give_back(next),
            None => {}
        }
    }

    /// `virtual` or `failover`.
    pub fn virtual_server(&mut self, head: Head<'r>) -> Virtual<'r> {
        let mut block = Block::default();
        let mut servers = Vec::new();
        loop {
            let Some(line) = self.line() else {
                self.unclosed(&head);
                break;
            };
            let Some(first) = line.words.first() else { continue };
            if first.is("}") {
                self.end(line.words.get(1..).unwrap_or_default());
                break;
            }
            if is_next_block(&line) {
                self.missing_brace(&head, first.at.clone());
                block.is_broken = true;
                self.give_back(line);
                break;
            }
            if !first.is("server") {
                self.assignment(&line, VIRTUAL_KEYS, &mut block, "in a virtual server");
                continue;
            }
            match self.head(&line) {
                Some(head) => {
                    let port = block.number("port").map_or(80, |(port, _)| port);
                    servers.extend(self.server(head, port, &mut block.is_broken));
                }
                None => {
                    block.is_broken = true;
                    self.skip_headless(&line);
                }
            }
        }
        self.unused(&head, &block);
        Virtual::new(head, &block, servers)
    }

    fn server(&mut self, head: Head<'r>, port: i64, is_broken: &mut bool) -> Option<Server<'r>> {
        let mut block = Block::default();
        loop {
            let Some(line) = self.line() else {
                self.unclosed(&head);
                break;
            };
            let Some(first) = line.words.first() else { continue };
            if first.is("}") {
                self.end(line.words.get(1..).unwrap_or_default());
                break;
            }
            if is_next_block(&line) || first.is("server") && opens(&line) {
                self.missing_brace(&head, first.at.clone());
                block.is_broken = true;
                self.give_back(line);
                break;
            }
            self.assignment(&line, SERVER_KEYS, &mut block, "in a server");
        }
        *is_broken |= block.is_broken;
        if !block.is_on("active") {
            if !block.is_broken {
                let message = format!("the server `{}` is not active: it is left out", head.name);
                self.note(head.name_at.clone(), message);
            }
            return None;
        }
        Some(Server::new(head, &block, port))
    }

    fn missing_brace(&mut self, head: &Head<'_>, at: Range<usize>) {
        let (line, _) = self.source.position(head.word.at.start);
        self.error(at, format!("`}}` is missing: `{} {}` of line {line} goes on", head.word.text, head.name));
    }

    /// The file ends in a block: Piranha does not mind.
    fn unclosed(&mut self, head: &Head<'_>) {
        let message = format!("`{} {}` has no end: it ends with the file", head.word.text, head.name);
        self.note(head.word.at.clone(), message).help("write `}` on a line of its own");
    }
}

/// A name is told with many remarks, so it has an end.
const MAX_NAME: usize = 255;

/// What a remark shows of a word.
pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Does a line open a block?
fn opens(line: &Line<'_>) -> bool {
    let last = line.words.iter().take_while(|word| !word.is_comment()).last();
    last.is_some_and(|word| !word.is_quoted && word.text.ends_with('{'))
}

/// `virtual NAME {` where something else should be.
fn is_next_block(line: &Line<'_>) -> bool {
    line.words.first().is_some_and(|word| word.is("virtual") || word.is("failover")) && opens(line)
}

/// Is this probably what was meant: other capitals, or a letter more, less, other, or in another place?
fn is_near(name: &str, given: &str) -> bool {
    let (name, given) = (name.as_bytes(), given.as_bytes());
    if name.eq_ignore_ascii_case(given) {
        return true;
    }
    let head = name.iter().zip(given).take_while(|(a, b)| a == b).count();
    let tail = name.iter().rev().zip(given.iter().rev()).take_while(|(a, b)| a == b).count();
    let longer = name.len().max(given.len());
    let common = (head + tail).min(name.len()).min(given.len());
    name.len() > 3 && longer - common <= if name.len() == given.len() { 2 } else { 1 }
}
