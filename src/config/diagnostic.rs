use super::source::Source;
use crate::lvs::ServiceKey;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Old or odd, and harmless: it means what it always meant.
    Note,
    /// Usable, but something in it is not, or not wholly, done.
    Warning,
    /// The configuration is not used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One remark about a configuration, with all that is needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The program whose file this is would complain or refuse: an error where files are judged strictly.
    pub is_strict: bool,
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line's text, or the part of a long one that it is about.
    pub text: String,
    /// The bytes of `text` that it is about.
    pub caret: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, severity, message, .. } = self;
        write!(f, "{file}:{line}:{column}: {severity}: {message}")
    }
}

impl Diagnostic {
    /// Adds advice.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// The original program would complain or refuse.
    pub const fn strict(&mut self) -> &mut Self {
        self.is_strict = true;
        self
    }
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// All remarks about one reading. At most [`Diagnostics::LIMIT`] are kept, the rest are counted; errors are kept rather
/// than others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    notes: usize,
    omitted: usize,
    /// What takes the remark that is made when there is no more room.
    spare: Option<Diagnostic>,
    places: BTreeMap<ServiceKey, Place>,
    /// Of virtual routers.
    routers: BTreeMap<String, Place>,
}

impl Diagnostics {
    /// How many are kept.
    pub const LIMIT: usize = 500;

    /// Notes an error at these bytes.
    pub fn error(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.note_as(Severity::Error, source, span, message.into())
    }

    /// Notes a warning at these bytes.
    pub fn warning(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.note_as(Severity::Warning, source, span, message.into())
    }

    /// Notes something harmless at these bytes.
    pub fn note(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.note_as(Severity::Note, source, span, message.into())
    }

    /// Notes an error with advice.
    pub fn error_with_help(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.error(source, span, message).help(help);
    }

    fn note_as(
        &mut self,
        severity: Severity,
        source: &Source,
        span: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        let is_error = severity == Severity::Error;
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
        let mut remark = Diagnostic {
            severity,
            is_strict: is_error,
            file: String::new(),
            line: 1,
            column: 1,
            text: String::new(),
            caret: 0..0,
            message,
            help: None,
        };
        if self.list.len() >= Self::LIMIT {
            self.omitted += 1;
            let lesser = if is_error && self.errors <= Self::LIMIT {
                self.list.iter().rposition(|kept| kept.severity != Severity::Error)
            } else {
                None
            };
            match lesser {
                Some(lesser) => drop(self.list.remove(lesser)),
                // Its place is not looked for: there may be a million of them.
                None => return self.spare.insert(remark),
            }
        }
        (remark.line, remark.column) = source.position(span.start);
        (remark.text, remark.caret) = source.excerpt(span);
        source.name().clone_into(&mut remark.file);
        self.list.push_mut(remark)
    }

    /// True if an error that is made now would be kept, and read by somebody: otherwise advice is not worth looking for.
    pub const fn has_room(&self) -> bool {
        self.errors < Self::LIMIT
    }

    /// Remembers where a service is defined; the first place stays.
    pub fn place(&mut self, key: ServiceKey, source: &Source, offset: usize) {
        let (line, column) = source.position(offset);
        let file = source.name();
        self.places.entry(key).or_insert_with(|| Place { file: file.to_owned(), line, column });
    }

    /// Where a service is defined.
    pub fn place_of(&self, key: &ServiceKey) -> Option<&Place> {
        self.places.get(key)
    }

    /// Remembers where a virtual router is defined; the first place stays.
    pub fn place_of_router(&mut self, name: &str, source: &Source, offset: usize) {
        let (line, column) = source.position(offset);
        let file = source.name().to_owned();
        self.routers.entry(name.to_owned()).or_insert(Place { file, line, column });
    }

    /// Where a virtual router is defined.
    pub fn router(&self, name: &str) -> Option<&Place> {
        self.routers.get(name)
    }

    /// True if the configuration must not be used.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are, kept or not.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// How many warnings there are, kept or not.
    pub const fn warnings(&self) -> usize {
        self.warnings
    }

    /// How many notes there are, kept or not.
    pub const fn notes(&self) -> usize {
        self.notes
    }

    /// How many remarks were not kept.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// The remarks, in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Puts them in the order of files' lines: files in the order of their first remark.
    pub fn sort(&mut self) {
        let mut files: Vec<String> = Vec::new();
        for remark in &self.list {
            if !files.contains(&remark.file) {
                files.push(remark.file.clone());
            }
        }
        let rank = |remark: &Diagnostic| files.iter().position(|file| *file == remark.file);
        self.list.sort_by_key(|remark| (rank(remark), remark.line, remark.column));
    }

    /// Takes over the remarks and places of another reading.
    pub fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
        self.omitted += other.omitted;
        for remark in other.list {
            if self.list.len() < Self::LIMIT
                || remark.severity == Severity::Error && self.list.len() < 2 * Self::LIMIT
            {
                self.list.push(remark);
            } else {
                self.omitted += 1;
            }
        }
        for (key, place) in other.places {
            self.places.entry(key).or_insert(place);
        }
        for (name, place) in other.routers {
            self.routers.entry(name).or_insert(place);
        }
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn errors_are_kept_rather_than_others() {
        let source = Source::from_text("f", "one\ntwo\n");
        let mut out = Diagnostics::default();
        for _ in 0..Diagnostics::LIMIT {
            out.note(&source, 0..3, "odd");
        }
        out.warning(&source, 4..7, "not kept");
        out.error(&source, 4..7, "kept").help("do");
        assert_eq!((out.errors(), out.omitted(), out.iter().count()), (1, 2, Diagnostics::LIMIT));
        let last = out.iter().last().unwrap();
        assert_eq!((last.message.as_str(), last.help.as_deref(), last.is_strict), ("kept", Some("do"), true));
        assert_eq!((last.line, last.column, last.text.as_str(), last.caret.clone()), (2, 1, "two", 0..3));
        out.sort();
        assert_eq!(out.iter().last().unwrap().message, "kept");
    }
}
