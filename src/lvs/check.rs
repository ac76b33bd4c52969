use super::{ForwardingMethod, Pattern, Protocol, Script};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// One health check of a real server: what is asked, of whom, from where, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is asked, and what counts as an answer.
    pub probe: Probe,
    /// Who is asked; `None`: the real server's own address.
    pub addr: Option<IpAddr>,
    /// At which port; `None`: the real server's, or, where that is 0, the probe's own.
    pub port: Option<u16>,
    /// Where from.
    pub from: Origin,
    /// How often, how long, how many.
    pub timing: Timing,
    /// Counts as down until it has succeeded once (keepalived's `alpha`; ldirectord and nanny always).
    pub begins_down: bool,
    /// Tell of every failure, not only of the one that changes something.
    pub tells_all: bool,
    /// Ask the VIP by the way that packets to this real server take (same forwarding method), instead of the real server's
    /// own address: for services of direct routing and tunnelling that listen on the VIP alone.
    pub through_vip: bool,
}

impl Check {
    /// Why it cannot go through the VIP to a real server of this forwarding method; `None`: it can.
    pub fn through_vip_refusal(&self, method: ForwardingMethod) -> Option<&'static str> {
        if self.probe.protocols().is_empty() {
            return Some(match self.probe.in_full() {
                Probe::Ping { .. } => "a ping cannot go through the VIP: the director itself answers those",
                _ => "a check of this type sends nothing through the VIP",
            });
        }
        if self.from.interface.is_some() || self.from.mark.is_some() {
            return Some("a check through the VIP has its own way to the director: no interface, no mark");
        }
        if method == ForwardingMethod::Nat && matches!(self.probe.in_full(), Probe::Ftp { .. }) {
            return Some(
                "FTP cannot be asked through the VIP and NAT: its data connections have ports of their own",
            );
        }
        None
    }
}

impl Probe {
    /// What is asked in full where a check takes turns; else the probe.
    pub fn in_full(&self) -> &Self {
        match self {
            Self::Combined { full, .. } => full.in_full(),
            other => other,
        }
    }

    /// The transport protocols that it speaks to the real server; none: it asks somebody else, or by ICMP.
    pub fn protocols(&self) -> &'static [Protocol] {
        match self {
            Self::Fixed { .. } | Self::Script(_) | Self::File { .. } | Self::Ping { .. } => &[],
            Self::Udp(_) | Self::Radius { .. } => &[Protocol::Udp],
            Self::Dns(probe) if !probe.tcp => &[Protocol::Udp],
            Self::Exchange(probe) if probe.udp => &[Protocol::Udp],
            Self::Sip { tcp: false, .. } => &[Protocol::Udp],
            Self::Combined { full, .. } => match full.protocols() {
                [] => &[],
                [Protocol::Udp] => &[Protocol::Tcp, Protocol::Udp],
                other => other,
            },
            _ => &[Protocol::Tcp],
        }
    }
}

/// Where a check comes from; what is not set the host chooses.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// Source address.
    pub addr: Option<IpAddr>,
    /// Source port.
    pub port: Option<u16>,
    /// Leaves by this interface (`SO_BINDTODEVICE`).
    pub interface: Option<String>,
    /// Firewall mark of its packets (`SO_MARK`).
    pub mark: Option<u32>,
}

/// How often a check runs, and how many results make a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// From the beginning of one try to the beginning of the next, while nothing is in doubt. More than 0.
    pub interval: Duration,
    /// The same between tries after a failure that does not count yet; `None`: as `interval`.
    pub retry_interval: Option<Duration>,
    /// A try that takes longer has failed. More than 0.
    pub timeout: Duration,
    /// So many failures in a row count as down; from 1.
    pub falls: u32,
    /// So many successes in a row count as up; from 1.
    pub rises: u32,
    /// The first result of all counts at once, whatever `falls` and `rises` say.
    pub first_counts: bool,
    /// The first try comes after a random time of at most this, so that not all begin at once.
    pub warmup: Duration,
}

