//! Farms, scripts, mail, the director's own life.

use super::checks::check;
use super::services::real_server;
use super::{text, time, word};
use crate::lvs::{
    Endpoint, Family, Farm, FarmScripts, FarmServer, LogTo, Mail, MailTopic, Quorum, Script, ScriptLine,
    ServiceKey, SlowStart, Sorry, Upkeep, WhenDown, Words,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::path::PathBuf;

/// A text that is not blank.
fn said() -> BoxedStrategy<String> {
    text().prop_filter("blank", |text| !text.trim().is_empty()).boxed()
}

pub(super) fn path() -> BoxedStrategy<PathBuf> {
    text().prop_map(|name| PathBuf::from(format!("/{name}"))).boxed()
}

/// Any script.
pub(super) fn script() -> BoxedStrategy<Script> {
    let words = (word(), vec(text(), 0..3))
        .prop_map(|(program, rest)| ScriptLine::Words(std::iter::once(program).chain(rest).collect()));
    let line = prop_oneof![words, said().prop_map(ScriptLine::Shell)];
    let optional = || prop_oneof![3 => Just(None), 1 => word().prop_map(Some)];
    let timeout = prop_oneof![3 => Just(None), 1 => time().prop_map(Some)];
    (line, optional(), optional(), timeout)
        .prop_map(|(line, user, group, timeout)| Script { line, user, group, timeout })
        .boxed()
}

fn mail() -> BoxedStrategy<Mail> {
    let topic = prop_oneof![
        Just(MailTopic::Server),
        Just(MailTopic::Quorum),
        Just(MailTopic::Starting),
        Just(MailTopic::Running),
        Just(MailTopic::Stopping),
        Just(MailTopic::Reloading),
    ];
    let host = prop_oneof![word(), Just("localhost".to_owned()), Just("2001:db8::25".to_owned())];
    let port = prop_oneof![Just(25), 1..=u16::MAX];
    let optional = || prop_oneof![Just(String::new()), text()];
    let whole =
        (vec(word().prop_map(|name| name + "@example.org"), 1..3), optional(), (host, port), optional());
    (whole, time(), optional(), btree_set(topic, 0..6), option::of(time()))
        .prop_map(|((to, from, server, helo), timeout, subject, about, reminder)| Mail {
            to,
            from,
            server,
            helo,
            timeout,
            subject,
            about,
            reminder,
        })
        .boxed()
}

pub(super) fn words() -> impl Strategy<Value = Words> {
    prop_oneof![Just(Words::Ulvs), Just(Words::Keepalived), Just(Words::Ldirectord), Just(Words::Piranha)]
}

fn farm_server(endpoint: Endpoint) -> BoxedStrategy<FarmServer> {
    let slow_start = (2..=u32::MAX, time()).prop_map(|(divisor, step)| SlowStart { divisor, step });
    let when_down = prop_oneof![Just(WhenDown::Remove), Just(WhenDown::Quiesce)];
    (
        option::of(said()),
        vec(check(), 0..3),
        when_down,
        option::of(slow_start),
        option::of(script()),
        option::of(script()),
        any::<bool>(),
    )
        .prop_map(move |(name, checks, when_down, slow_start, notify_up, notify_down, mails)| FarmServer {
            endpoint,
            name,
            checks,
            when_down,
            slow_start,
            notify_up,
            notify_down,
            mails,
        })
        .boxed()
}

/// All real servers alike, or each by itself.
fn farm_servers(endpoints: &[Endpoint]) -> BoxedStrategy<Vec<FarmServer>> {
    let each: Vec<_> = endpoints.iter().map(|endpoint| farm_server(*endpoint)).collect();
    let all = endpoints.to_vec();
    let alike = farm_server(Endpoint::new([10, 0, 0, 1].into(), 0)).prop_map(move |one| {
        all.iter().map(|endpoint| FarmServer { endpoint: *endpoint, ..one.clone() }).collect()
    });
    prop_oneof![alike, each].boxed()
}

/// Any farm of these services with these real servers.
pub fn farm_parts(services: Vec<ServiceKey>, endpoints: Vec<Endpoint>) -> BoxedStrategy<Farm> {
    let family = services.first().map_or(Family::V4, ServiceKey::family);
    let port = match services.first() {
        Some(ServiceKey::Tuple { virt, .. }) => virt.port,
        _ => 0,
    };
    let sorry = (real_server(family, port), any::<bool>(), any::<bool>())
        .prop_map(|(server, replaces, quiesces)| Sorry { server, replaces, quiesces });
    let quorum =
        (1..=u32::MAX, any::<u32>()).prop_map(|(weight, less)| Quorum { weight, hysteresis: less % weight });
    let quorum = prop_oneof![Just(Quorum::default()), quorum];
    let optional = || prop_oneof![3 => Just(None), 1 => script().prop_map(Some)];
    let scripts = (optional(), optional(), optional(), any::<bool>()).prop_map(
        |(quorum_up, quorum_down, fallback, at_end)| FarmScripts { quorum_up, quorum_down, fallback, at_end },
    );
    (
        (said(), farm_servers(&endpoints), option::of(sorry), quorum, scripts, option::of(mail())),
        (any::<[bool; 3]>(), words(), option::of(path()), option::of(path()), option::of(text())),
    )
        .prop_map(
            move |(
                (name, servers, sorry, quorum, scripts, mail),
                (flags, words, maintenance, monitor, comment),
            )| {
                let [only_with_vip, readds, stays] = flags;
                Farm {
                    name,
                    services: services.clone(),
                    servers,
                    sorry,
                    quorum,
                    scripts,
                    mail,
                    only_with_vip,
                    readds,
                    stays,
                    words,
                    maintenance,
                    monitor,
                    comment,
                }
            },
        )
        .boxed()
}

/// Any life of the director's own.
pub fn upkeep() -> BoxedStrategy<Upkeep> {
    let log = prop_oneof![
        path().prop_map(LogTo::File),
        prop_oneof![Just("local0"), Just("daemon")].prop_map(|name| LogTo::Syslog(name.to_owned()))
    ];
    let optional = || prop_oneof![3 => Just(None), 1 => script().prop_map(Some)];
    (
        option::of(time()),
        any::<bool>(),
        optional(),
        optional(),
        optional(),
        vec(path(), 0..3),
        option::of(log),
    )
        .prop_map(|(autoreload, watch_only, callback, startup, shutdown, fifos, logs)| Upkeep {
            autoreload,
            watch_only,
            callback,
            startup,
            shutdown,
            fifos,
            logs,
        })
        .boxed()
}
