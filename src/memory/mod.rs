//! Memory that never moves: large tables in mappings of their own.
//!
//! What lies in one can be fetched into the cache before its turn comes, by address alone and without a lock, and can have
//! huge pages. [`Mapped`] is a slice that begins as zeros; [`Estate`] divides one among holders, block by block, of whom
//! each may use its own blocks alone.
//!
//! Unsafe, each use with its argument: a mapping has one owner, whose `Drop` unmaps it (a); lengths are checked when it is
//! made, numbers at each access (b); what lies in it is plain old data for which zeros are good, and in a file, which is
//! this process's alone, any bytes (c); a place of an estate is reached by its block's one holder only (d).

mod estate;
mod mapped;

pub use estate::{BLOCK, Estate, Holding, whole_blocks};
pub use mapped::{Mapped, prefetch};