/// What is asked, and what counts as an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Probe {
    /// Never asked: always up, or always down (ldirectord's `on` and `off` are of this kind).
    Fixed {
        /// Up?
        up: bool,
    },
    /// A TCP connection comes about.
    Tcp,
    /// An HTTP exchange.
    Http(HttpProbe),
    /// Banner 220, HELO, 250, QUIT; with `login`, AUTH LOGIN besides.
    Smtp {
        /// What HELO says.
        helo: String,
    },
    /// A question to a DNS server.
    Dns(DnsProbe),
    /// ICMP or ICMPv6 echo.
    Ping {
        /// So many requests are sent within the timeout, evenly; one answer is enough. From 1.
        tries: u32,
    },
    /// A datagram; an ICMP error is a failure.
    Udp(UdpProbe),
    /// A program; its exit status is the answer.
    Script(ScriptProbe),
    /// A number in a file.
    File {
        /// The file.
        path: PathBuf,
        /// `None`: 0 is up, anything else down. Otherwise the number times this is added to the real server's weight; down
        /// when nothing is left.
        weight: Option<i32>,
    },
    /// ldirectord's `checktype=N`: `full`, and when that has succeeded, TCP connections only, `connects` times; then `full`
    /// again, and again after each failure.
    Combined {
        /// What is asked in full; `Timing::timeout` is its own.
        full: Box<Probe>,
        /// So many connections between. From 1.
        connects: u32,
        /// A connection that takes longer has failed. More than 0.
        connect_timeout: Duration,
    },
    /// nanny's: connect, send a text, compare what comes.
    Exchange(ExchangeProbe),
    /// ldirectord's `simpletcp`: send, half-close, any line of the answer matches.
    Lines {
        /// What is sent.
        send: String,
        /// What a line must match.
        expect: Pattern,
    },
    /// Log in and fetch a file.
    Ftp {
        /// Name and password.
        login: Login,
        /// The file.
        file: String,
        /// What its content must match.
        expect: Pattern,
    },
    /// POP3's greeting, and a login if there is one.
    Pop {
        /// Over TLS.
        tls: bool,
        /// Name and password.
        login: Option<Login>,
    },
    /// IMAP's greeting, and a login if there is one.
    Imap {
        /// Over TLS.
        tls: bool,
        /// Name and password.
        login: Option<Login>,
    },
    /// The greeting begins with 2.
    Nntp,
    /// Bind, and search one entry.
    Ldap {
        /// Over TLS.
        tls: bool,
        /// DN and password; `None`: anonymous.
        login: Option<Login>,
        /// The DN that is searched.
        base: String,
        /// What the one entry's DN must match.
        expect: Pattern,
    },
    /// Log in and ask for rows.
    Sql(SqlProbe),
    /// A password is accepted.
    Radius {
        /// Name and password.
        login: Login,
        /// Shared secret.
        secret: String,
    },
    /// OPTIONS, answered `SIP/2.0 200`.
    Sip {
        /// Who asks (`user@host`).
        from: String,
        /// Over TCP instead of UDP.
        tcp: bool,
    },
}

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Login {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
}

/// One or several HTTP requests, one after the other; all must be answered well.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HttpProbe {
    /// Over TLS, and how; `None`: not.
    pub tls: Option<Tls>,
    /// What is asked for. At least one.
    pub urls: Vec<HttpUrl>,
    /// HTTP/1.0 or 1.1.
    pub version: HttpVersion,
    /// `Connection: close` is sent.
    pub says_close: bool,
    /// `User-Agent`.
    pub user_agent: String,
    /// Redirects that are followed at most.
    pub redirects: u32,
    /// Basic authentication.
    pub login: Option<Login>,
}

/// Version of an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HttpVersion {
    /// HTTP/1.0.
    #[default]
    V1_0,
    /// HTTP/1.1.
    V1_1,
}

