//! Which scripts, mails and lines follow a change. Pure.

use super::words::{self, keepalived_server, keepalived_service, plain_service, server_of};
use crate::control::happening::{Cause, Happening, What};
use crate::lvs::{Mail, MailTopic, Script, ScriptLine, ServiceKey, Words};

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Run this.
    Run(Script),
    /// Send this.
    Send {
        /// How and to whom.
        mail: Mail,
        /// The subject.
        subject: String,
        /// The text.
        body: String,
    },
    /// Write this line to the notification pipes.
    Pipe(String),
}

/// What follows a change, in this order.
pub fn errands(happening: &Happening) -> Vec<Errand> {
    let mut errands: Vec<Errand> = scripts(happening).into_iter().map(Errand::Run).collect();
    errands.extend(pipe(happening).map(Errand::Pipe));
    errands.extend(mail(happening));
    errands
}

fn scripts(happening: &Happening) -> Vec<Script> {
    let scripts = &happening.farm.scripts;
    let of_server = |pick: fn(&crate::lvs::FarmServer) -> &Option<Script>| {
        server_of(happening).and_then(|server| pick(server).clone())
    };
    let one = match &happening.what {
        // keepalived's `omega`.
        What::ServerDown { .. } | What::QuorumLost { .. } if is_silent_end(happening) => None,
        What::ServerUp { .. } => of_server(|server| &server.notify_up),
        What::ServerDown { .. } => of_server(|server| &server.notify_down),
        What::QuorumGained { .. } => scripts.quorum_up.clone(),
        What::QuorumLost { .. } => scripts.quorum_down.clone(),
        What::SorryAdded => scripts.fallback.as_ref().map(|script| fallback(script, happening, "start")),
        What::SorryRemoved => scripts.fallback.as_ref().map(|script| fallback(script, happening, "stop")),
        What::CheckFailed { .. }
        | What::CheckRecovered { .. }
        | What::Weight { .. }
        | What::Held { .. }
        | What::DeadlinePassed { .. }
        | What::Readded
        | What::Role { .. }
        | What::Priority { .. } => None,
    };
    one.into_iter().collect()
}

/// The director ends, and that is no change by itself.
fn is_silent_end(happening: &Happening) -> bool {
    happening.cause == Cause::Stop && !happening.farm.scripts.at_end
}

/// ldirectord's arguments: `start` or `stop`, the service, the protocol.
fn fallback(script: &Script, happening: &Happening, verb: &str) -> Script {
    let key = happening.farm.services.first();
    let service = key.map(plain_service).unwrap_or_default();
    let protocol = match key {
        Some(ServiceKey::Tuple { protocol, .. }) => protocol.listing().to_lowercase(),
        _ => "fwm".to_owned(),
    };
    let more = [verb.to_owned(), service, protocol];
    let line = match &script.line {
        ScriptLine::Words(words) => ScriptLine::Words(words.iter().cloned().chain(more).collect()),
        ScriptLine::Shell(line) => ScriptLine::Shell(format!("{line} {}", more.join(" "))),
    };
    Script { line, ..script.clone() }
}

/// The line that keepalived writes to its pipes.
fn pipe(happening: &Happening) -> Option<String> {
    if is_silent_end(happening) {
        return None;
    }
    let vs = keepalived_service(happening);
    let rs = || happening.server.map(|server| keepalived_server(happening, server));
    match happening.what {
        What::ServerUp { .. } => Some(format!("RS {} {vs} UP", rs()?)),
        What::ServerDown { .. } => Some(format!("RS {} {vs} DOWN", rs()?)),
        What::QuorumGained { .. } => Some(format!("VS {vs} UP")),
        What::QuorumLost { .. } => Some(format!("VS {vs} DOWN")),
        _ => None,
    }
}

