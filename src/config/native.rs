use super::diagnostic::Diagnostics;
use super::dialect::Dialect;
use super::ipvsadm::scheduler_flags;
use super::mark::{Word, Words};
use super::names::Names;
use super::rules::{add_server, add_service};
use super::source::Source;
use crate::control::command::Intent;
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, MarkRule, Persistence, Protocol, RealServerSpec,
    SchedulerFlags, SchedulerName, ServiceKey, ServiceSpec, TUNABLES, Thresholds, Timeouts, Tunable,
    TunableError, TunableKind,
};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
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
        "native"
    }

    fn read(&self, source: &Source, out: &mut Diagnostics) -> Intent {
        let mut intent = Intent::default();
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

/// The keys of a service.
const SERVICE_KEYS: &[&str] =
    &["address", "scheduler", "scheduler_flags", "persistence", "persistence_mask", "one_packet", "server"];

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

    fn services(&mut self, value: &Value<'_>, intent: &mut Intent) {
        for (table, span) in self.tables(value, "service") {
            self.service(table, span, intent);
        }
    }

    fn marks(&mut self, value: &Value<'_>) -> Vec<MarkRule> {
        let tables = self.tables(value, "mark");
        tables.into_iter().filter_map(|(table, span)| self.mark(table, span)).collect()
    }

    fn mark(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<MarkRule> {
        const KEYS: [&str; 8] = ["dst", "src", "proto", "dports", "sports", "iif", "set_mark", "set_xmark"];
        let mut texts: [Given; 8] = Default::default();
        let mut is_whole = true;
        for (key, value) in table {
            let place = KEYS.iter().position(|known| *known == key.get_ref().as_ref());
            let Some(place) = place.and_then(|place| texts.get_mut(place)) else {
                self.unknown(key, &KEYS);
                is_whole = false;
                continue;
            };
            // Marks and single ports may be numbers.
            let text = match value.get_ref().as_integer() {
                Some(integer) => {
                    u32::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n.to_string())
                }
                None => self.text(value).map(str::to_owned),
            };
            if text.is_none() && value.get_ref().as_integer().is_some() {
                self.error(value.span(), "must lie between 0 and 4294967295");
            }
            is_whole &= text.is_some();
            *place = text.map(|text| (text, value.span()));
        }
        let [dst, src, proto, dports, sports, iif, set_mark, set_xmark] = &texts;
        let words = Words {
            destination: text_of(dst),
            source: text_of(src),
            protocol: text_of(proto),
            dports: text_of(dports),
            sports: text_of(sports),
            interface: text_of(iif),
            set_mark: text_of(set_mark),
            set_xmark: text_of(set_xmark),
        };
        match words.read(&Names::default()) {
            Ok(rule) => Some(rule).filter(|_| is_whole),
            // What was no text has been told.
            Err(_) if !is_whole => None,
            Err((word, why)) => {
                let given = match word {
                    Word::Destination => dst,
                    Word::Source => src,
                    Word::Protocol => proto,
                    Word::Dports => dports,
                    Word::Sports => sports,
                    Word::Mark if set_mark.is_some() => set_mark,
                    Word::Mark => set_xmark,
                };
                self.error(given.as_ref().map_or(span, |(_, span)| span.clone()), why);
                None
            }
        }
    }

    fn service(&mut self, table: &DeTable<'_>, span: Range<usize>, intent: &mut Intent) {
        let mut address = None;
        let mut scheduler = SchedulerName::wlc();
        let mut flags = None;
        let (mut timeout, mut mask, mut one_packet) = (None, None, None);
        let mut servers = Vec::new();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "address" => address = Some((self.service_key(value), value.span())),
                "scheduler" => scheduler = self.scheduler(value).unwrap_or(scheduler),
                "scheduler_flags" => flags = Some(value),
                "persistence" => timeout = self.integer(value, 1..=MAX_TIMEOUT_SECONDS),
                "persistence_mask" => mask = Some(value),
                "one_packet" => one_packet = Some(value),
                "server" => servers = self.tables(value, "service.server"),
                _ => self.unknown(key, SERVICE_KEYS),
            }
        }
        let scheduler_flags = flags.and_then(|value| self.flags(value, &scheduler)).unwrap_or_default();
        let Some((key, at)) = address else {
            return self.error(span, "a service needs an address, such as address = \"tcp 10.0.0.1:80\"");
        };
        if let Some(key) = key {
            let mask = mask.and_then(|value| self.client_mask(value, key.family()));
            let mask = mask.unwrap_or(ClientMask::whole(key.family()));
            let persistence = timeout.map(|timeout_seconds| Persistence { timeout_seconds, mask });
            let one_packet = one_packet.is_some_and(|value| self.one_packet(value, key));
            if persistence.is_none() && matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0) {
                return self.error(at, "a service of port 0 (all ports) needs persistence");
            }
            let spec =
                ServiceSpec { scheduler, scheduler_flags, persistence, one_packet, ..ServiceSpec::new(key) };
            if let Err(message) = add_service(intent, spec) {
                return self.error(at, message);
            }
        }
        for (table, span) in servers {
            let Some((spec, at)) = self.server(table, span, key) else { continue };
            if let Some(key) = key
                && let Err(message) = add_server(intent, key, spec)
            {
                self.error(at, message);
            }
        }
    }

    /// A prefix length, or a dotted IPv4 mask, which may have holes.
    fn client_mask(&mut self, value: &Value<'_>, family: Family) -> Option<ClientMask> {
        if value.get_ref().as_integer().is_some() {
            let bits = self.integer(value, 1..=u32::from(family.bits()))?;
            return Some(match family {
                Family::V4 => ClientMask::V4(u32::MAX.checked_shl(32 - bits).unwrap_or(0).into()),
                Family::V6 => ClientMask::V6(u8::try_from(bits).unwrap_or(128)),
            });
        }
        match (self.text(value)?.parse(), family) {
            (Ok(mask), Family::V4) => Some(ClientMask::V4(mask)),
            _ => {
                self.error(
                    value.span(),
                    "a prefix length expected, or for IPv4 a mask such as \"255.255.255.0\"",
                );
                None
            }
        }
    }

    fn one_packet(&mut self, value: &Value<'_>, key: ServiceKey) -> bool {
        let Some(is_wanted) = value.get_ref().as_bool() else {
            self.wrong_type(value, "a boolean");
            return false;
        };
        if is_wanted && matches!(key, ServiceKey::Tuple { protocol: Protocol::Tcp | Protocol::Sctp, .. }) {
            self.error(value.span(), "one-packet scheduling is for UDP only");
        }
        is_wanted
    }

    fn service_key(&mut self, value: &Value<'_>) -> Option<ServiceKey> {
        let text = self.text(value)?;
        let key = parse_service(text);
        if key.is_none() {
            let help = "write tcp, udp or sctp with address:port, or fwm with a mark: \"tcp 10.0.0.1:80\", \
                        \"udp [2001:db8::1]:53\", \"fwm 3\", \"fwm 3 ipv6\"";
            let message = format!("`{text}` is no address of a service");
            self.out.error_with_help(self.source, value.span(), message, help);
        }
        key
    }

    fn scheduler(&mut self, value: &Value<'_>) -> Option<SchedulerName> {
        let text = self.text(value)?;
        match SchedulerName::new(text) {
            Ok(name) if !text.is_empty() => Some(name),
            Ok(_) => {
                self.error(value.span(), "a scheduler's name must not be empty");
                None
            }
            Err(error) => {
                self.error(value.span(), error.to_string());
                None
            }
        }
    }

    fn flags(&mut self, value: &Value<'_>, scheduler: &SchedulerName) -> Option<SchedulerFlags> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(value, "an array of strings");
            return None;
        };
        let mut all = SchedulerFlags::default();
        for entry in list.iter() {
            let Some(text) = self.text(entry) else { continue };
            match scheduler_flags(text, scheduler.as_str()) {
                Ok(flags) => {
                    all.first |= flags.first;
                    all.second |= flags.second;
                    all.third |= flags.third;
                }
                Err(error) => self.error(entry.span(), error.to_string()),
            }
        }
        Some(all)
    }

    fn server(
        &mut self,
        table: &DeTable<'_>,
        span: Range<usize>,
        service: Option<ServiceKey>,
    ) -> Option<(RealServerSpec, Range<usize>)> {
        let mut address = None;
        let mut method = Some(ForwardingMethod::DirectRoute);
        let mut weight = Some(1);
        let (mut upper, mut lower, mut lower_at) = (Some(0), Some(0), span.clone());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "address" => address = Some((self.server_address(value), value.span())),
                "method" => method = self.method(value),
                "weight" => {
                    let max = i32::MAX.unsigned_abs();
                    weight = self.integer(value, 0..=max).and_then(|weight| i32::try_from(weight).ok());
                }
                "upper_threshold" => upper = self.integer(value, 0..=i32::MAX.unsigned_abs()),
                "lower_threshold" => {
                    lower = self.integer(value, 0..=i32::MAX.unsigned_abs());
                    lower_at = value.span();
                }
                _ => {
                    self.unknown(key, &["address", "method", "weight", "upper_threshold", "lower_threshold"])
                }
            }
        }
        let Some((address, at)) = address else {
            self.error(span, "a real server needs an address, such as address = \"10.0.0.11:80\"");
            return None;
        };
        let ((addr, port), method, weight, service) = (address?, method?, weight?, service?);
        let thresholds = Thresholds { upper: upper?, lower: lower? };
        if thresholds.lower > thresholds.upper {
            self.error(lower_at, "the lower threshold is above the upper one");
            return None;
        }
        let service_port = match service {
            ServiceKey::Tuple { virt, .. } => virt.port,
            ServiceKey::Fwmark { .. } => 0,
        };
        let endpoint = Endpoint::new(addr, port.unwrap_or(service_port));
        if method != ForwardingMethod::Tunnel && endpoint.family() != service.family() {
            self.error(at, "a real server of the other address family must be tunnelled");
            return None;
        }
        let ports_differ = matches!(service, ServiceKey::Tuple { .. }) && endpoint.port != service_port;
        if method != ForwardingMethod::Nat && ports_differ {
            let help = format!("leave the port out, write {service_port}, or use method = \"nat\"");
            let message = "only NAT can change the port";
            self.out.error_with_help(self.source, at, message, help);
            return None;
        }
        Some((RealServerSpec { method, weight, thresholds, ..RealServerSpec::new(endpoint) }, at))
    }

    fn server_address(&mut self, value: &Value<'_>) -> Option<(IpAddr, Option<u16>)> {
        let text = self.text(value)?;
        let parsed = parse_address(text);
        if parsed.is_none() {
            let help = "write an address with or without a port: \"10.0.0.11:80\", \"[2001:db8::11]:80\", \
                        \"10.0.0.11\"";
            let message = format!("`{text}` is no address of a real server");
            self.out.error_with_help(self.source, value.span(), message, help);
        }
        parsed
    }

    fn method(&mut self, value: &Value<'_>) -> Option<ForwardingMethod> {
        let text = self.text(value)?;
        let method = match text.to_ascii_lowercase().as_str() {
            "route" => ForwardingMethod::DirectRoute,
            "nat" | "masq" => ForwardingMethod::Nat,
            "tunnel" => ForwardingMethod::Tunnel,
            _ => {
                let help = "route (direct routing), nat or tunnel";
                let message = format!("unknown forwarding method `{text}`");
                self.out.error_with_help(self.source, value.span(), message, help);
                return None;
            }
        };
        Some(method)
    }
}

