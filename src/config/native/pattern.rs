//! Regular expressions: compiled to see whether they are some, in bounded time.

use super::Value;
use super::reader::{Reader, cut};
use crate::lvs::Pattern;
use fancy_regex::{Error, RegexBuilder};
use std::ops::Range;

/// The most that one pattern may cost, in the unit of [`cost`].
const MAX_COST: u64 = 4 << 20;
/// The most that all of a file may cost.
const MAX_TOTAL_COST: u64 = 64 << 20;
/// Bytes of memory that a compiled part of a pattern may take.
const MAX_LEN: usize = 1 << 20;

impl Reader<'_, '_> {
    /// A regular expression.
    pub(super) fn pattern(&mut self, value: &Value<'_>) -> Option<Pattern> {
        let text = self.text(value)?;
        let price = cost(text);
        self.compiled = self.compiled.saturating_add(price);
        if price > MAX_COST {
            let help = "fewer or smaller numbers of repetitions";
            self.error_with_help(value.span(), "this regular expression is too large", help);
            return None;
        }
        if self.compiled > MAX_TOTAL_COST {
            if self.compiled - price <= MAX_TOTAL_COST {
                self.error(value.span(), "with this, all regular expressions together are too large");
            }
            return None;
        }
        let error = match RegexBuilder::new(text).delegate_size_limit(MAX_LEN).build() {
            Ok(_) => return Some(Pattern { regex: text.to_owned() }),
            Err(error) => error,
        };
        let (span, why) = match error {
            Error::ParseError(at, error) => (self.inside(value, text, at), error.to_string()),
            // The last line says what; those before show where, in a drawing of their own.
            other => {
                let why = other.to_string();
                let last = why.lines().last().unwrap_or_default().trim();
                (value.span(), last.strip_prefix("error: ").unwrap_or(last).to_owned())
            }
        };
        let help = "in Perl's language; in quotes of '' a backslash needs no other before it";
        self.error_with_help(span, format!("no regular expression: {}", cut(&why)), help);
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

/// What compiling a pattern costs at most, roughly: its bytes, classes such as `\w` counted as the tables that they stand
/// for, times all numbers of repetitions, as if each stood in the next.
fn cost(text: &str) -> u64 {
    let mut bytes = text.bytes().peekable();
    let (mut sum, mut times) = (0u64, 1u64);
    while let Some(byte) = bytes.next() {
        sum += 1;
        match byte {
            b'\\' if bytes.next().is_some_and(|next| next.is_ascii_alphabetic()) => sum += 200,
            b'{' => {
                let mut number = 0u64;
                let mut most = 1;
                while let Some(byte) = bytes.next_if(|byte| byte.is_ascii_digit() || *byte == b',') {
                    let digit = u64::from(byte.wrapping_sub(b'0'));
                    number = if byte == b',' { 0 } else { number.saturating_mul(10).saturating_add(digit) };
                    most = most.max(number);
                }
                times = times.saturating_mul(most);
            }
            _ => {}
        }
    }
    sum.saturating_mul(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_cheap() {
        for (text, price) in [
            ("OK", 2),
            ("", 0),
            (r"\d{1,3}", (1 + 200 + 1 + 1) * 3),
            ("a{2,}b{3}", (1 + 1 + 1 + 1 + 1 + 1) * 6),
            ("(a{1000}){1000}", 7_000_000),
            ("a{99999999999999999999}", u64::MAX),
        ] {
            assert_eq!(cost(text), price, "{text}");
        }
        let address = r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$";
        assert!(cost(address) * 10 < MAX_COST);
    }
}
