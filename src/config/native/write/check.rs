//! Health checks.

use super::script;
use super::value::{Pairs, Val};
use crate::config::native::bytes::{as_hex, as_text};
use crate::config::native::check::DEFAULT_TIMING;
use crate::config::native::http::{DEFAULT_USER_AGENT, DEFAULT_VERSION, VERSIONS};
use crate::config::native::probe::{DEFAULT_CALLER, DEFAULT_HELO, DEFAULT_TRIES};
use crate::lvs::{
    BodyPattern, Check, DnsProbe, ExchangeProbe, HttpMethod, HttpProbe, HttpUrl, Login, Origin, Pattern,
    Probe, ScriptKind, ScriptProbe, SqlKind, SqlProbe, Timing, UdpProbe,
};

/// A check: its type alone, if it says nothing else.
pub(super) fn check(check: &Check) -> Val {
    let Check { probe: asked, addr, port, from, timing: often, begins_down, tells_all, through_vip } = check;
    let (kind, pairs) = probe(asked);
    let mut all = Pairs::from([("type", Val::text(kind))]);
    all.extend(pairs);
    all.extend(addr.map(|addr| ("address", Val::text(&addr.to_string()))));
    all.extend(port.map(|port| ("port", Val::from(port))));
    if *from != Origin::default() {
        all.push(("from", origin(from)));
    }
    all.extend(timing(often));
    let flags = [("begins_down", begins_down), ("tells_all", tells_all), ("through_vip", through_vip)];
    all.extend(flags.into_iter().filter(|(_, on)| **on).map(|(key, _)| (key, Val::from(true))));
    if all.len() == 1 { Val::text(kind) } else { Val::Table(all) }
}

fn origin(from: &Origin) -> Val {
    let Origin { addr, port, interface, mark } = from;
    let mut pairs = Pairs::new();
    pairs.extend(addr.map(|addr| ("address", Val::text(&addr.to_string()))));
    pairs.extend(port.map(|port| ("port", Val::from(port))));
    pairs.extend(interface.as_ref().map(|name| ("interface", Val::text(name))));
    pairs.extend(mark.map(|mark| ("mark", Val::from(mark))));
    Val::Table(pairs)
}

fn timing(timing: &Timing) -> Pairs {
    let Timing { interval, retry_interval, timeout, falls, rises, first_counts, warmup } = *timing;
    let mut pairs = Pairs::new();
    let usual = DEFAULT_TIMING;
    pairs.extend((interval != usual.interval).then(|| ("interval", Val::time(interval))));
    pairs.extend(retry_interval.map(|time| ("retry_interval", Val::time(time))));
    pairs.extend((timeout != usual.timeout).then(|| ("timeout", Val::time(timeout))));
    pairs.extend((falls != usual.falls).then(|| ("falls", Val::from(falls))));
    pairs.extend((rises != usual.rises).then(|| ("rises", Val::from(rises))));
    pairs.extend((first_counts != usual.first_counts).then(|| ("first_counts", Val::from(first_counts))));
    pairs.extend((warmup != usual.warmup).then(|| ("warmup", Val::time(warmup))));
    pairs
}

