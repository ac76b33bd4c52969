//! Values as TOML writes them.

use super::duration;
use std::time::Duration;

/// Keys with their values, in order.
pub(super) type Pairs = Vec<(&'static str, Val)>;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Val {
    /// As it is written.
    Plain(String),
    /// An array.
    List(Vec<Self>),
    /// A table.
    Table(Pairs),
}

impl Val {
    /// A string, in the quotes that need the fewest backslashes.
    pub(super) fn text(text: &str) -> Self {
        Self::Plain(quoted(text))
    }

    /// A time in words.
    pub(super) fn time(time: Duration) -> Self {
        Self::text(&duration::write(time))
    }

    /// In one line, but for strings of several.
    pub(super) fn inline(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(list) => {
                let entries: Vec<_> = list.iter().map(Self::inline).collect();
                format!("[{}]", entries.join(", "))
            }
            Self::Table(pairs) if pairs.is_empty() => "{}".to_owned(),
            Self::Table(pairs) => {
                let entries: Vec<_> =
                    pairs.iter().map(|(key, val)| format!("{key} = {}", val.inline())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Self::Plain(value.to_string())
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Val {
            fn from(value: $kind) -> Self {
                Self::Plain(value.to_string())
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i32);

/// A key as TOML writes it.
pub(super) fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !name.is_empty() && name.bytes().all(is_bare) { name.to_owned() } else { quoted(name) }
}

/// Always in one line.
fn quoted(text: &str) -> String {
    let is_literal = text.contains(['"', '\\']) && !text.contains(|c: char| c == '\'' || c.is_control());
    if is_literal {
        return format!("'{text}'");
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
