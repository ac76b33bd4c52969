use super::super::spec::{Kind, Order, Peer};
use super::*;
use std::net::Ipv4Addr;
use ulvs::lvs::ForwardingMethod;

fn told(text: &str) -> (Option<Scenario>, Vec<String>) {
    let source = Source::from_text("dir/a.toml", text);
    let mut out = Diagnostics::default();
    let read = read(&source, &mut out);
    (read, out.iter().map(ToString::to_string).collect())
}

fn errors(text: &str) -> Vec<String> {
    let (read, errors) = told(text);
    assert!(read.is_none(), "{text}");
    errors
}

#[test]
fn what_is_left_out_has_its_default() {
    let (read, errors) =
        told("[director]\nmode = \"nat\"\n[[traffic]]\nprotocol = \"udp\"\n[run]\nrate = \"max\"\n");
    let read = read.unwrap_or_else(|| panic!("{errors:?}"));
    assert_eq!(read.name, "a");
    let Target::Ulvs(ulvs) = &read.target else { panic!("{read:?}") };
    assert_eq!((ulvs.method, ulvs.workers, &ulvs.weights[..]), (ForwardingMethod::Nat, 1, &[1][..]));
    assert_eq!(ulvs.scheduler.as_str(), "wlc");
    let Load::Mix(mix) = &read.load else { panic!("{read:?}") };
    assert_eq!(mix[0].kind, Kind::Udp);
    assert_eq!((&mix[0].sizes[..], mix[0].flows), (&[(64, 1)][..], Some(1000)));
    assert_eq!((read.run.rate, read.run.rounds), (Rate::Max, 1));
}

#[test]
fn everything_can_be_said() {
    let text = r#"
name = "all"
[director]
peer = "dnat"
[[traffic]]
protocol = "tcp"
established = true
frame-sizes = [64, [594, 4], [1518, 1]]
flows = 5_000
order = { runs = 16 }
new-per-second = 1.5e3
port = 80
share = 3
clients = 7
[[traffic]]
protocol = "udp"
frame-sizes = "imix"
flows = "new"
[search]
loss-below = 1e-4
latency-p99-below-us = 200
lowest = 10
highest = 1e6
trial = 0.5
resolution = 0.1
"#;
    let (read, errors) = told(text);
    let read = read.unwrap_or_else(|| panic!("{errors:?}"));
    assert!(matches!(read.target, Target::Peer(Peer::Dnat)));
    let Load::Mix(mix) = &read.load else { panic!("{read:?}") };
    assert_eq!(mix[0].sizes, [(64, 1), (594, 4), (1518, 1)]);
    assert_eq!((mix[0].order, mix[0].new_per_second, mix[0].clients), (Order::Runs(16), Some(1500.0), 7));
    assert_eq!((&mix[1].sizes[..], mix[1].flows), (&[(64, 7), (594, 4), (1518, 1)][..], None));
    let search = read.search.expect("a search");
    assert_eq!((search.loss, search.latency_us), (Some(1e-4), [None, Some(200.0), None]));
}

#[test]
fn a_network_that_exists() {
    let text = "[network]\nclient = \"a\"\nclient-interface = \"eth0\"\nserver = \"/proc/7/ns/net\"\n\
                server-interface = \"e\"\nvip = \"10.9.1.1\"\nclients = \"10.9.0.0/24\"\nnext-hop = \"10.9.0.1\"\n\
                [[traffic]]\nprotocol = \"udp\"\n[run]\nrate = 10\n";
    let (read, errors) = told(text);
    let read = read.unwrap_or_else(|| panic!("{errors:?}"));
    let Target::Network(network) = read.target else { panic!() };
    assert_eq!(network.client, Path::new("/run/netns/a"));
    assert_eq!(network.server, Path::new("/proc/7/ns/net"));
    assert_eq!(network.clients, (Ipv4Addr::new(10, 9, 0, 2), 253), "without the next hop's");
}

