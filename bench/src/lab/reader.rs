//! Values of a scenario file, each with its place, so that whatever is wrong can be shown where it stands.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use ulvs::config::{Diagnostics, Source};

/// A key with its place.
pub type Key<'i> = Spanned<Cow<'i, str>>;
/// A value with its place.
pub type Value<'i> = Spanned<DeValue<'i>>;

/// Reads values and notes what is wrong with them.
#[derive(Default)]
pub struct Reader {
    /// Where, what, and advice.
    errors: Vec<(Range<usize>, String, Option<String>)>,
}

impl Reader {
    /// Tells what is wrong, in the order of the text.
    pub fn tell(mut self, source: &Source, out: &mut Diagnostics) {
        self.errors.sort_by_key(|(at, ..)| at.start);
        for (at, message, help) in self.errors {
            match help {
                Some(help) => out.error_with_help(source, at, message, help),
                None => {
                    out.error(source, at, message);
                }
            }
        }
    }

    /// Notes an error.
    pub fn error(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.errors.push((at, message.into(), None));
    }

    /// Notes an error with advice.
    pub fn error_with_help(&mut self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.errors.push((at, message.into(), Some(help.into())));
    }

    /// Notes a key that is none of those that are known here, and the one that was perhaps meant.
    pub fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let help = nearest(key.get_ref(), known).map_or_else(
            || format!("known here: {}", known.join(", ")),
            |name| format!("did you mean `{name}`? Known here: {}", known.join(", ")),
        );
        self.error_with_help(key.span(), format!("unknown key `{}`", key.get_ref()), help);
    }

    fn wrong_type(&mut self, value: &Value<'_>, wanted: &str) {
        self.error(value.span(), format!("{wanted} expected, found {}", value.get_ref().type_str()));
    }

    /// A table.
    pub fn table<'v, 'i>(&mut self, value: &'v Value<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, "a table");
        }
        table
    }

    /// A list of tables, each with its place.
    pub fn tables<'v, 'i>(
        &mut self,
        value: &'v Value<'i>,
        header: &str,
    ) -> Vec<(&'v DeTable<'i>, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, &format!("an array of tables ([[{header}]])"));
            return Vec::new();
        };
        list.iter().filter_map(|entry| Some((self.table(entry)?, entry.span()))).collect()
    }

    /// A list.
    pub fn list<'v, 'i>(&mut self, value: &'v Value<'i>, wanted: &str) -> Option<&'v [Value<'i>]> {
        let list = value.get_ref().as_array();
        if list.is_none() {
            self.wrong_type(value, wanted);
        }
        list.map(|list| &list[..])
    }

    /// A text.
    pub fn text<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, "a string");
        }
        text
    }

    /// A text that the function makes something of, or else what it should be.
    pub fn parsed<T>(
        &mut self,
        value: &Value<'_>,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(value)?;
        let parsed = parse(text);
        if parsed.is_none() {
            self.error(value.span(), format!("`{text}` is no {wanted}"));
        }
        parsed
    }

    /// One of these words.
    pub fn word<T: Copy>(&mut self, value: &Value<'_>, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let is_not = if names.len() == 1 { "is not" } else { "is none of" };
            let help = nearest(text, &names).map(|name| format!("did you mean \"{name}\"?"));
            self.errors.push((value.span(), format!("\"{text}\" {is_not} {}", quoted(&names)), help));
        }
        found
    }

    /// Yes or no.
    pub fn switch(&mut self, value: &Value<'_>) -> Option<bool> {
        let switch = value.get_ref().as_bool();
        if switch.is_none() {
            self.wrong_type(value, "true or false");
        }
        switch
    }

    /// A whole number.
    pub fn integer<T: TryFrom<u64> + Copy + Into<u64>>(
        &mut self,
        value: &Value<'_>,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, "an integer");
            return None;
        };
        let (least, most) = ((*range.start()).into(), (*range.end()).into());
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.error(value.span(), format!("must lie between {least} and {most}"));
        }
        T::try_from(number?).ok()
    }

    /// A number, perhaps with a fraction.
    pub fn number(&mut self, value: &Value<'_>, range: RangeInclusive<f64>) -> Option<f64> {
        let text = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => {
                self.wrong_type(value, "a number");
                return None;
            }
        };
        let number = text.parse::<f64>().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.error(value.span(), format!("must lie between {} and {}", range.start(), range.end()));
        }
        number
    }

    /// A time in seconds.
    pub fn seconds(&mut self, value: &Value<'_>, range: RangeInclusive<f64>) -> Option<Duration> {
        self.number(value, range).map(Duration::from_secs_f64)
    }
}

/// `"a", "b" and "c"`.
fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The name that a mistyped one is nearest to, if it is near to any.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    /// Below this it is another word.
    const ALIKE: f64 = 0.7;
    let alike = |known: &&str| strsim::normalized_damerau_levenshtein(name, known);
    let best = known.iter().copied().max_by(|one, other| alike(one).total_cmp(&alike(other)))?;
    (alike(&best) >= ALIKE).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mistyped_is_found() {
        let known = ["frame-sizes", "flows", "share"];
        assert_eq!(nearest("frame-size", &known), Some("frame-sizes"));
        assert_eq!(nearest("folws", &known), Some("flows"));
        assert_eq!(nearest("latency", &known), None);
        assert_eq!(quoted(&["a", "b", "c"]), "\"a\", \"b\" and \"c\"");
    }
}
