//! What ldirectord asks real servers, in our words.

use super::address::Hosts;
use super::kinds::{CheckType, Talk};
use super::line::Word;
use super::remarks::Remarks;
use super::service::Service;
use crate::lvs::{
    BodyPattern, Check, DnsProbe, Endpoint, Family, HttpProbe, HttpUrl, HttpVersion, Login, Origin, Pattern,
    Probe, Protocol, Script, ScriptKind, ScriptLine, ScriptProbe, SqlKind, SqlProbe, Timing, Tls, UdpProbe,
};
use std::net::IpAddr;
use std::time::Duration;

/// What ldirectord's HTTP library calls itself.
pub(super) const USER_AGENT: &str = "libwww-perl/6.68";

/// What its SMTP library says in HELO.
pub(super) const HELO: &str = "localhost.localdomain";

/// So many redirects its HTTP library follows.
pub(super) const REDIRECTS: u32 = 7;

/// What checks of a service have in common.
pub(super) struct Asker<'a, 's> {
    /// The service.
    pub service: &'a Service<'s>,
    /// What is spoken.
    pub talk: Talk,
    /// Its protocol; `None`: a firewall mark.
    pub protocol: Option<Protocol>,
    /// For connections, pings and programs.
    pub check_timeout: Duration,
    /// For conversations.
    pub negotiate_timeout: Duration,
    /// Between checks.
    pub interval: Duration,
    /// In a row.
    pub failures: u32,
    /// Echo requests of a ping.
    pub count: u32,
    /// Name of this host.
    pub host_name: &'a str,
}

/// One real server, as its line has it.
pub(super) struct Asked<'a> {
    /// As in IPVS's table.
    pub endpoint: Endpoint,
    /// The port of the line; 0: none.
    pub port: u16,
    /// Request and what must come of the line.
    pub asks: Option<&'a (String, String)>,
}

impl Asker<'_, '_> {
    /// The check of a real server.
    pub fn check(&self, asked: &Asked<'_>, hosts: &mut Hosts<'_>, remarks: &mut Remarks<'_>) -> Check {
        let port = self.service.check_port.or((asked.port > 0).then_some(asked.port)).or(self.talk.port());
        let needs_port = match self.service.check_type {
            CheckType::Negotiate | CheckType::Combined(_) => self.talk != Talk::Nothing,
            CheckType::Connect => self.protocol != Some(Protocol::Udp),
            _ => false,
        };
        let own = Some(asked.endpoint.port).filter(|port| *port > 0);
        let port = match port.or(own) {
            None if needs_port => {
                return self.with(Probe::Fixed { up: false }, self.check_timeout);
            }
            _ if !needs_port => None,
            port => port,
        };
        let mut check = self.with(Probe::Fixed { up: true }, self.check_timeout);
        check.port = port.filter(|port| *port != asked.endpoint.port);
        let (mut probe, timeout) = self.probe(asked, port.unwrap_or(0));
        if let Some((target, path)) = self.elsewhere(asked)
            && let Probe::Http(http) = &mut probe
        {
            match authority(target, self.service.family, hosts) {
                Some((addr, port)) => {
                    check.addr = Some(addr);
                    check.port = Some(port.unwrap_or(if http.tls.is_some() { 443 } else { 80 }));
                    http.urls.iter_mut().for_each(|url| path.clone_into(&mut url.path));
                }
                None => {
                    let message = format!("`{target}` has no address: its real servers are down");
                    remarks.warning(self.service.at.span(), message);
                    probe = Probe::Fixed { up: false };
                }
            }
        }
        check.probe = self.combined(probe);
        check.timing.timeout = timeout;
        check
    }

    fn with(&self, probe: Probe, timeout: Duration) -> Check {
        let timing = Timing {
            interval: self.interval,
            retry_interval: None,
            timeout,
            falls: self.failures,
            rises: 1,
            first_counts: true,
            warmup: Duration::ZERO,
        };
        Check {
            probe,
            addr: None,
            port: None,
            from: Origin::default(),
            timing,
            begins_down: true,
            tells_all: false,
            through_vip: false,
        }
    }

