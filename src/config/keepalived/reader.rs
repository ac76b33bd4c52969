//! Goes through blocks by their schema.

use super::draft::Draft;
use super::feed::Feed;
use super::keys_global::ROOT;
use super::line::{Event, Statement};
use super::remark::Remarks;
use super::schema::{Block, Fate, Key, Value, alike};
use super::value::check;
use crate::config::pattern::Patterns;

/// Reads.
pub(super) struct Reader<'r, 'c> {
    pub feed: Feed<'c>,
    pub remarks: Remarks<'r>,
    pub draft: Draft,
    /// Patterns that were looked at.
    pub patterns: Patterns,
    /// Within a block that was told of, and is left out.
    is_left_out: bool,
    /// The text ended within a block, and that was told.
    is_cut: bool,
}

/// A statement of a block, with what is known of its keyword. `None`: a line that begins with no keyword.
pub(super) type Entry = (Option<&'static Key>, Statement);

impl<'r, 'c> Reader<'r, 'c> {
    pub fn new(feed: Feed<'c>, remarks: Remarks<'r>, draft: Draft) -> Self {
        Self { feed, remarks, draft, patterns: Patterns::default(), is_left_out: false, is_cut: false }
    }

    /// The next statement of this block that is to be done, and its `{` if it has one; `None` at the block's end, which is
    /// taken. Everything else is told and left out, with its block.
    pub fn entry(&mut self, block: &'static Block) -> Option<Entry> {
        let mut scripts = Vec::new();
        loop {
            let is_root = std::ptr::eq(block, &raw const ROOT);
            let statement = match self.feed.next(&mut self.remarks) {
                None => {
                    if !is_root {
                        self.tell_cut(block.name);
                    }
                    return None;
                }
                Some(Event::Close(_)) if !is_root => return None,
                Some(Event::Close(at)) => {
                    self.remarks.warning(at, "there is no { that this would end").strict();
                    continue;
                }
                Some(Event::Open(at)) => {
                    let help = "the whole block is left out";
                    self.remarks.warning(at, "this { belongs to nothing").strict().help(help);
                    self.skip();
                    continue;
                }
                Some(Event::Statement(statement)) => statement,
            };
            let Some(key) = block.key(statement.keyword()) else {
                match block.free {
                    Some(value) => {
                        self.no_block(&statement);
                        if check(value, 0, &statement, &mut self.remarks) && !self.is_left_out {
                            return Some((None, statement));
                        }
                    }
                    None => self.unknown(block, &statement),
                }
                continue;
            };
            self.enter(key, &statement);
            if key.value.needs_word() && statement.word(1).is_none() {
                let message = format!("`{}` needs a value", key.name);
                self.remarks.error(statement.at(), message).help("keepalived ends here");
                self.leave_out(key);
            } else if self.is_to_be_done(key, &statement) {
                if check(key.value, 1, &statement, &mut self.remarks) {
                    return Some((Some(key), statement));
                }
                self.leave_out(key);
            } else {
                check(key.value, 1, &statement, &mut self.remarks);
                if key.value == Value::Script && scripts.contains(&key.name) {
                    let message = format!("`{}` is there already: keepalived takes the first", key.name);
                    self.remarks.warning(statement.from(0), message).strict();
                } else if key.value == Value::Script {
                    scripts.push(key.name);
                }
                self.walk(key);
            }
        }
    }

    /// Takes the `{` of a key that has a block, and tells if one is missing or too many.
    fn enter(&mut self, key: &Key, statement: &Statement) {
        if key.body.is_none() {
            self.no_block(statement);
        } else if let Some(Event::Open(_)) = self.feed.peek(&mut self.remarks) {
            self.feed.next(&mut self.remarks);
        } else {
            let message = format!("`{}` is a block: a {{ is missing", key.name);
            let help = "what follows is read as if it were there";
            self.remarks.warning(statement.from(0), message).strict().help(help);
        }
    }

    /// A block behind something that has none.
    fn no_block(&mut self, statement: &Statement) {
        if let Some(Event::Open(at)) = self.feed.peek(&mut self.remarks) {
            let (at, keyword) = (*at, statement.keyword());
            let message = format!("`{keyword}` has no block");
            let help = "the whole block is left out; in a value, { and } need quotes";
            self.remarks.warning(at, message).strict().help(help);
            self.feed.next(&mut self.remarks);
            self.skip();
        }
    }

    fn unknown(&mut self, block: &'static Block, statement: &Statement) {
        let word = statement.keyword();
        let has_block = matches!(self.feed.peek(&mut self.remarks), Some(Event::Open(_)));
        let what = if has_block { "block" } else { "keyword" };
        let within = if block.name.is_empty() { String::new() } else { format!(" in {}", block.name) };
        let message = format!("unknown {what} `{word}`{within}");
        let left = if has_block { "the whole block is left out" } else { "the line is left out" };
        self.remarks.warning(statement.at(), message).strict().help_with(|| {
            Some(match alike(block, word) {
                Some(meant) => format!("did you mean `{meant}`? {left}"),
                None if word.starts_with('$') => format!("there is no such variable; {left}"),
                None => left.to_owned(),
            })
        });
        if has_block {
            self.feed.next(&mut self.remarks);
            self.skip();
        }
    }

    /// Leaves out the rest of a block that is open.
    pub fn skip(&mut self) {
        let mut depth = 1_u64;
        while depth > 0 {
            match self.feed.next(&mut self.remarks) {
                None => return self.tell_cut("a block that is left out"),
                Some(Event::Open(_)) => depth += 1,
                Some(Event::Close(_)) => depth -= 1,
                Some(Event::Statement(_)) => {}
            }
        }
    }

    fn tell_cut(&mut self, within: &str) {
        if !std::mem::replace(&mut self.is_cut, true) {
            let message = format!("the text ends within {within}: a }} is missing");
            self.remarks.warning(self.feed.last(), message).strict();
        }
    }

    /// Leaves out the block of a key whose statement is no good.
    fn leave_out(&mut self, key: &Key) {
        if key.body.is_some() {
            self.skip();
        }
    }

    /// Goes through the block of a key that is not done, for the mistakes in it.
    fn walk(&mut self, key: &Key) {
        let Some(body) = key.body else { return };
        let before = std::mem::replace(&mut self.is_left_out, true);
        while let Some((Some(key), _)) = self.entry(body) {
            self.leave_out(key);
        }
        self.is_left_out = before;
    }

    /// Tells what becomes of a key that is not done.
    fn is_to_be_done(&mut self, key: &'static Key, statement: &Statement) -> bool {
        if self.is_left_out {
            return false;
        }
        let (name, at) = (key.name, statement.at());
        match key.fate {
            Fate::Done => return true,
            Fate::Needless(why) => drop(self.remarks.note(at, format!("`{name}` has no effect: {why}"))),
            Fate::Missing(what) => drop(self.remarks.warning(at, format!("`{name}` has no effect: {what}"))),
            Fate::Foreign(what) => drop(self.remarks.note(at, format!("`{name}`: {what}")).strict()),
        }
        false
    }

    /// Tells that a value is not known; the key keeps its default.
    pub fn bad_value(&mut self, statement: &Statement, message: impl Into<String>, help: &str) {
        let at = statement.from(1);
        self.remarks.warning(at, message).strict().help(help);
    }
}

/// Is a free line of this kind allowed to have no more than its keyword?
pub(super) const fn is_single(value: Value) -> bool {
    matches!(value, Value::Nothing | Value::Bool | Value::Number(..) | Value::Seconds(..) | Value::OneOf(_))
}
