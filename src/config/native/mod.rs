//! ulvs's own dialect.

mod marks;
mod service;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::source::Source;
use crate::control::command::Intent;
use crate::lvs::{TUNABLES, Timeouts, Tunable, TunableError, TunableKind};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest timeout: 31 days in seconds.
const MAX_TIMEOUT_SECONDS: u32 = 31 * 24 * 3600;

/// ulvs's own dialect, TOML:
///
/// ```toml
/// [timeouts]
/// tcp = 900
/// tcp_fin = 120
/// udp = 300
///
/// [sysctl]                      # as `ulvs sysctl`
/// drop_entry = 1
/// sloppy_tcp = true             # or 1
///
/// [[service]]
/// address = "tcp 10.0.0.1:80"   # or "udp …", "sctp …", "fwm 3", "fwm 3 ipv6"
/// scheduler = "wlc"
/// scheduler_flags = []          # e.g. ["sh-port"]
///
/// [[service.server]]
/// address = "10.0.0.11:80"      # without a port: the service's
/// method = "route"              # "nat", "tunnel", or ipvsadm's "Masq", "Tunnel", "Route"
/// weight = 1
/// upper_threshold = 0           # connections; 0: no limit
/// lower_threshold = 0
///
/// [[mark]]
/// dst = "10.0.0.1"              # or a network, "10.0.0.0/24"
/// src = "192.0.2.0/24"          # left out: from anywhere
/// proto = "tcp"                 # "udp", "sctp", "icmp"; left out: any
/// dports = "80,443,8000:8999"   # left out: any
/// sports = "1024:65535"
/// iif = "eth0"                  # "eth+": all whose name begins so
/// set_mark = "10"               # or "0x10/0xf0", or the number 10; or set_xmark
/// ```
///
/// Unknown keys are errors.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Dialect for Native {
    fn name(&self) -> &'static str {
        "ulvs"
    }

    fn read(&self, source: &Source, _context: &Context<'_>, out: &mut Diagnostics) -> Intent {
        let mut intent = Intent::default();
        if let Some(foreign) = source.foreign() {
            out.error(source, foreign..foreign + 3, "not UTF-8, as TOML must be");
        }
        let (root, errors) = DeTable::parse_recoverable(source.text());
        for error in errors {
            out.error(source, error.span().unwrap_or(0..0), error.message());
        }
        let mut reader = Reader { source, out };
        let mut marks = Vec::new();
        for (key, value) in root.get_ref() {
            match key.get_ref().as_ref() {
                "timeouts" => intent.timeouts = reader.timeouts(value),
                "sysctl" => reader.tunables(value, &mut intent),
                "service" => reader.services(value, &mut intent),
                "mark" => marks = reader.marks(value),
                _ => reader.unknown(key, &["timeouts", "sysctl", "service", "mark"]),
            }
        }
        intent.marks = Some(marks);
        intent
    }
}

/// Reads values and notes what is wrong with them.
struct Reader<'s, 'o> {
    source: &'s Source,
    out: &'o mut Diagnostics,
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_, '_> {
    fn error(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.out.error(self.source, span, message);
    }

    fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let help = format!("known here: {}", known.join(", "));
        let message = format!("unknown key `{}`", key.get_ref());
        self.out.error_with_help(self.source, key.span(), message, help);
    }

    fn wrong_type(&mut self, value: &Value<'_>, wanted: &str) {
        let message = format!("{wanted} expected, found {}", value.get_ref().type_str());
        self.error(value.span(), message);
    }

    fn table<'v, 'i>(&mut self, value: &'v Value<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, "a table");
        }
        table
    }

    /// An array of tables; the span is that of each table.
    fn tables<'v, 'i>(&mut self, value: &'v Value<'i>, header: &str) -> Vec<(&'v DeTable<'i>, Range<usize>)> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, &format!("an array of tables ([[{header}]])"));
            return Vec::new();
        };
        list.iter().filter_map(|entry| self.table(entry).map(|table| (table, entry.span()))).collect()
    }

    fn text<'v>(&mut self, value: &'v Value<'_>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, "a string");
        }
        text
    }

    fn integer(&mut self, value: &Value<'_>, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, "an integer");
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix());
        let number = number.ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.error(value.span(), format!("must lie between {} and {}", range.start(), range.end()));
        }
        number
    }

    fn timeouts(&mut self, value: &Value<'_>) -> Option<Timeouts> {
        let mut timeouts = Timeouts::default();
        for (key, value) in self.table(value)? {
            let field = match key.get_ref().as_ref() {
                "tcp" => &mut timeouts.tcp,
                "tcp_fin" => &mut timeouts.tcp_fin,
                "udp" => &mut timeouts.udp,
                _ => {
                    self.unknown(key, &["tcp", "tcp_fin", "udp"]);
                    continue;
                }
            };
            if let Some(seconds) = self.integer(value, 1..=MAX_TIMEOUT_SECONDS) {
                *field = seconds;
            }
        }
        Some(timeouts)
    }

    fn tunables(&mut self, value: &Value<'_>, intent: &mut Intent) {
        let Some(table) = self.table(value) else { return };
        for (key, value) in table {
            let tunable = match Tunable::find(key.get_ref()) {
                Ok(tunable) => tunable,
                Err(TunableError::Unknown) => {
                    self.unknown(key, &TUNABLES.each_ref().map(|tunable| tunable.name));
                    continue;
                }
                Err(error) => {
                    self.error(key.span(), format!("{}: {error}", key.get_ref()));
                    continue;
                }
            };
            if let Some(number) = self.tunable(tunable, value)
                && intent.tunables.insert(tunable.name.to_owned(), number).is_some()
            {
                self.error(key.span(), format!("{} is set twice", tunable.name));
            }
        }
    }

    fn tunable(&mut self, tunable: &Tunable, value: &Value<'_>) -> Option<i64> {
        let number = match value.get_ref() {
            DeValue::Boolean(on) if tunable.kind == TunableKind::Switch => return Some(i64::from(*on)),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok(),
            _ => {
                let is_switch = tunable.kind == TunableKind::Switch;
                self.wrong_type(value, if is_switch { "a boolean or an integer" } else { "an integer" });
                return None;
            }
        };
        let range = tunable.kind.range();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.error(value.span(), format!("must lie between {} and {}", range.start(), range.end()));
        }
        number
    }
}

#[cfg(test)]
mod tests;