fn mail(happening: &Happening) -> Option<Errand> {
    let mail = happening.farm.mail.as_ref()?;
    let topic = match happening.what {
        What::ServerUp { .. } | What::ServerDown { .. } => MailTopic::Server,
        What::QuorumGained { .. } | What::QuorumLost { .. } | What::SorryAdded | What::SorryRemoved => {
            MailTopic::Quorum
        }
        What::CheckFailed { .. }
        | What::CheckRecovered { .. }
        | What::Weight { .. }
        | What::Held { .. }
        | What::DeadlinePassed { .. }
        | What::Readded
        | What::Role { .. }
        | What::Priority { .. } => return None,
    };
    let phase = match happening.cause {
        Cause::Start => MailTopic::Starting,
        Cause::Reload => MailTopic::Reloading,
        Cause::Stop => MailTopic::Stopping,
        Cause::Check | Cause::Time | Cause::Operator(_) => MailTopic::Running,
    };
    if !mail.about.contains(&topic) || !mail.about.contains(&phase) {
        return None;
    }
    if topic == MailTopic::Server && !server_of(happening).is_some_and(|server| server.mails) {
        return None;
    }
    // keepalived's mail is its checkers', which look no more.
    if phase == MailTopic::Stopping && happening.farm.words == Words::Keepalived {
        return None;
    }
    let (text, body) = letter(happening)?;
    Some(Errand::Send { mail: mail.clone(), subject: subject(mail, &text), body })
}

/// The subject of mail that says this.
pub fn subject(mail: &Mail, text: &str) -> String {
    [mail.subject.trim(), text].join(" ").trim().to_owned()
}

