//! A file's lines, sorted into what belongs to a service and what belongs to all.

use super::address::Address;
use super::global::{self, Globals};
use super::line::{Word, directive, indentation, is_blank};
use super::remarks::{Remarks, is_empty};
use super::service::{self, Service};
use crate::lvs::Family;
use std::collections::BTreeSet;

/// A file, read but not yet put together: globals count for services before them, too.
#[derive(Debug, Default)]
pub(super) struct Document<'s> {
    /// What counts for all.
    pub globals: Globals<'s>,
    /// The services, in order.
    pub services: Vec<Service<'s>>,
}

/// What the line before was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// No service yet.
    Before,
    /// In a service's block.
    Inside,
    /// Behind a blank line behind a block.
    Behind,
    /// Behind a line of column 1 that is no service.
    Outside,
}

/// Reads the lines of a text.
struct Lines<'s, 'r, 'a> {
    document: Document<'s>,
    remarks: &'r mut Remarks<'a>,
    at: Where,
    /// Keys of the current block, or of the globals, that were said.
    said: BTreeSet<&'s str>,
    said_outside: BTreeSet<&'s str>,
    /// A mistake that goes on over lines was told for this block.
    told: bool,
    /// A `virtual` line that is a comment, inside of a block.
    silenced: Option<Word<'s>>,
    /// Behind a header in brackets that belongs to another program, with no known key since.
    is_foreign: bool,
}

/// Reads a text.
pub(super) fn read<'s>(source: &'s crate::config::source::Source, remarks: &mut Remarks<'_>) -> Document<'s> {
    let mut lines = Lines {
        document: Document::default(),
        remarks,
        at: Where::Before,
        said: BTreeSet::new(),
        said_outside: BTreeSet::new(),
        told: false,
        silenced: None,
        is_foreign: false,
    };
    let mut last = None;
    for (at, text) in source.lines() {
        last = Some(Word { text, at });
        lines.line(Word { text, at });
    }
    if let Some(last) = last.filter(|line| service_line(*line).is_some()) {
        let message = "a service on the last line of a file: ldirectord reads it twice, and refuses it";
        lines.remarks.refused_note(last.span(), message).help("add a line behind it");
    }
    lines.document
}

impl<'s> Lines<'s, '_, '_> {
    fn line(&mut self, line: Word<'s>) {
        let indent = indentation(line.text);
        let bare = line.trim();
        if bare.text.starts_with('#') {
            let inside = bare.from(1).trim_start();
            if self.at != Where::Before && service_line(inside).is_some() {
                self.silenced = Some(bare);
            }
        } else if bare.text.is_empty() {
            if self.at == Where::Inside && indent > 4 {
                let message = "blanks on an empty line in a block: ldirectord takes them for a command";
                self.remarks.refused_note(line.span(), message).help("remove them");
            } else if self.at == Where::Inside {
                self.at = Where::Behind;
            }
        } else if indent == 0 {
            self.at_column_1(line);
        } else {
            self.indented(line, indent);
        }
    }

    fn at_column_1(&mut self, line: Word<'s>) {
        if let Some((family, value)) = service_line(line) {
            let address = Address::read(value, family, self.remarks);
            self.document.services.push(Service::new(value.without_comment(), family, address));
            self.at = Where::Inside;
            self.said.clear();
            self.told = false;
            self.silenced = None;
            self.is_foreign = false;
            return;
        }
        let key = directive(line, false).map(|directive| directive.key.text);
        if self.at != Where::Before && key.is_some_and(|key| service::KEYS.contains(&key)) {
            let message = "a line of a service is not indented: ldirectord ends the service there";
            if !std::mem::replace(&mut self.told, true) {
                let help = "put a tab or four blanks before this line and those of the service that follow";
                self.remarks.error(key_span(line), message).help(help);
            }
            self.block_line(line);
            return;
        }
        self.global(line);
        if self.at != Where::Before {
            self.at = Where::Outside;
        }
    }

