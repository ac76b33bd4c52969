//! Remarks about one text, and the values that most keys have.

use super::line::{Directive, Word, is_blank};
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::source::Source;
use std::ops::Range;

/// Where remarks about one text go.
pub(super) struct Remarks<'a> {
    /// The text.
    pub source: &'a Source,
    /// The remarks.
    pub out: &'a mut Diagnostics,
}

impl Remarks<'_> {
    /// It is wrong.
    pub fn error(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.error(self.source, span, message)
    }

    /// It is not, or not wholly, done.
    pub fn warning(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.warning(self.source, span, message)
    }

    /// It is odd.
    pub fn note(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.note(self.source, span, message)
    }

    /// It is odd, and ldirectord refuses it.
    pub fn refused_note(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.note(self.source, span, message).strict()
    }

    /// The first number in a value, as ldirectord takes it: from 0.
    pub fn any_number(&mut self, value: Word<'_>) -> Option<u32> {
        let Some(start) = value.text.find(|c: char| c.is_ascii_digit()) else {
            self.error(or_here(value.without_comment()), "a number expected");
            return None;
        };
        let (digits, rest) = value.from(start).split_while(|c| c.is_ascii_digit());
        let behind = rest.without_comment();
        if start > 0 || !behind.text.is_empty() {
            let message = format!("the number {digits} is read, the rest is ignored");
            self.warning(value.without_comment().span(), message)
                .help(format!("write {digits}; times are in seconds"));
        }
        // Too large for any of them: as large as can be.
        Some(digits.text.parse().unwrap_or(u32::MAX))
    }

    /// [`Self::any_number`] from 1.
    pub fn number(&mut self, value: Word<'_>) -> Option<u32> {
        let number = self.any_number(value)?;
        if number == 0 {
            self.error(value.without_comment().span(), "must be at least 1");
            return None;
        }
        Some(number)
    }

    /// `yes` or `no`.
    pub fn yes_no(&mut self, value: Word<'_>) -> Option<bool> {
        let word = value.to(value.text.find('#').unwrap_or(value.text.len())).trim();
        let is_yes = match word.text {
            "yes" => true,
            "no" => false,
            _ => {
                let help = match word.text.to_ascii_lowercase().as_str() {
                    "true" | "on" | "1" | "y" | "yes" => "write yes",
                    "false" | "off" | "0" | "n" | "no" => "write no",
                    _ => "write yes or no",
                };
                self.error(or_here(word), "must be yes or no").help(help);
                return None;
            }
        };
        let behind = value.from(word.text.len());
        if behind.text.contains('#') {
            let message =
                format!("a comment behind the value: ldirectord does not take this for `{}`", word.text);
            self.refused_note(behind.trim().span(), message).help("put the comment on a line of its own");
        } else if !behind.text.is_empty() || self.ends_in_cr(value) {
            let message =
                format!("a blank or CR behind the value: ldirectord does not take this for `{}`", word.text);
            self.refused_note(word.span(), message).help("remove it");
        }
        Some(is_yes)
    }

    fn ends_in_cr(&self, value: Word<'_>) -> bool {
        self.source.text().get(value.span().end..).is_some_and(|rest| rest.starts_with("\r\n"))
    }

    /// A text that ldirectord wants between quotes; never empty.
    pub fn quoted(&mut self, directive: &Directive<'_>) -> Option<String> {
        let Directive { value, whole, .. } = *directive;
        let inside = if let Some(inside) = value.between_quotes() {
            inside
        } else if let Some(inside) = whole.between_quotes() {
            self.hash_note(directive);
            inside
        } else {
            let bare = value.without_comment();
            if bare.text.trim_matches('"').is_empty() {
                self.error(or_here(bare), "a text between quotes expected");
                return None;
            }
            self.refused_note(or_here(bare), "ldirectord wants this between quotes")
                .help(format!("write {}=\"…\"", directive.key));
            bare.from(usize::from(bare.text.starts_with('"')))
        };
        if inside.text.is_empty() {
            self.error(or_here(value), "must not be empty");
            return None;
        }
        Some(inside.text.replace('\t', "    "))
    }

    /// Says that a `#` is taken although it stands between quotes.
    pub fn hash_note(&mut self, directive: &Directive<'_>) {
        let at = directive.value.span().end;
        self.refused_note(at..at + 1, "ldirectord cuts off what is behind a `#`, also between quotes");
    }

    /// A text that may stand between quotes, or not; never empty.
    pub fn bare_or_quoted(&mut self, directive: &Directive<'_>) -> Option<String> {
        let Directive { value, whole, .. } = *directive;
        let inside = value.between_quotes().or_else(|| {
            let inside = whole.between_quotes().filter(|_| whole != value);
            if inside.is_some() {
                self.hash_note(directive);
            }
            inside
        });
        let text = inside.unwrap_or_else(|| value.trim());
        if text.text.is_empty() {
            self.error(or_here(value), "must not be empty");
            return None;
        }
        Some(text.text.to_owned())
    }

    /// The rest of a global's line; never empty. A comment is cut off, unlike ldirectord does.
    pub fn rest_of_line<'s>(&mut self, value: Word<'s>) -> Option<Word<'s>> {
        let text = value.without_comment();
        if text.text.is_empty() {
            self.error(or_here(value), "must not be empty");
            return None;
        }
        let behind = value.from(text.text.len());
        if behind.text.contains('#') {
            let message = "a comment behind the value: ldirectord takes it as a part of the value";
            self.warning(behind.trim().span(), message).help("put the comment on a line of its own");
        }
        Some(text)
    }
}

/// The bytes of a word; of an empty one the byte where it should be.
pub(super) fn or_here(word: Word<'_>) -> Range<usize> {
    let span = word.span();
    if span.is_empty() { span.start..span.start + 1 } else { span }
}

/// Without the quotes around a text, if there are any.
pub(super) fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// Does it hold nothing but blanks?
pub(super) fn is_empty(text: &str) -> bool {
    text.chars().all(is_blank)
}
