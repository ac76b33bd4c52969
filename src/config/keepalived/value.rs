//! Values: numbers, times, switches, addresses; and whether a keyword has one of the right kind.

use super::line::{Statement, Word};
use super::reader::is_single;
use super::remark::Remarks;
use super::schema::Value;
use std::net::IpAddr;
use std::time::Duration;

/// Is the word of this number what it must be? If not, that is told: keepalived keeps the default then.
pub(super) fn check(value: Value, number: usize, statement: &Statement, remarks: &mut Remarks<'_>) -> bool {
    let Some(word) = statement.word(number) else { return true };
    let text = word.text.as_str();
    let problem = match value {
        Value::Number(min, max) => match parse_number(text) {
            None => Some(format!("`{text}` is no whole number")),
            Some(number) if !(min..=max).contains(&number) => {
                Some(format!("{text} is out of range: {min} to {max}"))
            }
            Some(_) => None,
        },
        Value::Seconds(min, max) => match parse_seconds(text) {
            None => Some(format!("`{text}` is no number of seconds")),
            Some(time) if !(min..=max).contains(&time.as_secs_f64()) => {
                Some(format!("{text} is out of range: {min} to {max} seconds"))
            }
            Some(_) => None,
        },
        Value::Pause(max) => match parse_seconds(text) {
            None => Some(format!("`{text}` is no number of seconds")),
            Some(time) if time.as_secs_f64() > max => {
                Some(format!("{text} is out of range: 0 to {max} seconds"))
            }
            Some(time) => {
                if time.is_zero() {
                    // Every packaged file of Red Hat's has it.
                    remarks
                        .note(word.at, "keepalived calls 0 out of range; it means no pause, as without it")
                        .strict();
                }
                None
            }
        },
        Value::Bool if parse_bool(text).is_none() => Some(format!("`{text}` is neither on nor off")),
        Value::Address if text.parse::<IpAddr>().is_err() => Some(format!("`{text}` is no IP address")),
        Value::OneOf(words) if !words.contains(&text) => {
            Some(format!("`{text}` is none of {}", words.join(", ")))
        }
        _ => None,
    };
    if let Some(message) = problem {
        let help = match value {
            Value::Bool => "write on, off, yes, no, true or false; the line is left out",
            Value::Address => "the line is left out, with its block if it has one; names are not looked up",
            _ => "the line is left out",
        };
        remarks.warning(word.at, message).strict().help(help);
        return false;
    }
    let is_turned = statement.keyword() == "weight" && statement.word(2).is_some_and(is_reverse);
    let allowed = 1 + number - usize::from(value == Value::Nothing) + usize::from(is_turned);
    if is_single(value) && statement.words.len() > allowed {
        remarks.note(statement.from(allowed), "the rest of the line means nothing");
    }
    true
}

/// Does the word turn a weight round, or say that it is not?
fn is_reverse(word: &Word) -> bool {
    matches!(word.text.as_str(), "reverse" | "noreverse" | "no_reverse")
}

/// A whole number in base 10.
pub(super) fn parse_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large for any key is still a number.
    is_number.then(|| text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

/// Seconds, with a fraction down to microseconds.
pub(super) fn parse_seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let seconds = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(u64::MAX) };
    let mut micros = 0;
    for place in 0..6 {
        micros = micros * 10 + u64::from(fraction.as_bytes().get(place).map_or(0, |digit| digit - b'0'));
    }
    Duration::from_secs(seconds).checked_add(Duration::from_micros(micros))
}

/// `on`, `off` and what else keepalived takes for them.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "on" | "yes" | "true" => Some(true),
        "off" | "no" | "false" => Some(false),
        _ => None,
    }
}

impl Statement {
    /// Its number, which was checked.
    pub fn number(&self) -> Option<i64> {
        parse_number(&self.word(1)?.text)
    }

    /// Its number as one that cannot be negative.
    pub fn count(&self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// Its seconds, which were checked.
    pub fn seconds(&self) -> Option<Duration> {
        parse_seconds(&self.word(1)?.text)
    }

    /// Its switch, which was checked: on if nothing is said.
    pub fn switch(&self) -> bool {
        self.word(1).is_none_or(|word| parse_bool(&word.text) != Some(false))
    }

    /// Its first value as a text.
    pub fn text(&self) -> String {
        self.word(1).map_or(String::new(), |word| word.text.clone())
    }
}

/// Bytes in hex as UDP_CHECK has them: pairs of digits, and what stands alone before a blank is a byte, too. `X` is a digit
/// that is not looked at. Each with the mask of the bits that are.
pub(super) fn parse_hex(words: &[Word], allows_any: bool) -> Option<Vec<(u8, u8)>> {
    let mut bytes = Vec::new();
    for word in words {
        for pair in word.text.as_bytes().chunks(2) {
            let mut byte = (0_u8, 0_u8);
            for digit in pair {
                let (value, mask) = match char::from(*digit) {
                    'x' | 'X' if allows_any => (0, 0),
                    char => (u8::try_from(char.to_digit(16)?).ok()?, 0xf),
                };
                byte = (byte.0 << 4 | value, byte.1 << 4 | mask);
            }
            if pair.len() == 1 {
                byte.1 |= 0xf0;
            }
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_fractions() {
        assert_eq!(parse_seconds("2.5"), Some(Duration::from_millis(2500)));
        assert_eq!(parse_seconds(".000001"), Some(Duration::from_micros(1)));
        assert_eq!(parse_seconds("3."), Some(Duration::from_secs(3)));
        assert_eq!(parse_seconds("."), None);
        assert_eq!(parse_seconds("-1"), None);
        assert_eq!(parse_seconds("1e3"), None);
        assert_eq!(parse_seconds("99999999999999999999999").unwrap().as_secs(), u64::MAX);
    }

    #[test]
    fn numbers_are_decimal() {
        assert_eq!(parse_number("-12"), Some(-12));
        assert_eq!(parse_number("0x10"), None);
        assert_eq!(parse_number("100,x"), None);
        assert_eq!(parse_number("-"), None);
        assert_eq!(parse_number("99999999999999999999"), Some(i64::MAX));
    }

    #[test]
    fn hex_is_free() {
        let words = |text: &str| {
            text.split(' ').map(|text| Word { text: text.to_owned(), ..Word::default() }).collect::<Vec<_>>()
        };
        let bytes: Vec<u8> = parse_hex(&words("Ab12f 3 456 546443123"), false)
            .unwrap()
            .iter()
            .map(|(byte, _)| *byte)
            .collect();
        assert_eq!(bytes, [0xab, 0x12, 0x0f, 3, 0x45, 6, 0x54, 0x64, 0x43, 0x12, 3]);
        assert_eq!(parse_hex(&words("1xX2"), true).unwrap(), [(0x10, 0xf0), (0x02, 0x0f)]);
        assert_eq!(parse_hex(&words("1x"), false), None);
        assert_eq!(parse_hex(&words("zz"), true), None);
    }
}
