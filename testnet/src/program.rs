//! Programs of others: where they are, and where they are to be had.

use std::path::PathBuf;

/// Where administrators' programs are, which an ordinary user's search path may lack.
const PLACES: [&str; 2] = ["/usr/sbin", "/sbin"];

/// The program, if it is installed.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(PLACES.map(PathBuf::from));
    places.map(|place| place.join(program)).find(|file| file.is_file())
}

/// The Debian package that it comes in.
pub fn package(program: &str) -> &str {
    match program {
        "nginx" => "nginx-light",
        "sshd" => "openssh-server",
        "ssh" | "ssh-keygen" => "openssh-client",
        "nft" => "nftables",
        other => other,
    }
}
