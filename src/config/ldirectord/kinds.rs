//! The words for what is asked of real servers.

/// What `service` says: whose language a check speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    /// Nothing is said.
    Nothing,
    Dns,
    Ftp,
    Http,
    Https,
    HttpProxy,
    Imap,
    Imaps,
    Ldap,
    Ldaps,
    Mysql,
    Nntp,
    Oracle,
    Pgsql,
    Pop,
    Pops,
    Radius,
    SimpleTcp,
    Sip,
    Smtp,
    Submission,
}

/// Their names, and the ports that they have of their own.
const TALKS: [(&str, Talk, Option<u16>); 21] = [
    ("dns", Talk::Dns, Some(53)),
    ("ftp", Talk::Ftp, Some(21)),
    ("http", Talk::Http, Some(80)),
    ("https", Talk::Https, Some(443)),
    ("http_proxy", Talk::HttpProxy, Some(3128)),
    ("imap", Talk::Imap, Some(143)),
    ("imaps", Talk::Imaps, Some(993)),
    ("ldap", Talk::Ldap, Some(389)),
    ("ldaps", Talk::Ldaps, Some(636)),
    ("mysql", Talk::Mysql, Some(3306)),
    ("nntp", Talk::Nntp, Some(119)),
    ("none", Talk::Nothing, None),
    ("oracle", Talk::Oracle, Some(1521)),
    ("pgsql", Talk::Pgsql, Some(5432)),
    ("pop", Talk::Pop, Some(110)),
    ("pops", Talk::Pops, Some(995)),
    ("radius", Talk::Radius, Some(1812)),
    ("simpletcp", Talk::SimpleTcp, None),
    ("sip", Talk::Sip, Some(5060)),
    ("smtp", Talk::Smtp, Some(25)),
    ("submission", Talk::Submission, Some(587)),
];

impl Talk {
    /// The one of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        TALKS.iter().find(|(known, ..)| *known == name).map(|(_, talk, _)| *talk)
    }

    /// The one whose own port this is.
    pub fn by_port(port: u16) -> Self {
        TALKS.iter().find(|(.., own)| *own == Some(port)).map_or(Self::Nothing, |(_, talk, _)| *talk)
    }

    /// Its own port.
    pub fn port(self) -> Option<u16> {
        TALKS.iter().find(|(_, talk, _)| *talk == self).and_then(|(.., port)| *port)
    }

    /// All names.
    pub fn names() -> String {
        TALKS.map(|(name, ..)| name).join(", ")
    }
}

/// What `checktype` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum CheckType {
    /// A conversation.
    #[default]
    Negotiate,
    /// A TCP connection; of UDP a ping.
    Connect,
    /// ICMP echo.
    Ping,
    /// A program.
    External,
    /// A program in Perl.
    ExternalPerl,
    /// Always up.
    On,
    /// Never up.
    Off,
    /// A conversation, then so many connections.
    Combined(u32),
}

impl CheckType {
    /// The one of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "negotiate" => Self::Negotiate,
            "connect" => Self::Connect,
            "ping" => Self::Ping,
            "external" => Self::External,
            "external-perl" => Self::ExternalPerl,
            "on" => Self::On,
            "off" => Self::Off,
            _ => return None,
        })
    }
}
