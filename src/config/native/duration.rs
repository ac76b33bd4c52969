//! Times in words: `10s`, `500ms`, `1.5s`, or a number of seconds.

use std::time::Duration;

/// The longest time: a little more than 136 years.
pub(super) const MAX: Duration = Duration::from_secs(u32::MAX as u64);

/// Units and how many nanoseconds they have.
const UNITS: [(&str, u64); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// Reads a time exactly; without a unit: seconds. `None`: it is none, or it is finer than a nanosecond, or longer than
/// [`MAX`].
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let unit = if unit.is_empty() { "s" } else { unit.trim_start() };
    let (_, unit_ns) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let part = part.trim_end_matches('0');
    if whole.is_empty() || whole.len() > 20 || part.len() > 15 || number.ends_with('.') {
        return None;
    }
    let whole = whole.parse::<u128>().ok()? * u128::from(unit_ns);
    let scale = 10u128.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part = if part.is_empty() { 0 } else { part.parse::<u128>().ok()? } * u128::from(unit_ns);
    let ns = whole + (part % scale == 0).then_some(part / scale)?;
    let seconds = u64::try_from(ns / 1_000_000_000).ok()?;
    let rest = u32::try_from(ns % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, rest)).filter(|time| *time <= MAX)
}

/// Writes a time so that it reads the same, in the largest unit of `ms`, `s`, `m`, `h` that leaves no fraction.
pub(super) fn write(time: Duration) -> String {
    let (seconds, ns) = (time.as_secs(), time.subsec_nanos());
    match (seconds, ns) {
        (0, ns) if ns > 0 && ns.is_multiple_of(1_000_000) => format!("{}ms", ns / 1_000_000),
        (_, 0) if seconds > 0 && seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        (_, 0) if seconds > 60 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        (_, 0) => format!("{seconds}s"),
        _ => format!("{seconds}.{}s", format!("{ns:09}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_in_words() {
        for (text, wanted) in [
            ("10s", Some(10_000)),
            ("500ms", Some(500)),
            ("1.5s", Some(1500)),
            ("1.5 s", Some(1500)),
            ("3", Some(3000)),
            ("0.25", Some(250)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("1.5d", Some(129_600_000)),
            ("0", Some(0)),
            ("1.50000000000000000000s", Some(1500)),
            ("", None),
            (".5s", None),
            ("5.s", None),
            ("1.2.3s", None),
            ("-1s", None),
            ("1 fortnight", None),
            ("1S", None),
            ("0.0000000001s", None),
            ("4294967296", None),
            ("99999999999999999999999d", None),
        ] {
            assert_eq!(parse(text), wanted.map(Duration::from_millis), "{text}");
        }
        for (time, wanted) in [
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_millis(20), "20ms"),
            (Duration::from_mins(1), "60s"),
            (Duration::from_mins(10), "10m"),
            (Duration::from_hours(2), "2h"),
            (Duration::from_nanos(1), "0.000000001s"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(write(time), wanted);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(seconds in 0..u64::from(u32::MAX), ns in 0..1_000_000_000u32) {
            let time = Duration::new(seconds, ns);
            prop_assert_eq!(parse(&write(time)), Some(time));
        }
    }
}
