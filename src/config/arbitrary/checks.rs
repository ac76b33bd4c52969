//! Health checks.

use super::farms::{path, script};
use super::services::{address, family};
use super::{text, time, word};
use crate::lvs::{
    BodyPattern, Check, DnsProbe, ExchangeProbe, ForwardingMethod, HttpMethod, HttpProbe, HttpUrl,
    HttpVersion, Login, Origin, Pattern, Probe, ScriptKind, ScriptProbe, SqlKind, SqlProbe, Timing, Tls,
    UdpProbe,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

fn pattern() -> BoxedStrategy<Pattern> {
    prop_oneof![
        Just(String::new()),
        word(),
        Just(r"^HTTP/1\.[01] 2\d\d".to_owned()),
        Just("(?i)it('s)? \"works\"".to_owned()),
        Just(r"(\w)\1(?!x)".to_owned()),
    ]
    .prop_map(|regex| Pattern { regex })
    .boxed()
}

fn login() -> BoxedStrategy<Login> {
    (text(), prop_oneof![Just(String::new()), text()])
        .prop_map(|(name, password)| Login { name, password })
        .boxed()
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..12), text().prop_map(String::into_bytes)]
}

fn url() -> BoxedStrategy<HttpUrl> {
    let status = vec((100..=999u16, 0..=50u16), 0..3)
        .prop_map(|list| list.into_iter().map(|(first, more)| (first, (first + more).min(999))).collect());
    let offsets =
        prop_oneof![Just((0, 0)), (0..1000u64, 1..1000u64).prop_map(|(min, more)| (min, min + more))];
    let body = (pattern(), any::<bool>(), offsets).prop_map(|(pattern, absent, (min_offset, max_offset))| {
        BodyPattern { pattern, absent, min_offset, max_offset }
    });
    let path = prop_oneof![Just("/".to_owned()), text()];
    (any::<bool>(), path, option::of(text()), status, option::of("[0-9a-fA-F]{32}"), option::of(body))
        .prop_map(|(is_head, path, host, status, digest, body)| {
            let method = if is_head { HttpMethod::Head } else { HttpMethod::Get };
            // The answer to HEAD has no body.
            let (digest, body) = if is_head { (None, None) } else { (digest, body) };
            HttpUrl { method, path, host, status, digest, body }
        })
        .boxed()
}

fn http() -> BoxedStrategy<HttpProbe> {
    let tls = (option::of(word()), option::of(path()))
        .prop_map(|(server_name, authorities)| Tls { server_name, authorities });
    let version = prop_oneof![Just(HttpVersion::V1_0), Just(HttpVersion::V1_1)];
    (option::of(tls), vec(url(), 1..3), version, any::<bool>(), text(), 0..=100u32, option::of(login()))
        .prop_map(|(tls, urls, version, says_close, user_agent, redirects, login)| HttpProbe {
            tls,
            urls,
            version,
            says_close,
            user_agent,
            redirects,
            login,
        })
        .boxed()
}

fn udp() -> BoxedStrategy<UdpProbe> {
    let lengths =
        (0..100u16, 0..100u16).prop_map(|(min, more)| if more == 0 { (min, 0) } else { (min, min + more) });
    let reply = prop_oneof![
        vec(any::<(u8, u8)>(), 0..9),
        bytes().prop_map(|bytes| bytes.into_iter().map(|byte| (byte, 0xff)).collect()),
    ];
    (option::of(bytes()), any::<bool>(), reply, lengths)
        .prop_map(|(payload, needs_reply, reply, (min_reply, max_reply))| UdpProbe {
            payload,
            needs_reply,
            reply,
            min_reply,
            max_reply,
        })
        .boxed()
}

fn script_probe() -> BoxedStrategy<ScriptProbe> {
    let kind = prop_oneof![
        any::<bool>().prop_map(|weight| ScriptKind::Misc { weight }),
        Just(ScriptKind::External),
        prop_oneof![Just(String::new()), text()].prop_map(|expect| ScriptKind::Output { expect }),
        Just(ScriptKind::Load),
    ];
    (script(), kind).prop_map(|(script, kind)| ScriptProbe { script, kind }).boxed()
}

