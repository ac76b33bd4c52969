//! What becomes of a service when its real servers fail.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::server::Of;
use super::{Shared, Table, Value, keys};
use crate::lvs::{
    Check, Endpoint, Farm, FarmScripts, FarmServer, ForwardingMethod, Mail, MailTopic, Quorum, ServiceKey,
    SlowStart, Sorry, WhenDown, Words,
};
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

/// Names of what becomes of a real server that is down.
pub(super) const WHEN_DOWN: [(&str, WhenDown); 2] =
    [("remove", WhenDown::Remove), ("quiesce", WhenDown::Quiesce)];

/// Names of whose words are used.
pub(super) const WORDS: [(&str, Words); 4] = [
    ("ulvs", Words::Ulvs),
    ("keepalived", Words::Keepalived),
    ("ldirectord", Words::Ldirectord),
    ("piranha", Words::Piranha),
];

/// Names of what mail is about.
pub(super) const TOPICS: [(&str, MailTopic); 6] = [
    ("server", MailTopic::Server),
    ("quorum", MailTopic::Quorum),
    ("starting", MailTopic::Starting),
    ("running", MailTopic::Running),
    ("stopping", MailTopic::Stopping),
    ("reloading", MailTopic::Reloading),
];

/// What mail is about that does not say.
pub(super) const DEFAULT_TOPICS: [MailTopic; 2] = [MailTopic::Server, MailTopic::Quorum];

/// What is said of a mail that does not say.
pub(super) fn default_mail() -> Mail {
    Mail {
        to: Vec::new(),
        from: String::new(),
        server: ("localhost".to_owned(), 25),
        helo: String::new(),
        timeout: Duration::from_secs(30),
        subject: "[ulvs]".to_owned(),
        about: DEFAULT_TOPICS.into(),
        reminder: None,
    }
}

