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
