//! A line after substitution, where its parts come from, and its words.

use super::remark::{At, Remarks};
use std::collections::VecDeque;
use std::ops::Range;

/// A piece of a line: from `at` on its text comes from these bytes of the file, one for one or, if substituted, as a whole.
#[derive(Clone, Debug)]
struct Piece {
    at: usize,
    origin: Range<usize>,
    is_direct: bool,
}

/// A line after substitution.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub text: String,
    pub file: usize,
    pieces: Vec<Piece>,
}

impl Line {
    /// An empty one of this file.
    pub fn new(file: usize) -> Self {
        Self { file, ..Self::default() }
    }

    /// Adds text that stands in the file from this byte on.
    pub fn push_direct(&mut self, text: &str, offset: usize) {
        self.pieces.push(Piece { at: self.text.len(), origin: offset..offset, is_direct: true });
        self.text.push_str(text);
    }

    /// Adds text that stands for these bytes of the file.
    pub fn push_fixed(&mut self, text: &str, origin: Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), origin, is_direct: false });
        self.text.push_str(text);
    }

    /// Where these bytes of the line stand in the file.
    pub fn origin(&self, range: Range<usize>) -> At {
        let place = |byte: usize| {
            let index = self.pieces.partition_point(|piece| piece.at <= byte);
            self.pieces.get(index.saturating_sub(1)).map_or(0..0, |piece| {
                if piece.is_direct {
                    let at = piece.origin.start + (byte - piece.at);
                    at..at + 1
                } else {
                    piece.origin.clone()
                }
            })
        };
        let (first, last) = (place(range.start), place(range.end.saturating_sub(1).max(range.start)));
        At { file: self.file, start: first.start, end: last.end.max(first.end) }
    }
}

/// A word of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// Without quotes.
    pub text: String,
    pub at: At,
}

/// The words of a line up to a brace or its end. At least one.
#[derive(Clone, Debug, Default)]
pub(super) struct Statement {
    pub words: Vec<Word>,
    /// As it stands there, quotes included.
    pub raw: String,
}

impl Statement {
    /// The word of this number; 0 is the keyword.
    pub fn word(&self, number: usize) -> Option<&Word> {
        self.words.get(number)
    }

    /// The keyword.
    pub fn keyword(&self) -> &str {
        self.words.first().map_or("", |word| word.text.as_str())
    }

    /// Where the keyword is.
    pub fn at(&self) -> At {
        self.words.first().map_or(At::default(), |word| word.at)
    }

    /// From the word of this number to the end.
    pub fn from(&self, number: usize) -> At {
        match (self.words.get(number), self.words.last()) {
            (Some(first), Some(last)) => first.at.to(last.at),
            _ => self.at(),
        }
    }
}

/// What a text consists of.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Statement(Statement),
    Open(At),
    Close(At),
}

/// Splits a line at blanks, and at braces that are not in quotes. `"` holds words together; `\#` and `\!` are what would
/// begin a comment.
pub(super) fn split(line: &Line, queue: &mut VecDeque<Event>, remarks: &mut Remarks<'_>) {
    let mut statement = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote = None;
    let mut chars = line.text.char_indices().peekable();
    let end_word =
        |word: &mut Option<(usize, String)>, to: usize, statement: &mut Vec<(Range<usize>, String)>| {
            if let Some((from, text)) = word.take() {
                statement.push((from..to, text));
            }
        };
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => {
                quote = if quote.is_some() { None } else { Some(at) };
                word.get_or_insert_with(|| (at, String::new()));
            }
            _ if quote.is_some() => word.get_or_insert_with(|| (at, String::new())).1.push(char),
            '{' | '}' => {
                end_word(&mut word, at, &mut statement);
                flush(line, &mut statement, queue);
                let at = line.origin(at..at + 1);
                queue.push_back(if char == '{' { Event::Open(at) } else { Event::Close(at) });
            }
            _ if char.is_whitespace() => end_word(&mut word, at, &mut statement),
            '\\' if matches!(chars.peek(), Some((_, '#' | '!'))) => {
                let escaped = chars.next().map_or(char, |(_, escaped)| escaped);
                word.get_or_insert_with(|| (at, String::new())).1.push(escaped);
            }
            _ => word.get_or_insert_with(|| (at, String::new())).1.push(char),
        }
    }
    if let Some(at) = quote {
        let at = line.origin(at..line.text.len());
        remarks
            .warning(at, "this quote does not end on its line")
            .strict()
            .help("add a \" where it is to end");
    }
    end_word(&mut word, line.text.len(), &mut statement);
    flush(line, &mut statement, queue);
}

fn flush(line: &Line, statement: &mut Vec<(Range<usize>, String)>, queue: &mut VecDeque<Event>) {
    let (Some((first, _)), Some((last, _))) = (statement.first(), statement.last()) else { return };
    let raw = line.text.get(first.start..last.end).unwrap_or_default().to_owned();
    let words = statement.drain(..).map(|(range, text)| Word { text, at: line.origin(range) }).collect();
    queue.push_back(Event::Statement(Statement { words, raw }));
}

/// The line without its comment: what begins with the first `#` or `!` that is neither in quotes nor behind `\`.
pub(super) fn without_comment(line: &str) -> &str {
    let mut is_quoted = false;
    let mut before = b' ';
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'#' | b'!' if !is_quoted && before != b'\\' => return line.get(..at).unwrap_or(line),
            _ => {}
        }
        before = byte;
    }
    line
}
