//! Real servers: what IPVS is told of them.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::{Value, keys};
use crate::lvs::{
    Endpoint, ForwardingMethod, RealServerSpec, ServiceKey, Thresholds, Tunnel, TunnelChecksum,
};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::ops::Range;

/// Names of the tunnels' checksums.
pub(super) const CHECKSUMS: [(&str, TunnelChecksum); 3] =
    [("none", TunnelChecksum::None), ("full", TunnelChecksum::Full), ("remote", TunnelChecksum::Remote)];

/// Whose real server is read.
#[derive(Clone, Copy)]
pub(super) struct Of<'k> {
    /// The services that it serves; none: their address was no good.
    pub(super) services: &'k [ServiceKey],
    /// It serves one service alone, not a group: then only NAT can have another port.
    pub(super) alone: bool,
}

impl Reader<'_, '_> {
    /// A real server: its address, and what the layers say of it. Also where its address stands.
    pub(super) fn real_server(
        &mut self,
        address: Option<&Value<'_>>,
        span: Range<usize>,
        layers: Layers<'_, '_>,
        of: Of<'_>,
    ) -> Option<(RealServerSpec, Range<usize>)> {
        let method = match layers.get("method") {
            Some(value) => self.method(value),
            None => Some(ForwardingMethod::DirectRoute),
        };
        let max = i32::MAX.unsigned_abs();
        let mut number = |key, otherwise| match layers.get(key) {
            Some(value) => self.integer(value, 0..=max),
            None => Some(otherwise),
        };
        let (weight, upper, lower) =
            (number("weight", 1), number("upper_threshold", 0), number("lower_threshold", 0));
        let tunnel = self.tunnel_of(method, layers);
        let Some(address) = address else {
            self.error(span, "a real server needs an address, such as address = \"10.0.0.11:80\"");
            return None;
        };
        let (addr, port) = self.server_address(address)?;
        let (method, weight) = (method?, i32::try_from(weight?).ok()?);
        let thresholds = Thresholds { upper: upper?, lower: lower? };
        if thresholds.lower > thresholds.upper {
            let at = layers.get("lower_threshold").map_or(span, toml::Spanned::span);
            self.error(at, "the lower threshold is above the upper one");
            return None;
        }
        let at = address.span();
        let endpoint = self.endpoint(addr, port, method, at.clone(), of)?;
        Some((RealServerSpec { endpoint, method, weight, thresholds, tunnel: tunnel? }, at))
    }

    fn endpoint(
        &mut self,
        addr: IpAddr,
        port: Option<u16>,
        method: ForwardingMethod,
        at: Range<usize>,
        of: Of<'_>,
    ) -> Option<Endpoint> {
        let first = of.services.first()?;
        let its_port = service_port(first);
        if port.is_none() && of.services.iter().any(|key| service_port(key) != its_port) {
            self.error(at, "a port is needed: those of the services differ");
            return None;
        }
        let endpoint = Endpoint::new(addr, port.unwrap_or(its_port));
        if method != ForwardingMethod::Tunnel
            && of.services.iter().any(|key| key.family() != endpoint.family())
        {
            self.error(at, "a real server of the other address family must be tunnelled");
            return None;
        }
        let ports_differ = matches!(first, ServiceKey::Tuple { .. }) && endpoint.port != its_port;
        if method != ForwardingMethod::Nat && ports_differ && of.alone {
            let help = format!("leave the port out, write {its_port}, or use method = \"nat\"");
            self.error_with_help(at, "only NAT can change the port", help);
            return None;
        }
        Some(endpoint)
    }

    fn server_address(&mut self, value: &Value<'_>) -> Option<(IpAddr, Option<u16>)> {
        let text = self.text(value)?;
        let parsed = parse_address(text);
        if parsed.is_none() {
            let help = "write an address with or without a port: \"10.0.0.11:80\", \"[2001:db8::11]:80\", \
                        \"10.0.0.11\"";
            let message = format!("`{}` is no address of a real server", cut(text));
            self.error_with_help(value.span(), message, help);
        }
        parsed
    }

