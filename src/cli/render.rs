//! Diagnostics as people read them: `file:line:col: error: message`, the line, and a caret below the place.

use crate::config::{Diagnostic, Diagnostics, Severity, Source};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// All of them, one after the other.
pub fn diagnostics(source: &Source, all: &Diagnostics) -> String {
    let mut out: String = all.iter().map(|diagnostic| one(source, diagnostic)).collect();
    if all.omitted() > 0 {
        out += &format!("{}: {} more\n", source.name(), all.omitted());
    }
    out
}

fn one(source: &Source, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let line = source.line_at(diagnostic.span.start);
    let text = source.text().get(line.clone()).unwrap_or("");
    // A span may go on over further lines; the caret shows its part of the first.
    let start = diagnostic.span.start.clamp(line.start, line.end);
    let end = diagnostic.span.end.clamp(start, line.end);
    let snippet = Snippet::source(text)
        .line_start(diagnostic.line)
        .annotation(AnnotationKind::Primary.span(start - line.start..end - line.start));
    let mut group = Group::with_level(level).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    format!("{diagnostic}\n{}\n", Renderer::plain().render(&[group]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_and_a_caret() {
        let source = Source::from_text("f.rules", "# one\n-A -t 10.0.0.1 -s rr\nlast");
        let mut all = Diagnostics::default();
        all.error_with_help(&source, 12..20, "no port", "write address:port");
        all.warning(&source, 6..40, "odd");
        insta::assert_snapshot!(diagnostics(&source, &all));
    }
}
