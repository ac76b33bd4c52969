//! What another configuration changes besides services and real servers: what is watched, virtual routers, synchronisation.

use super::command::Intent;
use crate::lvs::Pulse;
use std::collections::BTreeMap;

/// A line for each thing that another configuration defines, defines otherwise, or defines no longer.
pub(super) fn changes(before: &Intent, wanted: &Intent) -> Vec<String> {
    let mut lines = Vec::new();
    compare(&mut lines, "watch", (&before.farms, &wanted.farms), |farm| farm.name.clone());
    let (old, new) = (&before.vrrp, &wanted.vrrp);
    let routers = (&old.instances[..], &new.instances[..]);
    compare(&mut lines, "virtual router", routers, |one| one.name.clone());
    compare(&mut lines, "group of virtual routers", (&old.groups, &new.groups), |one| one.name.clone());
    let watched = (&old.watched[..], &new.watched[..]);
    compare(&mut lines, "what virtual routers look at:", watched, |one| one.name.clone());
    if old.fifos != new.fifos {
        lines.push("pipes of virtual routers otherwise".to_owned());
    }
    let pairs = (old.pulse.as_slice(), new.pulse.as_slice());
    compare(&mut lines, "stand by:", pairs, Pulse::describe);
    if before.sync != wanted.sync {
        lines.push(match &wanted.sync {
            Some(setup) => format!("synchronise connections on {}", setup.interface),
            None => "synchronise connections no longer".to_owned(),
        });
    }
    lines
}

/// In the new order; what is gone comes last.
fn compare<T: PartialEq>(
    lines: &mut Vec<String>,
    what: &str,
    (old, new): (&[T], &[T]),
    name: impl Fn(&T) -> String,
) {
    let mut gone: BTreeMap<String, &T> = old.iter().map(|one| (name(one), one)).collect();
    for one in new {
        let name = name(one);
        match gone.remove(&name) {
            None => lines.push(format!("{what} {name}")),
            Some(before) if before != one => lines.push(format!("{what} {name} otherwise")),
            Some(_) => {}
        }
    }
    let gone = old.iter().map(name).filter(|name| gone.contains_key(name));
    lines.extend(gone.map(|name| format!("{what} {name} no longer")));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::config::{Context, Diagnostics, Dialect, Names, Native, Piranha, Source};

    fn read(dialect: &dyn Dialect, text: &str) -> Intent {
        let names = Names::default();
        let mut out = Diagnostics::default();
        let intent = dialect.read(&Source::from_text("text", text), &Context::of_names(&names), &mut out);
        assert!(!out.has_errors(), "{out:?}");
        intent
    }

    #[test]
    fn what_stands_by_is_told() {
        let router = |name: &str, priority: u8| {
            format!(
                "[[vrrp]]\nname = \"{name}\"\ninterface = \"eth0\"\nid = 7\npriority = {priority}\n\
                 addresses = [\"192.0.2.{priority}\"]\n"
            )
        };
        let one = read(&Native, &router("a", 100));
        let two = read(
            &Native,
            &format!(
                "{}{}[sync]\ninterface = \"eth1\"\n",
                router("a", 90),
                router("b", 80).replace('7', "8")
            ),
        );
        assert_eq!(changes(&one, &one), Vec::<String>::new());
        assert_eq!(
            changes(&one, &two),
            ["virtual router a otherwise", "virtual router b", "synchronise connections on eth1"]
        );
        assert_eq!(
            changes(&two, &one),
            ["virtual router a otherwise", "virtual router b no longer", "synchronise connections no longer"]
        );
        let pair = "primary = 192.0.2.1\nbackup = 192.0.2.2\nbackup_active = 1\nheartbeat = 1\n";
        let pair = read(&Piranha, pair);
        assert_eq!(
            changes(&one, &pair),
            ["virtual router a no longer", "stand by: pulse's pair of 192.0.2.1 and 192.0.2.2"]
        );
        assert_eq!(
            changes(&pair, &Intent::default()),
            ["stand by: pulse's pair of 192.0.2.1 and 192.0.2.2 no longer"]
        );
    }
}
