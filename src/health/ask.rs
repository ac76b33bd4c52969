use super::{
    Outcome, Target, dns, exchange, file, ftp, http, imap, ldap, lines, mysql, nntp, pgsql, ping, pop,
    radius, script, sip, smtp, tcp, udp,
};
use crate::lvs::{Check, Probe, SqlKind, SqlProbe};
use crate::program::Runner;
use std::time::Duration;

/// Characters of a detail.
const DETAIL_LIMIT: usize = 200;

/// Asks once. Ends at the check's timeout at the latest; what it has opened or begun ends with it, and also if the future
/// is dropped. Scripts are run by `runner`.
pub async fn ask(check: &Check, target: &Target, runner: &Runner) -> Outcome {
    let limit = match &check.probe {
        Probe::Script(probe) => probe.script.timeout.unwrap_or(check.timing.timeout),
        _ => check.timing.timeout,
    };
    let one_try = target.via.as_ref().map(|_| target.for_one_try());
    let target = one_try.as_ref().unwrap_or(target);
    let mut outcome = match tokio::time::timeout(limit, answer(check, limit, target, runner)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            silence(&check.probe).unwrap_or_else(|| Outcome::down(format!("no answer within {limit:?}")))
        }
    };
    if let Some(via) = target.via.as_ref().filter(|_| outcome.is_up)
        && !via.have_carried().await
    {
        outcome =
            Outcome::down("what answered is not the real server: nothing went there by way of the director");
    }
    Outcome { detail: tidy(&outcome.detail), ..outcome }
}

async fn answer(check: &Check, limit: Duration, target: &Target, runner: &Runner) -> Outcome {
    match &check.probe {
        Probe::Fixed { up: true } => Outcome::up("always"),
        Probe::Fixed { up: false } => Outcome::down("never"),
        Probe::Tcp => tcp::ask(target).await,
        Probe::Http(probe) => http::ask(probe, target).await,
        Probe::Smtp { helo } => smtp::ask(helo, target).await,
        Probe::Dns(probe) => dns::ask(probe, target).await,
        Probe::Ping { tries } => ping::ask(*tries, check.timing.timeout, target).await,
        Probe::Udp(probe) => udp::ask(probe, target).await,
        Probe::Script(probe) => script::ask(probe, limit, target, runner).await,
        Probe::File { path, weight } => file::ask(path, *weight).await,
        Probe::Exchange(probe) => exchange::ask(probe, target).await,
        Probe::Lines { send, expect } => lines::ask(send, expect, target).await,
        Probe::Ftp { login, file, expect } => ftp::ask(login, file, expect, target).await,
        Probe::Pop { tls, login } => pop::ask(*tls, login.as_ref(), target).await,
        Probe::Imap { tls, login } => imap::ask(*tls, login.as_ref(), target).await,
        Probe::Nntp => nntp::ask(target).await,
        Probe::Ldap { tls, login, base, expect } => {
            ldap::ask(*tls, login.as_ref(), base, expect, target).await
        }
        Probe::Sql(probe @ SqlProbe { kind: SqlKind::Mysql, .. }) => mysql::ask(probe, target).await,
        Probe::Sql(probe @ SqlProbe { kind: SqlKind::Pgsql, .. }) => pgsql::ask(probe, target).await,
        Probe::Radius { login, secret } => radius::ask(login, secret, target).await,
        Probe::Sip { from, tcp } => sip::ask(from, *tcp, target).await,
        // Taking turns is the patrol's: asked once, it is asked in full.
        Probe::Combined { full, .. } => {
            let full = Check { probe: (**full).clone(), ..check.clone() };
            Box::pin(answer(&full, limit, target, runner)).await
        }
    }
}

/// What it means that nothing came in time, where that is not a failure.
fn silence(probe: &Probe) -> Option<Outcome> {
    match probe {
        Probe::Udp(probe) => udp::silence(probe),
        Probe::Script(probe) => script::silence(&probe.kind),
        _ => None,
    }
}

/// Servers and scripts have a say in it: one line, and not a long one.
fn tidy(detail: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = detail.chars().take(DETAIL_LIMIT).map(plain).collect();
    if detail.chars().nth(DETAIL_LIMIT).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_one_short_line() {
        assert_eq!(tidy("a\nb\u{7}c"), "a b c");
        let long = tidy(&"ä\n".repeat(1000));
        assert_eq!((long.chars().count(), long.contains('\n')), (DETAIL_LIMIT + 1, false));
    }
}
