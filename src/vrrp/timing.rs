//! How long to wait: RFC 3768 §6.1, RFC 9568 §6.1.

use crate::lvs::VrrpVersion;
use std::time::Duration;

/// What a router of this priority waits longer than the highest possible one would: (256 − priority)/256 of a second
/// (version 2), or of the master's interval (version 3). So of several backups the best takes over first.
pub fn skew(version: VrrpVersion, priority: u8, master_interval: Duration) -> Duration {
    let whole = match version {
        VrrpVersion::V2 => Duration::from_secs(1),
        VrrpVersion::V3 => master_interval,
    };
    whole * (256 - u32::from(priority)) / 256
}

/// Without an advertisement for so long, the master counts as gone: `patience` intervals and the skew.
pub fn master_down(version: VrrpVersion, priority: u8, master_interval: Duration, patience: u32) -> Duration {
    master_interval.saturating_mul(patience.max(1)) + skew(version, priority, master_interval)
}

/// Who wishes to be master at the start waits so long: an interval, and as little more as there is.
pub(super) fn wish(interval: Duration) -> Duration {
    interval + Duration::from_secs(1) / 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use VrrpVersion::{V2, V3};

    /// RFC 3768 §6.1: a second, whatever the interval. RFC 9568 §6.1: the master's interval.
    #[test]
    fn skew_is_of_a_second_or_of_the_interval() {
        let (second, tenth) = (Duration::from_secs(1), Duration::from_millis(100));
        assert_eq!(skew(V2, 100, 5 * second), Duration::from_micros(609_375));
        assert_eq!(skew(V2, 255, second), Duration::from_nanos(3_906_250));
        assert_eq!(skew(V3, 100, second), Duration::from_micros(609_375));
        assert_eq!(skew(V3, 100, tenth), Duration::from_nanos(60_937_500));
        assert_eq!(skew(V3, 254, tenth), Duration::from_nanos(781_250));
        assert_eq!(skew(V3, 0, tenth), tenth);
    }

    #[test]
    fn three_intervals_and_the_skew() {
        let tenth = Duration::from_millis(100);
        assert_eq!(master_down(V2, 100, Duration::from_secs(1), 3), Duration::from_micros(3_609_375));
        assert_eq!(master_down(V3, 100, tenth, 3), Duration::from_nanos(360_937_500));
        assert_eq!(master_down(V3, 100, tenth, 5), Duration::from_nanos(560_937_500));
        assert_eq!(master_down(V3, 100, tenth, 0), master_down(V3, 100, tenth, 1));
        assert_eq!(wish(Duration::from_secs(1)), Duration::from_nanos(1_003_906_250));
    }
}
