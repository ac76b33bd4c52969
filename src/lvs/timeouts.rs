use serde::{Deserialize, Serialize};

/// The three timeouts that `ipvsadm --set` changes, in seconds (1..=2678400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// TCP ESTABLISHED; default 900.
    pub tcp: u32,
    /// TCP FIN_WAIT; default 120.
    pub tcp_fin: u32,
    /// UDP; default 300.
    pub udp: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { tcp: 900, tcp_fin: 120, udp: 300 }
    }
}