fn letter(happening: &Happening) -> Option<(String, String)> {
    let told = words::lines(happening);
    let body = |first: &str| format!("{first}\n\n{happening}\n");
    match happening.farm.words {
        Words::Keepalived => {
            let vs = keepalived_service(happening);
            let (what, first) = match (&happening.what, happening.server) {
                (What::ServerUp { .. }, Some(server)) => {
                    let rs = keepalived_server(happening, server);
                    (format!("Realserver {rs} of virtual server {vs} - UP"), "=> CHECK succeed on service <=")
                }
                (What::ServerDown { .. }, Some(server)) => {
                    let rs = keepalived_server(happening, server);
                    (
                        format!("Realserver {rs} of virtual server {vs} - DOWN"),
                        "=> CHECK failed on service <=",
                    )
                }
                (What::QuorumGained { .. }, _) => (format!("Virtualserver {vs} - UP"), "=> Gained quorum <="),
                (What::QuorumLost { .. }, _) => (format!("Virtualserver {vs} - DOWN"), "=> Lost quorum <="),
                _ => return None,
            };
            Some((what, body(first)))
        }
        Words::Ldirectord | Words::Piranha => {
            let line = told.last()?.clone();
            Some((line.clone(), body(&line)))
        }
        Words::Ulvs => Some((happening.to_string(), body(""))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, Farm, Protocol, RealServerSpec, Sorry};
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;

    fn script(name: &str) -> Option<Script> {
        Some(Script::new(ScriptLine::Words(vec![name.to_owned()])))
    }

    fn happening(what: What, cause: Cause, change: impl FnOnce(&mut Farm)) -> Happening {
        let at = |last: u8| Endpoint::new([10, 9, 0, last].into(), 80);
        let mut farm =
            Farm::unwatched(ServiceKey::Tuple { protocol: Protocol::Tcp, virt: at(100) }, [at(11)]);
        farm.sorry = Some(Sorry { server: RealServerSpec::new(at(99)), replaces: false, quiesces: false });
        farm.scripts.quorum_up = script("gained");
        farm.scripts.quorum_down = script("lost");
        farm.scripts.fallback = script("fallback");
        farm.servers[0].notify_up = script("up");
        farm.servers[0].notify_down = script("down");
        change(&mut farm);
        let server = matches!(what, What::ServerUp { .. } | What::ServerDown { .. }).then(|| at(11));
        Happening { number: 1, cause, farm: Arc::new(farm), server, what }
    }

    fn down() -> What {
        What::ServerDown { detail: "refused".into() }
    }

    fn shown(errands: &[Errand]) -> Vec<String> {
        let show = |errand: &Errand| match errand {
            Errand::Run(Script { line: ScriptLine::Words(words), .. }) => format!("run {}", words.join(" ")),
            Errand::Run(Script { line: ScriptLine::Shell(line), .. }) => format!("shell {line}"),
            Errand::Send { subject, .. } => format!("mail {subject}"),
            Errand::Pipe(line) => format!("pipe {line}"),
        };
        errands.iter().map(show).collect()
    }

    #[test]
    fn scripts_and_pipes() {
        let shown = |what| shown(&errands(&happening(what, Cause::Check, |_| ())));
        assert_eq!(shown(down()), ["run down", "pipe RS [10.9.0.11]:tcp:80 [10.9.0.100]:tcp:80 DOWN"]);
        let up = What::ServerUp { detail: "fine".into(), weight: 1 };
        assert_eq!(shown(up), ["run up", "pipe RS [10.9.0.11]:tcp:80 [10.9.0.100]:tcp:80 UP"]);
        assert_eq!(shown(What::QuorumLost { weight: 0 }), ["run lost", "pipe VS [10.9.0.100]:tcp:80 DOWN"]);
        assert_eq!(shown(What::QuorumGained { weight: 1 }), ["run gained", "pipe VS [10.9.0.100]:tcp:80 UP"]);
        assert_eq!(shown(What::SorryAdded), ["run fallback start 10.9.0.100:80 tcp"]);
        assert_eq!(shown(What::SorryRemoved), ["run fallback stop 10.9.0.100:80 tcp"]);
        assert_eq!(shown(What::Held { state: "drain".into(), deadline: None }), [""; 0]);
    }

    #[test]
    fn at_the_end() {
        let shown = |what, at_end| {
            shown(&errands(&happening(what, Cause::Stop, |farm| farm.scripts.at_end = at_end)))
        };
        assert_eq!(shown(down(), false), [""; 0]);
        assert_eq!(shown(What::QuorumLost { weight: 0 }, false), [""; 0]);
        assert_eq!(shown(down(), true), ["run down", "pipe RS [10.9.0.11]:tcp:80 [10.9.0.100]:tcp:80 DOWN"]);
        assert_eq!(
            shown(What::QuorumLost { weight: 0 }, true),
            ["run lost", "pipe VS [10.9.0.100]:tcp:80 DOWN"]
        );
        assert_eq!(shown(What::SorryRemoved, false), ["run fallback stop 10.9.0.100:80 tcp"]);
    }

    #[test]
    fn mail_is_about_what_was_asked_for() {
        let mail = |about: &[MailTopic], words, mails| {
            let about: BTreeSet<_> = about.iter().copied().collect();
            move |farm: &mut Farm| {
                farm.mail = Some(Mail {
                    to: vec!["ann@example.org".into()],
                    from: String::new(),
                    server: ("127.0.0.1".into(), 25),
                    helo: String::new(),
                    timeout: Duration::from_secs(30),
                    subject: "[lb1]".into(),
                    about,
                    reminder: None,
                });
                farm.words = words;
                farm.servers[0].mails = mails;
            }
        };
        let mails = |about: &[MailTopic], words, mails, cause| {
            let happening = happening(down(), cause, mail(about, words, mails));
            let errands = errands(&happening);
            shown(&errands).into_iter().filter(|line| line.starts_with("mail")).collect::<Vec<_>>()
        };
        let all = [MailTopic::Server, MailTopic::Running];
        assert_eq!(
            mails(&all, Words::Keepalived, true, Cause::Check),
            ["mail [lb1] Realserver [10.9.0.11]:tcp:80 of virtual server [10.9.0.100]:tcp:80 - DOWN"]
        );
        assert_eq!(
            mails(&all, Words::Ldirectord, true, Cause::Check),
            ["mail [lb1] Deleted real server: 10.9.0.11:80 (10.9.0.100:80)"]
        );
        assert_eq!(
            mails(&all, Words::Ulvs, true, Cause::Check),
            ["mail [lb1] TCP 10.9.0.100:80 10.9.0.11:80: down: refused (check)"]
        );
        assert_eq!(mails(&all, Words::Ulvs, false, Cause::Check), [""; 0], "not about this real server");
        assert_eq!(mails(&all, Words::Ulvs, true, Cause::Stop), [""; 0], "not while it stops");
        let stopping = [MailTopic::Server, MailTopic::Stopping];
        assert_eq!(
            mails(&stopping, Words::Ldirectord, true, Cause::Stop),
            ["mail [lb1] Purged real server (stop): 10.9.0.11:80 (10.9.0.100:80)"]
        );
        assert_eq!(mails(&stopping, Words::Keepalived, true, Cause::Stop), [""; 0], "its checkers' alone");
        assert_eq!(
            mails(&[MailTopic::Running], Words::Ulvs, true, Cause::Check),
            [""; 0],
            "not about servers"
        );
    }
}
