//! Remarks on checks that ldirectord takes, but that do not do what they seem to.

use super::kinds::{CheckType, Talk};
use super::line::Word;
use super::probe::Asker;
use super::real::Real;
use super::remarks::Remarks;
use crate::lvs::Protocol;

/// Makes them for the checks of one service.
pub(super) fn hints(asker: &Asker<'_, '_>, reals: &[(Real, Word<'_>)], remarks: &mut Remarks<'_>) {
    if reals.is_empty() {
        return;
    }
    match asker.service.check_type {
        CheckType::Negotiate | CheckType::Combined(_) => conversation(asker, reals, remarks),
        CheckType::Connect if asker.protocol != Some(Protocol::Udp) => no_port(asker, reals, remarks),
        CheckType::External => {
            if let Some((command, at)) = &asker.service.command
                && command.contains(char::is_whitespace)
            {
                let message = "no shell is asked: all of this is the name of the program, as with ldirectord";
                remarks.warning(at.span(), message).help("put the arguments into a script of your own");
            }
        }
        CheckType::ExternalPerl => {
            let at = asker.service.command.as_ref().map_or(asker.service.at, |(_, at)| *at);
            let message = "each check runs /usr/bin/perl with this file; ldirectord runs it within itself";
            remarks.warning(at.span(), message).help("checktype=external runs any program");
        }
        _ => {}
    }
}

fn conversation(asker: &Asker<'_, '_>, reals: &[(Real, Word<'_>)], remarks: &mut Remarks<'_>) {
    let service = asker.service;
    let at = service.talk.map_or(service.at, |(_, at)| at).span();
    let has_bare = reals.iter().any(|(real, _)| real.asks.is_none());
    let receives = service.receive.is_some() || !has_bare;
    let requests = service.request.as_deref().is_some_and(|request| request != "/") || !has_bare;
    match asker.talk {
        Talk::Ftp if !receives => {
            let message = "without receive= ldirectord takes every server as up, also one that does not answer; \
                           here the file must come";
            remarks.warning(at, message).help("write receive=\"…\"");
        }
        Talk::Dns if !receives => {
            let message = "without receive= ldirectord takes no server as up; here any good answer will do";
            remarks.warning(at, message).help("write receive=\"…\" with what the address must match");
        }
        Talk::Mysql | Talk::Pgsql if !requests || service.login.is_none() => {
            let message = "without login= and request= no server is up, as with ldirectord";
            remarks.warning(at, message).help("write login=\"NAME\" and request=\"SELECT …\"");
        }
        Talk::Radius if service.login.is_none() || service.secret.is_none() => {
            let message = "without login=, passwd= and secret= no RADIUS server says yes";
            remarks.warning(at, message);
        }
        Talk::HttpProxy => {
            let request = service.request.as_deref().unwrap_or("/");
            if has_bare && !request.starts_with("/http://") {
                let message = "request= is no whole URL: no server is up, as with ldirectord";
                remarks.warning(at, message).help("write request=\"http://HOST/PATH\"");
            }
        }
        Talk::SimpleTcp if asker.protocol == Some(Protocol::Udp) && service.receive.is_some() => {
            let message = "over UDP any reply will do here; ldirectord compares it with receive=";
            remarks.warning(at, message).help("write checktype=external");
        }
        _ => {}
    }
    if asker.talk != Talk::Nothing {
        no_port(asker, reals, remarks);
    }
    if matches!(service.check_type, CheckType::Combined(1..)) && asker.protocol == Some(Protocol::Udp) {
        let message = "UDP has no connections: every check is a whole one here";
        remarks.warning(service.at.span(), message).help("write checktype=negotiate");
    }
}

/// A check that needs a port, of a server that has none.
fn no_port(asker: &Asker<'_, '_>, reals: &[(Real, Word<'_>)], remarks: &mut Remarks<'_>) {
    if asker.service.check_port.is_some() || asker.talk.port().is_some() {
        return;
    }
    if let Some((_, at)) = reals.iter().find(|(real, _)| real.port == 0) {
        let message = match asker.protocol {
            Some(_) => {
                "no port to check: ldirectord takes none, and the server is down; here the service's is taken"
            }
            None => "no port to check: the server is down, as with ldirectord",
        };
        remarks.warning(at.span(), message).help("write checkport=PORT");
    }
}