impl Reader<'_, '_> {
    /// The farm of services, without its real servers.
    pub(super) fn farm<'i>(
        &mut self,
        name: String,
        layers: Layers<'_, 'i>,
        of: Of<'_>,
        span: Range<usize>,
        shared: &Shared<'_, 'i>,
    ) -> Farm {
        let mut flag = |key| layers.get(key).and_then(|value| self.boolean(value)).unwrap_or(false);
        let (only_with_vip, readds, stays, at_end) =
            (flag("only_with_vip"), flag("readds"), flag("stays"), flag("scripts_at_end"));
        let mut script = |key| layers.wanted(key).and_then(|value| self.script(value));
        let scripts = FarmScripts {
            quorum_up: script("quorum_up"),
            quorum_down: script("quorum_down"),
            fallback: script("fallback_script"),
            at_end,
        };
        Farm {
            name,
            services: of.services.to_vec(),
            servers: Vec::new(),
            sorry: layers.wanted("sorry").and_then(|value| self.sorry(value, span, layers, of)),
            quorum: self.quorum(layers),
            scripts,
            mail: layers.wanted("mail").and_then(|value| self.mail_or_name(value, shared)),
            only_with_vip,
            readds,
            stays,
            words: layers.get("words").and_then(|value| self.choice(value, &WORDS)).unwrap_or_default(),
            maintenance: layers.wanted("maintenance").and_then(|value| self.path(value)),
            monitor: layers.wanted("monitor").and_then(|value| self.path(value)),
            comment: layers.own("comment").and_then(|value| self.text(value)).map(str::to_owned),
        }
    }

    /// What watches a real server.
    pub(super) fn watched<'i>(
        &mut self,
        (endpoint, way): (Endpoint, Option<(ServiceKey, ForwardingMethod)>),
        table: &Table<'i>,
        layers: Layers<'_, 'i>,
        has_mail: bool,
        shared: &Shared<'_, 'i>,
    ) -> FarmServer {
        let checks = layers.wanted("check").map(|value| {
            let checks = self.checks(value, shared);
            if let Some((key, method)) = way {
                self.may_go_through(&checks, key, method, value.span());
            }
            checks
        });
        let when_down = layers.get("when_down").and_then(|value| self.choice(value, &WHEN_DOWN));
        FarmServer {
            endpoint,
            name: table.get("name").and_then(|value| self.word(value)).map(str::to_owned),
            checks: checks.unwrap_or_default(),
            when_down: when_down.unwrap_or_default(),
            slow_start: layers.wanted("slow_start").and_then(|value| self.slow_start(value)),
            notify_up: layers.wanted("notify_up").and_then(|value| self.script(value)),
            notify_down: layers.wanted("notify_down").and_then(|value| self.script(value)),
            mails: layers.get("mails").and_then(|value| self.boolean(value)).unwrap_or(has_mail),
        }
    }

    /// Can checks that want to go through the VIP do so, with this service and forwarding method?
    fn may_go_through(
        &mut self,
        checks: &[Check],
        key: ServiceKey,
        method: ForwardingMethod,
        at: Range<usize>,
    ) {
        if checks.iter().any(|check| check.through_vip) && matches!(key, ServiceKey::Fwmark { .. }) {
            self.error(at, "a service by firewall mark has no VIP that a check could go through");
            return;
        }
        // What no method could do has been told.
        let is_fine = |check: &&Check| check.through_vip_refusal(ForwardingMethod::DirectRoute).is_none();
        let refusal = |check: &Check| check.through_vip_refusal(method).filter(|_| check.through_vip);
        if let Some(why) = checks.iter().filter(is_fine).find_map(refusal) {
            self.error(at, why);
        }
    }

    fn quorum(&mut self, layers: Layers<'_, '_>) -> Quorum {
        let weight = layers.get("quorum").and_then(|value| self.integer(value, 1..=u32::MAX)).unwrap_or(1);
        let hysteresis = layers.get("hysteresis").and_then(|value| {
            let hysteresis = self.integer(value, 0..=u32::MAX)?;
            if hysteresis >= weight {
                self.error(value.span(), format!("must be less than the quorum, {weight}"));
            }
            Some(hysteresis)
        });
        Quorum { weight, hysteresis: hysteresis.unwrap_or(0) }
    }

    fn slow_start(&mut self, value: &Value<'_>) -> Option<SlowStart> {
        let table = self.table(value)?;
        self.known(table, &[keys::SLOW_START]);
        let divisor = table.get("divisor").map(|value| self.integer(value, 2..=u32::MAX));
        let step = table.get("step").map(|value| self.duration(value, false));
        let (Some(divisor), Some(step)) = (divisor, step) else {
            let help = "slow_start = { divisor = 8, step = \"10s\" }";
            self.error_with_help(value.span(), "a slow start needs a divisor and a step", help);
            return None;
        };
        Some(SlowStart { divisor: divisor?, step: step? })
    }

    /// An address, or a table of a real server with what becomes of the others.
    fn sorry<'i>(
        &mut self,
        value: &Value<'i>,
        span: Range<usize>,
        layers: Layers<'_, 'i>,
        of: Of<'_>,
    ) -> Option<Sorry> {
        let of = Of { alone: false, ..of };
        if value.get_ref().as_str().is_some() {
            let (server, _) = self.real_server(Some(value), span, layers, of)?;
            return Some(Sorry { server, replaces: false, quiesces: false });
        }
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(value, "an address or a table");
            return None;
        };
        self.known(table, &[keys::SORRY, keys::SERVER_SHARED]);
        let (server, _) = self.real_server(table.get("address"), value.span(), layers.under(table), of)?;
        let mut flag = |key| table.get(key).and_then(|value| self.boolean(value)).unwrap_or(false);
        Some(Sorry { server, replaces: flag("replaces"), quiesces: flag("quiesces") })
    }

    fn mail_or_name<'i>(&mut self, value: &Value<'i>, shared: &Shared<'_, 'i>) -> Option<Mail> {
        match value.get_ref().as_str() {
            None => self.mail(value),
            Some(name) => match shared.mails.and_then(|mails| mails.get(name)) {
                Some(named) => self.mail(named),
                None => {
                    let help = "write it as [mail.NAME] at the top, or as a table here";
                    self.error_with_help(value.span(), format!("no mail is called `{}`", cut(name)), help);
                    None
                }
            },
        }
    }

    pub(super) fn mail(&mut self, value: &Value<'_>) -> Option<Mail> {
        self.once(value, |reader| &mut reader.mails, |reader| reader.read_mail(value))
    }

    fn read_mail(&mut self, value: &Value<'_>) -> Option<Mail> {
        let table = self.table(value)?;
        self.known(table, &[keys::MAIL]);
        let mut mail = default_mail();
        let mut text = |key, field: &mut String| {
            if let Some(text) = table.get(key).and_then(|value| self.text(value)) {
                text.clone_into(field);
            }
        };
        text("from", &mut mail.from);
        text("helo", &mut mail.helo);
        text("subject", &mut mail.subject);
        if let Some(server) = table.get("server").and_then(|value| self.mail_server(value)) {
            mail.server = server;
        }
        if let Some(time) = table.get("timeout").and_then(|value| self.duration(value, false)) {
            mail.timeout = time;
        }
        let reminder = table.get("reminder").filter(|value| value.get_ref().as_bool() != Some(false));
        mail.reminder = reminder.and_then(|value| self.duration(value, false));
        if let Some(value) = table.get("about") {
            match value.get_ref().as_array() {
                Some(list) => {
                    mail.about = list.iter().filter_map(|entry| self.choice(entry, &TOPICS)).collect();
                }
                None => self.wrong_type(value, "an array of strings"),
            }
        }
        mail.to = table.get("to").map_or_else(|| Some(Vec::new()), |value| self.texts(value))?;
        if mail.to.is_empty() || mail.to.iter().any(|to| to.trim().is_empty()) {
            let at = table.get("to").map_or(value.span(), toml::Spanned::span);
            self.error_with_help(at, "a mail needs somebody to go to", "to = \"ops@example.org\"");
            return None;
        }
        Some(mail)
    }

    /// `host`, `host:port`, `[2001:db8::1]:25`.
    fn mail_server(&mut self, value: &Value<'_>) -> Option<(String, u16)> {
        let text = self.word(value)?;
        let read = match (text.parse::<SocketAddr>(), text.split_once(':')) {
            (Ok(both), _) => Some((both.ip().to_string(), both.port())),
            (_, Some((host, port))) if !port.contains(':') => {
                port.parse().ok().map(|port| (host.to_owned(), port))
            }
            _ => Some((text.to_owned(), 25)),
        };
        let read =
            read.filter(|(host, port)| *port > 0 && !host.is_empty() && !host.contains(char::is_whitespace));
        if read.is_none() {
            let help = "write a host with or without a port: \"mail.example.org\", \"10.0.0.25:587\"";
            let message = format!("`{}` is no mail server", cut(text));
            self.error_with_help(value.span(), message, help);
        }
        read
    }
}
