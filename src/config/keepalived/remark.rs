//! Remarks with their places: in any of the files that are read, and not more than anybody reads.

use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::source::Source;
use std::rc::Rc;

/// Remarks of a kind that are made at most; `Diagnostics` keeps fewer, this bounds the time for the others.
const MAX_REMARKS: usize = 1000;

/// Where something stands: a file by its number, and bytes in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct At {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl At {
    /// From the beginning of this to the end of the other, if both are in one file.
    pub fn to(self, other: Self) -> Self {
        if self.file == other.file { Self { end: other.end.max(self.end), ..self } } else { self }
    }
}

/// What is noted, and the files that it is about.
pub(super) struct Remarks<'o> {
    pub out: &'o mut Diagnostics,
    /// By their numbers; 0 is the one that was asked for.
    pub sources: Vec<Rc<Source>>,
    harmless: usize,
    errors: usize,
}

impl<'o> Remarks<'o> {
    pub const fn new(out: &'o mut Diagnostics) -> Self {
        Self { out, sources: Vec::new(), harmless: 0, errors: 0 }
    }

    pub fn error(&mut self, at: At, message: impl Into<String>) -> Remark<'_> {
        self.errors += 1;
        let source = self.sources.get(at.file).filter(|_| self.errors <= MAX_REMARKS);
        Remark(source.map(|source| self.out.error(source, at.start..at.end, message)))
    }

    pub fn warning(&mut self, at: At, message: impl Into<String>) -> Remark<'_> {
        self.harmless += 1;
        let source = self.sources.get(at.file).filter(|_| self.harmless <= MAX_REMARKS);
        Remark(source.map(|source| self.out.warning(source, at.start..at.end, message)))
    }

    pub fn note(&mut self, at: At, message: impl Into<String>) -> Remark<'_> {
        self.harmless += 1;
        let source = self.sources.get(at.file).filter(|_| self.harmless <= MAX_REMARKS);
        Remark(source.map(|source| self.out.note(source, at.start..at.end, message)))
    }
}

/// A remark that was made, or one too many.
pub(super) struct Remark<'d>(Option<&'d mut Diagnostic>);

impl Remark<'_> {
    /// keepalived complains, too.
    pub fn strict(mut self) -> Self {
        if let Some(remark) = &mut self.0 {
            remark.strict();
        }
        self
    }

    /// Adds advice.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(remark) = &mut self.0 {
            remark.help(help);
        }
        self
    }

    /// Adds advice that costs something to find.
    pub fn help_with(self, help: impl FnOnce() -> Option<String>) -> Self {
        if self.0.is_none() {
            return self;
        }
        match help() {
            Some(help) => self.help(help),
            None => self,
        }
    }
}
