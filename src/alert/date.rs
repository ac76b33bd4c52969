//! Dates as mail and logs have them.

use tz::TimeZone;

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Tue, 14 Nov 2023 22:13:20 +0000` (RFC 5322 section 3.3), in UTC.
pub fn rfc2822(unix_seconds: u64) -> String {
    let (days, seconds) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let (weekday, year, month, day) = named(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} +0000")
}

/// Weekday, year, month and day of a number of days since 1970-01-01.
fn named(days: u64) -> (&'static str, u64, &'static str, u64) {
    let (year, month, day) = civil(days);
    let weekday = WEEKDAYS.get((days % 7) as usize).unwrap_or(&"");
    let month = MONTHS.get((month as usize).saturating_sub(1)).unwrap_or(&"");
    (weekday, year, month, day)
}

/// The time of day where this host is.
pub struct Clock(Option<TimeZone>);

impl Clock {
    /// As `TZ` or `/etc/localtime` says; if neither can be read, UTC.
    pub fn local() -> Self {
        Self(TimeZone::local().ok())
    }

    /// UTC.
    #[cfg(test)]
    pub const fn utc() -> Self {
        Self(None)
    }

    /// `Mon Mar  5 20:33:05 2018`, as C has it.
    pub fn long(&self, unix_seconds: u64) -> String {
        let local = self.shifted(unix_seconds);
        let (weekday, year, _, _) = named(local / 86_400);
        format!("{weekday} {} {year}", clock_time(local))
    }

    /// `Mar  5 20:33:05`, as syslog has it.
    pub fn short(&self, unix_seconds: u64) -> String {
        clock_time(self.shifted(unix_seconds))
    }

    fn shifted(&self, unix_seconds: u64) -> u64 {
        let now = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
        let zone = self.0.as_ref().and_then(|zone| zone.find_local_time_type(now).ok());
        unix_seconds.saturating_add_signed(zone.map_or(0, |zone| zone.ut_offset().into()))
    }
}

fn clock_time(seconds: u64) -> String {
    let (_, _, month, day) = named(seconds / 86_400);
    let of_day = seconds % 86_400;
    format!("{month} {day:2} {:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// Year, month and day of a number of days since 1970-01-01. Years begin in March here, so that the leap day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(rfc2822(0), "Thu, 1 Jan 1970 00:00:00 +0000");
        assert_eq!(rfc2822(951_782_399), "Mon, 28 Feb 2000 23:59:59 +0000");
        assert_eq!(rfc2822(951_782_400), "Tue, 29 Feb 2000 00:00:00 +0000");
        assert_eq!(rfc2822(1_700_000_000), "Tue, 14 Nov 2023 22:13:20 +0000");
        assert_eq!(rfc2822(4_107_542_400), "Mon, 1 Mar 2100 00:00:00 +0000");
        let berlin = Clock(TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").ok());
        assert_eq!(berlin.long(1_520_278_385), "Mon Mar  5 20:33:05 2018");
        assert_eq!(berlin.short(1_700_000_000), "Nov 14 23:13:20");
        assert_eq!(berlin.short(1_688_169_599), "Jul  1 01:59:59");
        assert_eq!(Clock::utc().long(0), "Thu Jan  1 00:00:00 1970");
    }
}
