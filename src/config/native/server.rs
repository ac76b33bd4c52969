//! Real servers: what IPVS is told of them.

use super::layers::Layers;
use super::reader::{Reader, cut};
use super::{Value, keys};
use crate::control::acceptable_server;
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

/// What may be said of a real server, of its service, or of all.
pub(super) struct Shared {
    method: ForwardingMethod,
    weight: i32,
    thresholds: Thresholds,
    tunnel: Tunnel,
}

impl Reader<'_, '_> {
    /// What the layers say. Where that is wrong, it is as if nothing were said, so that other mistakes are told, too.
    pub(super) fn shared_by_servers(&mut self, layers: Layers<'_, '_>) -> Shared {
        let (method, is_known) = match layers.get("method").map(|value| self.method(value)) {
            Some(Some(method)) => (method, true),
            Some(None) => (ForwardingMethod::DirectRoute, false),
            None => (ForwardingMethod::DirectRoute, true),
        };
        let max = i32::MAX.unsigned_abs();
        let mut number = |key| layers.get(key).and_then(|value| self.integer(value, 0..=max));
        let weight = number("weight").and_then(|weight| i32::try_from(weight).ok()).unwrap_or(1);
        let (upper, lower) = (number("upper_threshold"), number("lower_threshold"));
        let thresholds = Thresholds { upper: upper.unwrap_or(0), lower: lower.unwrap_or(0) };
        let tunnel = self.tunnel_of(method, is_known, layers).unwrap_or_default();
        Shared { method, weight, thresholds, tunnel }
    }

    /// A real server: its address, and what the layers say of it. Also where its address stands.
    pub(super) fn real_server(
        &mut self,
        address: Option<&Value<'_>>,
        span: Range<usize>,
        layers: Layers<'_, '_>,
        of: Of<'_>,
    ) -> Option<(RealServerSpec, Range<usize>)> {
        let Shared { method, weight, thresholds, tunnel } = self.shared_by_servers(layers);
        if let (true, Some(value)) = (thresholds.lower > thresholds.upper, layers.get("lower_threshold")) {
            self.error(value.span(), "the lower threshold is above the upper one");
        }
        let Some(address) = address else {
            self.error(span, "a real server needs an address, such as address = \"10.0.0.11:80\"");
            return None;
        };
        let (addr, port) = self.server_address(address)?;
        let at = address.span();
        let endpoint = self.endpoint(addr, port, method, at.clone(), of)?;
        let spec = RealServerSpec { endpoint, method, weight, thresholds, tunnel };
        // What else is wrong has been said of the key that it is in.
        let bare = RealServerSpec { method, ..RealServerSpec::new(endpoint) };
        if let Some(refusal) = of.services.iter().find_map(|key| acceptable_server(key, &bare).err()) {
            self.error(at, refusal.to_string());
            return None;
        }
        Some((spec, at))
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
    fn tunnel_of(
        &mut self,
        method: ForwardingMethod,
        is_known: bool,
        layers: Layers<'_, '_>,
    ) -> Option<Tunnel> {
        let tunnel = self.tunnel(layers.get("tunnel")?)?;
        if method == ForwardingMethod::Tunnel {
            return Some(tunnel);
        }
        if let (Some(own), true) = (layers.own("tunnel"), is_known) {
            let help = "add method = \"tunnel\"";
            self.error_with_help(own.span(), "this real server is not tunnelled", help);
        }
        None
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