fn probe(probe: &Probe) -> (&'static str, Pairs) {
    match probe {
        Probe::Fixed { up: true } => ("up", Pairs::new()),
        Probe::Fixed { up: false } => ("down", Pairs::new()),
        Probe::Tcp => ("tcp", Pairs::new()),
        Probe::Http(probe) => (if probe.tls.is_some() { "https" } else { "http" }, http(probe)),
        Probe::Smtp { helo } => ("smtp", unless("helo", helo, DEFAULT_HELO)),
        Probe::Dns(probe) => ("dns", dns(probe)),
        Probe::Ping { tries } if *tries == DEFAULT_TRIES => ("ping", Pairs::new()),
        Probe::Ping { tries } => ("ping", vec![("tries", Val::from(*tries))]),
        Probe::Udp(probe) => ("udp", udp(probe)),
        Probe::Script(probe) => ("script", script_probe(probe)),
        Probe::File { path, weight } => {
            let mut pairs = vec![("file", Val::text(&path.to_string_lossy()))];
            pairs.extend(weight.map(|weight| ("factor", Val::from(weight))));
            ("file", pairs)
        }
        Probe::Combined { full, connects, connect_timeout } => {
            let (name, mut pairs) = self::probe(full);
            pairs.push(("connects", Val::from(*connects)));
            if *connect_timeout != DEFAULT_TIMING.timeout {
                pairs.push(("connect_timeout", Val::time(*connect_timeout)));
            }
            (name, pairs)
        }
        Probe::Exchange(probe) => ("exchange", exchange(probe)),
        Probe::Lines { send, expect } => ("lines", [unless("send", send, ""), pattern(expect)].concat()),
        Probe::Ftp { login, file, expect } => {
            ("ftp", [vec![login_pair(login), ("file", Val::text(file))], pattern(expect)].concat())
        }
        Probe::Pop { tls, login } => (if *tls { "pops" } else { "pop" }, if_any(login.as_ref())),
        Probe::Imap { tls, login } => (if *tls { "imaps" } else { "imap" }, if_any(login.as_ref())),
        Probe::Nntp => ("nntp", Pairs::new()),
        Probe::Ldap { tls, login, base, expect } => {
            let pairs = [if_any(login.as_ref()), unless("base", base, ""), pattern(expect)].concat();
            (if *tls { "ldaps" } else { "ldap" }, pairs)
        }
        Probe::Sql(SqlProbe { kind, login, database, query }) => {
            let name = match kind {
                SqlKind::Mysql => "mysql",
                SqlKind::Pgsql => "pgsql",
            };
            let query = vec![("query", Val::text(query))];
            (name, [vec![login_pair(login)], unless("database", database, ""), query].concat())
        }
        Probe::Radius { login, secret } => ("radius", vec![login_pair(login), ("secret", Val::text(secret))]),
        Probe::Sip { from, tcp } => {
            ("sip", [unless("caller", from, DEFAULT_CALLER), if_on("over_tcp", *tcp)].concat())
        }
    }
}

/// A text, unless it is the one that is taken anyway.
fn unless(key: &'static str, text: &str, usual: &str) -> Pairs {
    if text == usual { Pairs::new() } else { vec![(key, Val::text(text))] }
}

fn if_on(key: &'static str, on: bool) -> Pairs {
    if on { vec![(key, Val::from(true))] } else { Pairs::new() }
}

fn pattern(expect: &Pattern) -> Pairs {
    unless("expect", &expect.regex, "")
}

fn if_any(login: Option<&Login>) -> Pairs {
    login.map(login_pair).into_iter().collect()
}

fn login_pair(login: &Login) -> (&'static str, Val) {
    let pairs = [vec![("name", Val::text(&login.name))], unless("password", &login.password, "")].concat();
    ("login", Val::Table(pairs))
}

fn http(probe: &HttpProbe) -> Pairs {
    let HttpProbe { tls, urls, version, says_close, user_agent, redirects, login } = probe;
    let mut pairs = match urls.as_slice() {
        [one] => url(one),
        several => vec![("url", Val::List(several.iter().map(|one| Val::Table(url(one))).collect()))],
    };
    if *version != DEFAULT_VERSION {
        let name = VERSIONS.iter().find(|(_, known)| known == version).map_or("", |(name, _)| name);
        pairs.push(("version", Val::text(name)));
    }
    pairs.extend((!*says_close).then(|| ("says_close", Val::from(false))));
    pairs.extend(unless("user_agent", user_agent, DEFAULT_USER_AGENT));
    pairs.extend((*redirects > 0).then(|| ("redirects", Val::from(*redirects))));
    pairs.extend(if_any(login.as_ref()));
    let (server_name, authorities) =
        tls.as_ref().map_or((None, None), |tls| (tls.server_name.as_ref(), tls.authorities.as_ref()));
    pairs.extend(server_name.map(|name| ("server_name", Val::text(name))));
    pairs.extend(authorities.map(|path| ("authorities", Val::text(&path.to_string_lossy()))));
    pairs
}