#[test]
fn every_mistake_is_told_with_its_place_at_once() {
    let text = "[director]\nmode = \"drr\"\nworker = 2\n[[traffic]]\nprotocol = \"udp\"\nframe-size = 64\nport = 0\n\
                flows = -3\n[run]\nrate = \"mx\"\ntime = 9999\n";
    assert_eq!(
        errors(text),
        [
            "dir/a.toml:2:8: error: \"drr\" is none of \"dr\", \"nat\" and \"tun\"",
            "dir/a.toml:3:1: error: unknown key `worker`",
            "dir/a.toml:6:1: error: unknown key `frame-size`",
            "dir/a.toml:7:8: error: must lie between 1 and 65535",
            "dir/a.toml:8:9: error: must lie between 1 and 4194304",
            "dir/a.toml:10:8: error: \"mx\" is not \"max\"",
            "dir/a.toml:11:8: error: must lie between 0.01 and 3600",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn what_does_not_go_together_is_refused() {
    let base = "[director]\nmode = \"dr\"\n";
    let replay = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/replay.pcap");
    let replay = format!("[replay]\npcap = \"{replay}\"\n");
    let udp = "[[traffic]]\nprotocol = \"udp\"\n";
    for (text, message) in [
        (String::new(), "[director] or [network] is missing"),
        (format!("{base}{udp}"), "[run] is missing"),
        (format!("{base}[run]\nrate = 1\n"), "[[traffic]] or [replay] is missing"),
        (format!("{base}{udp}[search]\nlowest = 5\n"), "`loss-below` or"),
        (format!("{base}{udp}[search]\nloss-below = 0\nlowest = 5\nhighest = 5\n"), "is not below"),
        (format!("{base}{udp}[run]\nrate = 5\n[search]\nloss-below = 0\n"), "no `rate` here"),
        (format!("{base}{replay}[run]\nlatency = true\n"), "carry no stamps"),
        (format!("{base}{replay}speed = 1\n[run]\nrate = 4\n"), "either `rate`,"),
        (format!("{base}{udp}established = true\n[run]\nrate = 1\n"), "for tcp only"),
        (format!("{base}peer = \"dnat\"\n{udp}[run]\nrate = 1\n"), "one of"),
        (format!("[director]\npeer = \"dnat\"\nworkers = 2\n{udp}[run]\nrate = 1\n"), "only with `mode`"),
        (format!("{base}{udp}frame-sizes = 63\n[run]\nrate = 1\n"), "between 64 and 1518"),
        (format!("{base}weights = [1, 2]\nservers = 3\n{udp}[run]\nrate = 1\n"), "2 weights for 3"),
        (format!("{base}scheduler = \"wlcc\"\n{udp}[run]\nrate = 1\n"), "none of"),
        (
            format!("{base}scheduler = \"sh\"\nscheduler-flags = \"mh-port\"\n{udp}[run]\nrate = 1\n"),
            "mh-port",
        ),
        (format!("{base}{udp}flows = 4000000\nclients = 1\n[run]\nrate = 1\n"), "more than 1 client"),
        (format!("{base}[replay]\npcap = \"nowhere\"\n"), "dir/nowhere: No such file"),
        (format!("{base}x = [\n"), "array"),
    ] {
        let told = errors(&text);
        assert!(told.iter().any(|told| told.contains(message)), "{message}: {told:?}");
    }
}

#[test]
fn the_manual_knows_every_key() {
    let manual = include_str!("../../../../docs/packet-lab.md");
    for table in ["", "[director]\n", "[network]\n", "[[traffic]]\n", "[replay]\n", "[run]\n", "[search]\n"] {
        let source = Source::from_text("a.toml", format!("{table}zzz = 1\n"));
        let mut out = Diagnostics::default();
        assert!(read(&source, &mut out).is_none());
        let known = out
            .iter()
            .filter(|told| told.message == "unknown key `zzz`")
            .filter_map(|told| told.help.as_deref()?.strip_prefix("known here: ").map(str::to_owned));
        let known: Vec<_> = known.collect();
        assert_eq!(known.len(), 1, "{table}");
        for key in known[0].split(", ") {
            let named = [format!("`{key}`"), format!("`[{key}]`"), format!("`[[{key}]]`")];
            assert!(named.iter().any(|named| manual.contains(named)), "{key} of {table}");
        }
    }
}
