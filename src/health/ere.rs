//! POSIX extended regular expressions, as the C library takes them in the locale "C": bytes, not letters.
//!
//! Which strings match is the same as in the language that they are put into; only which part of a string is the match
//! could differ, and nobody asks for that here.

use super::talk::Fault;
use fancy_regex::{Regex, RegexBuilder};
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

const WORD: &str = "[0-9A-Za-z_]";

/// Bytes as text: each byte is one character. As a C string it ends at NUL.
pub(super) fn text(bytes: &[u8]) -> String {
    bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

/// Makes one ready, for texts made by [`text`].
pub(super) fn regex(expression: &[u8]) -> Result<Regex, Fault> {
    let wrong = |what: String| format!("the pattern is wrong: {what}");
    let translated = translate(&text(expression)).map_err(|what| wrong(what.into()))?;
    let regex = RegexBuilder::new(&translated).backtrack_limit(1_000_000).build();
    regex.map_err(|error| wrong(error.to_string()))
}

/// Into the crate's language.
fn translate(expression: &str) -> Result<String, &'static str> {
    let mut chars = expression.chars().peekable();
    let mut out = String::new();
    // Where the last atom begins, which a repetition repeats; where the open groups begin.
    let mut atom = None;
    let mut open = Vec::new();
    while let Some(c) = chars.next() {
        let here = out.len();
        let repetition = match c {
            '*' => Some((0, None)),
            '+' => Some((1, None)),
            '?' => Some((0, Some(1))),
            '{' => Some(interval(&mut chars)?),
            _ => None,
        };
        if let Some((least, most)) = repetition {
            // In a group of its own: `a+?` is a repeated repetition here, not a lazy one.
            let from = atom.ok_or("nothing is there to repeat")?;
            out.insert_str(from, "(?:");
            let most = most.map(|most: u8| most.to_string()).unwrap_or_default();
            let _ = write!(out, "){{{least},{most}}}");
            continue;
        }
        atom = Some(here);
        match c {
            '(' => {
                open.push(here);
                out.push('(');
                atom = None;
            }
            ')' if !open.is_empty() => {
                atom = open.pop();
                out.push(')');
            }
            '|' => {
                out.push('|');
                atom = None;
            }
            '^' => {
                out.push_str("\\A");
                atom = None;
            }
            '$' => out.push_str("\\z"),
            '.' => out.push_str("(?s:.)"),
            '[' => bracket(&mut chars, &mut out)?,
            '\\' => escape(chars.next().ok_or("it ends in a backslash")?, &mut out),
            _ => literal(c, &mut out),
        }
    }
    if open.is_empty() { Ok(out) } else { Err("a ( is not closed") }
}

fn literal(c: char, out: &mut String) {
    let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
}

/// What stands behind `{`: how often at least, and at most.
fn interval(chars: &mut Peekable<Chars>) -> Result<(u8, Option<u8>), &'static str> {
    const WRONG: &str = "what stands in {} is no interval from 0 to 255";
    let inside: String = chars.by_ref().take_while(|c| *c != '}').collect();
    let number = |text: &str| text.parse::<u8>().map_err(|_| WRONG);
    let (least, most) = match inside.split_once(',') {
        None => (number(&inside)?, Some(number(&inside)?)),
        Some((least, "")) => (number(least)?, None),
        Some(("", most)) => (0, Some(number(most)?)),
        Some((least, most)) => (number(least)?, Some(number(most)?)),
    };
    if most.is_some_and(|most| most < least) { Err(WRONG) } else { Ok((least, most)) }
}

fn escape(c: char, out: &mut String) {
    let _ = match c {
        '1'..='9' => write!(out, "(?:\\{c})"),
        'w' => write!(out, "{WORD}"),
        'W' => write!(out, "[^0-9A-Za-z_]"),
        's' => write!(out, "[ \\t-\\r]"),
        'S' => write!(out, "[^ \\t-\\r]"),
        '<' => write!(out, "(?:(?<!{WORD})(?={WORD}))"),
        '>' => write!(out, "(?:(?<={WORD})(?!{WORD}))"),
        'b' => write!(out, "(?:(?<!{WORD})(?={WORD})|(?<={WORD})(?!{WORD}))"),
        'B' => write!(out, "(?:(?<!{WORD})(?!{WORD})|(?<={WORD})(?={WORD}))"),
        '`' => write!(out, "\\A"),
        '\'' => write!(out, "\\z"),
        _ => {
            literal(c, out);
            Ok(())
        }
    };
}

