//! The words of a line.

use std::ops::Range;

/// A word, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub text: &'t str,
    pub at: Range<usize>,
}

/// `KEY=VALUE VALUE …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment<'t> {
    pub key: Word<'t>,
    pub values: Vec<Word<'t>>,
}

/// A line has at most so many values.
pub(super) const MAX_WORDS: usize = 1024;

/// What a remark shows of a word.
pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Splits a line that begins at this offset; `None`: blank, or a comment.
///
/// # Errors
/// There is no `=` behind a first word: where the line's words stand.
pub(super) fn split(start: usize, text: &str) -> Result<Option<Assignment<'_>>, Range<usize>> {
    let text = without_comment(text);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let indent = text.len() - text.trim_start().len();
    let whole = start + indent..start + indent + trimmed.len();
    let Some((key, values)) = text.split_once('=') else { return Err(whole) };
    let name = key.trim();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(whole);
    }
    let key_at = start + indent..start + indent + name.len();
    let behind = start + key.len() + 1;
    Ok(Some(Assignment {
        key: Word { text: name, at: key_at },
        values: words(behind, values).take(MAX_WORDS + 1).collect(),
    }))
}

/// Words between blanks.
fn words(start: usize, text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let word = rest.trim_start();
        let from = at + (rest.len() - word.len());
        let len = word.find(char::is_whitespace).unwrap_or(word.len());
        at = from + len;
        (len > 0).then(|| Word { text: word.get(..len).unwrap_or(""), at: start + from..start + from + len })
    })
}

/// A comment begins with `#` at the beginning or behind a blank.
fn without_comment(text: &str) -> &str {
    let begins = |at: usize| text.get(..at).is_none_or(|head| head.is_empty() || head.ends_with([' ', '\t']));
    let end = text.match_indices('#').map(|(at, _)| at).find(|at| begins(*at));
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn keys_values_and_comments() {
        let line = split(100, "  SERVICE = t telnet\trr rs1:23,2   # a=b").unwrap().unwrap();
        assert_eq!((line.key.text, line.key.at.clone()), ("SERVICE", 102..109));
        let values: Vec<_> = line.values.iter().map(|word| (word.text, word.at.start)).collect();
        assert_eq!(values, [("t", 112), ("telnet", 114), ("rr", 121), ("rs1:23,2", 124)]);
        assert_eq!(split(0, "#x=y"), Ok(None));
        assert_eq!(split(0, " \t"), Ok(None));
        assert_eq!(split(7, " . "), Err(8..9));
        assert_eq!(split(0, "=x"), Err(0..2));
        assert_eq!(split(0, "two words=x"), Err(0..11));
        assert_eq!(split(0, "A=b#c").unwrap().unwrap().values[0].text, "b#c");
        assert!(split(0, "A=").unwrap().unwrap().values.is_empty());
    }
}
