//! `$NAME`: definitions, uses, and those that are always there.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

/// What is defined.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    defined: HashMap<String, Rc<str>>,
    /// How often chance was asked.
    chances: u64,
}

/// What the names that are always there depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'c> {
    pub config_id: &'c str,
    pub folder: &'c str,
    pub environment: &'c std::collections::BTreeMap<String, String>,
}

impl Variables {
    /// Defines one, or changes it.
    pub fn set(&mut self, name: &str, value: &str) {
        self.defined.insert(name.to_owned(), Rc::from(value));
    }

    /// Its value; `None` if there is none of that name.
    pub fn get(&mut self, name: &str, around: Surroundings<'_>) -> Option<Rc<str>> {
        if let Some(value) = self.defined.get(name) {
            return Some(Rc::clone(value));
        }
        let mut words = name.split_whitespace();
        let value = match words.next()? {
            "_PWD" => around.folder.to_owned(),
            "_INSTANCE" => around.config_id.to_owned(),
            "_HASH" => "#".to_owned(),
            "_BANG" => "!".to_owned(),
            "_ENV" => around.environment.get(words.next()?)?.clone(),
            "_RANDOM" => {
                let mut number = || words.next().map(str::parse::<u32>);
                let low = number().unwrap_or(Ok(0)).ok()?;
                let high = number().unwrap_or(Ok(32767)).ok()?;
                self.chance(low, high, around.config_id).to_string()
            }
            _ => return None,
        };
        Some(Rc::from(value))
    }

    /// A number of this range that is another one for each use and each host, and the same whenever a file is read: a
    /// reload is not to change what the file did not change.
    fn chance(&mut self, low: u32, high: u32, config_id: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (config_id, self.chances).hash(&mut hasher);
        self.chances += 1;
        let count = u64::from(high.saturating_sub(low)) + 1;
        u64::from(low) + hasher.finish() % count
    }
}

/// Is this a name: letters, digits and `_`, no digit first?
pub(super) fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// `$NAME=value`: the name and the value. The value ends with the line, unless the line ends with `\`.
pub(super) fn definition(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('$')?;
    let (name, value) = text.split_at_checked(name_len(text))?;
    is_name(name).then_some((name, value.strip_prefix('=')?))
}

/// How many bytes at the beginning can be part of a name.
fn name_len(text: &str) -> usize {
    text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && byte != b'_').unwrap_or(text.len())
}

/// The longest name in braces, in bytes: a `${` without its `}` is not searched for longer.
const MAX_BRACED: usize = 256;

/// What `$` begins in this text: the name, and how long the use is.
pub(super) fn usage(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('$')?;
    if let Some(braced) = rest.strip_prefix('{') {
        let end = braced.bytes().take(MAX_BRACED).position(|byte| matches!(byte, b'}' | b'\n'))?;
        let name = braced.get(..end)?;
        return braced.get(end..)?.starts_with('}').then_some((name, end + 3));
    }
    let end = name_len(rest);
    let name = rest.get(..end)?;
    let ends = matches!(rest.as_bytes().get(end), None | Some(b' ' | b'\t' | b',' | b')' | b'\n' | b'\r'));
    (ends && is_name(name)).then_some((name, end + 1))
}

/// The values that a template goes through, one row of them for each time.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub names: Vec<String>,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    Sequence { next: i64, step: i64, end: i64, hex: bool },
    List(std::vec::IntoIter<Vec<String>>),
}

impl Iterator for Template {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        match &mut self.values {
            Values::List(rows) => rows.next(),
            Values::Sequence { next, step, end, hex } => {
                let is_over = if *step > 0 { *next > *end } else { *next < *end };
                if is_over {
                    return None;
                }
                let mut text = String::new();
                let sign = if *next < 0 { "-" } else { "" };
                let _ = if *hex {
                    write!(text, "{sign}{:x}", next.unsigned_abs())
                } else {
                    write!(text, "{next}")
                };
                *next = next.saturating_add(*step);
                Some(vec![text])
            }
        }
    }
}

