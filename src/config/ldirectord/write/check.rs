//! The checks of a service, in ldirectord's words.

use super::super::probe::{HELO, REDIRECTS, USER_AGENT, bracketed, reverse_name};
use super::{Lines, Writer};
use crate::lvs::{
    Check, DnsProbe, FarmServer, ForwardingMethod, HttpMethod, HttpProbe, HttpUrl, HttpVersion, Login,
    Origin, Probe, Protocol, RealServerSpec, ScriptKind, ScriptLine, ServiceKey, SqlKind, Tls, UdpProbe,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// What was said of the checks of a service.
pub(super) struct Said {
    /// What counts for all its real servers.
    pub lines: Lines,
    /// For each the port of its line, and what it is asked other than the others.
    pub servers: Vec<(u16, Option<(String, String)>)>,
    /// Between checks.
    pub interval: Option<Duration>,
}

/// A probe in ldirectord's words: keys, and what it asks for and expects.
struct Spoken {
    lines: Lines,
    asks: (String, String),
    /// Name of an HTTP host, if it is not the address.
    host: Option<String>,
}

/// Says the checks of these real servers of a service.
pub(super) fn say(
    writer: &mut Writer<'_>,
    head: &str,
    key: ServiceKey,
    servers: &[(&RealServerSpec, Option<&FarmServer>)],
) -> Said {
    let mut unsaid = |what: &str| writer.unsaid(format!("{head}: {what}"));
    let first = |server: &Option<&FarmServer>| server.and_then(|server| server.checks.first()).cloned();
    let mut said = Said { lines: Lines::new(), servers: Vec::new(), interval: None };
    let mut common: Option<Spoken> = None;
    let mut ports = Vec::new();
    for (spec, server) in servers {
        if server.is_some_and(|server| server.checks.len() > 1) {
            unsaid("more than one check of a real server: the first is written");
        }
        let check = first(server);
        let spoken = match &check {
            Some(check) => speak(check, key, spec, &mut unsaid),
            None => Spoken::of(vec![("checktype", "on".to_owned())]),
        };
        let port = check.as_ref().and_then(|check| if check.addr.is_some() { None } else { check.port });
        ports.push((spec.endpoint.port, port));
        said.interval = said.interval.or(check.as_ref().map(|check| check.timing.interval));
        let asks = match &common {
            None => None,
            Some(common) => {
                // Where there is no port to ask, nothing is asked.
                let has_no_port = spec.endpoint.port == 0
                    && check.as_ref().is_some_and(|check| check.probe == Probe::Fixed { up: false });
                if !has_no_port && (spoken.lines != common.lines || spoken.host != common.host) {
                    unsaid("checks that differ between its real servers: the first's is written");
                }
                Some(spoken.asks.clone()).filter(|asks| *asks != common.asks)
            }
        };
        let is_whole_url = is_whole_url(&spoken.asks.0);
        said.servers.push((spec.endpoint.port, asks.or(is_whole_url.then(|| spoken.asks.clone()))));
        if common.is_none() {
            common = Some(spoken);
        }
    }
    if let Some(common) = common {
        said.lines = common.lines;
        let (request, receive) = common.asks;
        let quoted = |text: String| format!("\"{text}\"");
        if !matches!(request.as_str(), "" | "/") && !is_whole_url(&request) {
            said.lines.push(("request", quoted(request)));
        }
        if !receive.is_empty() {
            said.lines.push(("receive", quoted(receive)));
        }
        said.lines.extend(common.host.map(|host| ("virtualhost", host)));
    }
    say_ports(&mut said, key, servers, &ports, &mut unsaid);
    said
}

/// Another host is asked: only a real server's own line can say so.
fn is_whole_url(request: &str) -> bool {
    request.starts_with("/http://") || request.starts_with("/https://")
}

/// Where checks go: to the port of the real server's line, or all to one.
fn say_ports(
    said: &mut Said,
    key: ServiceKey,
    servers: &[(&RealServerSpec, Option<&FarmServer>)],
    ports: &[(u16, Option<u16>)],
    unsaid: &mut impl FnMut(&str),
) {
    if ports.iter().all(|(_, other)| other.is_none()) {
        return;
    }
    let asked: Vec<u16> = ports.iter().map(|(own, other)| other.unwrap_or(*own)).collect();
    if let [one, others @ ..] = asked.as_slice()
        && others.iter().all(|other| other == one)
    {
        said.lines.push(("checkport", one.to_string()));
        return;
    }
    for ((line, port), (spec, _)) in said.servers.iter_mut().zip(asked).zip(servers) {
        let is_ignored = matches!(key, ServiceKey::Tuple { .. }) && spec.method != ForwardingMethod::Nat;
        if is_ignored {
            line.0 = port;
        } else if port != line.0 {
            unsaid("ports of checks that differ between its real servers");
        }
    }
}

impl Spoken {
    fn of(lines: Lines) -> Self {
        Self { lines, asks: (String::new(), String::new()), host: None }
    }

    fn talk(name: &str) -> Self {
        Self::of(vec![("service", name.to_owned())])
    }

    fn asking(mut self, request: &str, receive: &str) -> Self {
        self.asks = (request.to_owned(), receive.to_owned());
        self
    }

    fn login(self, login: Option<&Login>) -> Self {
        match login {
            Some(login) => self.quoting("login", &login.name).quoting("passwd", &login.password),
            None => self,
        }
    }

    fn with(mut self, key: &'static str, value: String) -> Self {
        self.lines.push((key, value));
        self
    }

    /// With a text in quotes; ldirectord refuses empty ones, and means the same where there is none.
    fn quoting(self, key: &'static str, text: &str) -> Self {
        if text.is_empty() { self } else { self.with(key, format!("\"{text}\"")) }
    }
}

fn speak(check: &Check, key: ServiceKey, spec: &RealServerSpec, unsaid: &mut impl FnMut(&str)) -> Spoken {
    let timing = &check.timing;
    for (is_said, what) in [
        (timing.retry_interval.is_some(), "another interval after a failure"),
        (timing.rises != 1, "more than one success in a row"),
        (timing.warmup > Duration::ZERO, "a first check after a random time"),
        (!check.begins_down, "real servers that count as up before their first check"),
        (check.tells_all, "every failure in the log"),
        (check.through_vip, "checks by way of the VIP"),
        (check.from != Origin::default(), "where checks come from"),
    ] {
        if is_said {
            unsaid(what);
        }
    }
    let (inner, connects) = match &check.probe {
        Probe::Combined { full, connects, connect_timeout } => (&**full, Some((*connects, *connect_timeout))),
        probe => (probe, None),
    };
    let is_udp = matches!(key, ServiceKey::Tuple { protocol: Protocol::Udp, .. });
    let spoken = conversation(inner, check, spec, is_udp, unsaid);
    let has_talk =
        spoken.as_ref().is_some_and(|spoken| spoken.lines.iter().any(|(key, _)| *key == "service"));
    let mut spoken = spoken.unwrap_or_else(|| {
        unsaid("a check that ldirectord does not have: only a connection is written");
        Spoken::of(vec![("checktype", if is_udp { "ping" } else { "connect" }.to_owned())])
    });
    let mut timeout = timing.timeout;
    if let Probe::Ping { tries } = inner {
        timeout /= (*tries).max(1);
    }
    if timeout.subsec_nanos() > 0 {
        unsaid("a time limit that is not a whole number of seconds");
    }
    let whole = |time: Duration| (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1).to_string();
    match connects {
        Some((connects, connect_timeout)) => {
            if !has_talk {
                spoken.lines.push(("service", "none".to_owned()));
            }
            spoken.lines.retain(|(key, _)| *key != "checktype");
            spoken.lines.push(("checktype", connects.to_string()));
            spoken.lines.push(("checktimeout", whole(connect_timeout)));
            spoken.lines.push(("negotiatetimeout", whole(timeout)));
        }
        None if has_talk => {
            spoken.lines.push(("checktype", "negotiate".to_owned()));
            spoken.lines.push(("negotiatetimeout", whole(timeout)));
        }
        None => spoken.lines.push(("checktimeout", whole(timeout))),
    }
    spoken.lines.push(("failurecount", timing.falls.max(1).to_string()));
    spoken
}

/// The probe itself; `None`: ldirectord has none like it.
fn conversation(
    probe: &Probe,
    check: &Check,
    spec: &RealServerSpec,
    is_udp: bool,
    unsaid: &mut impl FnMut(&str),
) -> Option<Spoken> {
    let kind = |name: &str| Spoken::of(vec![("checktype", name.to_owned())]);
    Some(match probe {
        Probe::Fixed { up: true } => kind("on"),
        Probe::Fixed { up: false } => kind("off"),
        Probe::Tcp if !is_udp => kind("connect"),
        Probe::Ping { tries: 1 } => kind("ping"),
        Probe::Ping { tries } => kind("ping").with("checkcount", tries.to_string()),
        Probe::Http(http) => self::http(http, check, spec, unsaid),
        Probe::Smtp { helo } => {
            if helo != HELO {
                unsaid("HELO of SMTP");
            }
            Spoken::talk("smtp")
        }
        Probe::Dns(DnsProbe { name, kind, tcp, expect }) if *tcp != is_udp => {
            let request = match kind.as_str() {
                "A" => name.clone(),
                "PTR" => address_of_reverse(name)?.to_string(),
                _ => return None,
            };
            Spoken::talk("dns").asking(&request, expect.as_ref().map_or("", |pattern| &pattern.regex))
        }
        Probe::Script(script) if script.kind == ScriptKind::External => match &script.script.line {
            ScriptLine::Words(words) => match words.as_slice() {
                [program] => kind("external").quoting("checkcommand", program),
                [perl, program] if perl == "/usr/bin/perl" => {
                    kind("external-perl").quoting("checkcommand", program)
                }
                _ => return None,
            },
            ScriptLine::Shell(_) => return None,
        },
        Probe::Lines { send, expect } if !is_udp => {
            Spoken::talk("simpletcp").asking(&send.replace('\n', "\\n"), &expect.regex)
        }
        Probe::Udp(UdpProbe {
            payload: Some(payload),
            needs_reply: true,
            reply,
            min_reply: 0,
            max_reply: 0,
        }) if is_udp && reply.is_empty() => {
            let text = std::str::from_utf8(payload).ok()?.replace('\n', "\\n");
            Spoken::talk("simpletcp").asking(&text, "")
        }
        Probe::Ftp { login, file, expect } => {
            Spoken::talk("ftp").login(Some(login)).asking(file, &expect.regex)
        }
        Probe::Pop { tls, login } => Spoken::talk(if *tls { "pops" } else { "pop" }).login(login.as_ref()),
        Probe::Imap { tls, login } => Spoken::talk(if *tls { "imaps" } else { "imap" }).login(login.as_ref()),
        Probe::Nntp => Spoken::talk("nntp"),
        Probe::Ldap { tls, login, base, expect } => {
            let talk = Spoken::talk(if *tls { "ldaps" } else { "ldap" }).login(login.as_ref());
            talk.asking(base, &expect.regex)
        }
        Probe::Sql(sql) => {
            let talk = Spoken::talk(if sql.kind == SqlKind::Mysql { "mysql" } else { "pgsql" });
            talk.login(Some(&sql.login)).asking(&sql.query, "").quoting("database", &sql.database)
        }
        Probe::Radius { login, secret } => {
            Spoken::talk("radius").login(Some(login)).quoting("secret", secret)
        }
        Probe::Sip { from, tcp } if *tcp != is_udp => Spoken::talk("sip").quoting("login", from),
        _ => return None,
    })
}

fn http(http: &HttpProbe, check: &Check, spec: &RealServerSpec, unsaid: &mut impl FnMut(&str)) -> Spoken {
    let fallback = HttpUrl { path: "/".to_owned(), ..HttpUrl::default() };
    let url = http.urls.first().unwrap_or(&fallback);
    let body = url.body.as_ref();
    for (is_said, what) in [
        (http.urls.len() != 1, "more than one request"),
        (http.version != HttpVersion::V1_1, "HTTP/1.0"),
        (http.user_agent != USER_AGENT, "another User-Agent"),
        (http.redirects != REDIRECTS, "another number of redirects"),
        (http.login.is_some(), "a login of HTTP"),
        (
            http.tls.as_ref().is_some_and(|tls| *tls != Tls::default()),
            "a server's name or authorities of TLS",
        ),
        (!url.status.is_empty(), "status codes"),
        (url.digest.is_some(), "a digest of the body"),
        (
            body.is_some_and(|body| body.absent || body.min_offset > 0 || body.max_offset > 0),
            "where the body matches, or that it does not",
        ),
    ] {
        if is_said {
            unsaid(what);
        }
    }
    let is_proxy = http.tls.is_none() && url.path.starts_with("http://");
    let name = match (&http.tls, is_proxy) {
        (Some(_), _) => "https",
        (None, true) => "http_proxy",
        (None, false) => "http",
    };
    let mut spoken = Spoken::talk(name);
    if url.method == HttpMethod::Head {
        spoken = spoken.with("httpmethod", "HEAD".to_owned());
    }
    spoken.host = url.host.clone().filter(|host| !is_proxy && *host != bracketed(spec.endpoint.addr));
    let receive = body.map_or("", |body| &body.pattern.regex);
    match check.addr {
        Some(addr) => {
            let port = check.port.unwrap_or(spec.endpoint.port);
            let scheme = if http.tls.is_some() { "https" } else { "http" };
            let whole = format!("/{scheme}://{}:{port}{}", bracketed(addr), url.path);
            spoken.asking(&whole, receive)
        }
        None => spoken.asking(&url.path, receive),
    }
}

/// The address whose reverse name this is.
fn address_of_reverse(name: &str) -> Option<IpAddr> {
    let labels = |name: &str| -> Vec<String> { name.rsplit('.').map(str::to_owned).collect() };
    let addr = if let Some(digits) = name.strip_suffix(".in-addr.arpa") {
        labels(digits).join(".").parse::<Ipv4Addr>().ok()?.into()
    } else {
        let digits = labels(name.strip_suffix(".ip6.arpa")?).concat();
        Ipv6Addr::from(u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32)?).into()
    };
    (reverse_name(addr) == name).then_some(addr)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_both_ways() {
        for (addr, name) in [
            ("10.0.0.9", "9.0.0.10.in-addr.arpa"),
            ("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
        ] {
            let addr: IpAddr = addr.parse().unwrap();
            assert_eq!(reverse_name(addr), name);
            assert_eq!(address_of_reverse(name), Some(addr));
        }
        for name in
            ["", "in-addr.arpa", "9.0.10.in-addr.arpa", "1.ip6.arpa", "x.0.0.10.in-addr.arpa", "www.lab"]
        {
            assert_eq!(address_of_reverse(name), None, "{name}");
        }
    }
}
