//! The dialect, read; more of it in tests/old_dialects.rs.

use super::block::{SERVER_KEYS, VIRTUAL_KEYS};
use super::*;
use crate::config::Names;
use std::collections::BTreeSet;

fn read(text: &str) -> (Intent, Vec<String>) {
    let mut out = Diagnostics::default();
    let names = Names::default();
    let intent = Piranha.read(&Source::from_text("lvs.cf", text), &Context::of_names(&names), &mut out);
    (intent, out.iter().map(ToString::to_string).collect())
}

#[test]
fn every_key_is_explained() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dialects/piranha.md")).unwrap();
    let mut section = "";
    let mut explained: [BTreeSet<&str>; 3] = Default::default();
    for line in page.lines() {
        section = line.strip_prefix("## ").unwrap_or(section);
        let place = match section {
            "Outside of blocks" => 0,
            "`virtual NAME { … }`" => 1,
            "`server NAME { … }`" => 2,
            _ => continue,
        };
        if line.starts_with("### ") {
            section = "";
        }
        let Some(cell) = line.strip_prefix("| `").and_then(|rest| rest.split(" |").next()) else { continue };
        let keys = cell.split(['`', ',', ' ']).filter(|word| !word.is_empty());
        explained[place].extend(keys);
    }
    let known = [GLOBAL_KEYS, VIRTUAL_KEYS, SERVER_KEYS];
    for (keys, explained) in known.iter().zip(explained) {
        let keys: BTreeSet<&str> = keys.iter().map(|(name, _)| *name).collect();
        assert_eq!(keys, explained, "docs/dialects/piranha.md");
    }
}

#[test]
fn an_unknown_block_is_told_once() {
    let (_, remarks) = read(
        "cluster {\nnode a {\nx = 1\n}\n\"unclosed\n}\nvirtual a {\nactive = 1\naddress = 192.0.2.1 e\nlb {\n}\n}\nserver b {\n\
         port = 1\n}\n",
    );
    let errors: Vec<_> = remarks.iter().filter(|remark| remark.contains("error")).collect();
    assert_eq!(
        errors,
        [
            "lvs.cf:1:1: error: unknown command `cluster` outside of a virtual server",
            "lvs.cf:10:1: error: unknown command `lb` in a virtual server",
            "lvs.cf:13:1: error: unknown command `server` outside of a virtual server",
        ]
    );
}

#[test]
fn an_empty_file_is_wrong_and_a_comment_is_not() {
    assert_eq!(read("").1, ["lvs.cf:1:1: error: empty configuration"]);
    let nothing = "lvs.cf:1:1: warning: no active lvs services defined: pulse would not start";
    assert_eq!(read("# nothing\r\n\r\n").1, [nothing]);
}

#[test]
fn names_are_unique() {
    let block =
        |vip: u8, name: &str| format!("virtual {name} {{\nactive = 1\naddress = 192.0.2.{vip} e\n}}\n");
    let text = block(1, "a") + &block(2, "a") + &block(3, "a-2") + &block(4, "a");
    let names: Vec<_> = read(&text).0.farms.into_iter().map(|farm| farm.name).collect();
    assert_eq!(names, ["a", "a-2", "a-2-2", "a-3"]);
}

/// What the language cannot say is told, and the rest is written.
#[test]
fn what_cannot_be_written_is_told() {
    use crate::lvs::{
        Endpoint, ForwardingMethod, Protocol, RealServerSpec, ServiceKey, ServiceSpec, WhenDown,
    };
    let (mut intent, _) = read(
        "network = direct\nvirtual a {\nactive = 1\naddress = 192.0.2.1 e\nserver s {\naddress = 10.0.0.1\nactive = 1\n}\n}\n",
    );
    let addr = |text: &str| Endpoint::new(text.parse().unwrap(), 80);
    let key = |protocol, text| ServiceKey::Tuple { protocol, virt: addr(text) };
    for key in
        [key(Protocol::Tcp, "2001:db8::1"), key(Protocol::Sctp, "192.0.2.1"), key(Protocol::Tcp, "192.0.2.7")]
    {
        let server =
            RealServerSpec { method: ForwardingMethod::Tunnel, ..RealServerSpec::new(addr("10.0.0.2")) };
        intent.services.insert(key, (ServiceSpec::new(key), vec![server]));
    }
    intent.tunables.insert("drop_entry".to_owned(), 1);
    let farm = intent.farms.first_mut().unwrap();
    farm.quorum.weight = 2;
    farm.servers[0].checks[0].timing.falls = 3;
    farm.servers[0].slow_start = None;
    farm.servers[0].when_down = WhenDown::Quiesce;
    let key = farm.services[0];
    intent.services.get_mut(&key).unwrap().0.one_packet = true;
    let written = write(&intent);
    insta::assert_snapshot!(format!("{}\n{}", written.unsaid.join("\n"), written.text));
}
