//! Reads what people write: configuration files in several dialects, and ipvsadm's command lines.
//!
//! Nothing here returns at the first error: a [`Dialect`] notes every [`Diagnostic`] with line and column, and its
//! `Intent` may be used only if there is no error among them.

mod diagnostic;
mod dialect;
mod files;
mod iptables;
pub mod ipvsadm;
pub mod keepalived;
pub mod mark;
mod names;
mod native;
mod rules;
mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Place, Severity};
pub use dialect::{Context, Dialect, Format, Written};
pub use files::{Disk, Files};
pub use iptables::{Imported, read as read_iptables};
pub use keepalived::Keepalived;
pub use names::Names;
pub use native::Native;
pub use rules::Rules;
pub use source::{MAX_SOURCE_LEN, Source, SourceError};
