use super::diagnostic::Diagnostics;
use super::names::Names;
use super::native::Native;
use super::rules::Rules;
use super::source::Source;
use crate::control::command::Intent;
use std::path::Path;

/// A language of configuration files.
pub trait Dialect {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Reads a text. What is wrong goes to `out`; if there are errors among it, the intent must not be used.
    fn read(&self, source: &Source, out: &mut Diagnostics) -> Intent;
}

/// The dialect that a file is written in: `….toml` is native, anything else is tried by its content (rules begin with
/// `-` or `#`, native tables with `[`).
pub fn detect(source: &Source, names: &Names) -> Box<dyn Dialect> {
    let by_extension = Path::new(source.name()).extension().is_some_and(|extension| extension == "toml");
    let first = source.text().lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let by_content = first.is_some_and(|line| line.starts_with('['));
    if by_extension || by_content { Box::new(Native) } else { Box::new(Rules::new(names.clone())) }
}

/// Reads a text in its own dialect.
pub fn read(source: &Source, names: &Names, out: &mut Diagnostics) -> Intent {
    detect(source, names).read(source, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart() {
        let dialect = |name, text| detect(&Source::from_text(name, text), &Names::default()).name();
        assert_eq!(dialect("ulvs.toml", ""), "native");
        assert_eq!(dialect("x", "# hello\n[timeouts]\n"), "native");
        assert_eq!(dialect("ipvsadm.rules", "# hello\n-A -t 10.0.0.1:80\n"), "rules");
        assert_eq!(dialect("x", ""), "rules");
    }
}