    fn method(&mut self, value: &Value<'_>) -> Option<ForwardingMethod> {
        let text = self.text(value)?;
        let method = match text.to_ascii_lowercase().as_str() {
            "route" => ForwardingMethod::DirectRoute,
            "nat" | "masq" => ForwardingMethod::Nat,
            "tunnel" => ForwardingMethod::Tunnel,
            _ => {
                let help = "route (direct routing), nat or tunnel";
                let message = format!("unknown forwarding method `{}`", cut(text));
                self.error_with_help(value.span(), message, help);
                return None;
            }
        };
        Some(method)
    }

    /// What the layers say of the tunnel; nothing if the real server is not tunnelled.
    fn tunnel_of(&mut self, method: Option<ForwardingMethod>, layers: Layers<'_, '_>) -> Option<Tunnel> {
        let tunnel = match layers.get("tunnel") {
            Some(value) => self.tunnel(value)?,
            None => return Some(Tunnel::Ipip),
        };
        if method == Some(ForwardingMethod::Tunnel) {
            return Some(tunnel);
        }
        if let (Some(own), Some(_)) = (layers.own("tunnel"), method) {
            let help = "add method = \"tunnel\"";
            self.error_with_help(own.span(), "this real server is not tunnelled", help);
        }
        Some(Tunnel::Ipip)
    }

    /// `"ipip"`, `{ type = "gue", port = 6080, checksum = "full" }`.
    fn tunnel(&mut self, value: &Value<'_>) -> Option<Tunnel> {
        let Some(table) = value.get_ref().as_table() else {
            return self.choice(
                value,
                &[("ipip", Tunnel::Ipip), ("gre", Tunnel::Gre { checksum: TunnelChecksum::None })],
            );
        };
        self.known(table, &[keys::TUNNEL]);
        let checksum = match table.get("checksum") {
            Some(value) => self.choice(value, &CHECKSUMS)?,
            None => TunnelChecksum::None,
        };
        let port = table.get("port").map(|value| (self.port(value), value.span()));
        let Some(kind) = table.get("type") else {
            self.error_with_help(
                value.span(),
                "a tunnel needs a type",
                "type = \"ipip\", \"gue\" or \"gre\"",
            );
            return None;
        };
        let tunnel = match self.choice(kind, &[("ipip", "ipip"), ("gue", "gue"), ("gre", "gre")])? {
            "gue" => {
                let Some((port, _)) = port else {
                    self.error_with_help(
                        value.span(),
                        "a GUE tunnel needs a port",
                        "that of the decapsulator, as port = 6080",
                    );
                    return None;
                };
                return Some(Tunnel::Gue { port: port?, checksum });
            }
            "gre" => Tunnel::Gre { checksum },
            _ => Tunnel::Ipip,
        };
        if let Some((_, at)) = port {
            self.error(at, "only a GUE tunnel has a port");
            return None;
        }
        let at = table.get("checksum").map_or(value.span(), toml::Spanned::span);
        match tunnel {
            Tunnel::Ipip if table.get("checksum").is_some() => {
                self.error(at, "an IPIP tunnel has no checksum");
                None
            }
            Tunnel::Gre { checksum: TunnelChecksum::Remote } => {
                self.error(at, "only a GUE tunnel can leave the checksum to the far end");
                None
            }
            _ => Some(tunnel),
        }
    }
}

/// The vport; 0 for firewall marks.
pub(super) const fn service_port(key: &ServiceKey) -> u16 {
    match key {
        ServiceKey::Tuple { virt, .. } => virt.port,
        ServiceKey::Fwmark { .. } => 0,
    }
}

fn parse_address(text: &str) -> Option<(IpAddr, Option<u16>)> {
    if let Ok(both) = text.parse::<SocketAddr>() {
        return Some((both.ip(), Some(both.port())));
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(bare) => bare.parse::<Ipv6Addr>().ok().map(|addr| (IpAddr::V6(addr), None)),
        None => text.parse().ok().map(|addr| (addr, None)),
    }
}
