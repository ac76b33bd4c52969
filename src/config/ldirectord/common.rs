//! The keys that a service may have for itself, and all services together.

use super::line::{Directive, Word, is_blank};
use super::remarks::{Remarks, or_here, unquoted};
use crate::lvs::{Family, ForwardingMethod, MailTopic};
use std::collections::BTreeSet;
use std::ops::Range;

/// What was said of them; `None`: nothing.
#[derive(Debug, Default)]
pub(super) struct Common<'s> {
    /// Seconds.
    pub check_timeout: Option<u32>,
    /// Seconds.
    pub negotiate_timeout: Option<u32>,
    /// Seconds, and where it is said.
    pub interval: Option<(u32, Range<usize>)>,
    /// Echo requests of a ping.
    pub count: Option<u32>,
    /// Failures in a row.
    pub failures: Option<u32>,
    /// Weight 0 instead of removal.
    pub quiescent: Option<bool>,
    /// Services are removed at the end.
    pub clean_stop: Option<bool>,
    /// A line for the shell.
    pub fallback_command: Option<String>,
    /// Who gets mail, and where it is said.
    pub mail_to: Option<(Vec<String>, Range<usize>)>,
    /// Seconds; 0: no reminders.
    pub mail_every: Option<u32>,
    /// In which states; empty: never.
    pub mail_about: Option<BTreeSet<MailTopic>>,
    /// The mail server.
    pub smtp: Option<String>,
    /// Fallback for IPv4.
    pub fallback: Option<Fallback<'s>>,
    /// Fallback for IPv6.
    pub fallback6: Option<Fallback<'s>>,
}

/// `host[:port] [method]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fallback<'s> {
    /// Name or address.
    pub host: Word<'s>,
    /// Name or number of a port; `None`: the service's.
    pub port: Option<Word<'s>>,
    /// How packets reach it.
    pub method: ForwardingMethod,
}

impl<'s> Common<'s> {
    /// Takes a directive; false: it is none of these.
    pub fn take(
        &mut self,
        directive: &Directive<'s>,
        service: Option<Family>,
        remarks: &mut Remarks<'_>,
    ) -> bool {
        let value = directive.value;
        match directive.key.text {
            "checktimeout" => set(&mut self.check_timeout, remarks.number(value)),
            "negotiatetimeout" => set(&mut self.negotiate_timeout, remarks.number(value)),
            "checkinterval" => {
                let at = value.without_comment().span();
                set(&mut self.interval, remarks.number(value).map(|seconds| (seconds, at)));
            }
            "checkcount" => {
                remarks
                    .warning(directive.key.span(), "checkcount is deprecated: it counts for pings only")
                    .strict()
                    .help("failurecount says how many failures in a row count");
                set(&mut self.count, remarks.number(value));
            }
            "failurecount" => set(&mut self.failures, remarks.number(value)),
            "connecttimeout" => {
                let message = "connecttimeout is an old key that ldirectord does not take any more";
                remarks.error(directive.key.span(), message).help("write negotiatetimeout");
            }
            "quiescent" => set(&mut self.quiescent, remarks.yes_no(value)),
            "cleanstop" => set(&mut self.clean_stop, remarks.yes_no(value)),
            "fallbackcommand" if service.is_some() => {
                set(&mut self.fallback_command, remarks.bare_or_quoted(directive));
            }
            // Quotes stay: the shell takes them.
            "fallbackcommand" => {
                set(&mut self.fallback_command, remarks.rest_of_line(value).map(|line| line.text.to_owned()));
            }
            "fallback" | "fallback6" => self.take_fallback(directive, service, remarks),
            "emailalert" => {
                set(&mut self.mail_to, addresses(value, remarks).map(|to| (to, value.trim().span())));
            }
            "emailalertfreq" => set(&mut self.mail_every, remarks.any_number(value)),
            "emailalertstatus" => set(&mut self.mail_about, states(value, remarks)),
            "smtp" => {
                let (host, behind) =
                    value.split_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-'));
                if host.text.is_empty() {
                    remarks
                        .error(or_here(value.trim()), "the name or IPv4 address of a mail server expected");
                } else if !behind.without_comment().text.is_empty() {
                    let message = format!("`{host}` is read, the rest is ignored");
                    remarks.warning(behind.without_comment().span(), message).help("the port is always 25");
                }
                set(&mut self.smtp, Some(host.text.to_owned()).filter(|host| !host.is_empty()));
            }
            _ => return false,
        }
        true
    }

    fn take_fallback(
        &mut self,
        directive: &Directive<'s>,
        service: Option<Family>,
        remarks: &mut Remarks<'_>,
    ) {
        let is_v6 = directive.key.text.ends_with('6');
        let right = match service {
            Some(Family::V4) => is_v6.then_some("fallback"),
            Some(Family::V6) => (!is_v6).then_some("fallback6"),
            None => None,
        };
        if let Some(right) = right {
            let message =
                format!("{} does not belong to a service of this address family", directive.key.text);
            remarks.error(directive.key.span(), message).help(format!("write {right}"));
            return;
        }
        let (fallback, family) =
            if is_v6 { (&mut self.fallback6, Family::V6) } else { (&mut self.fallback, Family::V4) };
        set(fallback, Fallback::read(directive.value, family, remarks));
    }
}

