//! Reads what people write: configuration files in several dialects, and ipvsadm's command lines.
//!
//! Nothing here returns at the first error: a [`Dialect`] notes every [`Diagnostic`] with line and column, and its
//! `Intent` may be used only if there is no error among them.

#[cfg(test)]
mod arbitrary;
mod configure_lvs;
mod diagnostic;
mod dialect;
mod files;
mod footprint;
mod iptables;
pub mod ipvsadm;
pub mod keepalived;
mod ldirectord;
pub mod mark;
mod names;
mod native;
mod pattern;
mod piranha;
mod proof;
mod rules;
mod source;
mod whole;

pub use configure_lvs::{ConfigureLvs, write as write_configure_lvs};
pub use diagnostic::{Diagnostic, Diagnostics, Place, Severity};
pub use dialect::{Context, Dialect, Format, Written};
pub use files::{Disk, Files};
pub use footprint::{Footprint, Look, News, Noting};
pub use iptables::{Imported, read as read_iptables};
pub use keepalived::Keepalived;
pub use ldirectord::{Ldirectord, write as write_ldirectord};
pub use names::Names;
pub use native::{Native, write as write_native};
pub use piranha::{Piranha, write as write_piranha};
pub use rules::{Rules, write as write_rules};
pub use source::{MAX_SOURCE_LEN, Source, SourceError};
pub use whole::read_all;
