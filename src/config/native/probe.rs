//! Health checks: what is asked, and what counts as an answer.

use super::layers::Layers;
use super::reader::Reader;
use super::{Value, keys};
use crate::lvs::{
    DnsProbe, ExchangeProbe, Login, Pattern, Probe, ScriptKind, ScriptProbe, SqlKind, SqlProbe, UdpProbe,
};
use std::ops::Range;

/// What HELO says of a check that does not say.
pub(super) const DEFAULT_HELO: &str = "ulvs";
/// Who asks in a SIP check that does not say.
pub(super) const DEFAULT_CALLER: &str = "ulvs@localhost";
/// Echo requests of a check that does not say.
pub(super) const DEFAULT_TRIES: u32 = 3;
/// Longest regular expression of an exchange, in bytes: nanny's.
const MAX_EXCHANGE_REGEX: usize = 254;

impl Reader<'_, '_> {
    /// The probe of this type.
    pub(super) fn probe(&mut self, kind: &str, layers: Layers<'_, '_>, span: Range<usize>) -> Option<Probe> {
        match kind {
            "up" => Some(Probe::Fixed { up: true }),
            "down" => Some(Probe::Fixed { up: false }),
            "tcp" => Some(Probe::Tcp),
            "http" | "https" => self.http(kind == "https", layers).map(Probe::Http),
            "smtp" => {
                let helo = match layers.get("helo") {
                    Some(value) => self.word(value)?.to_owned(),
                    None => DEFAULT_HELO.to_owned(),
                };
                Some(Probe::Smtp { helo })
            }
            "dns" => self.dns(layers).map(Probe::Dns),
            "ping" => {
                let tries = layers.get("tries").map(|value| self.integer(value, 1..=u32::MAX));
                Some(Probe::Ping { tries: tries.unwrap_or(Some(DEFAULT_TRIES))? })
            }
            "udp" => self.udp(layers).map(Probe::Udp),
            "script" => self.script_probe(layers, span).map(Probe::Script),
            "file" => {
                let path = layers.get("file").map(|value| self.path(value));
                let factor = layers.get("factor").and_then(|value| self.factor(value));
                let path = self.needed(path, "file", kind, span)?;
                Some(Probe::File { path, weight: factor })
            }
            "exchange" => self.exchange(layers).map(Probe::Exchange),
            "lines" => {
                let send = layers.get("send").map(|value| self.text(value).map(str::to_owned));
                let expect = self.expect(layers)?;
                Some(Probe::Lines { send: send.unwrap_or_else(|| Some(String::new()))?, expect })
            }
            "ftp" => {
                let (login, expect) = (self.login(layers, kind, span.clone())?, self.expect(layers)?);
                let file = layers.get("file").map(|value| self.word(value).map(str::to_owned));
                let file = self.needed(file, "file", kind, span)?;
                Some(Probe::Ftp { login, file, expect })
            }
            "pop" | "pops" => Some(Probe::Pop { tls: kind == "pops", login: self.login_if_any(layers)? }),
            "imap" | "imaps" => Some(Probe::Imap { tls: kind == "imaps", login: self.login_if_any(layers)? }),
            "nntp" => Some(Probe::Nntp),
            "ldap" | "ldaps" => {
                let (login, expect) = (self.login_if_any(layers)?, self.expect(layers)?);
                let base = layers.get("base").map(|value| self.text(value).map(str::to_owned));
                let base = base.unwrap_or_else(|| Some(String::new()))?;
                Some(Probe::Ldap { tls: kind == "ldaps", login, base, expect })
            }
            "mysql" => self.sql(SqlKind::Mysql, kind, layers, span).map(Probe::Sql),
            "pgsql" => self.sql(SqlKind::Pgsql, kind, layers, span).map(Probe::Sql),
            "radius" => {
                let login = self.login(layers, kind, span.clone())?;
                let secret = layers.get("secret").map(|value| self.text(value).map(str::to_owned));
                Some(Probe::Radius { login, secret: self.needed(secret, "secret", kind, span)? })
            }
            _ => {
                let from = match layers.get("caller") {
                    Some(value) => self.word(value)?.to_owned(),
                    None => DEFAULT_CALLER.to_owned(),
                };
                Some(Probe::Sip { from, tcp: self.over_tcp(layers) })
            }
        }
    }

    /// The value of a key that this type of checks cannot do without; `None` in `Some`: it was no good, and that was
    /// told.
    fn needed<T>(
        &mut self,
        value: Option<Option<T>>,
        key: &str,
        kind: &str,
        span: Range<usize>,
    ) -> Option<T> {
        if value.is_none() {
            self.error(span, format!("a check of type {kind} needs `{key}`"));
        }
        value.flatten()
    }

    fn over_tcp(&mut self, layers: Layers<'_, '_>) -> bool {
        layers.get("over_tcp").and_then(|value| self.boolean(value)).unwrap_or(false)
    }

    fn expect(&mut self, layers: Layers<'_, '_>) -> Option<Pattern> {
        match layers.get("expect") {
            Some(value) => self.pattern(value),
            None => Some(Pattern::default()),
        }
    }

    /// A number by which another is multiplied: any but 0.
    fn factor(&mut self, value: &Value<'_>) -> Option<i32> {
        let factor = self.signed(value, i64::from(i32::MIN)..=i64::from(i32::MAX))?;
        if factor == 0 {
            self.error_with_help(
                value.span(),
                "must not be 0",
                "leave it out: then 0 in the file means up, anything else down",
            );
        }
        i32::try_from(factor).ok()
    }

    pub(super) fn login_if_any(&mut self, layers: Layers<'_, '_>) -> Option<Option<Login>> {
        match layers.wanted("login") {
            Some(value) => self.login_of(value).map(Some),
            None => Some(None),
        }
    }

