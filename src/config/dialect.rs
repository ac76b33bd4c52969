use super::diagnostic::Diagnostics;
use super::files::{Disk, Files};
use super::keepalived::{self, Keepalived};
use super::names::Names;
use super::native::Native;
use super::rules::Rules;
use super::source::Source;
use crate::control::command::Intent;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A language of configuration files.
pub trait Dialect {
    /// Its name, as `--format` has it.
    fn name(&self) -> &'static str;

    /// Reads a text. What is wrong goes to `out`; if there are errors among it, the intent must not be used.
    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent;
}

/// What a language made of an intent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// What it does not say, one line each.
    pub unsaid: Vec<String>,
}

/// What a text's meaning depends on, besides the text.
pub struct Context<'c> {
    /// Names of hosts and ports.
    pub names: &'c Names,
    /// Where files come from that the text names.
    pub files: &'c dyn Files,
    /// keepalived's `@id`: the host's name up to the first dot, unless something else is asked for.
    pub config_id: String,
    /// Environment variables (keepalived's `${_ENV NAME}`).
    pub environment: BTreeMap<String, String>,
}

impl<'c> Context<'c> {
    /// With these names, files of the disk, and nothing else.
    pub fn of_names(names: &'c Names) -> Self {
        Self { names, files: &Disk, config_id: String::new(), environment: BTreeMap::new() }
    }

    /// That of this host and this process.
    pub fn of_host(names: &'c Names) -> Self {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let config_id = name.split('.').next().unwrap_or_default().to_owned();
        Self { config_id, environment: std::env::vars().collect(), ..Self::of_names(names) }
    }
}

/// The languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// keepalived.conf.
    Keepalived,
    /// ldirectord.cf.
    Ldirectord,
    /// Piranha's lvs.cf.
    Piranha,
    /// configure-lvs's lvs.conf.
    ConfigureLvs,
    /// What `ipvsadm -S` prints.
    Rules,
    /// ulvs.toml.
    Native,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Keepalived, Self::Rules, Self::Native];

    /// Its name, as `--format` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keepalived => "keepalived",
            Self::Ldirectord => "ldirectord",
            Self::Piranha => "piranha",
            Self::ConfigureLvs => "configure-lvs",
            Self::Rules => "rules",
            Self::Native => "ulvs",
        }
    }

    /// The one of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its reader and writer.
    pub fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Native => &Native,
            Self::Keepalived => &Keepalived,
            _ => &Rules,
        }
    }

    /// The language that a file is written in: by its name where that says it, else by its content (rules begin with `-`,
    /// native tables with `[`; keepalived's blocks have names of their own).
    pub fn detect(source: &Source) -> Self {
        let by_extension = Path::new(source.name()).extension().is_some_and(|extension| extension == "toml");
        let first =
            source.text().lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let by_content = first.is_some_and(|line| line.starts_with('['));
        if by_extension || by_content {
            return Self::Native;
        }
        if first.is_some_and(|line| line.starts_with("-A")) {
            return Self::Rules;
        }
        let is_named = Path::new(source.name()).file_name().is_some_and(|name| name == "keepalived.conf");
        if is_named || keepalived::is_ours(source.text()) { Self::Keepalived } else { Self::Rules }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart() {
        let format = |name, text| Format::detect(&Source::from_text(name, text)).name();
        assert_eq!(format("ulvs.toml", ""), "ulvs");
        assert_eq!(format("x", "# hello\n[timeouts]\n"), "ulvs");
        assert_eq!(format("ipvsadm.rules", "# hello\n-A -t 10.0.0.1:80\n"), "rules");
        assert_eq!(format("x", ""), "rules");
        assert_eq!(format("x", "! hello\n\n  vrrp_instance VI_1\n{\n"), "keepalived");
        assert_eq!(format("x", "@here global_defs{"), "keepalived");
        assert_eq!(format("/etc/keepalived/keepalived.conf", "include conf.d/*.conf\n"), "keepalived");
    }
}
