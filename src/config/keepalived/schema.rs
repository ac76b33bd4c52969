//! What may stand where: blocks, their keys, the keys' values, and what becomes of them.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A kind of block.
#[derive(Debug)]
pub(super) struct Block {
    /// What messages call it.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Lines that begin with no keyword (addresses, names) are of this kind.
    pub free: Option<Value>,
    /// `keys` by name.
    index: OnceLock<HashMap<&'static str, &'static Key>>,
}

impl Block {
    pub const fn new(name: &'static str, keys: &'static [Key]) -> Self {
        Self { name, keys, free: None, index: OnceLock::new() }
    }

    pub const fn free(name: &'static str, free: Value) -> Self {
        Self { name, keys: &[], free: Some(free), index: OnceLock::new() }
    }

    pub fn key(&'static self, name: &str) -> Option<&'static Key> {
        let index = self.index.get_or_init(|| self.keys.iter().map(|key| (key.name, key)).collect());
        index.get(name).copied()
    }
}

/// A keyword.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub name: &'static str,
    /// The words behind it.
    pub value: Value,
    /// The block that follows it.
    pub body: Option<&'static Block>,
    pub fate: Fate,
}

/// What the words behind a keyword must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// None.
    Nothing,
    /// Anything, or none.
    Any,
    /// At least one word.
    Text,
    /// A command.
    Script,
    /// None, or on, off, yes, no, true, false.
    Bool,
    /// A whole number of this range.
    Number(i64, i64),
    /// Seconds, perhaps with a fraction, of this range.
    Seconds(f64, f64),
    /// Seconds up to this; 0, which keepalived calls out of range, means none.
    Pause(f64),
    /// An IP address.
    Address,
    /// An IP address, perhaps with a prefix length, and more words.
    Network,
    /// One of these.
    OneOf(&'static [&'static str]),
}

impl Value {
    /// keepalived ends if there is no word.
    pub const fn needs_word(self) -> bool {
        !matches!(self, Self::Nothing | Self::Any | Self::Bool)
    }
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It does what it says.
    Done,
    /// Left out, and nobody misses it: why.
    Needless(&'static str),
    /// Left out, and somebody may miss it: what is not done.
    Missing(&'static str),
    /// keepalived 2 does not know it (any more), or calls it old: what to know.
    Foreign(&'static str),
}

/// A key that does what it says.
pub(super) const fn key(name: &'static str, value: Value) -> Key {
    Key { name, value, body: None, fate: Fate::Done }
}

/// A block.
pub(super) const fn block(name: &'static str, value: Value, body: &'static Block) -> Key {
    Key { name, value, body: Some(body), fate: Fate::Done }
}

/// A key that nobody misses.
pub(super) const fn needless(name: &'static str, value: Value, why: &'static str) -> Key {
    Key { name, value, body: None, fate: Fate::Needless(why) }
}

/// A key that somebody may miss.
pub(super) const fn missing(name: &'static str, value: Value, what: &'static str) -> Key {
    Key { name, value, body: None, fate: Fate::Missing(what) }
}

/// A key that keepalived does not know.
pub(super) const fn foreign(name: &'static str, value: Value, what: &'static str) -> Key {
    Key { name, value, body: None, fate: Fate::Foreign(what) }
}

/// The key of the block that is written most alike, if it is alike enough to be meant.
pub(super) fn alike(block: &Block, word: &str) -> Option<&'static str> {
    let limit = 1 + word.len() / 4;
    let close = |key: &&'static Key| key.name.len().abs_diff(word.len()) <= limit && word.len() < 64;
    let far = |key: &Key| distance(&key.name.to_ascii_lowercase(), &word.to_ascii_lowercase());
    block
        .keys
        .iter()
        .filter(close)
        .map(|key| (far(key), key.name))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Letters to change, add, leave out, or swap with the next.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}
