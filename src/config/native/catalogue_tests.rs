//! Keys that the reader knows are explained, and what is explained is known.

use super::keys;
use std::collections::{BTreeMap, BTreeSet};

const DOCS: &str = include_str!("../../../docs/configuration.md");
const EXAMPLE: &str = include_str!("../../../docs/ulvs.toml.example");

/// The first cells of the tables below each `###` of the native part, and the last cells.
fn tables() -> BTreeMap<String, Vec<(Vec<String>, String)>> {
    let native = DOCS.split("\n## Native").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut tables: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut heading = String::new();
    for line in native.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            title.clone_into(&mut heading);
        } else if line.starts_with("| `") {
            let cells: Vec<&str> = line.trim_matches('|').split(" |").map(str::trim).collect();
            assert_eq!(cells.len(), if heading == "The file" { 2 } else { 3 }, "{line}");
            assert!(heading == "Types of checks" || cells.iter().all(|cell| !cell.is_empty()), "{line}");
            let row = (in_quotes(cells[0]), (*cells.last().unwrap()).to_owned());
            tables.entry(heading.clone()).or_default().push(row);
        }
    }
    tables
}

/// The words of a cell that stand in backquotes.
fn in_quotes(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn tables_of_the_docs_name_exactly_the_keys_that_are_read() {
    let mut tables = tables();
    let http: Vec<&str> = keys::of_type("https").unwrap().concat();
    let known: &[(&str, Vec<&str>)] = &[
        ("The file", keys::TOP.to_vec()),
        ("Services", [keys::SERVICE, keys::SERVICE_SHARED, keys::FARM_SHARED].concat()),
        ("Real servers", [keys::SERVER, keys::SERVER_SHARED, keys::WATCH_SHARED].concat()),
        ("Tunnels", keys::TUNNEL.to_vec()),
        ("Sorry servers", keys::SORRY.to_vec()),
        ("Slow start", keys::SLOW_START.to_vec()),
        ("Scripts", keys::SCRIPT.to_vec()),
        ("Mail", keys::MAIL.to_vec()),
        ("Checks", keys::CHECK.to_vec()),
        ("Where a check comes from", keys::FROM.to_vec()),
        ("HTTP", http),
        ("Bodies", keys::BODY.to_vec()),
        ("Logins", keys::LOGIN.to_vec()),
        ("Bytes", keys::BYTES.to_vec()),
        ("Timeouts", keys::TIMEOUTS.to_vec()),
        ("Upkeep", keys::UPKEEP.to_vec()),
        ("Log", keys::LOG.to_vec()),
        ("Synchronisation", keys::SYNC.to_vec()),
        ("Marks", keys::MARK.to_vec()),
        ("Virtual routers", keys::VRRP.to_vec()),
        ("Groups of virtual routers", keys::VRRP_GROUP.to_vec()),
        ("Authentication", keys::VRRP_AUTH.to_vec()),
        ("Virtual addresses", keys::VIRTUAL_ADDRESS.to_vec()),
        ("Routes", keys::VIRTUAL_ROUTE.to_vec()),
        ("Peers", keys::VRRP_PEER.to_vec()),
        ("A MAC of its own", keys::VMAC.to_vec()),
        ("Tracks", keys::TRACK.to_vec()),
        (
            "What virtual routers look at",
            [keys::WATCHED, keys::WATCHED_SCRIPT, keys::WATCHED_FILE, keys::WATCHED_PROCESS].concat(),
        ),
        ("Announcements", keys::ANNOUNCE.to_vec()),
        ("Notify", keys::NOTIFY.to_vec()),
    ];
    for (heading, keys) in known {
        let rows = tables.remove(*heading).unwrap_or_else(|| panic!("no table below {heading}"));
        let named: Vec<String> = rows.into_iter().flat_map(|(keys, _)| keys).collect();
        let wanted: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(named.iter().cloned().collect::<BTreeSet<_>>(), wanted, "{heading}");
        assert_eq!(named.len(), wanted.len(), "{heading}: a key has two rows");
    }
    let types = tables.remove("Types of checks").unwrap();
    assert_eq!(types.len(), keys::TYPES.len());
    for ((names, cell), (name, own)) in types.iter().zip(keys::TYPES) {
        assert_eq!(names, &[(*name).to_owned()], "in the catalogue's order");
        // The keys of requests have a table of their own.
        let own = if name.starts_with("http") { Vec::new() } else { own.concat() };
        let named: BTreeSet<String> = in_quotes(cell).into_iter().collect();
        for key in own {
            assert!(named.contains(key), "{name}: {key}");
        }
    }
    assert_eq!(tables.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "tables of nothing");
}

#[test]
fn the_example_has_every_key() {
    let top = [
        "timeouts",
        "sysctl",
        "upkeep",
        "defaults",
        "check",
        "mail",
        "service",
        "vrrp",
        "vrrp_group",
        "watched",
        "sync",
        "mark",
    ];
    let types = keys::TYPES.iter().flat_map(|(_, own)| own.concat());
    let all = [
        keys::TIMEOUTS,
        keys::UPKEEP,
        keys::SYNC,
        keys::SERVICE,
        keys::SERVICE_SHARED,
        keys::FARM_SHARED,
        keys::SERVER,
        keys::SERVER_SHARED,
        keys::WATCH_SHARED,
        keys::TUNNEL,
        keys::SORRY,
        keys::SLOW_START,
        keys::SCRIPT,
        keys::MAIL,
        keys::CHECK,
        keys::FROM,
        keys::BODY,
        keys::LOGIN,
        keys::BYTES,
        keys::LOG,
        keys::MARK,
        keys::VRRP,
        keys::VRRP_GROUP,
        keys::VRRP_AUTH,
        keys::VIRTUAL_ADDRESS,
        keys::VIRTUAL_ROUTE,
        keys::VRRP_PEER,
        keys::VMAC,
        keys::TRACK,
        keys::WATCHED,
        keys::WATCHED_SCRIPT,
        keys::WATCHED_FILE,
        keys::WATCHED_PROCESS,
        keys::ANNOUNCE,
        keys::NOTIFY,
        &["keep_marks"],
    ];
    let words: BTreeSet<&str> = EXAMPLE
        .split(" = ")
        .filter_map(|before| before.rsplit([' ', '\n', '{', '[']).find(|word| !word.is_empty()))
        .collect();
    for key in all.concat().into_iter().chain(types) {
        let is_table = EXAMPLE.contains(&format!("[[service.{key}]]"));
        assert!(words.contains(key) || is_table, "no {key} in the example");
    }
    for table in top {
        assert!(EXAMPLE.contains(&format!("[{table}")), "no {table} in the example");
    }
    for (name, _) in keys::TYPES {
        assert!(EXAMPLE.contains(&format!("\"{name}\"")), "no check of type {name} in the example");
    }
}
