//! The keys of a virtual service.

use super::address::Address;
use super::common::Common;
use super::kinds::{CheckType, Talk};
use super::line::{Directive, Word};
use super::remarks::{Remarks, or_here};
use crate::lvs::{Family, HttpMethod, Protocol};
use std::path::PathBuf;

/// A virtual service as a file describes it; `None`: it says nothing.
#[derive(Debug)]
pub(super) struct Service<'s> {
    /// What stands behind `virtual=`.
    pub at: Word<'s>,
    /// Of its packets.
    pub family: Family,
    /// `None`: what stood there was wrong.
    pub address: Option<Address<'s>>,
    /// What all services together may have, too.
    pub common: Common<'s>,
    /// What stands behind `real=`.
    pub reals: Vec<Directive<'s>>,
    /// TCP or UDP.
    pub protocol: Option<Protocol>,
    /// How it is checked, and where that is said.
    pub check_type: CheckType,
    /// What is spoken.
    pub talk: Option<(Talk, Word<'s>)>,
    /// Where checks go.
    pub check_port: Option<u16>,
    /// The program of an external check.
    pub command: Option<(String, Word<'s>)>,
    /// What is asked for; begins with a slash.
    pub request: Option<String>,
    /// What must come, and where that is said.
    pub receive: Option<(String, Word<'s>)>,
    /// Method of an HTTP request.
    pub http_method: HttpMethod,
    /// Name of an HTTP host.
    pub host: Option<String>,
    /// Name of a login.
    pub login: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// Name of a database.
    pub database: Option<String>,
    /// RADIUS's shared secret.
    pub secret: Option<String>,
    /// Name of a scheduler.
    pub scheduler: Option<Word<'s>>,
    /// Its flags.
    pub flags: Option<Word<'s>>,
    /// Seconds.
    pub persistent: Option<(u32, Word<'s>)>,
    /// Which clients count as one.
    pub netmask: Option<Word<'s>>,
    /// One-packet scheduling.
    pub one_packet: Option<(bool, Word<'s>)>,
    /// Where results are written.
    pub monitor: Option<PathBuf>,
    /// What mail calls it.
    pub name: Option<String>,
    /// The operator's words.
    pub comment: Option<String>,
}

/// All keys that may stand inside a service only.
pub(super) const KEYS: [&str; 24] = [
    "checkcommand",
    "checkport",
    "checktype",
    "comment",
    "database",
    "httpmethod",
    "load",
    "login",
    "monitorfile",
    "netmask",
    "ops",
    "passwd",
    "persistent",
    "protocol",
    "real",
    "real6",
    "receive",
    "request",
    "schedflags",
    "scheduler",
    "secret",
    "service",
    "servicename",
    "virtualhost",
];

impl<'s> Service<'s> {
    /// One that nothing is said of yet.
    pub fn new(at: Word<'s>, family: Family, address: Option<Address<'s>>) -> Self {
        Self {
            at,
            family,
            address,
            common: Common::default(),
            reals: Vec::new(),
            protocol: None,
            check_type: CheckType::default(),
            talk: None,
            check_port: None,
            command: None,
            request: None,
            receive: None,
            http_method: HttpMethod::Get,
            host: None,
            login: None,
            password: None,
            database: None,
            secret: None,
            scheduler: None,
            flags: None,
            persistent: None,
            netmask: None,
            one_packet: None,
            monitor: None,
            name: None,
            comment: None,
        }
    }

    /// Takes a directive; false: there is no such key.
    pub fn take(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) -> bool {
        if self.common.take(directive, Some(self.family), remarks) {
            return true;
        }
        match directive.key.text {
            "real" | "real6" => self.take_real(directive, remarks),
            "request" | "receive" | "login" | "passwd" | "database" | "secret" | "load" => {
                self.take_text(directive, remarks);
            }
            "checktype" | "checkcommand" | "checkport" | "service" | "httpmethod" | "virtualhost" => {
                self.take_check(directive, remarks);
            }
            "scheduler" | "schedflags" | "persistent" | "netmask" | "protocol" | "ops" => {
                self.take_scheduling(directive, remarks);
            }
            "monitorfile" => {
                if let Some(path) = remarks.bare_or_quoted(directive) {
                    self.monitor = Some(path.into());
                }
            }
            "servicename" => {
                self.name = Some(directive.value.trim().text.to_owned()).filter(|n| !n.is_empty())
            }
            "comment" => {
                self.comment = Some(directive.value.trim().text.to_owned()).filter(|c| !c.is_empty())
            }
            _ => return false,
        }
        true
    }

    fn take_real(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) {
        let (key, right) = match self.family {
            Family::V4 => ("real", "real for an IPv4 service, or virtual6 for an IPv6 one"),
            Family::V6 => ("real6", "real6"),
        };
        if directive.key.text == key {
            self.reals.push(*directive);
        } else {
            let message =
                format!("{} does not belong to a service of this address family", directive.key.text);
            remarks.error(directive.key.span(), message).help(format!("write {right}"));
        }
    }

    fn take_text(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) {
        let Some(text) = remarks.quoted(directive) else { return };
        match directive.key.text {
            "request" => self.request = Some(with_slash(text)),
            "receive" => self.receive = Some((text, directive.whole.trim())),
            "login" => self.login = Some(text),
            "passwd" => self.password = Some(text),
            "database" => self.database = Some(text),
            "secret" => self.secret = Some(text),
            _ => {
                let message = "load does nothing: neither in ldirectord nor here";
                remarks.warning(directive.key.span(), message).help("remove the line");
            }
        }
    }

    fn take_check(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) {
        let value = directive.value.trim();
        match directive.key.text {
            "checktype" => self.check_type = check_type(value, remarks).unwrap_or(self.check_type),
            "checkcommand" => {
                if let Some(command) = remarks.bare_or_quoted(directive) {
                    self.command = Some((command, value));
                }
            }
            "checkport" => match remarks.any_number(value).map(u16::try_from) {
                None => {}
                Some(Ok(port @ 1..)) => self.check_port = Some(port),
                Some(_) => {
                    let help = "service names in /etc/services are not looked up here";
                    remarks.error(value.span(), "a port from 1 to 65535 expected").help(help);
                }
            },
            "service" => match Talk::by_name(first_word(value, "").text) {
                Some(talk) => self.talk = Some((talk, first_word(value, ""))),
                None => {
                    let message = format!("there is no check for `{value}`");
                    remarks.error(or_here(value), message).help(format!(
                        "one of {}; for anything else leave the line out and write checktype=connect, or \
                         checktype=external with a program of your own",
                        Talk::names()
                    ));
                }
            },
            "httpmethod" => match first_word(value, "").text.to_ascii_uppercase().as_str() {
                "GET" => self.http_method = HttpMethod::Get,
                "HEAD" => self.http_method = HttpMethod::Head,
                _ => drop(remarks.error(or_here(value), "must be GET or HEAD")),
            },
            _ => {
                let start = value.from(usize::from(value.text.starts_with('"')));
                let host = start.split_while(|c| c != '"').0.trim();
                self.host = Some(host.text.to_owned()).filter(|host| !host.is_empty());
            }
        }
    }

    fn take_scheduling(&mut self, directive: &Directive<'s>, remarks: &mut Remarks<'_>) {
        let value = directive.value.trim();
        match directive.key.text {
            "scheduler" => {
                let start = value.text.find(|c: char| c.is_ascii_lowercase());
                let Some(start) = start else {
                    let message = "the name of a scheduler, in small letters, expected";
                    remarks.error(or_here(value), message).help("such as rr, wrr, lc, wlc, sh");
                    return;
                };
                let name = value.from(start).split_while(|c| c.is_ascii_lowercase()).0;
                if name.text != value.text {
                    let message = format!("`{name}` is read, the rest is ignored");
                    remarks.warning(value.span(), message);
                }
                self.scheduler = Some(name);
            }
            "schedflags" => match value.words().next() {
                Some(word) => self.flags = Some(word),
                None => drop(remarks.error(or_here(value), "flags of the scheduler expected")),
            },
            "persistent" => {
                if let Some(seconds) = remarks.any_number(value) {
                    self.persistent = Some((seconds, value));
                }
            }
            "netmask" => {
                if value.text.len() < directive.value.text.len() {
                    remarks.refused_note(
                        value.span(),
                        "a blank behind the value: ldirectord does not take this",
                    );
                }
                self.netmask = Some(value);
            }
            "protocol" => self.take_protocol(first_word(value, ""), remarks),
            _ => {
                if let Some(is_wanted) = remarks.yes_no(directive.value) {
                    self.one_packet = Some((is_wanted, directive.key));
                }
            }
        }
    }

    fn take_protocol(&mut self, word: Word<'s>, remarks: &mut Remarks<'_>) {
        let is_mark = matches!(self.address, Some(Address::Mark(..)));
        match word.text {
            _ if self.address.is_none() => {}
            "fwm" if is_mark => {}
            _ if is_mark => {
                let message = "a service by firewall mark has no protocol of its own";
                remarks.error(or_here(word), message).help("write protocol=fwm, or leave it out");
            }
            "tcp" => self.protocol = Some(Protocol::Tcp),
            "udp" => self.protocol = Some(Protocol::Udp),
            _ => {
                let help = "for a firewall mark write its number only: virtual=10";
                remarks.error(or_here(word), "must be tcp or udp").help(help);
            }
        }
    }
}

/// With a slash before it.
pub(super) fn with_slash(text: String) -> String {
    if text.starts_with('/') { text } else { format!("/{text}") }
}

/// The first run of letters, digits, `_` and what else is told: words may stand between quotes.
fn first_word<'s>(value: Word<'s>, besides: &str) -> Word<'s> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || besides.contains(c);
    let start = value.text.find(is_part).unwrap_or(value.text.len());
    value.from(start).split_while(is_part).0
}

fn check_type(value: Word<'_>, remarks: &mut Remarks<'_>) -> Option<CheckType> {
    if value.text.contains(|c: char| c.is_ascii_digit()) {
        return remarks.any_number(value).map(CheckType::Combined);
    }
    let found = CheckType::by_name(first_word(value, "-").text);
    if found.is_none() {
        remarks.error(or_here(value), format!("`{value}` is no type of check")).help(
            "negotiate, connect, ping, external, external-perl, on, off, or a number N: a negotiation, then N \
             connections",
        );
    }
    found
}
