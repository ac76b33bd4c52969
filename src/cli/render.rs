//! Diagnostics as people read them: `file:line:col: error: message`, the line, and a caret below the place.

use crate::config::{Diagnostic, Diagnostics, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// All of them, one after the other. `strict`: as the original program would judge.
pub fn diagnostics(all: &Diagnostics, strict: bool) -> String {
    let mut out: String = all.iter().map(|diagnostic| one(diagnostic, strict)).collect();
    if all.omitted() > 0 {
        out += &format!("{} more remarks\n", all.omitted());
    }
    out
}

fn one(diagnostic: &Diagnostic, strict: bool) -> String {
    let severity = if strict && diagnostic.is_strict { Severity::Error } else { diagnostic.severity };
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let snippet = Snippet::source(diagnostic.text.as_str())
        .line_start(diagnostic.line)
        .annotation(AnnotationKind::Primary.span(diagnostic.caret.clone()));
    let mut group = Group::with_level(level).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let shown = Diagnostic { severity, ..diagnostic.clone() };
    format!("{shown}\n{}\n", Renderer::plain().render(&[group]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    #[test]
    fn the_line_and_a_caret() {
        let source = Source::from_text("f.rules", "# one\n-A -t 10.0.0.1 -s rr\nlast");
        let mut all = Diagnostics::default();
        all.error_with_help(&source, 12..20, "no port", "write address:port");
        all.warning(&source, 6..40, "odd");
        insta::assert_snapshot!(diagnostics(&all, false));
    }
}
