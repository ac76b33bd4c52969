use super::configure_lvs::{self, ConfigureLvs};
use super::diagnostic::Diagnostics;
use super::files::{Disk, Files};
use super::keepalived::{self, Keepalived};
use super::ldirectord::{self, Ldirectord};
use super::names::Names;
use super::native::{self, Native};
use super::piranha::{self, Piranha};
use super::rules::{self, Rules};
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

    /// The same, with files from there.
    #[must_use]
    pub fn with_files(self, files: &'c dyn Files) -> Self {
        Self { files, ..self }
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
    pub const ALL: [Self; 6] =
        [Self::Keepalived, Self::Ldirectord, Self::Piranha, Self::ConfigureLvs, Self::Rules, Self::Native];

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
            Self::Ldirectord => &Ldirectord,
            Self::Native => &Native,
            Self::Piranha => &Piranha,
            Self::ConfigureLvs => &ConfigureLvs,
            Self::Keepalived => &Keepalived,
            Self::Rules => &Rules,
        }
    }

    /// Writes an intent down, as far as this language can say it.
    pub fn write(self, intent: &Intent) -> Written {
        match self {
            Self::Keepalived => keepalived::write(intent),
            Self::Ldirectord => ldirectord::write(intent),
            Self::Piranha => piranha::write(intent),
            Self::ConfigureLvs => configure_lvs::write(intent),
            Self::Rules => rules::write(intent),
            Self::Native => native::write(intent),
        }
    }

    /// The language that a file is written in: by its name where that says it, else by its content (rules begin with `-`,
    /// native tables with `[`, or `keep_marks`; the others have blocks and keys of their own), else by a name that is usual.
    pub fn detect(source: &Source) -> Self {
        let by_extension = Path::new(source.name()).extension().is_some_and(|extension| extension == "toml");
        let first =
            source.text().lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        let by_content = first.is_some_and(|line| line.starts_with('[') || line.starts_with("keep_marks"));
        if by_extension {
            return Self::Native;
        }
        // Before the native one: some have headings of their own making.
        if ldirectord::is_written_in(source) {
            return Self::Ldirectord;
        }
        if by_content {
            return Self::Native;
        }
        if piranha::is_ours(source) {
            return Self::Piranha;
        }
        if configure_lvs::is_ours(source) {
            return Self::ConfigureLvs;
        }
        if first.is_some_and(|line| line.starts_with("-A")) {
            return Self::Rules;
        }
        if keepalived::is_ours(source.text()) {
            return Self::Keepalived;
        }
        match Path::new(source.name()).file_name().and_then(|name| name.to_str()) {
            Some("keepalived.conf") => Self::Keepalived,
            Some("lvs.cf") => Self::Piranha,
            Some("lvs.conf" | "lvs_nat.conf" | "lvs_dr.conf" | "lvs_tun.conf") => Self::ConfigureLvs,
            _ => Self::Rules,
        }
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
        assert_eq!(format("x", "# hello\n\nkeep_marks = true\n"), "ulvs");
        assert_eq!(format("ipvsadm.rules", "# hello\n-A -t 10.0.0.1:80\n"), "rules");
        assert_eq!(format("x", ""), "rules");
        assert_eq!(format("x", "# hello\n\nserial_no = 18   # one\n"), "piranha");
        assert_eq!(format("x", "\tvirtual web {\n"), "piranha");
        assert_eq!(format("x", "serial_no = 1\nglobal_defs {\n"), "keepalived");
        assert_eq!(format("x", "quiescent = no\nvirtual=10.0.0.1:80\n\tservice = http\n"), "ldirectord");
        assert_eq!(format("/etc/sysconfig/ha/lvs.cf", "# nothing yet\n"), "piranha");
        assert_eq!(format("x", "# hello\nLVS_TYPE=VS_DR\n"), "configure-lvs");
        assert_eq!(format("x", "INITIAL_STATE=on\nVIP=eth0:1 lvs 255.255.255.255 lvs\n"), "configure-lvs");
        assert_eq!(format("/etc/lvs/lvs_nat.conf", ""), "configure-lvs");
        assert_eq!(format("x", "# hello\n\nvirtual=10.0.0.1:80\n"), "ldirectord");
        assert_eq!(format("x", "[odd]\nvirtual6 = [fd00::1]:80\n"), "ldirectord");
        assert_eq!(format("x", "# hello\ncheckinterval = 3\n"), "ldirectord");
        assert_eq!(format("/etc/ha.d/ldirectord.cf", ""), "ldirectord");
        assert_eq!(format("x", "[[service]]\nvirtual = \"10.0.0.1:80\"\n"), "ulvs");
        assert_eq!(format("x", "! hello\n\n  vrrp_instance VI_1\n{\n"), "keepalived");
        assert_eq!(format("x", "@here global_defs{"), "keepalived");
        assert_eq!(format("/etc/keepalived/keepalived.conf", "include conf.d/*.conf\n"), "keepalived");
    }
}
