//! Regular expressions of checks: compiled to see whether they are some, in bounded time.

use crate::lvs::Pattern;
use fancy_regex::{Error, RegexBuilder};
use std::collections::HashSet;

/// The most that one pattern may cost, in the unit of [`cost`].
const MAX_COST: u64 = 4 << 20;
/// The most that all of a file may cost.
const MAX_TOTAL_COST: u64 = 64 << 20;
/// Bytes of memory that a compiled part of a pattern may take.
const MAX_LEN: usize = 1 << 20;

/// Those of one reading.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// What compiling has cost.
    cost: u64,
    /// Those that were compiled: what many checks have in common is looked at once.
    good: HashSet<String>,
}

/// Why a text is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPattern {
    /// It would take too long to see.
    TooLarge,
    /// With those before it, it would take too long to see.
    TogetherTooLarge {
        /// No other was refused for this before.
        is_first: bool,
    },
    /// It is wrong.
    Wrong {
        /// At this byte, if the engine says so.
        at: Option<usize>,
        /// In the engine's words.
        why: String,
    },
}

impl Patterns {
    /// Is this a regular expression that a check can look for?
    pub(super) fn look_at(&mut self, pattern: &Pattern) -> Result<(), NoPattern> {
        if self.good.contains(&pattern.regex) {
            return Ok(());
        }
        let price = cost(&pattern.regex);
        self.cost = self.cost.saturating_add(price);
        if price > MAX_COST {
            return Err(NoPattern::TooLarge);
        }
        if self.cost > MAX_TOTAL_COST {
            return Err(NoPattern::TogetherTooLarge { is_first: self.cost - price <= MAX_TOTAL_COST });
        }
        let engines = pattern.with_perls_end();
        let error = match RegexBuilder::new(&engines).delegate_size_limit(MAX_LEN).build() {
            Ok(_) => {
                self.good.insert(pattern.regex.clone());
                return Ok(());
            }
            Err(error) => error,
        };
        Err(match error {
            // A place behind a `$` that the engine got in other words is another one.
            Error::ParseError(at, error) if pattern.regex.get(..at) == engines.get(..at) => {
                NoPattern::Wrong { at: Some(at), why: error.to_string() }
            }
            Error::ParseError(_, error) => NoPattern::Wrong { at: None, why: error.to_string() },
            // The last line says what; those before show where, in a drawing of their own.
            other => {
                let why = other.to_string();
                let last = why.lines().last().unwrap_or_default().trim();
                NoPattern::Wrong { at: None, why: last.strip_prefix("error: ").unwrap_or(last).to_owned() }
            }
        })
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
    fn wrong_ones_are_told_with_their_place() {
        let mut patterns = Patterns::default();
        let mut look = |regex: &str| patterns.look_at(&Pattern { regex: regex.to_owned() });
        assert_eq!(look("^OK$"), Ok(()));
        assert!(matches!(look("OK)("), Err(NoPattern::Wrong { at: Some(2 | 3), .. })));
        assert!(matches!(look("$(?P<x"), Err(NoPattern::Wrong { .. })));
        assert_eq!(look("(a{1000}){1000}"), Err(NoPattern::TooLarge));
        let told: Vec<_> =
            (0..30).filter_map(|number| look(&format!("{number:02}{{600000}}")).err()).collect();
        let first = told.iter().position(|fault| *fault == NoPattern::TogetherTooLarge { is_first: true });
        assert!(first.is_some(), "{told:?}");
        assert_eq!(told.last(), Some(&NoPattern::TogetherTooLarge { is_first: false }));
    }

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
