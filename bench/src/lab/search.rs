//! Looks for the greatest rate at which all goes well, by halving, in the manner of RFC 2544 §26.1.

use super::measured::Measured;
use super::spec::{QUANTILES, Search};
use anyhow::Result;

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All went well.
    Pass,
    /// The director did not do it, and why.
    Fail(String),
    /// The generator did not: what was measured says nothing against the director.
    Short(String),
}

/// One trial.
#[derive(Clone, Debug)]
pub struct Trial<T> {
    /// Packets per second that were asked for.
    pub rate: f64,
    /// How it ended.
    pub verdict: Verdict,
    /// What was measured.
    pub measured: T,
}

/// What came of a search.
#[derive(Clone, Debug)]
pub struct Found<T> {
    /// All trials in their order.
    pub trials: Vec<Trial<T>>,
    /// The one of the greatest rate that passed.
    pub passed: Option<usize>,
    /// The one of the least rate, above that, that did not.
    pub failed: Option<usize>,
}

/// How many trials a search has at most, unless the generator is the limit: then a trial is repeated once.
pub fn most_trials(search: &Search) -> u32 {
    let ratio = (search.highest / search.lowest).ln() / (1.0 + search.resolution).ln();
    2 + ratio.log2().ceil().max(0.0) as u32
}

/// Searches. The greatest rate is tried first, then the least; then always the one in the middle, as ratios go.
///
/// # Errors
/// Those of a trial.
pub fn find<T>(search: &Search, mut trial: impl FnMut(f64) -> Result<(T, Verdict)>) -> Result<Found<T>> {
    let mut found = Found { trials: Vec::new(), passed: None, failed: None };
    let mut ask = |found: &mut Found<T>, rate: f64| -> Result<bool> {
        let mut is_again = false;
        loop {
            let (measured, verdict) = trial(rate)?;
            let number = Some(found.trials.len());
            let (is_pass, is_short) = (verdict == Verdict::Pass, matches!(verdict, Verdict::Short(_)));
            found.trials.push(Trial { rate, verdict, measured });
            // Perhaps something else had the generator's CPU for a moment.
            if is_short && !is_again {
                is_again = true;
                continue;
            }
            *(if is_pass { &mut found.passed } else { &mut found.failed }) = number;
            return Ok(is_pass);
        }
    };
    if ask(&mut found, search.highest)? || !ask(&mut found, search.lowest)? {
        return Ok(found);
    }
    let (mut good, mut bad) = (search.lowest, search.highest);
    while bad / good > 1.0 + search.resolution {
        let rate = (good * bad).sqrt();
        if ask(&mut found, rate)? { good = rate } else { bad = rate }
    }
    Ok(found)
}

/// Judges a trial.
pub fn judge(search: &Search, measured: &Measured) -> Verdict {
    if let Some(limit) = search.loss
        && measured.loss() > limit
    {
        return Verdict::Fail(format!("loss {:.2e} is above {limit:.0e}", measured.loss()));
    }
    for ((name, quantile), limit) in QUANTILES.iter().zip(search.latency_us) {
        let Some(limit) = limit else { continue };
        match measured.latency_of_all_us(*quantile) {
            Some(latency) if latency <= limit => {}
            Some(latency) => return Verdict::Fail(format!("{name} {latency:.0} µs is above {limit} µs")),
            None => return Verdict::Fail(format!("{name}: too many are lost to have one")),
        }
    }
    if measured.is_generators() {
        return Verdict::Short(format!("the generator made {:.0} per second only", measured.offered()));
    }
    Verdict::Pass
}

#[cfg(test)]
mod tests {
    use super::super::sink::Seen;
    use super::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn search(lowest: f64, highest: f64, resolution: f64) -> Search {
        Search {
            loss: Some(0.01),
            latency_us: [None, Some(10.0), None],
            lowest,
            highest,
            resolution,
            trial: Duration::from_secs(1),
        }
    }

    fn limited(search: &Search, limit: f64) -> Found<()> {
        let fail = || Verdict::Fail(String::new());
        find(search, |rate| Ok(((), if rate <= limit { Verdict::Pass } else { fail() }))).expect("no error")
    }

    #[test]
    fn ends_where_the_limit_is() {
        for limit in [1_001.0, 5_000.0, 123_456.0, 1_999_999.0] {
            let search = search(1_000.0, 2_000_000.0, 0.02);
            let found = limited(&search, limit);
            let rate = |number: Option<usize>| found.trials[number.expect("a trial")].rate;
            let (good, bad) = (rate(found.passed), rate(found.failed));
            assert!(good <= limit && limit < bad && bad / good <= 1.02, "{limit}: {good} {bad}");
            assert!(found.trials.len() <= most_trials(&search) as usize, "{limit}: {}", found.trials.len());
        }
    }

    #[test]
    fn what_the_generator_could_not_make_is_tried_once_more() {
        let mut asked = Vec::new();
        let found = find(&search(10.0, 1000.0, 0.5), |rate| {
            asked.push(rate);
            let is_first = asked.len() == 1;
            Ok(((), if is_first { Verdict::Short(String::new()) } else { Verdict::Pass }))
        });
        let found = found.expect("no error");
        assert_eq!((&asked[..], found.passed, found.failed), (&[1000.0, 1000.0][..], Some(1), None));
    }

    #[test]
    fn a_limit_outside_is_found_at_once() {
        let search = search(10.0, 1000.0, 0.1);
        let all = limited(&search, 5000.0);
        assert_eq!((all.trials.len(), all.passed, all.failed), (1, Some(0), None));
        let none = limited(&search, 5.0);
        assert_eq!((none.trials.len(), none.passed, none.failed), (2, None, Some(1)));
    }

    #[test]
    fn judged_by_what_was_sent() {
        let mut seen = Seen::nothing(true);
        seen.packets = 995;
        for number in 0..995 {
            let latency = if number < 990 { 5_000 } else { 50_000 };
            seen.latency.as_mut().expect("latency").record(latency).expect("within bounds");
        }
        let mut measured = Measured {
            asked: Some(1000.0),
            sent: 1000,
            time: Duration::from_secs(1),
            refused: 0,
            missed: 0,
            seen,
            ends: BTreeMap::new(),
            begun: 0,
            opened: None,
        };
        let mut search = search(1.0, 2.0, 0.1);
        assert_eq!(judge(&search, &measured), Verdict::Pass);
        search.latency_us = [None, None, Some(1e9)];
        assert_eq!(
            judge(&search, &measured),
            Verdict::Fail("p999: too many are lost to have one".to_owned())
        );
        search.latency_us = [Some(1.0), None, None];
        assert!(matches!(judge(&search, &measured), Verdict::Fail(why) if why.starts_with("p50 5 µs")));
        search.latency_us = [None; 3];
        measured.asked = Some(2000.0);
        assert!(matches!(judge(&search, &measured), Verdict::Short(_)));
        measured.sent = 2000;
        assert!(matches!(judge(&search, &measured), Verdict::Fail(why) if why.starts_with("loss 5.0")));
    }
}
