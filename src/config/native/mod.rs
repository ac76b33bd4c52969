//! ulvs's own dialect.

mod bytes;
mod check;
mod duration;
mod farm;
mod group;
mod http;
mod keys;
mod layers;
mod marks;
mod pattern;
mod probe;
mod reader;
mod script;
mod server;
mod service;
mod sync;
mod upkeep;
mod vrrp;
mod vrrp_parts;
mod write;

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Dialect};
use super::source::Source;
use crate::control::command::Intent;
use crate::lvs::{TUNABLES, Timeouts, Tunable, TunableError, TunableKind};
use reader::Reader;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
pub use write::write;

/// Longest timeout: 31 days in seconds.
const MAX_TIMEOUT_SECONDS: u32 = 31 * 24 * 3600;

/// ulvs's own dialect, TOML. It says everything that an [`Intent`] can hold; docs/configuration.md has all keys.
///
/// ```toml
/// [[service]]
/// address = "tcp 10.0.0.1:80"   # or "udp …", "sctp …", "fwm 3", "fwm 3 ipv6", or an array of such
/// scheduler = "wlc"
/// check = "http"                # or a table: { type = "http", path = "/alive", interval = "2s" }
///
/// [[service.server]]
/// address = "10.0.0.11:80"      # without a port: the service's
/// method = "route"              # "nat", "tunnel"
/// weight = 1
/// ```
///
/// What all real servers of a service have in common may be said of the service, and what all services have in common in
/// `[defaults]`. Unknown keys are errors.
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
        let root = root.get_ref();
        let mut reader = Reader::new(source, out);
        reader.known(root, &[keys::TOP]);
        let mut table = |key| root.get(key).and_then(|value| reader.table(value));
        let shared = Shared { defaults: table("defaults"), checks: table("check"), mails: table("mail") };
        shared.defaults.into_iter().for_each(|table| reader.defaults(table, &shared));
        shared.checks.into_iter().for_each(|table| reader.named_checks(table, &shared));
        shared.mails.into_iter().flatten().for_each(|(_, mail)| drop(reader.mail(mail)));
        if let Some(value) = root.get("timeouts") {
            intent.timeouts = reader.timeouts(value);
        }
        if let Some(value) = root.get("sysctl") {
            reader.tunables(value, &mut intent);
        }
        if let Some(value) = root.get("upkeep") {
            intent.upkeep = reader.upkeep(value).unwrap_or_default();
            intent.vrrp.fifos = reader.vrrp_fifos(value);
        }
        if let Some(value) = root.get("service") {
            reader.services(value, &shared, &mut intent);
        }
        reader.vrrp(root, &mut intent.vrrp);
        if let Some(value) = root.get("sync") {
            intent.sync = reader.sync(value, &intent.vrrp);
        }
        let marks = root.get("mark").map(|value| reader.marks(value));
        let keep = root.get("keep_marks").map(|value| (reader.boolean(value), value.span()));
        intent.marks = match (keep, marks) {
            (Some((Some(true), at)), Some(_)) => {
                reader.error(at, "rules cannot be kept and given: leave out keep_marks or [[mark]]");
                None
            }
            (Some((Some(true), _)), None) => None,
            (_, marks) => Some(marks.unwrap_or_default()),
        };
        intent
    }
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;
type Table<'i> = DeTable<'i>;

/// What a file says once for many.
struct Shared<'v, 'i> {
    /// `[defaults]`.
    defaults: Option<&'v Table<'i>>,
    /// `[check.NAME]`.
    checks: Option<&'v Table<'i>>,
    /// `[mail.NAME]`.
    mails: Option<&'v Table<'i>>,
}

impl Reader<'_, '_> {
    fn timeouts(&mut self, value: &Value<'_>) -> Option<Timeouts> {
        let mut timeouts = Timeouts::default();
        for (key, value) in self.table(value)? {
            let field = match key.get_ref().as_ref() {
                "tcp" => &mut timeouts.tcp,
                "tcp_fin" => &mut timeouts.tcp_fin,
                "udp" => &mut timeouts.udp,
                _ => {
                    self.unknown(key, keys::TIMEOUTS);
                    continue;
                }
            };
            if let Some(seconds) = self.seconds(value, 1..=MAX_TIMEOUT_SECONDS) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod catalogue_tests;
