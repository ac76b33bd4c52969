//! The dialect, read and written; more of it in tests/old_dialects.rs.

use super::*;
use crate::lvs::{Endpoint, Persistence, Protocol, RealServerSpec, ServiceKey, ServiceSpec};

fn read(text: &str) -> (Intent, Vec<String>) {
    let mut out = Diagnostics::default();
    let names = Names::from_text("telnet 23/tcp\n", "192.0.2.10 lvs\n10.0.0.1 rs1\n");
    let intent =
        ConfigureLvs.read(&Source::from_text("lvs.conf", text), &Context::of_names(&names), &mut out);
    (intent, out.iter().map(ToString::to_string).collect())
}

#[test]
fn every_key_is_explained() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dialects/configure-lvs.md"))
            .unwrap();
    for key in KEYS.iter().chain(&["SERVICE"]) {
        let rows = page.lines().filter(|line| {
            let cell = line.strip_prefix("| ").and_then(|rest| rest.split(" |").next());
            cell.is_some_and(|cell| cell.split(", ").any(|name| name == format!("`{key}`")))
        });
        assert_eq!(rows.count(), 1, "docs/dialects/configure-lvs.md: {key}");
    }
}

#[test]
fn lines_may_stand_in_any_order() {
    let lines = [
        "LVS_TYPE=VS_NAT",
        "INITIAL_STATE=on",
        "VIP=eth0:1 lvs 255.255.255.255 lvs",
        "SERVICE=t telnet rr rs1:8023,2",
    ];
    let forth = lines.join("\n");
    let back = lines.iter().rev().copied().collect::<Vec<_>>().join("\r\n");
    let (intent, remarks) = read(&forth);
    assert_eq!(remarks.len(), 1, "a broadcast address that is a name: {remarks:?}");
    assert_eq!(read(&back).0, intent);
    let (spec, servers) = intent.services.values().next().unwrap();
    assert_eq!(
        spec.key,
        ServiceKey::Tuple {
            protocol: Protocol::Tcp,
            virt: "192.0.2.10".parse().map(|addr| Endpoint::new(addr, 23)).unwrap()
        }
    );
    let shown: Vec<_> =
        servers.iter().map(|s| format!("{} {:?} {}", s.endpoint, s.method, s.weight)).collect();
    assert_eq!(shown, ["10.0.0.1:8023 Nat 2"]);
}

/// What the language cannot say is told, and the rest is written.
#[test]
fn what_cannot_be_written_is_told() {
    let mut intent = Intent::default();
    let addr = |text: &str, port| Endpoint::new(text.parse().unwrap(), port);
    let key = |protocol, virt| ServiceKey::Tuple { protocol, virt };
    for key in [
        key(Protocol::Tcp, addr("192.0.2.10", 0)),
        key(Protocol::Udp, addr("192.0.2.10", 53)),
        key(Protocol::Tcp, addr("192.0.2.11", 80)),
        key(Protocol::Sctp, addr("192.0.2.10", 80)),
        key(Protocol::Tcp, addr("2001:db8::1", 80)),
        ServiceKey::Fwmark { family: crate::lvs::Family::V4, mark: 5 },
    ] {
        let mask = crate::lvs::ClientMask::V4([255, 255, 255, 0].into());
        let persistence = Some(Persistence { timeout_seconds: 60, mask });
        let server =
            |text, method| RealServerSpec { method, weight: 3, ..RealServerSpec::new(addr(text, 80)) };
        let servers =
            vec![server("10.0.0.1", ForwardingMethod::Nat), server("10.0.0.2", ForwardingMethod::Tunnel)];
        intent.services.insert(key, (ServiceSpec { persistence, ..ServiceSpec::new(key) }, servers));
    }
    intent.timeouts = Some(crate::lvs::Timeouts::default());
    let written = write(&intent);
    insta::assert_snapshot!(format!("{}\n{}", written.unsaid.join("\n"), written.text));
}
