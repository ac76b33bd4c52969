//! The words of a line.

use std::ops::Range;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// Without its quotes; escapes stand as they were written.
    pub text: &'t str,
    /// Where it stands, quotes included.
    pub at: Range<usize>,
    /// It stands in quotes.
    pub is_quoted: bool,
}

impl Word<'_> {
    /// Is it this one, not in quotes?
    pub fn is(&self, text: &str) -> bool {
        !self.is_quoted && self.text == text
    }

    /// Does a comment begin here?
    pub fn is_comment(&self) -> bool {
        !self.is_quoted && self.text.starts_with('#')
    }
}

/// A line, split.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Not empty, where the line is neither blank nor a comment.
    pub words: Vec<Word<'t>>,
    /// `=` touches what is before or behind it: Piranha does not take that.
    pub is_glued: bool,
}

/// Blanks, as C's isblank has them.
const BLANKS: [char; 2] = [' ', '\t'];

/// More words than this are one: Piranha has no room for more either.
const MAX_WORDS: usize = 99;

/// Splits a line that begins at this offset.
///
/// # Errors
/// A quoted word without its end: where it stands.
pub(super) fn split(start: usize, text: &str) -> Result<Line<'_>, Range<usize>> {
    let mut line = Line::default();
    let mut at = text.len() - text.trim_start_matches(BLANKS).len();
    if text.get(at..).is_none_or(|rest| rest.is_empty() || rest.starts_with('#')) {
        return Ok(line);
    }
    if let Some((key, equals)) = assignment(text, at) {
        line.is_glued = !text.get(key..equals).is_some_and(|gap| gap.starts_with(BLANKS))
            || !text.get(equals + 1..).is_some_and(|rest| rest.is_empty() || rest.starts_with(BLANKS));
        line.words.push(word(text, start, at, key - at));
        line.words.push(word(text, start, equals, 1));
        at = equals + 1;
    }
    while let Some(rest) = text.get(at..) {
        let trimmed = rest.trim_start_matches(BLANKS);
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            break;
        }
        // A comment is one word: quotes in it are none.
        let is_behind = line.words.len() >= 2 || line.words.first().is_some_and(|first| first.is("}"));
        let is_last = is_behind && trimmed.starts_with('#') || line.words.len() + 1 == MAX_WORDS;
        let len = if is_last { Some(trimmed.len()) } else { word_len(trimmed) };
        let len = len.ok_or(start + at..start + text.len())?;
        line.words.push(word(text, start, at, len));
        at += len;
    }
    Ok(line)
}

/// `key =`, with or without blanks: where the key ends, and where the `=` is.
fn assignment(text: &str, at: usize) -> Option<(usize, usize)> {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = text.get(at..)?;
    let behind = rest.trim_start_matches(is_of_key);
    let key = at + (rest.len() - behind.len());
    let gap = behind.len() - behind.trim_start_matches(BLANKS).len();
    (key > at && behind.get(gap..)?.starts_with('=')).then_some((key, key + gap))
}

/// The length of the word that a text begins with; `None`: a quote has no end.
fn word_len(text: &str) -> Option<usize> {
    let plain = text.find(BLANKS).unwrap_or(text.len());
    let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) else {
        return Some(plain);
    };
    let (head, rest) = text.split_at_checked(plain)?;
    let next = rest.find(quote).map(|found| plain + found + 1);
    if head.len() > 1 && head.ends_with(quote) {
        // Piranha reads on to the next quote of the line, wherever that is. In a comment it is none of ours.
        let is_comment = rest.trim_start_matches(BLANKS).starts_with('#');
        return Some(next.filter(|_| !is_comment).unwrap_or(plain));
    }
    next
}

fn word(text: &str, start: usize, at: usize, len: usize) -> Word<'_> {
    let whole = text.get(at..at + len).unwrap_or("");
    let is_quoted = whole.starts_with(['"', '\'']);
    let bare = if is_quoted { whole.get(1..whole.len().saturating_sub(1)).unwrap_or("") } else { whole };
    Word { text: bare, at: start + at..start + at + len, is_quoted }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        split(0, line).unwrap().words.iter().map(|word| word.text).collect()
    }

    #[test]
    fn words_and_quotes() {
        assert_eq!(texts("  virtual web {  "), ["virtual", "web", "{"]);
        assert_eq!(texts(r#"send = "GET / HTTP/1.0\r\n" "#), ["send", "=", r"GET / HTTP/1.0\r\n"]);
        assert_eq!(texts(r#"send = 'say "hi" now'"#), ["send", "=", r#"say "hi" now"#]);
        assert_eq!(texts(r#"expect = "a\"b""#), ["expect", "=", r#"a\"b"#]);
        assert_eq!(texts(r#"expect = "" "#), ["expect", "=", ""]);
        assert_eq!(texts(r##"expect = "HTTP"  # 'tis "well""##), ["expect", "=", "HTTP", "# 'tis \"well\""]);
        assert_eq!(texts(r#"expect = "a" b""#), ["expect", "=", r#"a" b"#], "as Piranha reads it");
        assert_eq!(split(10, "a = 'b c' d").unwrap().words[2].at, 14..19);
        assert_eq!(texts("virtual #1 { # 'one"), ["virtual", "#1", "{", "# 'one"]);
        assert_eq!(texts("} # 'end"), ["}", "# 'end"]);
        assert_eq!(texts(" \t# comment"), Vec::<&str>::new());
    }

    #[test]
    fn an_equals_sign_that_touches() {
        for (line, is_glued) in
            [("a = b", false), ("a =b", true), ("a= b", true), ("a=b", true), ("a =", false)]
        {
            let split = split(0, line).unwrap();
            assert_eq!(
                (split.words[0].text, split.words[1].text, split.is_glued),
                ("a", "=", is_glued),
                "{line}"
            );
        }
        assert_eq!(texts("send=\"a b\""), ["send", "=", "a b"]);
    }

    #[test]
    fn a_quote_without_end() {
        assert_eq!(split(5, "send = \"GET / HTTP").unwrap_err(), 12..23);
        assert_eq!(split(0, "send = \"").unwrap_err(), 7..8);
    }

    #[test]
    fn many_words_are_bounded() {
        let line = split(0, &"x ".repeat(10_000)).unwrap().words.len();
        assert_eq!(line, MAX_WORDS);
    }
}
