//! From what runs to what is wanted: an ordered list of commands. Pure.

use super::command::{Command, Intent};
use crate::lvs::{MarkRule, RealServerSpec, ServiceKey, Thresholds, Timeouts, Tunable};

/// The commands that make `running` equal to `wanted`: additions before removals, so that no service is ever without
/// the real servers that stay. Empty if they are equal. Real servers that stay keep their place in the list.
pub fn plan(running: &Intent, wanted: &Intent) -> Vec<Command> {
    let mut changes = Vec::new();
    if let Some(timeouts) = wanted.timeouts
        && running.timeouts.unwrap_or_default() != timeouts
    {
        let Timeouts { tcp, tcp_fin, udp } = timeouts;
        changes.push(Command::SetTimeouts { tcp: Some(tcp), tcp_fin: Some(tcp_fin), udp: Some(udp) });
    }
    for (name, value) in &wanted.tunables {
        let is_so = running.tunables.get(name).is_some_and(|old| {
            Tunable::find(name).map_or(old == value, |tunable| tunable.is_same(*old, *value))
        });
        if !is_so {
            changes.push(Command::SetTunable { name: name.clone(), value: *value });
        }
    }
    for (key, (spec, servers)) in &wanted.services {
        let old = running.services.get(key);
        match old {
            None => changes.push(Command::AddService(spec.clone())),
            Some((old, _)) if old != spec => changes.push(Command::EditService(spec.clone())),
            Some(_) => {}
        }
        changes.extend(plan_servers(*key, old.map_or(&[][..], |(_, servers)| servers), servers));
    }
    if let Some(wanted) = &wanted.marks {
        changes.extend(plan_marks(running.marks.as_deref().unwrap_or_default(), wanted));
    }
    let gone = running.services.keys().filter(|key| !wanted.services.contains_key(key));
    changes.extend(gone.map(|key| Command::DeleteService(*key)));
    changes
}

/// The same for the real servers of one service.
pub(super) fn plan_servers(
    key: ServiceKey,
    running: &[RealServerSpec],
    wanted: &[RealServerSpec],
) -> Vec<Command> {
    let mut changes = Vec::new();
    for server in wanted {
        match running.iter().find(|old| old.endpoint == server.endpoint) {
            None => changes.push(Command::AddServer(key, *server)),
            Some(old) if old != server => changes.push(Command::EditServer(key, *server)),
            Some(_) => {}
        }
    }
    let gone = running.iter().filter(|old| !wanted.iter().any(|server| server.endpoint == old.endpoint));
    changes.extend(gone.map(|old| Command::DeleteServer(key, old.endpoint)));
    changes
}

/// Their order matters: what follows the first difference goes, from behind, and comes anew.
fn plan_marks(running: &[MarkRule], wanted: &[MarkRule]) -> Vec<Command> {
    let same = running.iter().zip(wanted).take_while(|(running, wanted)| running == wanted).count();
    let gone = (same + 1..=running.len()).rev().map(Command::DeleteMarkAt);
    let new = wanted.get(same..).filter(|new| !new.is_empty()).map(|new| Command::AddMarks(new.to_vec()));
    gone.chain(new).collect()
}

