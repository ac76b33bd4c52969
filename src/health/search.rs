//! Regular expressions of checks: compiled once, bounded when they run.

use crate::lvs::Pattern;
use fancy_regex::{Regex, RegexBuilder};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Steps back that one search may take. An expression with nested repeats could otherwise take longer than the sun lasts.
const BACKTRACK_LIMIT: usize = 1_000_000;
/// Compiled expressions that are kept; a file with more of them compiles some again.
const KEPT: usize = 1024;

static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);

/// Does it match somewhere?
///
/// # Errors
/// It is not a regular expression, or takes too long on this text.
pub(super) fn matches(pattern: &Pattern, text: &str) -> Result<bool, String> {
    find(pattern, text, 0).map(|at| at.is_some())
}

/// Where the first match at `from` or behind it begins, in bytes. `from` is at the beginning of a character.
///
/// # Errors
/// As [`matches`].
pub(super) fn find(pattern: &Pattern, text: &str, from: usize) -> Result<Option<usize>, String> {
    if pattern.regex.is_empty() {
        return Ok(Some(from));
    }
    let found = compiled(pattern)?.find_from_pos(text, from);
    found
        .map(|found| found.map(|found| found.start()))
        .map_err(|error| format!("/{}/ cannot be searched for: {error}", pattern.regex))
}

fn compiled(pattern: &Pattern) -> Result<Arc<Regex>, String> {
    let regex = pattern.regex.as_str();
    let known = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(regex) {
        return Ok(Arc::clone(found));
    }
    let built = RegexBuilder::new(&pattern.with_perls_end()).backtrack_limit(BACKTRACK_LIMIT).build();
    let built = Arc::new(built.map_err(|error| format!("/{regex}/ is not a regular expression: {error}"))?);
    let mut known = known();
    if known.len() >= KEPT {
        known.clear();
    }
    known.insert(regex.to_owned(), Arc::clone(&built));
    Ok(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(regex: &str) -> Pattern {
        Pattern { regex: regex.to_owned() }
    }

    #[test]
    fn perl_as_far_as_it_goes() {
        assert_eq!(matches(&pattern(""), ""), Ok(true));
        assert_eq!(matches(&pattern("(?i)still ALIVE"), "I am Still alive."), Ok(true));
        assert_eq!(matches(&pattern(r"^(\w+) \1$"), "up up"), Ok(true));
        assert_eq!(matches(&pattern(r"(?<!not )ready"), "not ready"), Ok(false));
        assert_eq!(find(&pattern("a"), "abca", 1), Ok(Some(3)));
    }

    #[test]
    fn the_end_is_before_the_last_newline_too() {
        for text in ["up", "up\n"] {
            assert_eq!(matches(&pattern("^up$"), text), Ok(true), "{text:?}");
            assert_eq!(matches(&pattern("(?m)^up$"), text), Ok(true), "{text:?}");
        }
        for text in ["up\n\n", "up \n", "up\nand running"] {
            assert_eq!(matches(&pattern("^up$"), text), Ok(false), "{text:?}");
        }
        assert_eq!(matches(&pattern("(?m)^up$"), "up\nand running"), Ok(true));
        // Where it is a character it stays one.
        for regex in [r"^5 \$\n\z", r"^5 [$]", r"^5 []$]", r"^5 [^]\]a]", r"^5 [[:punct:]$]$", r"^5 [\]$]"] {
            assert_eq!(matches(&pattern(regex), "5 $\n"), Ok(true), "{regex}");
            assert_eq!(matches(&pattern(regex), "5 a\n"), Ok(false), "{regex}");
        }
    }

    #[test]
    fn the_end_may_be_before_a_last_line_end() {
        for (regex, text, is_there) in [
            ("ready$", "ready", true),
            ("ready$", "ready\n", true),
            ("^ready$", "ready\n", true),
            ("ready$", "ready\n\n", false),
            ("ready$", "ready\nx", false),
            ("ready$", "ready\r\n", false),
            ("(?m)ready$", "ready\nx", true),
            (r"ready\z", "ready\n", false),
            (r"cost 5\$", "cost 5$!", true),
            ("[$]", "$x", true),
            ("^$", "\n", true),
        ] {
            assert_eq!(matches(&pattern(regex), text), Ok(is_there), "/{regex}/ and {text:?}");
        }
        assert_eq!(find(&pattern("$"), "ab\n", 0), Ok(Some(2)));
    }

    #[test]
    fn wrong_and_endless_ones_are_errors() {
        assert!(matches(&pattern("("), "x").unwrap_err().starts_with("/(/ is not a regular expression"));
        let endless = matches(&pattern(r"(a*)*\1b"), &"a".repeat(64)).unwrap_err();
        assert!(endless.contains("cannot be searched for"), "{endless}");
    }
}
