//! Addresses of hosts: the VIP, and what configure-lvs would set up besides.

use super::Reader;
use super::words::{Assignment, Word, short};
use std::net::Ipv4Addr;

impl<'r> Reader<'r, '_> {
    /// `DEV ADDR NETMASK BROADCAST`.
    pub fn vip(&mut self, line: &Assignment<'r>) -> Option<Ipv4Addr> {
        let (Some(device), Some(host)) = (line.values.first(), line.values.get(1)) else {
            self.error(line.key.at.clone(), "a VIP has an interface and an address").help(VIP);
            return None;
        };
        if device.text == "TP" {
            let message = "`TP`: no transparent proxy is needed; the director answers for the VIP by itself";
            self.note(device.at.clone(), message);
        }
        let mask = self.mask(line.values.get(2));
        let broadcast = line.values.get(3);
        let addr = self.host(host.text, host.at.clone())?;
        if let (Some(mask), Some(word)) = (mask, broadcast) {
            let right = Ipv4Addr::from_bits(addr.to_bits() | !mask.to_bits());
            let given = word.text.parse::<Ipv4Addr>();
            if given != Ok(right) {
                let message = format!(
                    "the broadcast address of {addr} with {mask} is {right}: it does not matter here"
                );
                self.note(word.at.clone(), message);
            }
        }
        self.surplus(line, 4);
        if addr.is_unspecified() || addr.is_multicast() || addr.is_loopback() {
            self.error(host.at.clone(), format!("{addr} cannot be a VIP"));
            return None;
        }
        Some(addr)
    }

    fn mask(&mut self, word: Option<&Word<'_>>) -> Option<Ipv4Addr> {
        let word = word?;
        let mask = word.text.parse::<Ipv4Addr>().ok();
        if mask.is_none() {
            self.error(word.at.clone(), format!("`{}` is no network mask", short(word.text))).help(VIP);
        }
        mask
    }

    fn surplus(&mut self, line: &Assignment<'_>, count: usize) {
        if let Some(word) = line.values.get(count) {
            self.error(word.at.clone(), format!("unexpected `{}`", short(word.text))).help(VIP);
        }
    }

    /// What configure-lvs sets up on hosts. The director does not, and other hosts are not its business.
    pub fn of_hosts(&mut self, name: &'static str, line: &Assignment<'_>) {
        let at = line.key.at.clone();
        match name {
            "DIRECTOR_INSIDEIP" | "DIP" => {
                let (Some(device), Some(host)) = (line.values.first(), line.values.get(1)) else {
                    self.error(at, format!("`{name}` has an interface and an address"))
                        .help(format!("{name}=eth0 10.1.1.9 10.1.1.0 255.255.255.0 10.1.1.255"));
                    return;
                };
                let mask = line.values.get(3).and_then(|word| word.text.parse::<Ipv4Addr>().ok());
                let bits = mask.map_or(24, |mask| mask.to_bits().leading_ones());
                let device = device.text.split(':').next().unwrap_or_default();
                let help = match host.text.parse::<Ipv4Addr>() {
                    Ok(addr) => {
                        format!("`ip address add {addr}/{bits} dev {device}`, where it is not there yet")
                    }
                    Err(_) => {
                        format!(
                            "give {device} the address of `{}`, where it is not there yet",
                            short(host.text)
                        )
                    }
                };
                let message = format!(
                    "`{name}`: the director puts no addresses on interfaces, the host must have them"
                );
                self.warning(at, message).help(help);
            }
            "DIRECTOR_DEFAULT_GW" | "DIRECTOR_GW" => {
                self.warning(at, format!("`{name}`: the director sets no routes, the host must have them"));
            }
            "CLEAR_IPVS_TABLES" => {
                self.note(at, "the director has what the file says, and nothing else");
            }
            "LVSCONF_FORMAT" => {
                self.note(at, "the format is known by its keys");
            }
            _ => {
                self.note(
                    at,
                    format!("`{name}` is for the real servers' own set-up: not the director's business"),
                );
            }
        }
    }
}

/// Advice.
const VIP: &str = "VIP=eth0:110 192.168.1.110 255.255.255.255 192.168.1.110";
