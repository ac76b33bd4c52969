//! Words to options, by popt's rules as ipvsadm's users know them: letters may be bundled (`-Ln`), a value may be glued
//! on (`-w3`, `-w=3`, `--weight=3`), a value may begin with `-` (`-w -1`) except where it is optional, `--` ends the
//! options, and a bad word is reported whole.

use super::error::UsageError;
use super::option::{Row, TABLE, Takes};

/// An option that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The table's row.
    pub row: &'static Row,
    /// Its value, if it has one.
    pub value: Option<&'a str>,
    /// Index of the word that it was in.
    pub word: usize,
    /// Index of the word that holds the value (`word` if there is none).
    pub value_word: usize,
}

/// Walks over the words.
#[derive(Debug)]
pub struct Scanner<'a> {
    words: &'a [String],
    next: usize,
    /// What is left of a bundle of letters, and the index of its word.
    bundle: Option<(usize, &'a str)>,
    options_ended: bool,
    /// Words that are no options, with their indices.
    pub leftover: Vec<(usize, &'a str)>,
}

impl<'a> Scanner<'a> {
    /// At the first word.
    pub const fn new(words: &'a [String]) -> Self {
        Self { words, next: 0, bundle: None, options_ended: false, leftover: Vec::new() }
    }

    /// The word at an index, for messages.
    pub fn word(&self, index: usize) -> &'a str {
        self.words.get(index).map_or("", String::as_str)
    }

    /// The next option; words that are none are put aside.
    ///
    /// # Errors
    /// An unknown option, a missing value, or a value where none belongs; with the index of the word.
    pub fn next_option(&mut self) -> Option<Result<Found<'a>, (UsageError, usize)>> {
        loop {
            if let Some((word, letters)) = self.bundle.take() {
                return Some(self.letter(word, letters));
            }
            let word = self.next;
            let text = self.words.get(word)?.as_str();
            self.next += 1;
            if self.options_ended || !text.starts_with('-') || text == "-" {
                self.leftover.push((word, text));
            } else if text == "--" {
                self.options_ended = true;
            } else if let Some(name) = text.strip_prefix("--") {
                return Some(self.long(word, name));
            } else {
                self.bundle = text.get(1..).map(|letters| (word, letters));
            }
        }
    }

    fn long(&mut self, word: usize, text: &'a str) -> Result<Found<'a>, (UsageError, usize)> {
        let (name, glued) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let row = TABLE
            .iter()
            .find(|row| row.long == Some(name))
            .ok_or_else(|| (UsageError::UnknownOption(self.word(word).to_owned()), word))?;
        self.with_value(row, word, glued)
    }

    fn letter(&mut self, word: usize, letters: &'a str) -> Result<Found<'a>, (UsageError, usize)> {
        let mut rest = letters.chars();
        let letter = rest.next();
        let rest = rest.as_str();
        let row = TABLE
            .iter()
            .find(|row| row.short.is_some() && row.short == letter)
            .ok_or_else(|| (UsageError::UnknownOption(self.word(word).to_owned()), word))?;
        if let Some(glued) = rest.strip_prefix('=') {
            return self.with_value(row, word, Some(glued));
        }
        if rest.is_empty() {
            return self.with_value(row, word, None);
        }
        if row.takes == Takes::Nothing {
            self.bundle = Some((word, rest));
            return Ok(Found { row, value: None, word, value_word: word });
        }
        self.with_value(row, word, Some(rest))
    }

    fn with_value(
        &mut self,
        row: &'static Row,
        word: usize,
        glued: Option<&'a str>,
    ) -> Result<Found<'a>, (UsageError, usize)> {
        let following = || self.words.get(self.next).map(String::as_str);
        let value = match (row.takes, glued) {
            (Takes::Nothing, None) => return Ok(Found { row, value: None, word, value_word: word }),
            (Takes::Nothing, Some(_)) => {
                return Err((UsageError::NoValueWanted(self.word(word).to_owned()), word));
            }
            (_, Some(value)) => return Ok(Found { row, value: Some(value), word, value_word: word }),
            (Takes::Value, None) => match following() {
                Some(value) => value,
                None => return Err((UsageError::MissingValue(self.word(word).to_owned()), word)),
            },
            (Takes::Optional, None) => match following() {
                Some(value) if !value.starts_with('-') => value,
                _ => return Ok(Found { row, value: None, word, value_word: word }),
            },
        };
        let value_word = self.next;
        self.next += 1;
        Ok(Found { row, value: Some(value), word, value_word })
    }
}