/// Keeps the value that stands there when the new one is wrong.
fn set<T>(place: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *place = value;
    }
}

impl<'s> Fallback<'s> {
    fn read(value: Word<'s>, family: Family, remarks: &mut Remarks<'_>) -> Option<Self> {
        let value = value.without_comment();
        let words: Vec<Word<'s>> = value.words().collect();
        // ldirectord reads the last two.
        let (host, method) = match words.as_slice() {
            [] => (value, None),
            [host] => (*host, None),
            [before @ .., host, method] => {
                if let [first, ..] = before {
                    let span = first.at..host.at;
                    remarks.warning(span, "only the last two words are read").help(FALLBACK_HELP);
                }
                (*host, Some(*method))
            }
        };
        let method = match method {
            Some(word) => method_of(word, remarks)?,
            None => ForwardingMethod::DirectRoute,
        };
        let (mut host, port) = split_port(host);
        if host.text.is_empty() {
            host.text = if family == Family::V4 { "127.0.0.1" } else { "::1" };
            let message = format!("no server: {host} is taken, this host itself, as with ldirectord");
            remarks.warning(or_here(value), message).help(FALLBACK_HELP);
        }
        Some(Self { host, port, method })
    }
}

const FALLBACK_HELP: &str = "ADDRESS[:PORT] [gate|masq|ipip], such as 127.0.0.1:80 gate";

/// Splits `host:port` at its last colon, if a name or number of a port stands behind it.
fn split_port(word: Word<'_>) -> (Word<'_>, Option<Word<'_>>) {
    match word.text.rfind(':') {
        Some(at) if is_port(word.from(at + 1).text) => (word.to(at), Some(word.from(at + 1))),
        _ => (word, None),
    }
}

/// Can this be the name or number of a port?
pub(super) fn is_port(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// A forwarding method, in ldirectord's words.
pub(super) fn method_of(word: Word<'_>, remarks: &mut Remarks<'_>) -> Option<ForwardingMethod> {
    let small = word.to_string().to_ascii_lowercase();
    let method = match small.as_str() {
        "gate" => ForwardingMethod::DirectRoute,
        "masq" => ForwardingMethod::Nat,
        "ipip" => ForwardingMethod::Tunnel,
        other => {
            let help = match other {
                "dr" | "route" | "droute" | "direct" | "g" => "direct routing is called gate",
                "nat" | "m" => "NAT is called masq",
                "tun" | "tunnel" | "i" => "tunnelling is called ipip",
                _ => "gate is direct routing, masq is NAT, ipip is tunnelling",
            };
            let message = format!("`{word}` is no forwarding method");
            remarks.error(word.span(), message).help(help);
            return None;
        }
    };
    if small != word.text {
        remarks.refused_note(word.span(), format!("ldirectord takes small letters only: {small}"));
    }
    Some(method)
}

fn addresses(value: Word<'_>, remarks: &mut Remarks<'_>) -> Option<Vec<String>> {
    let line = remarks.rest_of_line(value)?;
    let list = unquoted(line.text).split(',').map(|part| part.trim().to_owned());
    let list: Vec<String> = list.filter(|address| !address.is_empty()).collect();
    if list.is_empty() {
        remarks.error(or_here(line), "a mail address expected");
        return None;
    }
    Some(list)
}

fn states(value: Word<'_>, remarks: &mut Remarks<'_>) -> Option<BTreeSet<MailTopic>> {
    use MailTopic as T;
    let line = value.without_comment();
    let mut topics = BTreeSet::new();
    let (mut has_none, mut is_right) = (false, true);
    let mut at = 0;
    for part in line.text.split(',') {
        let word = line.from(at).to(part.len()).trim();
        at += part.len() + 1;
        match word.text {
            "none" => has_none = true,
            "all" => topics.extend([T::Starting, T::Running, T::Stopping, T::Reloading]),
            "starting" => drop(topics.insert(T::Starting)),
            "running" => drop(topics.insert(T::Running)),
            "stopping" => drop(topics.insert(T::Stopping)),
            "reloading" => drop(topics.insert(T::Reloading)),
            // Nothing at all is none.
            "" if line.text.is_empty() => {}
            _ => {
                let message = format!("`{word}` is no state of a director");
                let help = "all, none, or starting, running, stopping, reloading with commas between";
                remarks.error(or_here(word), message).help(help);
                is_right = false;
            }
        }
    }
    if has_none && !topics.is_empty() {
        remarks.error(line.span(), "none and something else").help("write none alone, or leave it out");
        is_right = false;
    }
    let behind = value.from(line.text.len());
    if behind.text.contains('#') {
        remarks
            .refused_note(behind.trim().span(), "a comment behind the value: ldirectord reads it as a state")
            .help("put the comment on a line of its own");
    } else if behind.text.chars().any(is_blank) {
        remarks.refused_note(line.span(), "a blank behind the value: ldirectord reads it as a state");
    }
    is_right.then_some(topics)
}
