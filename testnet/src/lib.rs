//! The namespace lab of ulvs.
