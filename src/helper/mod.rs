//! Reads what applications say where a director must know it: FTP's commands and replies, SIP's Call-ID.
//!
//! Pure: text in, meaning out. Whoever wrote the text is not to be believed, so nothing here indexes, allocates or looks
//! farther than it says; what follows from a meaning, and whether it may, is the director's to decide.

#![warn(clippy::indexing_slicing)]

pub mod ftp;
pub mod sip;