    /// The probe, and how long it may take.
    fn probe(&self, asked: &Asked<'_>, port: u16) -> (Probe, Duration) {
        match self.service.check_type {
            CheckType::Negotiate | CheckType::Combined(_) => self.conversation(asked, port),
            CheckType::Connect if self.protocol != Some(Protocol::Udp) => (Probe::Tcp, self.check_timeout),
            // Each of its requests has the whole time.
            CheckType::Connect | CheckType::Ping => {
                (Probe::Ping { tries: self.count }, self.check_timeout.saturating_mul(self.count))
            }
            CheckType::External => (self.program(&[]), self.check_timeout),
            CheckType::ExternalPerl => (self.program(&["/usr/bin/perl"]), self.check_timeout),
            CheckType::On => (Probe::Fixed { up: true }, self.check_timeout),
            CheckType::Off => (Probe::Fixed { up: false }, self.check_timeout),
        }
    }

    fn program(&self, interpreter: &[&str]) -> Probe {
        let command = self.service.command.as_ref().map_or("/bin/true", |(command, _)| command);
        let words = interpreter.iter().copied().chain([command]).map(str::to_owned).collect();
        Probe::Script(ScriptProbe {
            script: Script::new(ScriptLine::Words(words)),
            kind: ScriptKind::External,
        })
    }

    /// With TCP connections between, if there shall be any.
    fn combined(&self, full: Probe) -> Probe {
        match self.service.check_type {
            // A UDP socket always connects.
            CheckType::Combined(connects @ 1..) if self.protocol != Some(Protocol::Udp) => {
                Probe::Combined { full: Box::new(full), connects, connect_timeout: self.check_timeout }
            }
            _ => full,
        }
    }

