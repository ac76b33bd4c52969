use serde::{Deserialize, Serialize};

/// How a packet reaches its real server (IPVS: the low three bits of the connection flags).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ForwardingMethod {
    /// Network address translation, `-m`, listed as `Masq`.
    Nat,
    /// The real server is this host itself, listed as `Local`.
    Local,
    /// IP-in-IP encapsulation, `-i`, listed as `Tunnel`.
    Tunnel,
    /// Direct routing: only the MAC address changes, `-g`, listed as `Route`.
    DirectRoute,
    /// Past the director to the original destination (a transparent cache with no server left).
    Bypass,
}

impl ForwardingMethod {
    /// The word in ipvsadm's listings.
    pub const fn listing(self) -> &'static str {
        match self {
            Self::Nat => "Masq",
            Self::Local => "Local",
            Self::Tunnel => "Tunnel",
            Self::DirectRoute => "Route",
            Self::Bypass => "Bypass",
        }
    }
}

/// What the outer packet of a tunnelled real server looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Tunnel {
    /// Plain IP-in-IP (RFC 2003): protocol 4 or 41.
    #[default]
    Ipip,
    /// Generic UDP encapsulation to this UDP port (1..=65535).
    Gue {
        /// UDP port of the decapsulator.
        port: u16,
        /// What is done about the outer checksum.
        checksum: TunnelChecksum,
    },
    /// Generic routing encapsulation (RFC 2784).
    Gre {
        /// What is done about the outer checksum.
        checksum: TunnelChecksum,
    },
}

/// The checksum option of a GUE or GRE tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum TunnelChecksum {
    /// `--tun-nocsum`.
    #[default]
    None,
    /// `--tun-csum`.
    Full,
    /// `--tun-remcsum`.
    Remote,
}