/// TLS of a check. Certificates are looked at only if asked.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tls {
    /// The name that is asked for (SNI); `None`: none is sent.
    pub server_name: Option<String>,
    /// The certificate must be valid, by these authorities; `None`: any is taken.
    pub authorities: Option<PathBuf>,
}

/// One HTTP request, and what its answer must be.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HttpUrl {
    /// `GET` or `HEAD`.
    pub method: HttpMethod,
    /// Path and query; a whole URL for a proxy.
    pub path: String,
    /// `Host`; `None`: the address (and the port, where it is not the protocol's own).
    pub host: Option<String>,
    /// Status codes that are well, as ranges from..=to; empty: 200..=299.
    pub status: Vec<(u16, u16)>,
    /// MD5 of the body, 32 hex digits.
    pub digest: Option<String>,
    /// What the body must match.
    pub body: Option<BodyPattern>,
}

/// Method of an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HttpMethod {
    /// GET.
    #[default]
    Get,
    /// HEAD.
    Head,
}

/// What a body must match, or must not.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BodyPattern {
    /// The pattern.
    pub pattern: Pattern,
    /// It must *not* match.
    pub absent: bool,
    /// The match begins at this byte or behind it.
    pub min_offset: u64,
    /// The match begins before this byte; 0: anywhere.
    pub max_offset: u64,
}

/// A question to a DNS server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsProbe {
    /// What is asked for; `.`: the root.
    pub name: String,
    /// The record type, in capitals: `SOA`, `A`, …
    pub kind: String,
    /// Over TCP.
    pub tcp: bool,
    /// What one answer's text must match; `None`: any answer with RCODE 0 will do.
    pub expect: Option<Pattern>,
}

/// A datagram, and what may come back.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UdpProbe {
    /// What is sent; `None`: random bytes.
    pub payload: Option<Vec<u8>>,
    /// Something must come back.
    pub needs_reply: bool,
    /// What comes back must begin so: bytes with their masks.
    pub reply: Vec<(u8, u8)>,
    /// Fewest bytes of a reply.
    pub min_reply: u16,
    /// Most bytes of a reply; 0: any number.
    pub max_reply: u16,
}

/// A program whose end is the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptProbe {
    /// What is run.
    pub script: Script,
    /// What is added to its arguments, and what its output means.
    pub kind: ScriptKind,
}

/// Whose rules a script follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptKind {
    /// keepalived's MISC_CHECK: status 0 is up. With `weight`, 1 is down, 0 leaves the weight, 2 to 255 make it 0 to 253.
    Misc {
        /// The status is a weight.
        weight: bool,
    },
    /// ldirectord's `external`: VIP (or mark), vport, RIP and rport are appended; status 0 is up.
    External,
    /// nanny's `send_program`: `%h` and `%p` are the RIP and rport; what it prints must be this.
    Output {
        /// What it prints, but for its last character.
        expect: String,
    },
    /// nanny's load monitor: the load that it prints (`load average: 0.42, …`) makes the weight. The words are whole: nothing
    /// is put in for `%h`. It never makes a real server be down.
    Load,
}

/// nanny's exchange.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExchangeProbe {
    /// What is sent; empty: nothing.
    pub send: Vec<u8>,
    /// What must come; empty: nothing is read.
    pub expect: Vec<u8>,
    /// `expect` is a POSIX extended regular expression on what comes (254 bytes at most); otherwise a beginning, in which
    /// `*` is any byte.
    pub regex: bool,
    /// By UDP: a datagram is sent, and what comes is one; an ICMP error is a failure.
    pub udp: bool,
}

/// A query to a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlProbe {
    /// Which.
    pub kind: SqlKind,
    /// Name and password.
    pub login: Login,
    /// The database.
    pub database: String,
    /// What is asked; some row must come.
    pub query: String,
}

/// Databases that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SqlKind {
    /// MySQL, MariaDB.
    Mysql,
    /// PostgreSQL.
    Pgsql,
}
