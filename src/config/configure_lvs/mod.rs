//! configure-lvs's lvs.conf.

mod host;
mod service;
mod words;
mod write;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::dialect::{Context, Dialect};
use super::names::Names;
use super::source::Source;
use crate::control::command::Intent;
use crate::lvs::ForwardingMethod;
use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::ops::Range;
use words::{Assignment, MAX_WORDS, Word, short, split};
pub use write::write;

/// The format of configure-lvs's lvs_nat.conf, lvs_dr.conf, lvs_tun.conf. What becomes of each key:
/// docs/dialects/configure-lvs.md.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfigureLvs;

impl Dialect for ConfigureLvs {
    fn name(&self) -> &'static str {
        "configure-lvs"
    }

    fn read(&self, source: &Source, context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut reader = Reader { source, names: context.names, out, nameless: HashSet::new() };
        let mut file = File::default();
        let mut services = Vec::new();
        let mut is_garbage = false;
        for (start, text) in source.lines() {
            let was_garbage = std::mem::take(&mut is_garbage);
            match split(start, text) {
                Ok(None) => is_garbage = was_garbage,
                Ok(Some(line)) if line.values.len() > MAX_WORDS => {
                    let message = format!("more than {MAX_WORDS} values on one line");
                    reader.error(line.key.at, message).help("a service may be given on several lines");
                }
                Ok(Some(line)) if line.key.text == "SERVICE" => services.push(line),
                Ok(Some(line)) => reader.assignment(&line, &mut file),
                // Where several lines are none, they are one mistake.
                Err(at) => {
                    is_garbage = true;
                    if !was_garbage {
                        reader.error(at, "no `KEY=VALUE`").help("comments begin with `#`");
                    }
                }
            }
        }
        reader.services(&file, &services)
    }
}

/// What is said once for all services.
#[derive(Debug, Default)]
struct File {
    method: Option<ForwardingMethod>,
    is_off: Option<Range<usize>>,
    vip: Option<Ipv4Addr>,
    /// Keys that were given, so or wrongly.
    given: HashSet<&'static str>,
}

/// Reads keys and notes what is wrong with them.
struct Reader<'r, 'o> {
    source: &'r Source,
    names: &'r Names,
    out: &'o mut Diagnostics,
    /// Host names without an address: they are not asked for twice.
    nameless: HashSet<&'r str>,
}

/// Keys besides `SERVICE`.
const KEYS: [&str; 14] = [
    "LVS_TYPE",
    "INITIAL_STATE",
    "VIP",
    "DIRECTOR_INSIDEIP",
    "DIRECTOR_DEFAULT_GW",
    "SERVER_VIP_DEVICE",
    "SERVER_LVS_DEVICE",
    "SERVER_NET_DEVICE",
    "SERVER_DEFAULT_GW",
    "LVSCONF_FORMAT",
    "CLEAR_IPVS_TABLES",
    "DIP",
    "DIRECTOR_GW",
    "SERVER_GW",
];

impl<'r> Reader<'r, '_> {
    fn error(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.error(self.source, at, message)
    }

    fn warning(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.warning(self.source, at, message)
    }

    fn note(&mut self, at: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.out.note(self.source, at, message)
    }

    fn assignment(&mut self, line: &Assignment<'r>, file: &mut File) {
        let key = &line.key;
        let Some(name) = KEYS.into_iter().find(|name| *name == key.text) else {
            let text = short(key.text);
            let help = if text.to_ascii_uppercase() == text {
                format!("known here: SERVICE, {}", KEYS.join(", "))
            } else {
                "keys are written in capitals".to_owned()
            };
            self.error(key.at.clone(), format!("unknown key `{text}`")).help(help);
            return;
        };
        if !file.given.insert(name) && ["LVS_TYPE", "INITIAL_STATE", "VIP"].contains(&name) {
            self.warning(key.at.clone(), format!("`{name}` is given twice: the last counts"));
        }
        let Some(first) = line.values.first() else {
            self.error(key.at.clone(), format!("`{name}` has no value"));
            return;
        };
        match name {
            "LVS_TYPE" => file.method = self.method(first),
            "INITIAL_STATE" => file.is_off = self.is_off(first),
            "VIP" => file.vip = self.vip(line),
            _ => self.of_hosts(name, line),
        }
    }

    fn method(&mut self, word: &Word<'_>) -> Option<ForwardingMethod> {
        match word.text {
            "VS_NAT" => Some(ForwardingMethod::Nat),
            "VS_DR" => Some(ForwardingMethod::DirectRoute),
            "VS_TUN" => Some(ForwardingMethod::Tunnel),
            other => {
                let message = format!("unknown type `{}`", short(other));
                self.error(word.at.clone(), message).help("one of VS_NAT, VS_DR, VS_TUN");
                None
            }
        }
    }

    fn is_off(&mut self, word: &Word<'_>) -> Option<Range<usize>> {
        match word.text {
            "on" => None,
            "off" => {
                let message = "INITIAL_STATE=off: services begin without real servers, which mon would add: nothing adds them \
                               here";
                self.warning(word.at.clone(), message).help("INITIAL_STATE=on");
                Some(word.at.clone())
            }
            other => {
                self.error(word.at.clone(), format!("`on` or `off` expected, found `{}`", short(other)));
                None
            }
        }
    }

    /// A host's address, or that of its name.
    fn host(&mut self, text: &'r str, at: Range<usize>) -> Option<Ipv4Addr> {
        if let Ok(addr) = text.parse() {
            return Some(addr);
        }
        let is_name = !text.is_empty() && !text.contains(':');
        if is_name && self.nameless.len() < MAX_NAMELESS && !self.nameless.contains(text) {
            if let Some(addr) = self.names.address_of(text) {
                return Some(addr);
            }
            self.nameless.insert(text);
        }
        self.error(at, format!("no address for `{}`", short(text)))
            .help("write its IPv4 address, or name it in /etc/hosts");
        None
    }
}

/// After so many names without an address no more are looked up: each may take seconds.
const MAX_NAMELESS: usize = 64;

/// Is a file, by its content, of this kind?
pub(super) fn is_ours(source: &Source) -> bool {
    source.lines().take(LOOKED_AT).filter_map(|(start, text)| split(start, text).ok().flatten()).any(|line| {
        ["LVS_TYPE", "INITIAL_STATE", "DIRECTOR_INSIDEIP", "SERVER_VIP_DEVICE"].contains(&line.key.text)
            || ["VIP", "SERVICE"].contains(&line.key.text) && line.values.len() > 2
    })
}

/// So many lines are looked at to tell what a file is.
const LOOKED_AT: usize = 200;

#[cfg(test)]
mod tests;