/// One change in a line of text, in ipvsadm's words.
pub(super) fn describe(change: &Command) -> String {
    let service = |key: &ServiceKey| match key {
        ServiceKey::Tuple { protocol, virt } => format!("{} {virt}", protocol.listing()),
        ServiceKey::Fwmark { mark, .. } => format!("FWM {mark}"),
    };
    let server = |server: &RealServerSpec| {
        let limits = match server.thresholds {
            Thresholds { upper: 0, .. } => String::new(),
            Thresholds { upper, lower } => format!(" upper {upper} lower {lower}"),
        };
        format!("{} {} weight {}{limits}", server.endpoint, server.method.listing(), server.weight)
    };
    match change {
        Command::AddService(spec) => format!("add service {} {}", service(&spec.key), spec.scheduler),
        Command::EditService(spec) => format!("edit service {} {}", service(&spec.key), spec.scheduler),
        Command::DeleteService(key) => format!("delete service {}", service(key)),
        Command::Flush => "delete all services".to_owned(),
        Command::AddServer(key, spec) => format!("add server {} -> {}", service(key), server(spec)),
        Command::EditServer(key, spec) => format!("edit server {} -> {}", service(key), server(spec)),
        Command::DeleteServer(key, endpoint) => format!("delete server {} -> {endpoint}", service(key)),
        Command::AddMarks(rules) => {
            let rules: Vec<_> = rules.iter().map(|rule| format!("add mark rule {rule}")).collect();
            rules.join("\n")
        }
        Command::DeleteMark(rule) => format!("delete mark rule {rule}"),
        Command::DeleteMarkAt(number) => format!("delete mark rule {number}"),
        Command::FlushMarks => "delete all mark rules".to_owned(),
        Command::Zero(None) => "zero all counters".to_owned(),
        Command::Zero(Some(key)) => format!("zero the counters of {}", service(key)),
        Command::SetTimeouts { tcp, tcp_fin, udp } => {
            let seconds =
                |value: &Option<u32>| value.map_or_else(|| "kept".to_owned(), |value| value.to_string());
            format!("set timeouts tcp {} tcpfin {} udp {}", seconds(tcp), seconds(tcp_fin), seconds(udp))
        }
        Command::SetTunable { name, value } => format!("set sysctl {name} = {value}"),
        Command::StartDaemon(daemon) => format!("start the {:?} daemon on {}", daemon.role, daemon.interface),
        Command::StopDaemon(role) => format!("stop the {role:?} daemon"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, Protocol, ServiceSpec};

    fn key(port: u16) -> ServiceKey {
        ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), port) }
    }

    fn intent(services: &[(u16, &[(u8, i32)])]) -> Intent {
        let services = services.iter().map(|(port, servers)| {
            let servers = servers.iter().map(|(last, weight)| RealServerSpec {
                weight: *weight,
                ..RealServerSpec::new(Endpoint::new([10, 9, 0, *last].into(), 80))
            });
            (key(*port), (ServiceSpec::new(key(*port)), servers.collect()))
        });
        Intent { services: services.collect(), ..Intent::default() }
    }

    #[test]
    fn nothing_to_do_between_equals() {
        let some = intent(&[(80, &[(11, 1), (12, 2)]), (443, &[])]);
        assert!(plan(&some, &some).is_empty());
    }

    #[test]
    fn tunables_that_are_named_and_differ() {
        let with = |level, reuse| Intent {
            tunables: [("drop_entry".to_owned(), level), ("conn_reuse_mode".to_owned(), reuse)].into(),
            ..Intent::default()
        };
        let set = |name: &str, value| Command::SetTunable { name: name.to_owned(), value };
        assert_eq!(plan(&with(0, 1), &with(3, 1)), [set("drop_entry", 3)]);
        assert_eq!(plan(&with(2, 1), &with(1, 0)), [set("conn_reuse_mode", 0)], "2 is 1 while memory is low");
        assert!(plan(&with(3, 0), &Intent::default()).is_empty(), "what is not named stays");
        assert_eq!(describe(&set("drop_entry", 3)), "set sysctl drop_entry = 3");
    }

    #[test]
    fn marks_change_from_the_first_difference_on() {
        let rule = |value| MarkRule {
            destination: "10.9.0.100/32".parse().unwrap(),
            source: None,
            protocol: None,
            dports: crate::lvs::Ports::default(),
            sports: crate::lvs::Ports::default(),
            interface: None,
            set: crate::lvs::SetMark::or(value, u32::MAX),
        };
        let marked = |values: &[u32]| Intent {
            marks: Some(values.iter().map(|value| rule(*value)).collect()),
            ..Intent::default()
        };
        let told = |running: &[u32], wanted: &Intent| {
            plan(&marked(running), wanted).iter().map(describe).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(told(&[1, 2, 3], &marked(&[1, 2, 3])), "");
        assert_eq!(told(&[1, 2], &Intent::default()), "", "a language without marks leaves them alone");
        assert_eq!(told(&[1, 2], &marked(&[])), "delete mark rule 2\ndelete mark rule 1");
        assert_eq!(
            told(&[1, 2, 3], &marked(&[1, 4, 3])),
            "delete mark rule 3\ndelete mark rule 2\nadd mark rule --dst 10.9.0.100 --set-mark 4\n\
             add mark rule --dst 10.9.0.100 --set-mark 3"
        );
    }

    #[test]
    fn thresholds_are_told_where_there_are_any() {
        let mut spec = RealServerSpec::new(Endpoint::new([10, 9, 0, 11].into(), 80));
        let told = |spec| describe(&Command::EditServer(key(80), spec));
        assert_eq!(told(spec), "edit server TCP 10.9.0.100:80 -> 10.9.0.11:80 Route weight 1");
        spec.thresholds = Thresholds { upper: 5, lower: 2 };
        assert!(told(spec).ends_with("Route weight 1 upper 5 lower 2"));
    }

    #[test]
    fn additions_come_before_removals() {
        let changes =
            plan(&intent(&[(80, &[(11, 1), (12, 1)]), (81, &[])]), &intent(&[(80, &[(12, 5), (13, 1)])]));
        let names: Vec<_> = changes
            .iter()
            .map(|change| match change {
                Command::EditServer(_, server) => format!("edit {}", server.endpoint),
                Command::AddServer(_, server) => format!("add {}", server.endpoint),
                Command::DeleteServer(_, server) => format!("delete {server}"),
                Command::DeleteService(_) => "delete service".to_owned(),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["edit 10.9.0.12:80", "add 10.9.0.13:80", "delete 10.9.0.11:80", "delete service"]);
    }
}
