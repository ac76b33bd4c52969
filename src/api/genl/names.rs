//! The numbers of the IPVS family (`ipvs.md` §7.1) and of netlink itself.

/// The families and their ids: nlctrl has a fixed one, the others are ours to give.
pub(super) const NLCTRL: u16 = 0x10;
pub(super) const IPVS: u16 = 0x20;
/// Not the kernel's: the texts of the files below `/proc/net`, for the preload library.
pub(super) const ULVS: u16 = 0x21;
/// Their names.
pub(super) const FAMILIES: [(&str, u16); 3] = [("nlctrl", NLCTRL), ("IPVS", IPVS), ("ULVS", ULVS)];

/// netlink's own message types and flags.
pub(super) mod message {
    pub const ERROR: u16 = 2;
    pub const DONE: u16 = 3;
    /// Families begin here; below are netlink's own.
    pub const FIRST_FAMILY: u16 = 0x10;
    pub const REQUEST: u16 = 1;
    pub const MULTI: u16 = 2;
    pub const ACK: u16 = 4;
    pub const DUMP: u16 = 0x300;
    /// An error without the request's own bytes.
    pub const CAPPED: u16 = 0x100;
}

/// The controller, which knows the families' ids.
pub(super) mod control {
    pub const NEW_FAMILY: u8 = 1;
    pub const GET_FAMILY: u8 = 3;
    pub const FAMILY_ID: u16 = 1;
    pub const FAMILY_NAME: u16 = 2;
    pub const VERSION: u16 = 3;
    pub const HEADER_SIZE: u16 = 4;
    pub const MAX_ATTRIBUTE: u16 = 5;
}

/// Commands of IPVS.
pub(super) mod command {
    pub const NEW_SERVICE: u8 = 1;
    pub const SET_SERVICE: u8 = 2;
    pub const DEL_SERVICE: u8 = 3;
    pub const GET_SERVICE: u8 = 4;
    pub const NEW_DEST: u8 = 5;
    pub const SET_DEST: u8 = 6;
    pub const DEL_DEST: u8 = 7;
    pub const GET_DEST: u8 = 8;
    pub const NEW_DAEMON: u8 = 9;
    pub const DEL_DAEMON: u8 = 10;
    pub const GET_DAEMON: u8 = 11;
    pub const SET_CONFIG: u8 = 12;
    pub const GET_CONFIG: u8 = 13;
    pub const SET_INFO: u8 = 14;
    pub const GET_INFO: u8 = 15;
    pub const ZERO: u8 = 16;
    pub const FLUSH: u8 = 17;
}

/// Attributes of a message.
pub(super) mod top {
    pub const SERVICE: u16 = 1;
    pub const DEST: u16 = 2;
    pub const DAEMON: u16 = 3;
    pub const TIMEOUT_TCP: u16 = 4;
    pub const TIMEOUT_TCP_FIN: u16 = 5;
    pub const TIMEOUT_UDP: u16 = 6;
}

/// Attributes of the answer to GET_INFO.
pub(super) mod info {
    pub const VERSION: u16 = 1;
    pub const TABLE_SIZE: u16 = 2;
}

/// Attributes within SERVICE.
pub(super) mod service {
    pub const AF: u16 = 1;
    pub const PROTOCOL: u16 = 2;
    pub const ADDR: u16 = 3;
    pub const PORT: u16 = 4;
    pub const FWMARK: u16 = 5;
    pub const SCHEDULER: u16 = 6;
    pub const FLAGS: u16 = 7;
    pub const TIMEOUT: u16 = 8;
    pub const NETMASK: u16 = 9;
    pub const STATS: u16 = 10;
    pub const ENGINE: u16 = 11;
    pub const STATS64: u16 = 12;
}

/// Bits of a service's flags (`ipvs.md` §1.1).
pub(super) mod flag {
    pub const PERSISTENT: u32 = 0x01;
    pub const HASHED: u32 = 0x02;
    pub const ONE_PACKET: u32 = 0x04;
    pub const FIRST: u32 = 0x08;
    pub const SECOND: u32 = 0x10;
    pub const THIRD: u32 = 0x20;
}

/// Attributes within DEST.
pub(super) mod dest {
    pub const ADDR: u16 = 1;
    pub const PORT: u16 = 2;
    pub const METHOD: u16 = 3;
    pub const WEIGHT: u16 = 4;
    pub const UPPER: u16 = 5;
    pub const LOWER: u16 = 6;
    pub const ACTIVE: u16 = 7;
    pub const INACTIVE: u16 = 8;
    pub const PERSISTENT: u16 = 9;
    pub const STATS: u16 = 10;
    pub const AF: u16 = 11;
    pub const STATS64: u16 = 12;
    pub const TUNNEL_TYPE: u16 = 13;
    pub const TUNNEL_PORT: u16 = 14;
    pub const TUNNEL_FLAGS: u16 = 15;
}

/// Attributes within DAEMON.
pub(super) mod daemon {
    pub const STATE: u16 = 1;
    pub const INTERFACE: u16 = 2;
    pub const SYNC_ID: u16 = 3;
    pub const MAX_LEN: u16 = 4;
    pub const GROUP: u16 = 5;
    pub const GROUP6: u16 = 6;
    pub const PORT: u16 = 7;
    pub const TTL: u16 = 8;
}

/// The one command of our own family, and its attributes.
pub(super) mod file {
    /// Asks for a file by NAME; answered by messages with a piece of TEXT each, as a dump.
    pub const GET: u8 = 1;
    pub const NAME: u16 = 1;
    pub const TEXT: u16 = 2;
}