    fn request<'a>(&'a self, asked: &'a Asked<'_>) -> &'a str {
        match asked.asks {
            Some((request, _)) => request,
            None => self.service.request.as_deref().unwrap_or("/"),
        }
    }

    fn receive(&self, asked: &Asked<'_>) -> Pattern {
        let regex = match asked.asks {
            Some((_, receive)) => receive.clone(),
            None => self.service.receive.as_ref().map_or_else(String::new, |(receive, _)| receive.clone()),
        };
        Pattern { regex }
    }

    fn login(&self) -> Option<Login> {
        let name = self.service.login.clone()?;
        Some(Login { name, password: self.service.password.clone().unwrap_or_default() })
    }

    fn conversation(&self, asked: &Asked<'_>, port: u16) -> (Probe, Duration) {
        let request = self.request(asked);
        // Outside HTTP and FTP the slash is not meant.
        let bare = request.strip_prefix('/').unwrap_or(request);
        let shorter = self.check_timeout.min(self.negotiate_timeout);
        let own = || format!("ldirectord@{}", self.host_name);
        let probe = match self.talk {
            Talk::Nothing => Probe::Fixed { up: true },
            Talk::Http | Talk::Https => self.http(asked, port),
            Talk::HttpProxy => self.proxy(asked, port),
            Talk::Smtp | Talk::Submission => Probe::Smtp { helo: HELO.to_owned() },
            Talk::Pop | Talk::Pops => Probe::Pop { tls: self.talk == Talk::Pops, login: self.login() },
            Talk::Imap | Talk::Imaps => Probe::Imap { tls: self.talk == Talk::Imaps, login: self.login() },
            Talk::Nntp => Probe::Nntp,
            Talk::Ftp => {
                let name = self.service.login.clone().unwrap_or_else(|| "anonymous".to_owned());
                let password = self.service.password.clone().unwrap_or_else(own);
                let (file, expect) = (request.to_owned(), self.receive(asked));
                Probe::Ftp { login: Login { name, password }, file, expect }
            }
            Talk::Ldap | Talk::Ldaps => {
                let login = self.login().filter(|login| !login.password.is_empty());
                let (base, expect) = (bare.to_owned(), self.receive(asked));
                let tls = self.talk == Talk::Ldaps;
                return (Probe::Ldap { tls, login, base, expect }, shorter);
            }
            Talk::Dns => self.dns(asked, bare),
            Talk::Mysql | Talk::Pgsql => self.sql(bare),
            // Refused before.
            Talk::Oracle => Probe::Fixed { up: false },
            Talk::Radius => {
                let login = self.login().unwrap_or_default();
                let secret = self.service.secret.clone().unwrap_or_default();
                return (Probe::Radius { login, secret }, shorter);
            }
            Talk::Sip => {
                let from = self.service.login.clone().unwrap_or_else(own);
                Probe::Sip { from, tcp: self.protocol != Some(Protocol::Udp) }
            }
            Talk::SimpleTcp => {
                let send = bare.replace("\\n", "\n");
                if self.protocol == Some(Protocol::Udp) {
                    let payload = Some(send.into_bytes());
                    Probe::Udp(UdpProbe { payload, needs_reply: true, ..UdpProbe::default() })
                } else {
                    Probe::Lines { send, expect: self.receive(asked) }
                }
            }
        };
        (probe, self.negotiate_timeout)
    }

    fn http(&self, asked: &Asked<'_>, port: u16) -> Probe {
        let own_port = if self.talk == Talk::Https { 443 } else { 80 };
        // ldirectord never says the port.
        let host = match &self.service.host {
            Some(host) => Some(host.clone()),
            None if port == own_port => None,
            None => Some(bracketed(asked.endpoint.addr)),
        };
        self.exchange(asked, self.request(asked).to_owned(), host)
    }

    fn proxy(&self, asked: &Asked<'_>, port: u16) -> Probe {
        let request = self.request(asked);
        let bare = request.strip_prefix('/').unwrap_or(request);
        let url = match (bare.starts_with("http://"), asked.asks) {
            (true, _) => bare.to_owned(),
            (false, Some(_)) => format!("http://{}:{port}/{bare}", bracketed(asked.endpoint.addr)),
            // ldirectord's library refuses to ask for it.
            (false, None) => return Probe::Fixed { up: false },
        };
        let host = url.get("http://".len()..).and_then(|rest| rest.split('/').next()).map(str::to_owned);
        self.exchange(asked, url, host)
    }

    fn exchange(&self, asked: &Asked<'_>, path: String, host: Option<String>) -> Probe {
        let pattern = self.receive(asked);
        let body = (!pattern.regex.is_empty()).then(|| BodyPattern { pattern, ..BodyPattern::default() });
        let method = self.service.http_method;
        Probe::Http(HttpProbe {
            tls: (self.talk == Talk::Https).then(Tls::default),
            urls: vec![HttpUrl { method, path, host, status: Vec::new(), digest: None, body }],
            version: HttpVersion::V1_1,
            says_close: true,
            user_agent: USER_AGENT.to_owned(),
            redirects: REDIRECTS,
            login: None,
        })
    }

    /// A real server's own request may be a whole URL: then its host is asked. Host with port, and path.
    fn elsewhere<'a>(&self, asked: &Asked<'a>) -> Option<(&'a str, &'a str)> {
        let scheme = match self.talk {
            Talk::Http => "/http://",
            Talk::Https => "/https://",
            _ => return None,
        };
        let rest = asked.asks?.0.strip_prefix(scheme)?;
        let at = rest.find('/').unwrap_or(rest.len());
        let path = rest.get(at..).filter(|path| !path.is_empty()).unwrap_or("/");
        Some((rest.get(..at)?, path))
    }

    fn dns(&self, asked: &Asked<'_>, name: &str) -> Probe {
        let (name, kind) = match name.parse::<IpAddr>() {
            Ok(addr) => (reverse_name(addr), "PTR"),
            Err(_) if name.is_empty() => (".".to_owned(), "A"),
            Err(_) => (name.to_owned(), "A"),
        };
        let expect = Some(self.receive(asked)).filter(|pattern| !pattern.regex.is_empty());
        let tcp = self.protocol == Some(Protocol::Tcp);
        Probe::Dns(DnsProbe { name, kind: kind.to_owned(), tcp, expect })
    }

    fn sql(&self, query: &str) -> Probe {
        let kind = if self.talk == Talk::Mysql { SqlKind::Mysql } else { SqlKind::Pgsql };
        match self.login() {
            Some(login) if !query.is_empty() => {
                let database = self.service.database.clone().unwrap_or_default();
                Probe::Sql(SqlProbe { kind, login, database, query: query.to_owned() })
            }
            // ldirectord says so at each check, and takes the server as down.
            _ => Probe::Fixed { up: false },
        }
    }
}

/// `10.0.0.1`, `[2001:db8::1]`.
pub(super) fn bracketed(addr: IpAddr) -> String {
    match addr {
        IpAddr::V4(addr) => addr.to_string(),
        IpAddr::V6(addr) => format!("[{addr}]"),
    }
}

fn authority(text: &str, family: Family, hosts: &mut Hosts<'_>) -> Option<(IpAddr, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !host.is_empty() => {
            (host, Some(port.parse().ok()?))
        }
        _ => (text, None),
    };
    Some((hosts.address(Word { text: host, at: 0 }, family).ok()?, port))
}

/// The name under which DNS keeps the name of an address.
pub(super) fn reverse_name(addr: IpAddr) -> String {
    match addr {
        IpAddr::V4(addr) => {
            let [a, b, c, d] = addr.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(addr) => {
            let digits = addr.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let labels: String = digits.map(|digit| format!("{digit:x}.")).collect();
            format!("{labels}ip6.arpa")
        }
    }
}