/// A value as text, and where it stands.
type Given = Option<(String, Range<usize>)>;

fn text_of(given: &Given) -> Option<&str> {
    given.as_ref().map(|(text, _)| text.as_str())
}

/// `tcp 10.0.0.1:80`, `10.0.0.1:80/tcp`, `fwm 3`, `fwm 3 ipv6`.
fn parse_service(text: &str) -> Option<ServiceKey> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mark = |text: &str| text.parse().ok().filter(|mark: &u32| *mark > 0);
    let (protocol, address) = match words.as_slice() {
        ["fwm", number] => return Some(ServiceKey::Fwmark { family: Family::V4, mark: mark(number)? }),
        ["fwm", number, "ipv6"] => {
            return Some(ServiceKey::Fwmark { family: Family::V6, mark: mark(number)? });
        }
        [protocol, address] => (*protocol, *address),
        [both] => both.rsplit_once('/').map(|(address, protocol)| (protocol, address))?,
        _ => return None,
    };
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => return None,
    };
    let virt: SocketAddr = address.parse().ok()?;
    Some(ServiceKey::Tuple { protocol, virt: Endpoint::new(virt.ip(), virt.port()) })
}

fn parse_address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(both) = text.parse::<SocketAddr>() {
        return Some((both.ip(), Some(both.port())));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(|addr| (IpAddr::V6(addr), None)),
        None => text.parse().ok().map(|addr| (addr, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Intent, Vec<String>) {
        let mut out = Diagnostics::default();
        let intent = Native.read(&Source::from_text("f.toml", text), &mut out);
        (intent, out.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn tunables() {
        let (intent, remarks) = read(
            "[sysctl]\ndrop_entry = 1\nsloppy_tcp = true\n\"net.ipv4.vs.am_droprate\" = 0x10\nreset_guard = 0\n",
        );
        assert_eq!(remarks, Vec::<String>::new());
        let named: Vec<_> = intent.tunables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(named, [("am_droprate", 16), ("drop_entry", 1), ("reset_guard", 0), ("sloppy_tcp", 1)]);
        for (text, remark) in [
            ("sloppy_tpc = 1", "f.toml:2:1: error: unknown key `sloppy_tpc`"),
            ("drop_entry = 4", "f.toml:2:14: error: must lie between 0 and 3"),
            ("drop_entry = true", "f.toml:2:14: error: an integer expected, found boolean"),
            ("sloppy_tcp = \"on\"", "f.toml:2:14: error: a boolean or an integer expected, found string"),
            (
                "sync_ports = 1",
                "f.toml:2:1: error: sync_ports: not in ulvs: there is no connection synchronisation in this version",
            ),
            ("drop_entry = 1\n\"net.ipv4.vs.drop_entry\" = 2", "f.toml:3:1: error: drop_entry is set twice"),
        ] {
            assert_eq!(read(&format!("[sysctl]\n{text}\n")).1, [remark], "{text}");
        }
        assert_eq!(read("sysctl = 1\n").1, ["f.toml:1:10: error: a table expected, found integer"]);
    }

    #[test]
    fn a_whole_file() {
        let (intent, remarks) = read(
            "[timeouts]\ntcp = 60\n[[service]]\naddress = \"tcp 10.0.0.1:80\"\nscheduler = \"sh\"\n\
             scheduler_flags = [\"sh-port\"]\n[[service.server]]\naddress = \"10.0.0.11\"\n\
             [[service.server]]\naddress = \"10.0.0.12:8080\"\nmethod = \"Masq\"\nweight = 0\n\
             upper_threshold = 9\nlower_threshold = 5\n[[service]]\naddress = \"fwm 3 ipv6\"\n[[service.server]]\naddress = \"[fd00::1]\"\n",
        );
        assert_eq!(remarks, Vec::<String>::new());
        assert_eq!(intent.timeouts, Some(Timeouts { tcp: 60, ..Timeouts::default() }));
        let thresholds: Vec<_> = intent
            .services
            .values()
            .flat_map(|(_, servers)| servers.iter().map(|server| server.thresholds))
            .collect();
        assert!(thresholds.contains(&Thresholds { upper: 9, lower: 5 }), "{thresholds:?}");
        let shown: Vec<_> = intent
            .services
            .values()
            .map(|(spec, servers)| {
                let servers: Vec<_> = servers
                    .iter()
                    .map(|server| {
                        format!("{} {} {}", server.endpoint, server.method.listing(), server.weight)
                    })
                    .collect();
                (spec.scheduler.to_string(), spec.scheduler_flags.second, servers.join(", "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("sh".to_owned(), true, "10.0.0.11:80 Route 1, 10.0.0.12:8080 Masq 0".to_owned()),
                ("wlc".to_owned(), false, "[fd00::1]:0 Route 1".to_owned())
            ]
        );
    }

    #[test]
    fn persistence_and_one_packet_scheduling() {
        let (intent, remarks) = read(
            "[[service]]\naddress = \"tcp 10.0.0.1:0\"\npersistence = 60\npersistence_mask = 24\n\
             [[service]]\naddress = \"tcp 10.0.0.1:80\"\npersistence = 60\npersistence_mask = \"255.0.255.0\"\n\
             [[service]]\naddress = \"udp [fd00::1]:53\"\none_packet = true\npersistence = 60\n\
             [[service]]\naddress = \"tcp [fd00::1]:53\"\npersistence = 60\npersistence_mask = 64\n",
        );
        assert_eq!(remarks, Vec::<String>::new());
        let shown = intent.services.values().map(|(spec, _)| {
            let persistence = spec.persistence.as_ref().map(|p| (p.timeout_seconds, p.mask.to_string()));
            (persistence, spec.one_packet)
        });
        let mut masks: Vec<_> = shown.collect();
        masks.sort();
        let sixty = |mask: &str, one_packet| (Some((60, mask.to_owned())), one_packet);
        assert_eq!(
            masks,
            [
                sixty("128", true),
                sixty("255.0.255.0", false),
                sixty("255.255.255.0", false),
                sixty("64", false)
            ]
        );
        let (_, remarks) = read(
            "[[service]]\naddress = \"tcp 10.0.0.1:0\"\n\
             [[service]]\naddress = \"tcp 10.0.0.1:80\"\none_packet = true\n\
             [[service]]\naddress = \"tcp 10.0.0.1:81\"\npersistence = 0\n\
             [[service]]\naddress = \"tcp [fd00::1]:82\"\npersistence = 9\npersistence_mask = \"255.255.255.0\"\n",
        );
        assert_eq!(remarks.len(), 4, "{remarks:#?}");
    }

    #[test]
    fn every_error_is_told_with_line_and_column() {
        let (_, remarks) = read(
            "colour = 1\n[timeouts]\ntcp = 0\nicmp = 3\n[[service]]\nscheduler = \"rr\"\n[[service]]\n\
             address = \"tcp 10.0.0.1\"\n[[service]]\naddress = \"tcp 10.0.0.1:80\"\nweight = 1\n\
             [[service.server]]\naddress = \"10.0.0.11:81\"\n[[service.server]]\nweight = -1\n\
             [[service.server]]\naddress = \"fd00::1\"\n[[service.server]]\naddress = \"10.0.0.3\"\n\
             method = \"teleport\"\n[[service.server]]\naddress = \"10.0.0.4\"\n\
             [[service.server]]\naddress = \"10.0.0.4:80\"\n\
             [[service]]\naddress = \"10.0.0.1:80/tcp\"\nscheduler_flags = [\"mh-port\"]\n\
             [[service]]\naddress = \"10.0.0.2:80/tcp\"\n[[service.server]]\naddress = \"10.0.0.4\"\n\
             lower_threshold = 1\n",
        );
        let mut remarks = remarks;
        let line = |remark: &String| remark.split(':').nth(1).and_then(|line| line.parse::<u32>().ok());
        remarks.sort_by_key(line);
        insta::assert_snapshot!(remarks.join("\n"));
    }

    #[test]
    fn marks_in_order() {
        let (intent, remarks) = read(
            "[[mark]]\ndst = \"10.0.0.1\"\nproto = \"tcp\"\ndports = \"80,443\"\nset_mark = 10\n\
             [[mark]]\ndst = \"fd00::/64\"\nsrc = \"fd01::1\"\niif = \"eth+\"\nset_mark = \"0x10/0xf0\"\n\
             [[mark]]\ndst = \"10.0.0.1\"\nproto = \"udp\"\ndports = 53\nsports = \"1024:\"\nset_xmark = \"1/0\"\n",
        );
        assert_eq!(remarks, Vec::<String>::new());
        let shown: Vec<_> = intent.marks.unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "--dst 10.0.0.1 --proto tcp --dports 80,443 --set-mark 10",
                "--dst fd00::/64 --src fd01::1 --iif eth+ --set-xmark 0x10/0xf0",
                "--dst 10.0.0.1 --proto udp --dports 53 --sports 1024:65535 --set-xmark 0x1/0x0",
            ]
        );
        assert_eq!(read("").0.marks, Some(Vec::new()), "no mark in the file: none shall be");
    }

    #[test]
    fn wrong_marks_are_told_with_line_and_column() {
        let (_, remarks) = read(
            "[[mark]]\nset_mark = 1\n[[mark]]\ndst = \"10.0.0.1\"\n[[mark]]\ndst = \"www\"\nset_mark = 1\n\
             [[mark]]\ndst = \"10.0.0.1\"\ndports = \"80\"\nset_mark = 1\n\
             [[mark]]\ndst = \"10.0.0.1\"\nset_mark = \"ten\"\n[[mark]]\ndst = \"10.0.0.1\"\nset_mark = 4294967296\n\
             [[mark]]\ndst = \"10.0.0.1\"\nmark = 1\n[[mark]]\ndst = true\nset_mark = 1\n",
        );
        assert_eq!(
            remarks,
            [
                "f.toml:1:1: error: a mark rule needs a destination",
                "f.toml:3:1: error: a mark rule needs a mark to set",
                "f.toml:6:7: error: `www` is no address (names are not looked up)",
                "f.toml:10:10: error: ports need a protocol: tcp, udp or sctp",
                "f.toml:14:12: error: `ten` is no mark: a number from 0 to 4294967295, decimal or 0x…",
                "f.toml:17:12: error: must lie between 0 and 4294967295",
                "f.toml:20:1: error: unknown key `mark`",
                "f.toml:22:7: error: a string expected, found boolean",
            ]
        );
    }

    #[test]
    fn broken_toml_is_told_with_line_and_column() {
        let (_, remarks) = read("[timeouts]\ntcp = = 3\n");
        assert!(remarks.iter().any(|remark| remark.starts_with("f.toml:2:7: error: ")), "{remarks:?}");
    }
}