    fn indented(&mut self, line: Word<'s>, indent: usize) {
        // Blanks at the end count for some keys.
        let inside = line.trim_start();
        let key = directive(inside, true).map(|directive| directive.key.text);
        match self.at {
            Where::Before if key.is_some_and(|key| global::KEYS.contains(&key)) => {
                let message =
                    "blanks before a line that belongs to no service: ldirectord does not know it then";
                self.remarks.refused_note(key_span(inside), message).help("remove the blanks");
                self.global(inside);
                return;
            }
            Where::Before if service_line(inside).is_some() => {
                let message = "blanks before a virtual service: ldirectord does not know it then";
                self.remarks.refused_note(key_span(inside), message).help("remove the blanks");
                self.at_column_1(inside);
                return;
            }
            Where::Before => {
                if !std::mem::replace(&mut self.told, true) {
                    let message = "this belongs to no service: there is no virtual= before it";
                    self.remarks.error(key_span(inside), message);
                }
                return;
            }
            Where::Behind | Where::Outside if service_line(inside).is_some() => {
                let message = "blanks before a virtual service: ldirectord does not know it then";
                self.remarks.refused_note(key_span(inside), message).help("remove the blanks");
                self.at_column_1(inside);
                return;
            }
            Where::Inside if indent < 4 => {
                if !std::mem::replace(&mut self.told, true) {
                    let message =
                        "indented by less than a tab or four blanks: ldirectord does not know it then";
                    self.remarks.refused_note(key_span(inside), message).help("indent by four blanks");
                }
            }
            Where::Inside => {}
            Where::Behind if let Some(silenced) = self.silenced.take() => {
                let message = format!("this belongs to no service: that of `{silenced}` is a comment");
                self.remarks.error(key_span(inside), message).help("make this a comment, too");
                self.at = Where::Inside;
            }
            Where::Behind => {
                let message =
                    "a line of a service behind a blank line, which ends the service for ldirectord";
                self.remarks.refused_note(key_span(inside), message).help("remove the blank line");
                self.at = Where::Inside;
            }
            Where::Outside => {
                let message = "this belongs to no service: a line without indentation ended the one before";
                self.remarks
                    .error(key_span(inside), message)
                    .help("put what is for all services before the first, and this to its service");
                self.at = Where::Inside;
            }
        }
        if let Some(silenced) = self.silenced.take() {
            let message =
                "this service is a comment: the lines that follow belong to the one before, as in ldirectord";
            self.remarks.warning(silenced.span(), message).help("make its lines comments, too");
        }
        self.block_line(inside);
    }

    fn block_line(&mut self, line: Word<'s>) {
        let Some(service) = self.document.services.last_mut() else { return };
        let Some(found) = directive(line, true) else {
            self.unknown(line);
            return;
        };
        if !service.take(&found, self.remarks) {
            let key = found.key.text;
            if global::KEYS.contains(&key) {
                let message = format!("{key} is for all services: ldirectord does not know it inside of one");
                self.remarks.error(found.key.span(), message).help("put it before the first virtual=");
            } else {
                self.unknown_key(found.key);
            }
            return;
        }
        let key = found.key.text;
        if !key.starts_with("real") && !self.said.insert(key) {
            self.remarks.note(found.key.span(), format!("{key} is said twice: this one counts"));
        }
    }

    fn global(&mut self, line: Word<'s>) {
        let Some(found) = directive(line, false) else {
            if !self.document.globals.take_bare(line, self.remarks) {
                self.unknown(line);
            }
            return;
        };
        if !self.document.globals.take(&found, self.remarks) {
            if service::KEYS.contains(&found.key.text) {
                let message = "this belongs to no service: there is no virtual= before it";
                if !std::mem::replace(&mut self.told, true) {
                    self.remarks.error(found.key.span(), message);
                }
            } else if !self.is_foreign {
                self.unknown_key(found.key);
            }
            return;
        }
        self.is_foreign = false;
        let key = found.key.text;
        if key != "execute" && !self.said_outside.insert(key) {
            self.remarks.note(found.key.span(), format!("{key} is said twice: this one counts"));
        }
    }

