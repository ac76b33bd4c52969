//! Programs that the documents' scripts call and a machine of today may not have. On the hosts of a how-to this program
//! stands in their places in `/sbin`, and does for the lab's network what they do.

use super::addresses::{self, Address};
use super::furnish;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;
use ulvs::host::links::Links;
use ulvs::host::sysctl;

/// Their names.
pub const NAMES: [&str; 10] = [
    "arptables",
    "hostname",
    "ifconfig",
    "ifup",
    "iptables",
    "lab-furnish",
    "route",
    "rpm",
    "service",
    "systemctl",
];
/// The variable with the host's name in the document.
pub const HOSTNAME: &str = "LAB_HOSTNAME";

/// True if the program was called by one of the names.
pub fn is_called(argv0: Option<&OsString>) -> bool {
    name(argv0).is_some_and(|name| NAMES.contains(&name))
}

fn name(argv0: Option<&OsString>) -> Option<&str> {
    Path::new(argv0?).file_name()?.to_str()
}

/// Does what the program of that name does.
pub fn entry(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    let argv: Vec<_> = argv.into_iter().collect();
    let name = name(argv.first()).unwrap_or_default();
    let words: Vec<_> = argv.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match call(name, &words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn call(name: &str, words: &[&str]) -> Result<()> {
    match (name, words) {
        ("lab-furnish", [root, places @ ..]) => furnish::mount(Path::new(root), places),
        ("hostname", []) => {
            println!("{}", std::env::var(HOSTNAME)?);
            Ok(())
        }
        ("ifconfig", words) => ifconfig(words),
        ("ifup", [device]) => ifup(device),
        ("route", ["add", "-host", address, "dev", device]) => route(address.parse()?, device),
        ("arptables", words) => arptables(words),
        // A namespace of one's own has no rules.
        ("iptables", ["-F"]) | ("rpm", ["-q", _]) => Ok(()),
        ("iptables", words) => machines("iptables", words),
        ("service" | "systemctl", ["httpd", "start"] | ["start", "httpd"]) => web_runs(),
        ("service", ["arptables_jf", "save"]) => Ok(()),
        (name, words) => bail!("the lab's {name} cannot do this: {}", words.join(" ")),
    }
}

/// Runs the machine's own program, where there is one.
fn machines(name: &str, words: &[&str]) -> Result<()> {
    let program = fs::canonicalize("/sbin")?.join(furnish::REAL).join(name);
    ensure!(program.exists(), "this machine has none");
    let status = Command::new(program).args(words).status()?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// The lab has started the web server already.
fn web_runs() -> Result<()> {
    let here = (Ipv4Addr::LOCALHOST, 80).into();
    TcpStream::connect_timeout(&here, Duration::from_secs(1)).context("no web server")?;
    Ok(())
}

/// `ifconfig [NAME [down | up | ADDRESS [netmask MASK] [broadcast ADDRESS] [up]]]`.
fn ifconfig(words: &[&str]) -> Result<()> {
    let Some((&label, rest)) = words.split_first() else { return show(|_| true) };
    if rest.is_empty() {
        return show(|address| address.label == label);
    }
    if rest == ["down"] {
        return addresses::remove(label);
    }
    let mut new = None;
    let mut mask = Ipv4Addr::BROADCAST;
    let mut rest = rest.iter().copied();
    while let Some(word) = rest.next() {
        match word {
            "up" => {}
            "netmask" => mask = rest.next().context("a mask")?.parse()?,
            // Nobody in these networks speaks to all.
            "broadcast" => drop(rest.next().context("an address")?.parse::<Ipv4Addr>()?),
            address => new = Some(address.parse()?),
        }
    }
    let Some(address) = new else {
        let mut links = Links::open()?;
        let index = links.find(label)?.ifindex;
        return Ok(
            links.change(index, &ulvs::host::links::LinkChange { up: Some(true), ..Default::default() })?
        );
    };
    let prefix = addresses::prefix(mask)?;
    addresses::set(&Address { label: label.to_owned(), address, prefix, is_private: false })
}

fn show(wanted: impl Fn(&Address) -> bool) -> Result<()> {
    for found in addresses::list()?.iter().filter(|address| wanted(address)) {
        let kind = if addresses::interface(&found.label) == "lo" { "Local Loopback" } else { "Ethernet" };
        println!("{:<9} Link encap:{kind}", found.label);
        println!("          inet addr:{}  Mask:{}", found.address, found.mask());
    }
    Ok(())
}

/// Reads `ifcfg-DEVICE` as Red Hat's network scripts do.
fn ifup(device: &str) -> Result<()> {
    let path = format!("/etc/sysconfig/network-scripts/ifcfg-{device}");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.map(|value| value.trim_matches('"')).ok_or_else(|| anyhow!("{path} has no {key}"))
    };
    let prefix = addresses::prefix(value("NETMASK")?.parse()?)?;
    let (label, address) = (value("DEVICE")?.to_owned(), value("IPADDR")?.parse()?);
    addresses::set(&Address { label, address, prefix, is_private: false })
}

fn route(address: Ipv4Addr, device: &str) -> Result<()> {
    let mut links = Links::open()?;
    let index = links.find(addresses::interface(device))?.ifindex;
    Ok(links.replace_route(ipnet::IpNet::from(std::net::IpAddr::from(address)), None, index)?)
}

/// The two rules that every Piranha how-to has: be silent when somebody asks for the VIP, and do not ask as the VIP.
/// Without a packet filter for ARP the same is had by making the VIP the host's own affair.
fn arptables(words: &[&str]) -> Result<()> {
    match words {
        ["-A", "IN", "-d", vip, "-j", "DROP"] => {
            let vip: Ipv4Addr = vip.parse()?;
            let found = addresses::list()?.into_iter().find(|address| address.address == vip);
            let found = found.with_context(|| format!("{vip} is no address of this host"))?;
            addresses::set(&Address { is_private: true, ..found })?;
            // 3: no answers for such addresses.
            Ok(sysctl::write("net/ipv4/conf/all/arp_ignore", "3")?)
        }
        ["-A", "OUT", "-s", _, "-j", "mangle", "--mangle-ip-s", _] => {
            // 2: ask as an address of the network that is asked.
            Ok(sysctl::write("net/ipv4/conf/all/arp_announce", "2")?)
        }
        _ => bail!("the lab knows two rules only"),
    }
}
