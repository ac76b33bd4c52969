//! The conn room.
