//! Figures: samples by what they are of, and what can be said of them.

use crate::scenario::{Quantity, Reply, Size, Traffic, Way};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// The quantity.
    pub quantity: Quantity,
    /// What load is made of, where it is not one packet or one stream.
    pub traffic: Option<Traffic>,
    /// Frame size in bytes as people name it, if it matters.
    pub size: Option<u16>,
    /// Which way replies took, if there were any.
    pub reply: Option<Reply>,
    /// Who forwarded.
    pub way: Way,
}

impl Key {
    /// Of a way, with nothing else that matters.
    pub const fn of(way: Way, quantity: Quantity) -> Self {
        Self { quantity, traffic: None, size: None, reply: None, way }
    }

    /// Of this load, in frames of this size if that matters.
    #[must_use]
    pub fn with(self, traffic: Traffic, size: Option<Size>) -> Self {
        Self { traffic: Some(traffic), size: size.map(|size| size.name), ..self }
    }
}

/// One figure of several rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The middle one (of an even number: the mean of the two in the middle).
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// All samples of a run, one per round.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    round: u32,
    samples: BTreeMap<Key, BTreeMap<u32, f64>>,
    histograms: BTreeMap<Key, Histogram<u64>>,
}

impl Figures {
    /// From now on samples are of this round.
    pub fn begin(&mut self, round: u32) {
        self.round = round;
    }

    /// Adds the sample of one round.
    pub fn add(&mut self, key: Key, sample: f64) {
        self.samples.entry(key).or_default().insert(self.round, sample);
    }

    /// Adds round trips in nanoseconds to those of the rounds before; the key's quantity is the median's.
    pub fn add_trips(&mut self, key: Key, trips: &Histogram<u64>) {
        let all = self.histograms.entry(key).or_insert_with(|| Histogram::new_from(trips));
        // Both have the same bounds.
        let _ = all.add(trips);
    }

    /// The round trips of all rounds.
    pub fn trips(&self) -> impl Iterator<Item = (&Key, &Histogram<u64>)> {
        self.histograms.iter()
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.samples.values().map(BTreeMap::len).max().unwrap_or(0)
    }

    /// All keys and their samples in order of rounds.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Vec<f64>)> {
        self.samples.iter().map(|(key, samples)| (key, samples.values().copied().collect()))
    }

    /// The figure of these rounds, if it was measured.
    pub fn get(&self, key: &Key) -> Option<Figure> {
        summary(self.samples.get(key)?.values().copied())
    }

    /// How many times `key` is of the same quantity by another way, round by round, so that what disturbed a whole round
    /// cancels out.
    pub fn ratio(&self, key: &Key, to: Way) -> Option<Figure> {
        self.quotient(key, &Key { way: to, ..*key })
    }

    /// How many times one figure is of another, round by round; rounds that lack one of the two are passed over.
    pub fn quotient(&self, one: &Key, other: &Key) -> Option<Figure> {
        let (mine, theirs) = (self.samples.get(one)?, self.samples.get(other)?);
        summary(mine.iter().filter_map(|(round, sample)| {
            theirs.get(round).filter(|other| **other > 0.0).map(|other| sample / other)
        }))
    }
}

/// What can be said of samples; `None` without any.
pub fn summary(samples: impl IntoIterator<Item = f64>) -> Option<Figure> {
    let mut sorted: Vec<f64> = samples.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let (min, max) = (*sorted.first()?, *sorted.last()?);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    let median = if sorted.len().is_multiple_of(2) { (sorted[middle - 1] + upper) / 2.0 } else { upper };
    Some(Figure { median, min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        assert_eq!(summary([]), None);
        assert_eq!(summary([7.0]), Some(Figure { median: 7.0, min: 7.0, max: 7.0 }));
        assert_eq!(summary([9.0, 1.0, 2.0]), Some(Figure { median: 2.0, min: 1.0, max: 9.0 }));
        assert_eq!(summary([4.0, 1.0, 2.0, 9.0]), Some(Figure { median: 3.0, min: 1.0, max: 9.0 }));
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let key = |way| Key { quantity: Quantity::Pps, traffic: None, size: Some(64), reply: None, way };
        let mut figures = Figures::default();
        for (round, (kernel, nat)) in (1..).zip([(100.0, 50.0), (10.0, 5.0), (0.0, 5.0)]) {
            figures.begin(round);
            figures.add(key(Way::Kernel), kernel);
            figures.add(key(Way::Nat), nat);
        }
        // A peer that failed once does not shift the rounds against each other.
        figures.begin(4);
        figures.add(key(Way::Nat), 7.0);
        figures.begin(5);
        figures.add(key(Way::Nat), 40.0);
        figures.add(key(Way::Kernel), 80.0);
        let half = Figure { median: 0.5, min: 0.5, max: 0.5 };
        assert_eq!(figures.ratio(&key(Way::Nat), Way::Kernel), Some(half));
        assert_eq!(figures.ratio(&key(Way::Nat), Way::Reflector), None);
    }
}