/// What stands behind `[`, as a set of bytes.
fn bracket(chars: &mut Peekable<Chars>, out: &mut String) -> Result<(), &'static str> {
    const OPEN: &str = "a [ is not closed";
    let negated = chars.next_if_eq(&'^').is_some();
    let mut set = [false; 256];
    let mut is_first = true;
    loop {
        let c = chars.next().ok_or(OPEN)?;
        if c == ']' && !is_first {
            break;
        }
        is_first = false;
        if c == '[' && chars.next_if_eq(&':').is_some() {
            let name = named(chars, ':')?;
            let class = class(&name).ok_or("a character class is not known")?;
            (0..=255u8).filter(class).for_each(|byte| set[usize::from(byte)] = true);
            continue;
        }
        let from = collating(c, chars)?;
        let mut ahead = chars.clone();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        let to = if is_range {
            chars.next();
            let c = chars.next().ok_or(OPEN)?;
            collating(c, chars)?
        } else {
            from
        };
        if to < from {
            return Err("a range ends before it begins");
        }
        set[usize::from(from)..=usize::from(to)].fill(true);
    }
    // No byte may be left, and no class is empty in the crate's language: then this place cannot match.
    let members: Vec<u8> = (1..=255).filter(|byte| set[usize::from(*byte)] != negated).collect();
    if members.is_empty() {
        out.push_str("(?!)");
        return Ok(());
    }
    out.push('[');
    members.iter().for_each(|byte| literal(char::from(*byte), out));
    out.push(']');
    Ok(())
}

/// One member of a bracket: a character, or `[.c.]`, or `[=c=]`.
fn collating(c: char, chars: &mut Peekable<Chars>) -> Result<u8, &'static str> {
    let c = match chars.peek() {
        Some(&kind @ ('.' | '=')) if c == '[' => {
            chars.next();
            let name = named(chars, kind)?;
            let mut inside = name.chars();
            inside.next().filter(|_| inside.next().is_none()).ok_or("a collating element is not known")?
        }
        _ => c,
    };
    u8::try_from(c).map_err(|_| "a character is no byte")
}

/// Up to `:]` or the like.
fn named(chars: &mut Peekable<Chars>, kind: char) -> Result<String, &'static str> {
    let mut name = String::new();
    loop {
        match chars.next().ok_or("a [ is not closed")? {
            c if c == kind && chars.next_if_eq(&']').is_some() => return Ok(name),
            c => name.push(c),
        }
    }
}

fn class(name: &str) -> Option<fn(&u8) -> bool> {
    Some(match name {
        "alpha" => u8::is_ascii_alphabetic,
        "digit" => u8::is_ascii_digit,
        "alnum" => u8::is_ascii_alphanumeric,
        "upper" => u8::is_ascii_uppercase,
        "lower" => u8::is_ascii_lowercase,
        "punct" => u8::is_ascii_punctuation,
        "graph" => u8::is_ascii_graphic,
        "xdigit" => u8::is_ascii_hexdigit,
        "cntrl" => u8::is_ascii_control,
        "blank" => |byte| matches!(byte, b' ' | b'\t'),
        "space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        "print" => |byte| matches!(byte, b' '..=b'~'),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What regcomp and regexec of the GNU C library 2.36 say, in the locale "C".
    #[test]
    fn agrees_with_the_c_library() {
        let table = include_str!("ere_cases.txt");
        let (mut count, mut differ) = (0, Vec::new());
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let [says, expression, text_of] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let text_of = text_of.replace("\\n", "\n");
            let found = match regex(expression.as_bytes()) {
                Ok(regex) if regex.is_match(&text(text_of.as_bytes())).unwrap() => "match",
                Ok(_) => "none",
                Err(_) => "wrong",
            };
            if found != says {
                differ.push(format!("{found}, not {line}"));
            }
            count += 1;
        }
        assert!(differ.is_empty(), "{differ:#?}");
        assert!(count >= 80, "{count} cases");
    }

    #[test]
    fn any_bytes_are_an_expression_or_refused() {
        let mut seed = 1u32;
        for _ in 0..2000 {
            let bytes: Vec<u8> = std::iter::repeat_with(|| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"a[]()|*+?{}1,^$.\\-:=\xe9"[(seed >> 16) as usize % 21]
            })
            .take(12)
            .collect();
            if let Ok(regex) = regex(&bytes) {
                let _ = regex.is_match("aaa1");
            }
        }
    }
}
