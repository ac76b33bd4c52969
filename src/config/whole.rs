//! Several files make one configuration.

use super::diagnostic::Diagnostics;
use super::dialect::{Context, Format};
use super::source::Source;
use crate::control::command::Intent;
use crate::lvs::{ServiceKey, Vrrp};
use std::collections::HashSet;

/// Reads texts, each in its format (`None`: told by its content), into one intent. What is defined twice is an error.
pub fn read_all(
    sources: &[Source],
    format: Option<Format>,
    context: &Context<'_>,
    out: &mut Diagnostics,
) -> (Intent, Vec<Format>) {
    let mut whole = Intent::default();
    let mut formats = Vec::new();
    for source in sources {
        let format = format.unwrap_or_else(|| Format::detect(source));
        let mut own = Diagnostics::default();
        if source.was_marked() && format != Format::Native {
            let message = "a byte order mark stands before this: it is no part of the first word here";
            own.note(source, 0..0, message).strict().help("save the file without it");
        }
        let intent = format.dialect().read(source, context, &mut own);
        join(&mut whole, intent, source, &mut own, out);
        own.sort();
        out.append(own);
        formats.push(format);
    }
    (whole, formats)
}

fn join(whole: &mut Intent, part: Intent, source: &Source, own: &mut Diagnostics, before: &Diagnostics) {
    for (key, service) in part.services {
        if whole.services.contains_key(&key) {
            let elsewhere =
                before.place_of(&key).map_or_else(String::new, |place| format!(" (first {place})"));
            let message = format!("{} is defined in two files{elsewhere}", key.describe());
            let at = own.place_of(&key).map_or(0, |place| source.offset_of_line(place.line));
            own.error(source, source.line_at(at), message);
            continue;
        }
        whole.services.insert(key, service);
    }
    if let Some(timeouts) = part.timeouts {
        whole.timeouts = Some(timeouts);
    }
    if let Some(marks) = part.marks {
        whole.marks.get_or_insert_default().extend(marks);
    }
    whole.tunables.extend(part.tunables);
    let mut watched: HashSet<ServiceKey> =
        whole.farms.iter().flat_map(|farm| farm.services.iter().copied()).collect();
    for farm in part.farms {
        if farm.services.iter().all(|key| !watched.contains(key)) {
            watched.extend(farm.services.iter().copied());
            whole.farms.push(farm);
        }
    }
    join_vrrp(&mut whole.vrrp, part.vrrp, source, own, before);
    if let Some(sync) = part.sync {
        if whole.sync.as_ref().is_some_and(|known| *known != sync) {
            own.error(source, 0..0, "synchronisation of connections is defined in two files");
        }
        whole.sync = Some(sync);
    }
    whole.upkeep = std::mem::take(&mut whole.upkeep).and(part.upkeep);
}

/// What is told by name, or by its number on an interface, may be in one file alone.
fn join_vrrp(whole: &mut Vrrp, part: Vrrp, source: &Source, own: &mut Diagnostics, before: &Diagnostics) {
    let Vrrp { instances, groups, watched, fifos, pulse } = part;
    if let Some(pulse) = pulse
        && whole.pulse.replace(pulse).is_some()
    {
        own.error(source, 0..0, "`primary` is in two files: a director is in one pair at most");
    }
    for instance in instances {
        let known = whole.instances.iter().find(|known| {
            known.name == instance.name
                || (known.vrid, &known.interface, known.family)
                    == (instance.vrid, &instance.interface, instance.family)
        });
        let Some(known) = known else {
            whole.instances.push(instance);
            continue;
        };
        let first = before.router(&known.name).map_or_else(String::new, |place| format!(" (first {place})"));
        let message = if known.name == instance.name {
            format!("the virtual router `{}` is defined in two files{first}", instance.name)
        } else {
            format!(
                "the virtual router {} on {} is defined in two files{first}",
                instance.vrid, instance.interface
            )
        };
        let at = own.router(&instance.name).map_or(0, |place| source.offset_of_line(place.line));
        own.error(source, source.line_at(at), message);
    }
    for group in groups {
        if whole.groups.iter().any(|known| known.name == group.name) {
            let message = format!("the group of virtual routers `{}` is defined in two files", group.name);
            own.error(source, 0..0, message);
        } else {
            whole.groups.push(group);
        }
    }
    for thing in watched {
        if !whole.watched.iter().any(|known| known.name == thing.name) {
            whole.watched.push(thing);
        } else if !whole.watched.contains(&thing) {
            let message = format!("`{}`, which virtual routers look at, is defined in two files", thing.name);
            own.error(source, 0..0, message);
        }
    }
    for fifo in fifos {
        if !whole.fifos.contains(&fifo) {
            whole.fifos.push(fifo);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::names::Names;

    /// What is said of two files of keepalived's.
    fn said(first: &str, second: &str) -> (usize, Vec<String>) {
        let sources = [Source::from_text("a.conf", first), Source::from_text("b.conf", second)];
        let names = Names::default();
        let mut out = Diagnostics::default();
        let context = Context::of_names(&names);
        let (intent, _) = read_all(&sources, Some(Format::Keepalived), &context, &mut out);
        let errors = out.iter().map(ToString::to_string).collect();
        (intent.vrrp.instances.len(), errors)
    }

    fn router(name: &str, vrid: u8, interface: &str) -> String {
        format!(
            "vrrp_instance {name} {{\n interface {interface}\n virtual_router_id {vrid}\n virtual_ipaddress {{\n  10.0.0.{vrid}\n }}\n}}\n"
        )
    }

    #[test]
    fn virtual_routers_of_two_files() {
        let one = router("one", 1, "eth0");
        assert_eq!(said(&one, &router("two", 1, "eth1")), (2, Vec::new()));
        let twice = "b.conf:1:1: error: the virtual router `one` is defined in two files (first a.conf:1:1)";
        assert_eq!(said(&one, &router("one", 2, "eth0")), (1, vec![twice.to_owned()]));
        let number =
            "b.conf:1:1: error: the virtual router 1 on eth0 is defined in two files (first a.conf:1:1)";
        assert_eq!(said(&one, &router("two", 1, "eth0")), (1, vec![number.to_owned()]));
    }
}
