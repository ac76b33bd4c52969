//! Reads values and notes what is wrong with them.

use super::duration;
use super::{Key, Table, Value};
use crate::config::diagnostic::Diagnostics;
use crate::config::pattern::Patterns;
use crate::config::source::Source;
use crate::lvs::{Check, Mail, Script};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;
use toml::de::DeValue;

/// Bytes of text that a configuration may hold when all that is said once for many is said for each.
const MAX_TEXT: usize = 128 << 20;

/// Reads values and notes what is wrong with them.
pub(super) struct Reader<'s, 'o> {
    pub(super) source: &'s Source,
    pub(super) out: &'o mut Diagnostics,
    /// Errors that have been told: what is said once for many is wrong once.
    told: HashSet<(usize, String)>,
    /// Bytes of text that have been taken.
    taken: usize,
    /// Regular expressions so far.
    pub(super) patterns: Patterns,
    pub(super) checks: Memo<Vec<Check>>,
    pub(super) scripts: Memo<Script>,
    pub(super) mails: Memo<Mail>,
}

/// What has been read of a value that several places share, by the value's place in memory, with the bytes it takes.
pub(super) type Memo<T> = HashMap<usize, (Option<T>, usize)>;

impl<'s, 'o> Reader<'s, 'o> {
    pub(super) fn new(source: &'s Source, out: &'o mut Diagnostics) -> Self {
        Self {
            source,
            out,
            told: HashSet::new(),
            taken: 0,
            patterns: Patterns::default(),
            checks: Memo::new(),
            scripts: Memo::new(),
            mails: Memo::new(),
        }
    }

    /// Reads a value, or takes what it was read as.
    pub(super) fn once<T: Clone>(
        &mut self,
        value: &Value<'_>,
        memo: fn(&mut Self) -> &mut Memo<T>,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let place = std::ptr::from_ref(value).addr();
        if let Some((known, bytes)) = memo(self).get(&place) {
            let (known, bytes) = (known.clone(), *bytes);
            return known.filter(|_| self.take(bytes, value.span()));
        }
        let before = self.taken;
        let made = read(self);
        // Nothing is free, so that many copies of nothing are not either.
        let bytes = self.taken - before + 64;
        memo(self).insert(place, (made.clone(), bytes));
        made
    }

