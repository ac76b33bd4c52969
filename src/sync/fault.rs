//! What may be wrong with what was heard: one name for each kind.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! faults {
    ($($variant:ident $name:literal $whole:literal $meaning:literal,)*) => {
        /// Why a message or a record of it was not taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Fault {
            $(#[doc = $meaning] $variant,)*
        }

        impl Fault {
            /// All, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As counters call it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Does the rest of the message go with it? Else it is one record's.
            pub const fn ends_message(self) -> bool {
                match self { $(Self::$variant => $whole,)* }
            }
        }
    };
}

faults! {
    // The message.
    Short "short" true "Shorter than a header.",
    Size "size" true "Its header gives another length than it has.",
    Foreign "foreign" true "Neither a message of version 1 nor one of version 0.",
    Own "own" true "It comes from this host.",
    SyncId "sync_id" true "Of another group of directors.",
    Stranger "stranger" true "From an address that is not on the interface's own networks.",
    Trailing "trailing" true "Bytes behind the last record.",
    // Records, without which those behind them cannot be found.
    RecordCut "record_cut" true "A record ends behind its message.",
    RecordSize "record_size" true "A record's length is less than that of its fixed part.",
    RecordKind "record_kind" true "A record of neither IPv4 nor IPv6.",
    OptionCut "option_cut" true "An option ends behind its record, or has no length.",
    OptionSize "option_size" true "An option of a length that it cannot have.",
    OptionTwice "option_twice" true "The same option twice.",
    // Records.
    RecordVersion "record_version" false "A record of a later version.",
    OptionUnknown "option_unknown" false "An option that is not known, and must be.",
    Protocol "protocol" false "A protocol that is not balanced.",
    Flags "flags" false "Flags that contradict one another, or one-packet scheduling.",
    State "state" false "A state that its protocol does not have.",
    Sequence "sequence" false "Flags promise shifted sequence numbers that are not there.",
    Engine "engine" false "Of a persistence engine that is not there.",
    // What is in order, but not to be believed.
    UnknownService "unknown_service" false "Of no service here.",
    UnknownServer "unknown_server" false "To no real server of that service here.",
    Moved "moved" false "It would take a connection from its real server.",
    TableFull "table_full" false "The connection table is full.",
}

/// How often each was met.
#[derive(Debug)]
pub struct FaultCounts([AtomicU64; Fault::ALL.len()]);

impl Default for FaultCounts {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl FaultCounts {
    /// One more.
    pub fn count(&self, fault: Fault) {
        if let Some(count) = self.0.get(fault as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Each with its number.
    pub fn read(&self) -> impl Iterator<Item = (Fault, u64)> + '_ {
        Fault::ALL.iter().copied().zip(self.0.iter().map(|count| count.load(Relaxed)))
    }
}
