//! Regular expressions, and where in a file one is wrong.

use super::Value;
use super::reader::{Reader, cut};
use crate::config::pattern::NoPattern;
use crate::lvs::Pattern;
use std::ops::Range;

impl Reader<'_, '_> {
    /// A regular expression.
    pub(super) fn pattern(&mut self, value: &Value<'_>) -> Option<Pattern> {
        let text = self.text(value)?;
        let pattern = Pattern { regex: text.to_owned() };
        match self.patterns.look_at(&pattern) {
            Ok(()) => return Some(pattern),
            Err(NoPattern::TooLarge) => {
                let help = "fewer or smaller numbers of repetitions";
                self.error_with_help(value.span(), "this regular expression is too large", help);
            }
            Err(NoPattern::TogetherTooLarge { is_first }) => {
                if is_first {
                    self.error(value.span(), "with this, all regular expressions together are too large");
                }
            }
            Err(NoPattern::Wrong { at, why }) => {
                let span = at.map_or_else(|| value.span(), |at| self.inside(value, text, at));
                let help = "in Perl's language; in quotes of '' a backslash needs no other before it";
                self.error_with_help(span, format!("no regular expression: {}", cut(&why)), help);
            }
        }
        None
    }

    /// Where the byte of a string stands in the file; the whole string if it is written otherwise than it reads.
    fn inside(&self, value: &Value<'_>, text: &str, at: usize) -> Range<usize> {
        let span = value.span();
        let begin = span.start + 1;
        let is_plain = self.source.text().get(begin..begin + text.len()) == Some(text);
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            Some(c) if is_plain => begin + at..begin + at + c.len_utf8(),
            _ => span,
        }
    }
}
