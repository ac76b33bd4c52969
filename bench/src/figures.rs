//! Figures: samples by what they are of, and what can be said of them.

use crate::scenario::{Quantity, Reply, Traffic, Way};
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
pub struct Figures(BTreeMap<Key, Vec<f64>>);

impl Figures {
    /// Adds the sample of one round.
    pub fn add(&mut self, key: Key, sample: f64) {
        self.0.entry(key).or_default().push(sample);
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.0.values().map(Vec::len).max().unwrap_or(0)
    }

    /// All keys and their samples in order of rounds.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &[f64])> {
        self.0.iter().map(|(key, samples)| (key, samples.as_slice()))
    }

    /// The figure of these rounds, if it was measured.
    pub fn get(&self, key: &Key) -> Option<Figure> {
        summary(self.0.get(key)?)
    }

    /// How many times `key` is of the same quantity by another way, round by round, so that what disturbed a whole round
    /// cancels out.
    pub fn ratio(&self, key: &Key, to: Way) -> Option<Figure> {
        let (mine, theirs) = (self.0.get(key)?, self.0.get(&Key { way: to, ..*key })?);
        let ratios: Vec<f64> = mine
            .iter()
            .zip(theirs)
            .filter(|(_, other)| **other > 0.0)
            .map(|(one, other)| one / other)
            .collect();
        summary(&ratios)
    }
}

/// `None` without samples.
fn summary(samples: &[f64]) -> Option<Figure> {
    let mut sorted = samples.to_vec();
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
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[7.0]), Some(Figure { median: 7.0, min: 7.0, max: 7.0 }));
        assert_eq!(summary(&[9.0, 1.0, 2.0]), Some(Figure { median: 2.0, min: 1.0, max: 9.0 }));
        assert_eq!(summary(&[4.0, 1.0, 2.0, 9.0]), Some(Figure { median: 3.0, min: 1.0, max: 9.0 }));
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let key = |way| Key { quantity: Quantity::Pps, traffic: None, size: Some(64), reply: None, way };
        let mut figures = Figures::default();
        for (kernel, nat) in [(100.0, 50.0), (10.0, 5.0), (0.0, 5.0)] {
            figures.add(key(Way::Kernel), kernel);
            figures.add(key(Way::Nat), nat);
        }
        let half = Figure { median: 0.5, min: 0.5, max: 0.5 };
        assert_eq!(figures.ratio(&key(Way::Nat), Way::Kernel), Some(half));
        assert_eq!(figures.ratio(&key(Way::Nat), Way::Reflector), None);
    }
}
