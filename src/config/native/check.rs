//! Health checks: what all of them have.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::{Shared, Table, Value, keys};
use crate::lvs::{Check, ForwardingMethod, Origin, Probe, Timing};
use std::ops::Range;
use std::time::Duration;

/// How often a check runs that does not say.
pub(super) const DEFAULT_TIMING: Timing = Timing {
    interval: Duration::from_secs(5),
    retry_interval: None,
    timeout: Duration::from_secs(3),
    falls: 3,
    rises: 2,
    first_counts: true,
    warmup: Duration::from_secs(1),
};

/// Bytes of memory that a check counts as, besides its texts.
const CHECK_LEN: usize = 512;

impl Reader<'_, '_> {
    /// What `[check.NAME]` says; told even if nothing asks for it.
    pub(super) fn named_checks<'i>(&mut self, table: &Table<'i>, shared: &Shared<'_, 'i>) {
        for (key, value) in table {
            if keys::of_type(key.get_ref()).is_some() {
                let message = format!("`{}` is a type of checks and cannot be a name", key.get_ref());
                self.error(key.span(), message);
            } else if let Some(like) = value.get_ref().as_table().and_then(|table| table.get("like")) {
                self.error(like.span(), "a check that others take up cannot itself take up another");
            } else {
                self.check_table(value, shared);
            }
        }
    }

    /// One check, or an array of them.
    pub(super) fn checks<'i>(&mut self, value: &Value<'i>, shared: &Shared<'_, 'i>) -> Vec<Check> {
        let read = |reader: &mut Self| {
            let Some(list) = value.get_ref().as_array() else {
                return reader.check(value, shared).map(|check| vec![check]);
            };
            Some(list.iter().filter_map(|entry| reader.check(entry, shared)).collect())
        };
        self.once(value, |reader| &mut reader.checks, read).unwrap_or_default()
    }

    /// A type, a name, or a table.
    fn check<'i>(&mut self, value: &Value<'i>, shared: &Shared<'_, 'i>) -> Option<Check> {
        let Some(name) = value.get_ref().as_str() else {
            if value.get_ref().as_table().is_none() {
                self.wrong_type(value, "a table or the name of a check");
                return None;
            }
            return self.check_table(value, shared);
        };
        if keys::of_type(name).is_some() {
            let layers = Layers::new([None; 3]);
            return self.check_of(name, layers, value.span());
        }
        match self.named(name, shared) {
            Some(named) => {
                let read = |reader: &mut Self| reader.check_table(named, shared).map(|check| vec![check]);
                let checks = self.once(named, |reader| &mut reader.checks, read)?;
                checks.into_iter().next()
            }
            None => {
                self.no_such_check(name, value.span());
                None
            }
        }
    }

    fn named<'v, 'i>(&self, name: &str, shared: &Shared<'v, 'i>) -> Option<&'v Value<'i>> {
        shared.checks.and_then(|checks| checks.get(name))
    }

    fn no_such_check(&mut self, name: &str, at: Range<usize>) {
        let types: Vec<_> = keys::TYPES.iter().map(|(name, _)| *name).collect();
        let help = format!("write it as [check.NAME] at the top, or name a type: {}", types.join(", "));
        self.error_with_help(at, format!("no check is called `{}`", cut(name)), help);
    }

    fn check_table<'i>(&mut self, value: &Value<'i>, shared: &Shared<'_, 'i>) -> Option<Check> {
        let table = self.table(value)?;
        let base = match table.get("like") {
            Some(like) => {
                let name = self.text(like)?;
                let Some(base) = self.named(name, shared) else {
                    self.no_such_check(name, like.span());
                    return None;
                };
                if let Some(kind) = table.get("type") {
                    self.error(kind.span(), "a check has the type of the one that it is like");
                }
                base.get_ref().as_table()
            }
            None => None,
        };
        let layers = Layers::new([Some(table), base, None]);
        let Some(kind) = layers.get("type") else {
            let types: Vec<_> = keys::TYPES.iter().map(|(name, _)| *name).collect();
            let help = format!("type = one of {}", types.join(", "));
            self.error_with_help(value.span(), "a check needs a type", help);
            return None;
        };
        let name = self.text(kind)?;
        let Some(own) = keys::of_type(name) else {
            let types: Vec<_> = keys::TYPES.iter().map(|(name, _)| *name).collect();
            let message = format!("unknown type of checks `{}`", cut(name));
            self.error_with_help(kind.span(), message, format!("one of: {}", types.join(", ")));
            return None;
        };
        let mut known = own.to_vec();
        known.push(keys::CHECK);
        self.known(table, &known);
        self.check_of(name, layers, value.span())
    }

    fn check_of(&mut self, name: &str, layers: Layers<'_, '_>, span: Range<usize>) -> Option<Check> {
        if !self.take(CHECK_LEN, span.clone()) {
            return None;
        }
        let probe = self.probe(name, layers, span)?;
        let probe = match layers.get("connects") {
            Some(value) => {
                let connects = self.integer(value, 1..=u32::MAX)?;
                let wait = layers.get("connect_timeout").and_then(|value| self.duration(value, false));
                let connect_timeout = wait.unwrap_or(DEFAULT_TIMING.timeout);
                Probe::Combined { full: Box::new(probe), connects, connect_timeout }
            }
            None => {
                if let Some(value) = layers.get("connect_timeout") {
                    self.error(
                        value.span(),
                        "connect_timeout is of the connections that `connects` asks for",
                    );
                }
                probe
            }
        };
        let addr = layers.get("address").and_then(|value| self.address(value));
        let mut flag = |key| layers.get(key).and_then(|value| self.boolean(value));
        let (begins_down, tells_all) =
            (flag("begins_down").unwrap_or(false), flag("tells_all").unwrap_or(false));
        let through_vip = flag("through_vip").unwrap_or(false);
        if let (true, Some(address)) = (through_vip, layers.get("address")) {
            let help = "leave address out, or through_vip";
            self.error_with_help(address.span(), "with through_vip the VIP is asked, not an address", help);
        }
        let check = Check {
            probe,
            addr,
            port: layers.get("port").and_then(|value| self.port(value)),
            from: layers.get("from").map(|value| self.origin(value)).unwrap_or_default(),
            timing: self.timing(layers),
            begins_down,
            tells_all,
            through_vip,
        };
        // What depends on the real server is asked where that is known.
        let refusal = check.through_vip_refusal(ForwardingMethod::DirectRoute);
        if let (true, Some(why), Some(at)) = (through_vip, refusal, layers.get("through_vip")) {
            self.error(at.span(), why);
        }
        Some(check)
    }

    fn origin(&mut self, value: &Value<'_>) -> Origin {
        let Some(table) = self.table(value) else { return Origin::default() };
        self.known(table, &[keys::FROM]);
        let interface = table.get("interface").and_then(|value| {
            let name = self.word(value)?;
            if name.len() > 15 || name.contains(|c: char| c.is_whitespace() || c == '/') {
                self.error(value.span(), "no name of an interface: 1 to 15 bytes without blanks and slashes");
            }
            Some(name.to_owned())
        });
        Origin {
            addr: table.get("address").and_then(|value| self.address(value)),
            port: table.get("port").and_then(|value| self.port(value)),
            interface,
            mark: table.get("mark").and_then(|value| self.integer(value, 0..=u32::MAX)),
        }
    }

    fn timing(&mut self, layers: Layers<'_, '_>) -> Timing {
        let mut time = |key, may_be_zero| layers.get(key).and_then(|value| self.duration(value, may_be_zero));
        let interval = time("interval", false).unwrap_or(DEFAULT_TIMING.interval);
        let retry_interval = time("retry_interval", false);
        let timeout = time("timeout", false).unwrap_or(DEFAULT_TIMING.timeout);
        let warmup = time("warmup", true).unwrap_or(DEFAULT_TIMING.warmup);
        let mut count = |key| layers.get(key).and_then(|value| self.integer(value, 1..=u32::MAX));
        let falls = count("falls").unwrap_or(DEFAULT_TIMING.falls);
        let rises = count("rises").unwrap_or(DEFAULT_TIMING.rises);
        let first_counts = layers.get("first_counts").and_then(|value| self.boolean(value));
        let first_counts = first_counts.unwrap_or(DEFAULT_TIMING.first_counts);
        Timing { interval, retry_interval, timeout, falls, rises, first_counts, warmup }
    }
}