fn dns() -> BoxedStrategy<DnsProbe> {
    let kind = prop_oneof![Just("SOA"), Just("A"), Just("AAAA")].prop_map(str::to_owned);
    (prop_oneof![Just(".".to_owned()), word()], kind, any::<bool>(), option::of(pattern()))
        .prop_map(|(name, kind, tcp, expect)| DnsProbe { name, kind, tcp, expect })
        .boxed()
}

fn sql() -> BoxedStrategy<SqlProbe> {
    let kind = prop_oneof![Just(SqlKind::Mysql), Just(SqlKind::Pgsql)];
    (kind, login(), prop_oneof![Just(String::new()), word()], word())
        .prop_map(|(kind, login, database, query)| SqlProbe { kind, login, database, query })
        .boxed()
}

/// Any probe.
pub fn probe() -> BoxedStrategy<Probe> {
    let combined = (simple(), 1..=u32::MAX, time()).prop_map(|(full, connects, connect_timeout)| {
        Probe::Combined { full: Box::new(full), connects, connect_timeout }
    });
    prop_oneof![20 => simple(), 1 => combined].boxed()
}

/// Any probe that is asked in one way.
fn simple() -> BoxedStrategy<Probe> {
    let weight = prop_oneof![i32::MIN..=-1, 1..=i32::MAX];
    let some = || option::of(login());
    prop_oneof![
        any::<bool>().prop_map(|up| Probe::Fixed { up }),
        Just(Probe::Tcp),
        http().prop_map(Probe::Http),
        word().prop_map(|helo| Probe::Smtp { helo }),
        dns().prop_map(Probe::Dns),
        (1..=u32::MAX).prop_map(|tries| Probe::Ping { tries }),
        udp().prop_map(Probe::Udp),
        script_probe().prop_map(Probe::Script),
        (path(), option::of(weight)).prop_map(|(path, weight)| Probe::File { path, weight }),
        (bytes(), bytes(), any::<bool>(), any::<bool>()).prop_map(|(send, expect, regex, udp)| {
            Probe::Exchange(ExchangeProbe { send, expect, regex, udp })
        }),
        (text(), pattern()).prop_map(|(send, expect)| Probe::Lines { send, expect }),
        (login(), word(), pattern()).prop_map(|(login, file, expect)| Probe::Ftp { login, file, expect }),
        (any::<bool>(), some()).prop_map(|(tls, login)| Probe::Pop { tls, login }),
        (any::<bool>(), some()).prop_map(|(tls, login)| Probe::Imap { tls, login }),
        Just(Probe::Nntp),
        (any::<bool>(), some(), text(), pattern()).prop_map(|(tls, login, base, expect)| Probe::Ldap {
            tls,
            login,
            base,
            expect
        }),
        sql().prop_map(Probe::Sql),
        (login(), text()).prop_map(|(login, secret)| Probe::Radius { login, secret }),
        (word(), any::<bool>()).prop_map(|(from, tcp)| Probe::Sip { from, tcp }),
    ]
    .boxed()
}

fn timing() -> BoxedStrategy<Timing> {
    let warmup = prop_oneof![Just(Duration::ZERO), time()];
    (time(), option::of(time()), time(), 1..=u32::MAX, 1..=u32::MAX, any::<bool>(), warmup)
        .prop_map(|(interval, retry_interval, timeout, falls, rises, first_counts, warmup)| Timing {
            interval,
            retry_interval,
            timeout,
            falls,
            rises,
            first_counts,
            warmup,
        })
        .boxed()
}

fn origin() -> BoxedStrategy<Origin> {
    let addr = option::of(family().prop_flat_map(address));
    (addr, option::of(1..=u16::MAX), option::of(word()), option::of(any::<u32>()))
        .prop_map(|(addr, port, interface, mark)| Origin { addr, port, interface, mark })
        .boxed()
}

/// Any check.
pub fn check() -> BoxedStrategy<Check> {
    let addr = option::of(family().prop_flat_map(address));
    (probe(), addr, option::of(1..=u16::MAX), origin(), timing(), any::<[bool; 3]>())
        .prop_map(|(probe, addr, port, from, timing, [begins_down, tells_all, through_vip])| {
            let check = Check { probe, addr, port, from, timing, begins_down, tells_all, through_vip };
            // By NAT, which can do least.
            let may = check.addr.is_none() && check.through_vip_refusal(ForwardingMethod::Nat).is_none();
            Check { through_vip: through_vip && may, ..check }
        })
        .boxed()
}