    fn login(&mut self, layers: Layers<'_, '_>, kind: &str, span: Range<usize>) -> Option<Login> {
        let login = layers.get("login").map(|value| self.login_of(value));
        self.needed(login, "login", kind, span)
    }

    fn login_of(&mut self, value: &Value<'_>) -> Option<Login> {
        let table = self.table(value)?;
        self.known(table, &[keys::LOGIN]);
        let mut text = |key| table.get(key).map(|value| self.text(value).map(str::to_owned));
        let (name, password) = (text("name"), text("password"));
        let Some(name) = name else {
            let help = "login = { name = \"monitor\", password = \"…\" }";
            self.error_with_help(value.span(), "a login needs a name", help);
            return None;
        };
        Some(Login { name: name?, password: password.unwrap_or_else(|| Some(String::new()))? })
    }

    fn dns(&mut self, layers: Layers<'_, '_>) -> Option<DnsProbe> {
        let name = match layers.get("name") {
            Some(value) => self.word(value)?.to_owned(),
            None => ".".to_owned(),
        };
        let kind = match layers.get("record") {
            Some(value) => {
                let kind = self.text(value)?;
                let is_type = !kind.is_empty()
                    && kind.len() <= 16
                    && kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
                if !is_type {
                    let help = "in capitals: \"A\", \"AAAA\", \"SOA\", \"MX\", \"TYPE65\"";
                    self.error_with_help(value.span(), "no type of DNS records", help);
                    return None;
                }
                kind.to_owned()
            }
            None => "SOA".to_owned(),
        };
        let expect = match layers.wanted("expect") {
            Some(value) => Some(self.pattern(value)?),
            None => None,
        };
        Some(DnsProbe { name, kind, tcp: self.over_tcp(layers), expect })
    }

    fn udp(&mut self, layers: Layers<'_, '_>) -> Option<UdpProbe> {
        let payload = match layers.get("send") {
            Some(value) => Some(self.bytes(value)?),
            None => None,
        };
        let reply = match layers.get("reply") {
            Some(value) => self.masked_bytes(value)?,
            None => Vec::new(),
        };
        let mut number = |key| {
            let number = layers.get(key).and_then(|value| self.integer(value, 0..=u32::from(u16::MAX)));
            number.and_then(|number| u16::try_from(number).ok()).unwrap_or(0)
        };
        let (min_reply, max_reply) = (number("min_reply"), number("max_reply"));
        if let (true, Some(max)) = (max_reply > 0 && min_reply > max_reply, layers.get("max_reply")) {
            // A warning: keepalived takes such a file, and so must what it is converted to be taken.
            let message =
                format!("no reply is shorter than this and has {min_reply} bytes: the check always fails");
            self.warning(max.span(), &message);
        }
        let asks = !reply.is_empty() || min_reply > 0 || max_reply > 0;
        let needs_reply = layers.get("needs_reply").and_then(|value| self.boolean(value)).unwrap_or(asks);
        Some(UdpProbe { payload, needs_reply, reply, min_reply, max_reply })
    }

    fn script_probe(&mut self, layers: Layers<'_, '_>, span: Range<usize>) -> Option<ScriptProbe> {
        let script = layers.get("run").map(|value| self.script(value));
        let script = self.needed(script, "run", "script", span.clone());
        let answer = match layers.get("answer") {
            Some(value) => self.choice(value, &ANSWERS.map(|word| (word, word)))?,
            None => "status",
        };
        let expect = layers.get("expect");
        if let (true, Some(expect)) = (answer != "output", expect) {
            let help = "answer = \"output\" compares what the script prints";
            self.error_with_help(
                expect.span(),
                format!("nothing is expected with answer = \"{answer}\""),
                help,
            );
        }
        let kind = match answer {
            "weight" => ScriptKind::Misc { weight: true },
            "external" => ScriptKind::External,
            "load" => ScriptKind::Load,
            "output" => {
                let expect = expect.map(|value| self.text(value).map(str::to_owned));
                ScriptKind::Output { expect: self.needed(expect, "expect", "script", span)? }
            }
            _ => ScriptKind::Misc { weight: false },
        };
        Some(ScriptProbe { script: script?, kind })
    }

    fn exchange(&mut self, layers: Layers<'_, '_>) -> Option<ExchangeProbe> {
        let mut bytes = |key| layers.get(key).map_or_else(|| Some(Vec::new()), |value| self.bytes(value));
        let (send, expect) = (bytes("send")?, bytes("expect")?);
        let regex = layers.get("regex").and_then(|value| self.boolean(value)).unwrap_or(false);
        if let (true, Some(value)) = (regex && expect.len() > MAX_EXCHANGE_REGEX, layers.get("expect")) {
            let message =
                format!("a regular expression of an exchange has at most {MAX_EXCHANGE_REGEX} bytes");
            self.error(value.span(), message);
        }
        let udp = layers.get("udp").and_then(|value| self.boolean(value)).unwrap_or(false);
        Some(ExchangeProbe { send, expect, regex, udp })
    }

    fn sql(
        &mut self,
        kind: SqlKind,
        name: &str,
        layers: Layers<'_, '_>,
        span: Range<usize>,
    ) -> Option<SqlProbe> {
        let login = self.login(layers, name, span.clone());
        let database = layers.get("database").map(|value| self.text(value).map(str::to_owned));
        let query = layers.get("query").map(|value| self.word(value).map(str::to_owned));
        let query = self.needed(query, "query", name, span);
        let database = database.unwrap_or_else(|| Some(String::new()))?;
        Some(SqlProbe { kind, login: login?, database, query: query? })
    }
}

/// What a script's end means.
pub(super) const ANSWERS: [&str; 5] = ["status", "weight", "external", "output", "load"];