impl Template {
    /// `SEQ`, `SEQx` or `LST` with what is between its parentheses.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(kind: &str, arguments: &str) -> Result<Self, String> {
        if kind == "LST" {
            return Self::list(arguments);
        }
        let mut parts = arguments.split(',').map(str::trim);
        let name = parts.next().unwrap_or_default();
        if !is_name(name) {
            return Err(format!("`{name}` is no name of a variable"));
        }
        let numbers = parts.map(number).collect::<Result<Vec<i64>, String>>()?;
        let (next, step, end) = match *numbers.as_slice() {
            [end] => (end.signum(), if end < 0 { -1 } else { 1 }, end),
            [start, end] => (start, if end < start { -1 } else { 1 }, end),
            [start, step, end] => (start, step, end),
            _ => {
                return Err(
                    "a name and one to three numbers are expected: ~SEQ(name, start, step, end)".into()
                );
            }
        };
        if step == 0 {
            return Err("a step of 0 never ends".to_owned());
        }
        let hex = kind == "SEQx";
        Ok(Self { names: vec![name.to_owned()], values: Values::Sequence { next, step, end, hex } })
    }

    fn list(arguments: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut rest = arguments.trim();
        while !rest.is_empty() {
            let (item, behind) = match rest.strip_prefix('{') {
                Some(braced) => {
                    let (item, behind) = braced.split_once('}').ok_or("a `}` is missing")?;
                    let item = item.split(',').map(|part| part.trim().to_owned()).collect();
                    (item, behind.trim_start().strip_prefix(',').unwrap_or(behind))
                }
                None => {
                    let (item, behind) = rest.split_once(',').unwrap_or((rest, ""));
                    (vec![item.trim().to_owned()], behind)
                }
            };
            items.push(item);
            rest = behind.trim();
        }
        let mut items = items.into_iter();
        let names: Vec<String> = items.next().unwrap_or_default();
        if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
            return Err(format!("`{wrong}` is no name of a variable"));
        }
        let rows: Vec<Vec<String>> = items.collect();
        if names.is_empty() || rows.is_empty() {
            return Err("a name and at least one value are expected: ~LST(name, value, value)".to_owned());
        }
        if let Some(row) = rows.iter().find(|row| row.len() != names.len()) {
            return Err(format!("{} values for {} names", row.len(), names.len()));
        }
        Ok(Self { names, values: Values::List(rows.into_iter()) })
    }
}

fn number(text: &str) -> Result<i64, String> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    number.map(|number| sign * i64::from(number)).map_err(|_| format!("`{text}` is no number"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn rows(kind: &str, arguments: &str) -> String {
        match Template::parse(kind, arguments) {
            Ok(template) => template.map(|row| row.join(".")).collect::<Vec<_>>().join(" "),
            Err(error) => error,
        }
    }

    #[test]
    fn templates_go_through_their_values() {
        assert_eq!(rows("SEQ", "X, 3"), "1 2 3");
        assert_eq!(rows("SEQ", "X, -2"), "-1 -2");
        assert_eq!(rows("SEQ", "X,5,3"), "5 4 3");
        assert_eq!(rows("SEQ", "X,5,-2,1"), "5 3 1");
        assert_eq!(rows("SEQx", "X,0x9,1,0xb"), "9 a b");
        assert_eq!(rows("LST", "X, 7, ab ,9"), "7 ab 9");
        assert_eq!(rows("LST", "{P, Q}, {10,1},{20,4}"), "10.1 20.4");
        assert_eq!(rows("SEQ", "X,1,0,9"), "a step of 0 never ends");
        assert_eq!(rows("SEQ", "X,1,z"), "`z` is no number");
        assert_eq!(rows("SEQ", "9,1"), "`9` is no name of a variable");
        assert_eq!(rows("LST", "X"), "a name and at least one value are expected: ~LST(name, value, value)");
        assert_eq!(rows("LST", "{P,Q},1"), "1 values for 2 names");
        assert_eq!(rows("SEQ", "X,0"), "0");
    }

    #[test]
    fn uses_end_where_keepalived_ends_them() {
        assert_eq!(usage("$A b"), Some(("A", 2)));
        assert_eq!(usage("$A.1"), None);
        assert_eq!(usage("${A}.1"), Some(("A", 4)));
        assert_eq!(usage("$A,1"), Some(("A", 2)));
        assert_eq!(usage("${_RANDOM 1 2}x"), Some(("_RANDOM 1 2", 14)));
        assert_eq!(usage("${A"), None);
        assert_eq!(usage("$9"), None);
        assert_eq!(definition("$A= b"), Some(("A", " b")));
        assert_eq!(definition("$A =b"), None);
    }
}