    /// A line without `=`, or with something odd before it.
    fn unknown(&mut self, line: Word<'s>) {
        let line = line.trim();
        if line.text.starts_with('[') {
            // One remark for all headers, and for what stands under those that mean nothing here.
            if !self.said_outside.insert("[") {
                self.is_foreign = true;
                return;
            }
            let message = "a header in brackets: ldirectord's files have none";
            self.remarks
                .error(line.without_comment().span(), message)
                .help("remove the headers of this file");
            self.is_foreign = true;
        } else if !self.is_foreign {
            let message = "neither `key = value` nor a comment";
            self.remarks.error(line.span(), message);
        }
    }

    fn unknown_key(&mut self, key: Word<'s>) {
        let known = global::KEYS.iter().chain(&service::KEYS).copied().chain(["virtual", "virtual6"]);
        let has_room = self.remarks.out.has_room();
        let similar = known.clone().find(|known| has_room && is_similar(known, key.text));
        let remark = self.remarks.error(key.span(), format!("unknown key `{key}`"));
        match similar {
            Some(similar) => drop(remark.help(format!("is {similar} meant?"))),
            None => drop(remark.help("docs/dialects/ldirectord.md has all keys")),
        }
    }
}

/// `virtual=…` or `virtual6=…`: the family, and what stands behind.
pub(super) fn service_line(line: Word<'_>) -> Option<(Family, Word<'_>)> {
    let found = directive(line, false)?;
    match found.key.text {
        "virtual" => Some((Family::V4, found.value)),
        "virtual6" => Some((Family::V6, found.value)),
        _ => None,
    }
}

fn key_span(line: Word<'_>) -> std::ops::Range<usize> {
    line.split_while(|c| !is_blank(c) && c != '=').0.span()
}

/// Longer than any key.
const MAX_KEY: usize = 24;

/// The same but for one letter that is missing, too much or wrong, two neighbours, capitals, `-` and `_`.
fn is_similar(known: &str, key: &str) -> bool {
    if key.len() > MAX_KEY {
        return false;
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let (known, key) = (plain(known), plain(key));
    if key.len() > known.len() + 1 || known.len() > key.len() + 1 || is_empty(&key) {
        return false;
    }
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let before = common(&known, &key);
    let reverse = |text: &str| text.chars().rev().collect::<String>();
    let behind = common(&reverse(&known), &reverse(&key));
    let longer = known.len().max(key.len());
    let sorted = |text: &str| {
        let mut letters: Vec<u8> = text.bytes().collect();
        letters.sort_unstable();
        letters
    };
    before + behind + 1 >= longer || before + behind + 2 == longer && sorted(&known) == sorted(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        for (known, key) in [
            ("receive", "recieve"),
            ("checkinterval", "chekinterval"),
            ("checkinterval", "check-interval"),
            ("checkport", "CheckPort"),
            ("real", "reals"),
            ("ops", "opt"),
        ] {
            assert!(is_similar(known, key), "{key}");
        }
        for (known, key) in [("receive", "request"), ("real", "virtual"), ("ops", ""), ("fork", "frok2")] {
            assert!(!is_similar(known, key), "{key}");
        }
        assert!(!is_similar("real", &"real".repeat(9)));
    }

    #[test]
    fn services_begin_with_their_line() {
        let line =
            |text| service_line(Word { text, at: 7 }).map(|(family, value)| (family, value.text, value.at));
        assert_eq!(line("virtual = 10 # x"), Some((Family::V4, "10 # x", 17)));
        assert_eq!(line("virtual6=[::1]:80"), Some((Family::V6, "[::1]:80", 16)));
        for text in ["virtual 10", "virtual7=10", "virtually=1", " virtual=10", "#virtual=10", ""] {
            assert_eq!(line(text), None, "{text}");
        }
    }
}
