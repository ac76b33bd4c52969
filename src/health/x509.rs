//! Of a certificate only its end: the rest is rustls's business.

/// When it ends, in seconds since 1970; `None`: it is no certificate, or its date none.
pub(super) fn ends_at(der: &[u8]) -> Option<i64> {
    let (0x30, certificate, _) = element(der)? else { return None };
    let (0x30, mut rest, _) = element(certificate)? else { return None };
    // The version, in version 3 only; serial number, algorithm, issuer.
    if *rest.first()? == 0xa0 {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (0x30, validity, _) = element(rest)? else { return None };
    let (kind, date, _) = element(element(validity)?.2)?;
    seconds(kind, date)
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.is_empty() || bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// `YYMMDDhhmmssZ` (tag 23) or `YYYYMMDDhhmmssZ` (24).
fn seconds(tag: u8, date: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(date).ok()?.strip_suffix('Z')?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match tag {
        23 => {
            let (year, rest) = text.split_at_checked(2)?;
            let year: i64 = year.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        24 => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.parse().ok()?, rest)
        }
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2)?.parse::<i64>().ok();
    let (month, day) = (two(0)?, two(2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days_from_1970(year, month, day) * 86_400 + two(4)? * 3_600 + two(6)? * 60 + two(8)?)
}

/// Years begin in March here, so that the leap day is their last.
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates() {
        assert_eq!(seconds(24, b"19700101000000Z"), Some(0));
        assert_eq!(seconds(23, b"000229120000Z"), Some(951_825_600));
        assert_eq!(seconds(23, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(seconds(23, b"500101000000Z"), Some(-631_152_000));
        assert_eq!(seconds(24, b"99991231235959Z"), Some(253_402_300_799));
        for wrong in [&b"20261301000000Z"[..], b"20260100000000Z", b"2026Z", b"+0260101000000Z", b"Z", b""] {
            assert_eq!(seconds(24, wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(der: Vec<u8>) {
            let _ = ends_at(&der);
        }
    }
}
