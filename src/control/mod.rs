//! The control plane's core: what is wanted, the order of changes, the owner thread.

pub mod command;
pub mod effect;
mod error;

pub use error::ControlError;
