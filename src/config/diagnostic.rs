use super::source::Source;
use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; the configuration is usable.
    Warning,
    /// The configuration is not used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One remark about a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file's name.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The bytes it is about.
    pub span: Range<usize>,
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

/// All remarks about one reading. At most [`Diagnostics::LIMIT`] are kept, the rest are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    errors: usize,
    omitted: usize,
}

impl Diagnostics {
    /// How many are kept.
    pub const LIMIT: usize = 500;

    /// Notes an error at these bytes.
    pub fn error(&mut self, source: &Source, span: Range<usize>, message: impl Into<String>) {
        self.note(Severity::Error, source, span, message.into(), None);
    }

    /// Notes an error with advice.
    pub fn error_with_help(
        &mut self,
        source: &Source,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Severity::Error, source, span, message.into(), Some(help.into()));
    }

    /// Notes a warning at these bytes.
    pub fn warning(&mut self, source: &Source, span: Range<usize>, message: impl Into<String>) {
        self.note(Severity::Warning, source, span, message.into(), None);
    }

    fn note(
        &mut self,
        severity: Severity,
        source: &Source,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) {
        self.errors += usize::from(severity == Severity::Error);
        if self.list.len() >= Self::LIMIT {
            self.omitted += 1;
            return;
        }
        let (line, column) = source.position(span.start);
        let file = source.name().to_owned();
        self.list.push(Diagnostic { severity, file, line, column, span, message, help });
    }

    /// True if the configuration must not be used.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors there are, kept or not.
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// How many remarks were not kept.
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// The remarks, in the order in which they were made.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
