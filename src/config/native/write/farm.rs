//! What becomes of services when their real servers fail.

use super::check::check;
use super::script;
use super::service::{server_address, tunnel};
use super::value::{Pairs, Val};
use crate::config::native::farm::{TOPICS, WHEN_DOWN, WORDS, default_mail};
use crate::lvs::{
    Farm, FarmScripts, FarmServer, ForwardingMethod, Mail, Quorum, ServiceKey, SlowStart, Sorry, WhenDown,
    Words,
};

/// What is said of a farm, besides its services and its real servers. `bounded`: its real servers have thresholds.
pub(super) fn farm(farm: &Farm, services: &[ServiceKey], bounded: bool) -> Pairs {
    let Farm {
        name,
        services: _,
        servers: _,
        sorry: fallback,
        quorum: Quorum { weight, hysteresis },
        scripts: FarmScripts { quorum_up, quorum_down, fallback: fallback_script, at_end },
        mail: told,
        only_with_vip,
        readds,
        stays,
        words,
        maintenance,
        monitor,
        comment,
    } = farm;
    let mut pairs = vec![("name", Val::text(name))];
    pairs.extend(comment.as_ref().map(|comment| ("comment", Val::text(comment))));
    pairs.extend((*weight != 1).then(|| ("quorum", Val::from(*weight))));
    pairs.extend((*hysteresis != 0).then(|| ("hysteresis", Val::from(*hysteresis))));
    let flags =
        [("scripts_at_end", at_end), ("only_with_vip", only_with_vip), ("readds", readds), ("stays", stays)];
    pairs.extend(flags.into_iter().filter(|(_, on)| **on).map(|(key, _)| (key, Val::from(true))));
    if *words != Words::Ulvs {
        let name = WORDS.iter().find(|(_, known)| known == words).map_or("", |(name, _)| name);
        pairs.push(("words", Val::text(name)));
    }
    pairs.extend(maintenance.as_ref().map(|path| ("maintenance", Val::text(&path.to_string_lossy()))));
    pairs.extend(monitor.as_ref().map(|path| ("monitor", Val::text(&path.to_string_lossy()))));
    let scripts =
        [("quorum_up", quorum_up), ("quorum_down", quorum_down), ("fallback_script", fallback_script)];
    pairs.extend(scripts.into_iter().filter_map(|(key, said)| Some((key, script(said.as_ref()?)))));
    pairs.extend(fallback.as_ref().map(|fallback| ("sorry", sorry(fallback, services, bounded))));
    pairs.extend(told.as_ref().map(|told| ("mail", mail(told))));
    pairs
}

/// All that a service may say for its real servers is said here, since it is not meant for this one.
fn sorry(sorry: &Sorry, services: &[ServiceKey], bounded: bool) -> Val {
    let Sorry { server, replaces, quiesces } = sorry;
    let mut pairs = vec![
        ("address", Val::text(&server_address(server.endpoint, services))),
        ("method", super::service::method(server.method)),
        ("weight", Val::from(server.weight)),
    ];
    let thresholds =
        [("upper_threshold", server.thresholds.upper), ("lower_threshold", server.thresholds.lower)];
    let said = thresholds.into_iter().filter(|(_, count)| bounded || *count > 0);
    pairs.extend(said.map(|(key, count)| (key, Val::from(count))));
    if server.method == ForwardingMethod::Tunnel {
        pairs.push(("tunnel", tunnel(server.tunnel)));
    }
    let flags = [("replaces", replaces), ("quiesces", quiesces)];
    pairs.extend(flags.into_iter().filter(|(_, on)| **on).map(|(key, _)| (key, Val::from(true))));
    Val::Table(pairs)
}

fn mail(mail: &Mail) -> Val {
    let usual = default_mail();
    let Mail { to, from, server: (host, port), helo, timeout, subject, about, reminder } = mail;
    let to = match to.as_slice() {
        [one] => Val::text(one),
        several => Val::List(several.iter().map(|one| Val::text(one)).collect()),
    };
    let mut pairs = vec![("to", to)];
    pairs.extend((!from.is_empty()).then(|| ("from", Val::text(from))));
    if mail.server != usual.server {
        let server = match port {
            25 => host.clone(),
            _ if host.contains(':') => format!("[{host}]:{port}"),
            _ => format!("{host}:{port}"),
        };
        pairs.push(("server", Val::text(&server)));
    }
    pairs.extend((!helo.is_empty()).then(|| ("helo", Val::text(helo))));
    pairs.extend((*timeout != usual.timeout).then(|| ("timeout", Val::time(*timeout))));
    pairs.extend((*subject != usual.subject).then(|| ("subject", Val::text(subject))));
    if *about != usual.about {
        let topics = TOPICS.iter().filter(|(_, topic)| about.contains(topic));
        pairs.push(("about", Val::List(topics.map(|(name, _)| Val::text(name)).collect())));
    }
    pairs.extend(reminder.map(|time| ("reminder", Val::time(time))));
    Val::Table(pairs)
}

/// What watches a real server.
pub(super) fn watched(server: &FarmServer, has_mail: bool) -> Pairs {
    let FarmServer { endpoint: _, name, checks, when_down, slow_start, notify_up, notify_down, mails } =
        server;
    let mut pairs = Pairs::new();
    pairs.extend(name.as_ref().map(|name| ("name", Val::text(name))));
    if *when_down != WhenDown::Remove {
        let name = WHEN_DOWN.iter().find(|(_, known)| known == when_down).map_or("", |(name, _)| name);
        pairs.push(("when_down", Val::text(name)));
    }
    if let Some(SlowStart { divisor, step }) = slow_start {
        let table = vec![("divisor", Val::from(*divisor)), ("step", Val::time(*step))];
        pairs.push(("slow_start", Val::Table(table)));
    }
    let scripts = [("notify_up", notify_up), ("notify_down", notify_down)];
    pairs.extend(scripts.into_iter().filter_map(|(key, said)| Some((key, script(said.as_ref()?)))));
    pairs.extend((*mails != has_mail).then(|| ("mails", Val::from(*mails))));
    let mut checks: Vec<Val> = checks.iter().map(check).collect();
    match checks.len() {
        0 => {}
        1 => pairs.extend(checks.pop().map(|one| ("check", one))),
        _ => pairs.push(("check", Val::List(checks))),
    }
    pairs
}