fn url(url: &HttpUrl) -> Pairs {
    let HttpUrl { method, path, host, status, digest, body: expected } = url;
    let mut pairs = Pairs::new();
    pairs.extend((*method == HttpMethod::Head).then(|| ("method", Val::text("HEAD"))));
    pairs.extend(unless("path", path, "/"));
    pairs.extend(host.as_ref().map(|host| ("host", Val::text(host))));
    let ranges: Vec<_> = status
        .iter()
        .map(
            |(first, last)| {
                if first == last { Val::from(*first) } else { Val::text(&format!("{first}-{last}")) }
            },
        )
        .collect();
    match <[Val; 1]>::try_from(ranges) {
        Ok([one]) => pairs.push(("status", one)),
        Err(ranges) if ranges.is_empty() => {}
        Err(ranges) => pairs.push(("status", Val::List(ranges))),
    }
    pairs.extend(digest.as_ref().map(|digest| ("digest", Val::text(digest))));
    pairs.extend(expected.as_ref().map(|expected| ("body", body(expected))));
    pairs
}

fn body(body: &BodyPattern) -> Val {
    let BodyPattern { pattern, absent, min_offset, max_offset } = body;
    let mut pairs = vec![("pattern", Val::text(&pattern.regex))];
    pairs.extend(if_on("absent", *absent));
    let offsets = [("min_offset", *min_offset), ("max_offset", *max_offset)];
    pairs.extend(offsets.into_iter().filter(|(_, at)| *at > 0).map(|(key, at)| (key, Val::from(at))));
    if pairs.len() == 1 { Val::text(&pattern.regex) } else { Val::Table(pairs) }
}

fn dns(probe: &DnsProbe) -> Pairs {
    let DnsProbe { name, kind, tcp, expect } = probe;
    let mut pairs =
        [unless("name", name, "."), unless("record", kind, "SOA"), if_on("over_tcp", *tcp)].concat();
    pairs.extend(expect.as_ref().map(|expect| ("expect", Val::text(&expect.regex))));
    pairs
}

fn bytes(bytes: &[u8]) -> Val {
    match as_text(bytes) {
        Some(text) => Val::text(text),
        None => Val::Table(vec![("hex", Val::text(&as_hex(bytes.iter().copied())))]),
    }
}

fn udp(probe: &UdpProbe) -> Pairs {
    let UdpProbe { payload, needs_reply, reply, min_reply, max_reply } = probe;
    let mut pairs = Pairs::new();
    pairs.extend(payload.as_ref().map(|payload| ("send", bytes(payload))));
    if !reply.is_empty() {
        let plain: Vec<u8> = reply.iter().map(|(byte, _)| *byte).collect();
        let masks = reply.iter().map(|(_, mask)| *mask);
        let val = if masks.clone().all(|mask| mask == 0xff) {
            bytes(&plain)
        } else {
            let hex = Val::text(&as_hex(plain.into_iter()));
            Val::Table(vec![("hex", hex), ("mask", Val::text(&as_hex(masks)))])
        };
        pairs.push(("reply", val));
    }
    let lengths = [("min_reply", *min_reply), ("max_reply", *max_reply)];
    pairs.extend(lengths.into_iter().filter(|(_, len)| *len > 0).map(|(key, len)| (key, Val::from(len))));
    let asks = !reply.is_empty() || *min_reply > 0 || *max_reply > 0;
    pairs.extend((*needs_reply != asks).then(|| ("needs_reply", Val::from(*needs_reply))));
    pairs
}

fn script_probe(probe: &ScriptProbe) -> Pairs {
    let mut pairs = vec![("run", script(&probe.script))];
    let answer = match &probe.kind {
        ScriptKind::Misc { weight: false } => None,
        ScriptKind::Misc { weight: true } => Some("weight"),
        ScriptKind::External => Some("external"),
        ScriptKind::Output { .. } => Some("output"),
        ScriptKind::Load => Some("load"),
    };
    pairs.extend(answer.map(|answer| ("answer", Val::text(answer))));
    if let ScriptKind::Output { expect } = &probe.kind {
        pairs.push(("expect", Val::text(expect)));
    }
    pairs
}

fn exchange(probe: &ExchangeProbe) -> Pairs {
    let ExchangeProbe { send, expect, regex, udp } = probe;
    let mut pairs = Pairs::new();
    pairs.extend((!send.is_empty()).then(|| ("send", bytes(send))));
    pairs.extend((!expect.is_empty()).then(|| ("expect", bytes(expect))));
    pairs.extend(if_on("regex", *regex));
    pairs.extend(if_on("udp", *udp));
    pairs
}
