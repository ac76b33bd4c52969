//! Lines, and the words in them.

use std::fmt;
use std::ops::Range;

/// A part of a text, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'s> {
    /// What it says.
    pub text: &'s str,
    /// Its first byte.
    pub at: usize,
}

/// Its text in messages: of a long one the beginning.
impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.char_indices().nth(MAX_SHOWN) {
            Some((at, _)) => write!(f, "{}…", self.to(at).text),
            None => f.write_str(self.text),
        }
    }
}

/// So many characters of a word are shown.
const MAX_SHOWN: usize = 60;

/// What counts as a blank: Perl's `\s`.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}')
}

impl<'s> Word<'s> {
    /// Its bytes.
    pub fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// From this byte of it on.
    pub fn from(self, byte: usize) -> Self {
        let text = self.text.get(byte..).unwrap_or("");
        Self { text, at: self.at + self.text.len() - text.len() }
    }

    /// Up to this byte of it.
    pub fn to(self, byte: usize) -> Self {
        Self { text: self.text.get(..byte).unwrap_or(self.text), ..self }
    }

    /// Without the blanks before and behind it.
    pub fn trim(self) -> Self {
        let rest = self.text.trim_start_matches(is_blank);
        let at = self.at + self.text.len() - rest.len();
        Self { text: rest.trim_end_matches(is_blank), at }
    }

    /// Without the blanks before it.
    pub fn trim_start(self) -> Self {
        self.split_while(is_blank).1
    }

    /// Its longest beginning of such characters, and the rest.
    pub fn split_while(self, is_part: impl Fn(char) -> bool) -> (Self, Self) {
        let len = self.text.find(|c| !is_part(c)).unwrap_or(self.text.len());
        (self.to(len), self.from(len))
    }

    /// The words between blanks.
    pub fn words(self) -> impl Iterator<Item = Self> {
        let mut rest = self.trim();
        std::iter::from_fn(move || {
            let (word, behind) = rest.split_while(|c| !is_blank(c));
            rest = behind.trim();
            (!word.text.is_empty()).then_some(word)
        })
    }

    /// Without what begins with a `#` behind a blank.
    pub fn without_comment(self) -> Self {
        let cut = self.text.match_indices('#').map(|(at, _)| at).find(|at| {
            let before = self.text.get(..*at).unwrap_or("");
            before.is_empty() || before.ends_with(is_blank)
        });
        cut.map_or(self, |at| self.to(at)).trim()
    }

    /// What stands between its first byte, a quote, and its last quote.
    pub fn between_quotes(self) -> Option<Self> {
        let inside = self.text.strip_prefix('"')?;
        let len = inside.rfind('"')?;
        Some(self.from(1).to(len))
    }
}

/// `key = value`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directive<'s> {
    /// The key.
    pub key: Word<'s>,
    /// What stands behind the `=`, as far as ldirectord reads it: in a block up to the first `#`.
    pub value: Word<'s>,
    /// The same up to the first `#` that is not between quotes: longer than `value` where a `#` is between quotes.
    pub whole: Word<'s>,
}

/// Splits a line at its `=`; `None`: there is no key, or no `=`.
pub(super) fn directive(line: Word<'_>, is_block: bool) -> Option<Directive<'_>> {
    let (key, rest) = line.split_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let behind = rest.trim_start();
    if key.text.is_empty() || !behind.text.starts_with('=') {
        return None;
    }
    let whole = behind.from(1).trim_start();
    if !is_block {
        return Some(Directive { key, value: whole, whole });
    }
    let mut is_quoted = false;
    let mut end = whole.text.len();
    for (at, c) in whole.text.char_indices() {
        is_quoted ^= c == '"';
        if c == '#' && !is_quoted {
            end = at;
            break;
        }
    }
    let value = whole.to(whole.text.find('#').unwrap_or(whole.text.len()));
    Some(Directive { key, value, whole: whole.to(end) })
}

/// How far a line is indented: a tab counts four.
pub(super) fn indentation(line: &str) -> usize {
    let blanks = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    blanks.map(|c| if c == '\t' { 4 } else { 1 }).sum()
}
