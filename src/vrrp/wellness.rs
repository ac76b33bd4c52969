//! What an instance's priority, and whether it is well, follows from.

/// What was found of something that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is up, runs, or succeeded.
    Well,
    /// It is not.
    Unwell,
    /// A file has this number in it.
    Number(i64),
}

/// How one watched thing counts for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// See [`crate::lvs::Track::weight`]; that of the instance, or else of the watched thing itself.
    pub weight: i16,
    /// See [`crate::lvs::Track::reverse`]: the weight counts with the other sign; without weight, well is not well.
    pub reverse: bool,
    /// What was found last.
    pub finding: Finding,
}

/// What follows from all of it: for [`super::Input::Wellness`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// All that the instance needs is there.
    pub is_well: bool,
    /// 1 to 254; 255 for an owner.
    pub priority: u8,
}

/// All that one instance looks at: its own interface, its tracks, and those of its group.
#[derive(Clone, Debug)]
pub struct Wellness {
    base: u8,
    watches: Vec<Watch>,
}

/// At or below this, what a file says puts the instance at fault.
const FAULT: i64 = -254;

impl Wellness {
    /// `base`: the configured priority.
    pub fn new(base: u8, watches: Vec<Watch>) -> Self {
        Self { base, watches }
    }

    /// Something was found of the watched thing of this index. Others are nothing to it.
    pub fn find(&mut self, index: usize, finding: Finding) {
        if let Some(watch) = self.watches.get_mut(index) {
            watch.finding = finding;
        }
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let is_well = !self.watches.iter().any(Watch::is_fault);
        let sum =
            self.watches.iter().fold(i64::from(self.base), |sum, watch| sum.saturating_add(watch.adds()));
        let clamped = u8::try_from(sum.clamp(1, 254)).unwrap_or(1);
        Verdict { is_well, priority: if self.base == u8::MAX { self.base } else { clamped } }
    }
}

impl Watch {
    /// Of a number: times weight, with the sign.
    fn product(&self, number: i64) -> i64 {
        number.saturating_mul(i64::from(self.weight)).saturating_mul(if self.reverse { -1 } else { 1 })
    }

    fn is_fault(&self) -> bool {
        match self.finding {
            Finding::Well => self.weight == 0 && self.reverse,
            Finding::Unwell => self.weight == 0 && !self.reverse,
            Finding::Number(number) if self.weight == 0 => (number != 0) != self.reverse,
            Finding::Number(number) => self.product(number) <= FAULT,
        }
    }

    fn adds(&self) -> i64 {
        match self.finding {
            Finding::Well if self.weight > 0 => self.product(1),
            Finding::Unwell if self.weight < 0 => self.product(1),
            Finding::Number(number) => self.product(number).clamp(FAULT + 1, -(FAULT + 1)),
            Finding::Well | Finding::Unwell => 0,
        }
    }
}

/// The number that a file begins with, after blanks; 0 if it begins with none. Too large ones are the largest.
pub fn number_in(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text.split_first() {
        Some((b'-', rest)) => (-1, rest),
        Some((b'+', rest)) => (1, rest),
        _ => (1, text),
    };
    digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_i64, |number, byte| number.saturating_mul(10).saturating_add(sign * i64::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Finding::{Number, Unwell, Well};

    fn verdict(base: u8, watches: &[(i16, bool, Finding)]) -> (bool, u8) {
        let watches = watches.iter().map(|&(weight, reverse, finding)| Watch { weight, reverse, finding });
        let Verdict { is_well, priority } = Wellness::new(base, watches.collect()).verdict();
        (is_well, priority)
    }

    #[test]
    fn weights_are_added_while_well_or_taken_while_not() {
        for (weight, reverse, finding, priority) in [
            (10, false, Well, 110),
            (10, false, Unwell, 100),
            (-10, false, Well, 100),
            (-10, false, Unwell, 90),
            (10, true, Well, 90),
            (10, true, Unwell, 100),
            (-10, true, Well, 100),
            (-10, true, Unwell, 110),
        ] {
            assert_eq!(verdict(100, &[(weight, reverse, finding)]), (true, priority), "{weight} {finding:?}");
        }
        assert_eq!(verdict(100, &[(10, false, Well), (-30, false, Unwell), (7, false, Unwell)]), (true, 80));
    }

    #[test]
    fn without_weight_it_is_needed() {
        assert_eq!(verdict(100, &[(0, false, Well)]), (true, 100));
        assert_eq!(verdict(100, &[(0, false, Unwell), (10, false, Well)]), (false, 110));
        assert_eq!(verdict(100, &[(0, true, Well)]), (false, 100));
        assert_eq!(verdict(100, &[(0, true, Unwell)]), (true, 100));
        assert_eq!(verdict(100, &[(0, false, Number(0))]), (true, 100));
        assert_eq!(verdict(100, &[(0, false, Number(1))]), (false, 100));
        assert_eq!(verdict(100, &[(0, true, Number(1))]), (true, 100));
    }

    #[test]
    fn priorities_stay_between_1_and_254_and_an_owner_s_stays() {
        assert_eq!(verdict(200, &[(253, false, Well)]), (true, 254));
        assert_eq!(verdict(100, &[(-253, false, Unwell)]), (true, 1));
        assert_eq!(verdict(255, &[(-253, false, Unwell)]), (true, 255));
        assert_eq!(verdict(255, &[(0, false, Unwell)]), (false, 255));
        assert_eq!(verdict(254, &[]), (true, 254));
    }

    #[test]
    fn a_file_s_number_is_times_the_weight() {
        assert_eq!(verdict(100, &[(1, false, Number(20))]), (true, 120));
        assert_eq!(verdict(100, &[(2, false, Number(-20))]), (true, 60));
        assert_eq!(verdict(100, &[(2, true, Number(-20))]), (true, 140));
        assert_eq!(verdict(100, &[(1, false, Number(-253))]), (true, 1));
        assert_eq!(verdict(100, &[(1, false, Number(-254))]), (false, 1));
        assert_eq!(verdict(100, &[(-127, false, Number(2))]), (false, 1));
        assert_eq!(verdict(1, &[(9, false, Number(i64::MAX)), (-253, false, Unwell)]), (true, 1));
        assert_eq!(verdict(100, &[(9, true, Number(i64::MAX))]), (false, 1));
        assert_eq!(verdict(100, &[(9, true, Number(i64::MIN))]), (true, 254));
    }

    #[test]
    fn what_was_found_last_counts() {
        let mut wellness = Wellness::new(100, vec![Watch { weight: -50, reverse: false, finding: Well }; 2]);
        wellness.find(1, Unwell);
        assert_eq!(wellness.verdict(), Verdict { is_well: true, priority: 50 });
        wellness.find(1, Well);
        wellness.find(2, Unwell);
        assert_eq!(wellness.verdict(), Verdict { is_well: true, priority: 100 });
    }

    #[test]
    fn numbers_are_read_as_far_as_they_are_numbers() {
        for (text, number) in [
            ("", 0),
            ("12\n", 12),
            ("  -7 rest", -7),
            ("+3", 3),
            ("x9", 0),
            ("-", 0),
            ("1e3", 1),
            ("99999999999999999999", i64::MAX),
            ("-99999999999999999999", i64::MIN),
        ] {
            assert_eq!(number_in(text.as_bytes()), number, "{text:?}");
        }
    }
}