    /// Is there room for so much more?
    pub(super) fn take(&mut self, bytes: usize, span: Range<usize>) -> bool {
        let before = self.taken;
        self.taken = self.taken.saturating_add(bytes);
        if self.taken > MAX_TEXT && before <= MAX_TEXT {
            self.error(span, "with this, what is said once for many comes to more than 128 MiB");
        }
        self.taken <= MAX_TEXT
    }

    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        let message = message.into();
        if self.told.insert((span.start, message.clone())) {
            self.out.error(self.source, span, message);
        }
    }

    pub(super) fn error_with_help(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let message = message.into();
        if self.told.insert((span.start, message.clone())) {
            self.out.error(self.source, span, message).help(help);
        }
    }

    pub(super) fn warning(&mut self, span: Range<usize>, message: &str) {
        if self.told.insert((span.start, message.to_owned())) {
            self.out.warning(self.source, span, message);
        }
    }

    /// Tells of the keys of a table that are not among these.
    pub(super) fn known(&mut self, table: &Table<'_>, known: &[&[&str]]) {
        for key in table.keys() {
            if !known.iter().any(|keys| keys.contains(&key.get_ref().as_ref())) {
                self.unknown(key, &known.concat());
            }
        }
    }

    pub(super) fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let near = known.iter().find(|known| is_near(known, key.get_ref()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.error_with_help(key.span(), format!("unknown key `{}`", key.get_ref()), help);
    }

    pub(super) fn wrong_type(&mut self, value: &Value<'_>, wanted: &str) {
        let message = format!("{wanted} expected, found {}", value.get_ref().type_str());
        self.error(value.span(), message);
    }

    pub(super) fn table<'v, 'i>(&mut self, value: &'v Value<'i>) -> Option<&'v Table<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, "a table");
        }
        table
    }

    /// An array of tables; the span is that of each table.
    pub(super) fn tables<'v, 'i>(
        &mut self,
        value: &'v Value<'i>,
        header: &str,
    ) -> Vec<(&'v Table<'i>, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, &format!("an array of tables ([[{header}]])"));
            return Vec::new();
        };
        list.iter().filter_map(|entry| self.table(entry).map(|table| (table, entry.span()))).collect()
    }

    pub(super) fn text<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        match text {
            Some(text) => Some(text).filter(|_| self.take(text.len(), value.span())),
            None => {
                self.wrong_type(value, "a string");
                None
            }
        }
    }

    /// A text that must say something.
    pub(super) fn word<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        let text = self.text(value)?;
        if text.trim().is_empty() {
            self.error(value.span(), "must not be empty");
            return None;
        }
        Some(text)
    }

    /// One of these words.
    pub(super) fn choice<T: Copy>(&mut self, value: &Value<'_>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(value)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            self.error_with_help(
                value.span(),
                format!("unknown word `{}`", cut(text)),
                format!("one of: {}", words.join(", ")),
            );
        }
        found
    }

    /// A string, or an array of strings.
    pub(super) fn texts(&mut self, value: &Value<'_>) -> Option<Vec<String>> {
        let Some(list) = value.get_ref().as_array() else {
            if value.get_ref().as_str().is_none() {
                self.wrong_type(value, "a string or an array of strings");
                return None;
            }
            return self.text(value).map(|text| vec![text.to_owned()]);
        };
        let texts: Vec<_> = list.iter().map(|entry| self.text(entry).map(str::to_owned)).collect();
        texts.into_iter().collect()
    }

    pub(super) fn boolean(&mut self, value: &Value<'_>) -> Option<bool> {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(value, "a boolean");
        }
        boolean
    }

    pub(super) fn integer(&mut self, value: &Value<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        self.signed(value, range).and_then(|number| u32::try_from(number).ok())
    }

    pub(super) fn signed(&mut self, value: &Value<'_>, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, "an integer");
            return None;
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix());
        let number = number.ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.error(value.span(), format!("must lie between {} and {}", range.start(), range.end()));
        }
        number
    }

    /// A port, from 1.
    pub(super) fn port(&mut self, value: &Value<'_>) -> Option<u16> {
        self.integer(value, 1..=u32::from(u16::MAX)).and_then(|port| u16::try_from(port).ok())
    }

    pub(super) fn address(&mut self, value: &Value<'_>) -> Option<IpAddr> {
        let text = self.text(value)?;
        let addr = text.parse().ok();
        if addr.is_none() {
            self.error(value.span(), format!("`{}` is no address", cut(text)));
        }
        addr
    }

    pub(super) fn path(&mut self, value: &Value<'_>) -> Option<PathBuf> {
        self.word(value).map(PathBuf::from)
    }

    /// `"10s"`, `"500ms"`, or a number of seconds.
    pub(super) fn duration(&mut self, value: &Value<'_>, may_be_zero: bool) -> Option<Duration> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.as_ref(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => {
                self.wrong_type(value, "a time");
                return None;
            }
        };
        let Some(time) = duration::parse(text) else {
            let message = format!("`{}` is no time", cut(text));
            let help = "write \"10s\", \"500ms\", \"1.5s\", \"2m\", \"1h\", \"1d\", or a number of seconds, \
                        at most 4294967295";
            self.error_with_help(value.span(), message, help);
            return None;
        };
        if time.is_zero() && !may_be_zero {
            self.error(value.span(), "must be more than 0");
            return None;
        }
        Some(time)
    }

    /// A time in whole seconds of this range.
    pub(super) fn seconds(&mut self, value: &Value<'_>, range: RangeInclusive<u32>) -> Option<u32> {
        if value.get_ref().as_str().is_none() {
            return self.integer(value, range);
        }
        let time = self.duration(value, true)?;
        let seconds = u32::try_from(time.as_secs()).ok().filter(|seconds| range.contains(seconds));
        if seconds.is_none() || time.subsec_nanos() != 0 {
            let (first, last) = range.into_inner();
            self.error(value.span(), format!("must be whole seconds, between {first} and {last}"));
            return None;
        }
        seconds
    }
}

/// The beginning of a text, for a message.
pub(super) fn cut(text: &str) -> &str {
    text.char_indices().nth(80).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// Is this a slip of the pen? One letter too many, too few, another, or two in each other's place.
fn is_near(known: &str, given: &str) -> bool {
    let (known, given) = (known.as_bytes(), given.as_bytes());
    if known == given || given.len().abs_diff(known.len()) > 1 {
        return false;
    }
    let head = known.iter().zip(given).take_while(|(a, b)| a == b).count();
    let rest = |text: &[u8], skip| text.get(head + skip..).unwrap_or_default().to_vec();
    let swapped = rest(known, 0).first_chunk::<2>().map(|[a, b]| [*b, *a])
        == rest(given, 0).first_chunk::<2>().copied()
        && rest(known, 2) == rest(given, 2)
        && given.len() == known.len();
    swapped
        || rest(known, 1) == rest(given, 1)
        || rest(known, 1) == rest(given, 0)
        || rest(known, 0) == rest(given, 1)
}
