//! Commands: the program and its arguments in quotes or as one word, then perhaps a user and a group.

use super::line::Statement;
use super::reader::Reader;
use crate::lvs::{Script, ScriptLine};
use std::iter::Peekable;
use std::str::Chars;

/// Splits as a shell would: at blanks, but not within `'` or `"`; `\` takes the next letter as it is, or a control letter.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (char, quote) {
            ('\\', None | Some('"')) => {
                let escaped = escape(&mut chars);
                word.get_or_insert_default().push(escaped);
            }
            (_, Some(open)) if char == open => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(char),
            ('"' | '\'', None) => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (_, None) if char.is_whitespace() => words.extend(word.take()),
            (_, None) => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// What a backslash and the letters behind it stand for.
fn escape(chars: &mut Peekable<Chars<'_>>) -> char {
    let number = |chars: &mut Peekable<Chars<'_>>, first: u32, radix: u32, most: usize| {
        let mut number = first;
        for _ in 0..most {
            let Some(digit) = chars.peek().and_then(|char| char.to_digit(radix)) else { break };
            chars.next();
            number = number * radix + digit;
        }
        char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    match chars.next() {
        None => '\\',
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('E') => '\u{1b}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('v') => '\u{b}',
        Some('x') => number(chars, 0, 16, 2),
        Some(other) => match other.to_digit(8) {
            Some(first) => number(chars, first, 8, 2),
            None => other,
        },
    }
}

/// The command of a statement, and the words behind it. The command is the first word, with what is in its quotes; there
/// may be quotes and escapes within.
fn parts(raw: &str) -> (Vec<String>, Vec<String>) {
    let behind = raw.trim_start().split_once(char::is_whitespace).map_or("", |(_, behind)| behind).trim();
    let mut is_escaped = false;
    let mut quote = None;
    let mut end = behind.len();
    for (at, char) in behind.char_indices() {
        match (char, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', _) => is_escaped = true,
            (_, Some(open)) if char == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(char),
            (_, None) if char.is_whitespace() => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let (command, rest) = behind.split_at_checked(end).unwrap_or((behind, ""));
    let inner = ['"', '\''].into_iter().find_map(|quote| command.strip_prefix(quote)?.strip_suffix(quote));
    // Quotes within the command's own quotes have a backslash.
    let command = match inner {
        Some(inner) if command.starts_with('"') => words(&inner.replace("\\\"", "\"")),
        Some(inner) => words(&inner.replace("\\'", "'")),
        None => words(command),
    };
    (command, words(rest))
}

impl Reader<'_, '_> {
    /// The command of a statement. `None`, told, if there is nothing to run.
    pub fn script(&mut self, statement: &Statement) -> Option<Script> {
        let (command, mut rest) = parts(&statement.raw);
        if command.is_empty() {
            self.bad_value(
                statement,
                "there is nothing to run",
                "write the program and its arguments in quotes",
            );
            return None;
        }
        let mut script = Script::new(ScriptLine::Words(command));
        rest.reverse();
        script.user = rest.pop();
        script.group = rest.pop();
        if !rest.is_empty() {
            let help = "a program with arguments needs quotes: \"/path/program argument\"";
            let message = "behind the program there can be a user and a group, and nothing more";
            self.remarks.note(statement.from(4), message).help(help);
        }
        Some(script)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_as_by_a_shell() {
        assert_eq!(words(r#"/a 'b c' "d e"f g\ h"#), ["/a", "b c", "d ef", "g h"]);
        assert_eq!(words(r"\x41\101\.\\d '\d' \"), ["AA.\\d", "\\d", "\\"]);
        let (command, rest) = parts(r#"notify_up "/bin/x 'a b' \"c d\" e" user group"#);
        assert_eq!(command, ["/bin/x", "a b", "c d", "e"]);
        assert_eq!(rest, ["user", "group"]);
        assert_eq!(parts("script /bin/x").0, ["/bin/x"]);
        assert_eq!(parts("script '/bin/x y'").0, ["/bin/x", "y"]);
        assert_eq!(parts("script").0, Vec::<String>::new());
        assert_eq!(parts("script \"/bin/x").0, ["/bin/x"], "a quote that does not end");
    }
}
