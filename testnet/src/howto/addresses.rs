//! Addresses of interfaces by names of their own (`lo:0`), as `ifconfig` has them: the kernel calls these labels.

use anyhow::{Context, Result, bail};
use std::net::Ipv4Addr;
use ulvs::host::links::{LinkChange, Links};
use ulvs::host::netlink::{Message, Netlink, ROUTE, text};

/// Request, answer, make it, and do not take what is there already for it.
const CREATE: u16 = (libc::NLM_F_CREATE | libc::NLM_F_EXCL) as u16;
/// Length of the fixed part of a message about an address.
const FIXED: usize = 8;

/// An IPv4 address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `lo:0`, or just the interface's name.
    pub label: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Length of its prefix, 0 to 32.
    pub prefix: u8,
    /// Whether it is the host's own affair: scope `host`. Such an address is no source of packets by itself.
    pub is_private: bool,
}

impl Address {
    /// Its mask: `255.255.255.0` for a prefix of 24.
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0))
    }
}

/// The prefix of a mask.
///
/// # Errors
/// A mask with holes.
pub fn prefix(mask: Ipv4Addr) -> Result<u8> {
    let bits = u32::from(mask);
    if bits.leading_ones() != bits.count_ones() {
        bail!("{mask} is no mask");
    }
    Ok(u8::try_from(bits.leading_ones())?)
}

/// The interface that a label is of.
pub fn interface(label: &str) -> &str {
    label.split(':').next().unwrap_or(label)
}

/// All IPv4 addresses of the calling thread's host.
///
/// # Errors
/// Those of netlink.
pub fn list() -> Result<Vec<Address>> {
    let mut body = [0; FIXED];
    body[0] = libc::AF_INET as u8;
    let dump = Netlink::open(ROUTE, 0)?.dump(Message::new(libc::RTM_GETADDR, 0).body(&body))?;
    let read = dump.iter().filter_map(|row| {
        let fixed = row.fixed::<FIXED>()?;
        let attributes = row.attributes(FIXED);
        Some(Address {
            label: text(attributes.get(libc::IFA_LABEL)?),
            address: <[u8; 4]>::try_from(attributes.get(libc::IFA_LOCAL)?).ok()?.into(),
            prefix: fixed[1],
            is_private: fixed[3] == libc::RT_SCOPE_HOST,
        })
    });
    Ok(read.collect())
}

/// Gives an interface an address, and puts the interface up. An address of that label goes away first.
///
/// # Errors
/// No such interface; no CAP_NET_ADMIN; the interface has the address under another label.
pub fn set(new: &Address) -> Result<()> {
    remove(&new.label)?;
    let mut links = Links::open()?;
    let index = links.find(interface(&new.label))?.ifindex;
    links.change(index, &LinkChange { up: Some(true), ..LinkChange::default() })?;
    let scope = if new.is_private { libc::RT_SCOPE_HOST } else { libc::RT_SCOPE_UNIVERSE };
    ask(libc::RTM_NEWADDR, CREATE, index, new, scope)
        .with_context(|| format!("{} {}", new.label, new.address))
}

/// Takes away the addresses of a label.
///
/// # Errors
/// Those of netlink.
pub fn remove(label: &str) -> Result<()> {
    for old in list()?.iter().filter(|address| address.label == label) {
        let index = Links::open()?.find(interface(label))?.ifindex;
        ask(libc::RTM_DELADDR, 0, index, old, 0)?;
    }
    Ok(())
}

fn ask(kind: u16, flags: u16, index: u32, address: &Address, scope: u8) -> Result<()> {
    let mut body = [0; FIXED];
    body[0] = libc::AF_INET as u8;
    body[1] = address.prefix;
    body[3] = scope;
    body[4..].copy_from_slice(&index.to_ne_bytes());
    let octets = address.address.octets();
    let message = Message::new(kind, flags)
        .body(&body)
        .attribute(libc::IFA_LOCAL, &octets)
        .attribute(libc::IFA_ADDRESS, &octets)
        .text(libc::IFA_LABEL, &address.label);
    Ok(Netlink::open(ROUTE, 0)?.request(message)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_prefixes_are_two_ways_to_say_one_thing() {
        for length in 0..=32 {
            let address =
                Address { label: String::new(), address: [0; 4].into(), prefix: length, is_private: false };
            assert_eq!(prefix(address.mask()).expect("a mask"), length);
        }
        assert!(prefix([255, 0, 255, 0].into()).is_err());
    }
}
