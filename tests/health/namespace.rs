//! What needs a network of its own: this binary once more, in a network namespace with one interface behind which
//! nobody is.

use crate::{asked, target, within};
use std::fs;
use std::process::Command;
use ulvs::lvs::{Origin, Probe, UdpProbe};

const INSIDE: &str = "ULVS_HEALTH_INSIDE";

#[test]
fn pings_marks_and_interfaces_in_a_namespace() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let prepare = "ip link set lo up && ip link add d0 type veth peer name d1 && ip link set d1 up && ip link set d0 up \
                   && ip addr add 10.9.0.1/24 dev d0 && ip addr add fd09::1/64 dev d0 nodad \
                   && ip neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev d0 \
                   && ip neigh add fd09::2 lladdr 02:00:00:00:00:02 dev d0 && ip rule add fwmark 7 prohibit pref 1";
    let can = Command::new("unshare").args(["-rn", "sh", "-c", prepare]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("not shown: no network namespaces here, or no `ip`");
        return;
    }
    let itself = "namespace::pings_marks_and_interfaces_in_a_namespace";
    let inside = format!("{prepare} && exec \"$0\" --exact {itself} --nocapture");
    let output = Command::new("unshare")
        .args(["-rn", "sh", "-c", &inside])
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A counter of this namespace.
fn counter(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap();
    if let Some(value) = text.lines().find_map(|line| line.strip_prefix(name)) {
        return value.trim().parse().unwrap();
    }
    let mut icmp =
        text.lines().filter(|line| line.starts_with("Icmp:")).map(|line| line.split(' ').collect::<Vec<_>>());
    let (names, values) = (icmp.next().unwrap(), icmp.next().unwrap());
    values[names.iter().position(|known| *known == name).unwrap()].parse().unwrap()
}

fn inside() {
    let (v4, v6) = ("/proc/net/snmp", "/proc/net/snmp6");
    let (echos, echos6) = ("OutEchos", "Icmp6OutEchos");
    let ping = |tries, addr: &str| asked(&within(600, Probe::Ping { tries }), &target(addr.parse().unwrap()));

    // As many requests as tries, and silence is a failure.
    let nobody = ping(3, "10.9.0.2:0");
    assert_eq!((nobody.is_up, counter(v4, echos)), (false, 3), "{}", nobody.detail);
    let nobody = ping(2, "[fd09::2]:0");
    assert_eq!((nobody.is_up, counter(v6, echos6)), (false, 2), "{}", nobody.detail);
    // One is enough if it is answered.
    let answered = ping(3, "10.9.0.1:0");
    assert_eq!((answered.is_up, counter(v4, echos)), (true, 4), "{}", answered.detail);
    assert!(ping(3, "[fd09::1]:0").is_up);
    assert_eq!(counter(v6, echos6), 3);
    // The same without privilege, where the kernel chooses the id.
    fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0").unwrap();
    assert!(ping(1, "10.9.0.1:0").is_up && ping(1, "[fd09::1]:0").is_up);
    assert_eq!((counter(v4, echos), counter(v6, echos6)), (5, 4));

    // Silence is no error; no route is one. The mark chooses a rule, and that prohibits it; the interface stands for a
    // route.
    let udp = |addr: &str, origin: Origin| {
        let mut target = target(addr.parse().unwrap());
        target.origin = origin;
        asked(&within(300, Probe::Udp(UdpProbe::default())), &target)
    };
    let plain = udp("10.9.0.2:9", Origin::default());
    assert_eq!((plain.is_up, plain.detail.as_str()), (true, "no ICMP error"));
    assert!(udp("10.9.0.2:9", Origin { mark: Some(8), ..Origin::default() }).is_up);
    let prohibited = udp("10.9.0.2:9", Origin { mark: Some(7), ..Origin::default() });
    assert!(!prohibited.is_up && prohibited.detail.contains("ermission denied"), "{}", prohibited.detail);
    let nowhere = udp("203.0.113.1:9", Origin::default());
    assert!(!nowhere.is_up && nowhere.detail.contains("unreachable"), "{}", nowhere.detail);
    let by_interface = udp("203.0.113.1:9", Origin { interface: Some("d0".into()), ..Origin::default() });
    assert!(by_interface.is_up, "{}", by_interface.detail);
}
