//! Reads the files that people have, each dialect into an Intent.
