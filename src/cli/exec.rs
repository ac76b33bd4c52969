//! `ulvs exec`: another program, with the director in the place of the kernel's IPVS.

use super::{INVALID, client_status, complain};
use crate::api::{SOCKET_VARIABLE, genl};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the preload library where `--shim` does not.
const SHIM_VARIABLE: &str = "ULVS_SHIM";
/// The preload library's file name.
const SHIM: &str = "libulvs_shim.so";
/// Exit statuses of env(1): the program is there but cannot be run; it is not there.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the program; returns only if that fails, with the exit status.
pub(super) fn exec(program: &[OsString], shim: Option<PathBuf>, socket: &Path) -> u8 {
    let [name, args @ ..] = program else { return INVALID };
    let prepared = find_shim(shim).and_then(|shim| Ok((preload(&shim)?, std::path::absolute(socket)?)));
    let (preload, socket) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            complain(&format!("ulvs exec: {error}\n"));
            return INVALID;
        }
    };
    if let Err(error) = genl::reach(&socket) {
        complain(&format!("ulvs exec: {error}\n"));
        return client_status(&error);
    }
    let error = Command::new(name).args(args).env("LD_PRELOAD", preload).env(SOCKET_VARIABLE, socket).exec();
    complain(&format!("ulvs exec: {}: {error}\n", Path::new(name).display()));
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { CANNOT_RUN }
}

/// The preload library: what the operator said, else `$ULVS_SHIM`, else where it is installed or built.
fn find_shim(said: Option<PathBuf>) -> io::Result<PathBuf> {
    let named = || std::env::var_os(SHIM_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = said.or_else(named) {
        if path.is_file() {
            return std::path::absolute(path);
        }
        return Err(io::Error::other(format!("{}: no such preload library", path.display())));
    }
    let own = std::env::current_exe()?;
    let places = places(own.parent().unwrap_or(Path::new("/")));
    places.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        let places: Vec<_> = places.iter().map(|path| path.display().to_string()).collect();
        io::Error::other(format!(
            "no {SHIM} (looked for {}); name it with --shim or {SHIM_VARIABLE}",
            places.join(", ")
        ))
    })
}

/// Where the library may be, seen from the program's directory.
fn places(directory: &Path) -> [PathBuf; 3] {
    let above = directory.parent().unwrap_or(directory);
    [directory.join(SHIM), above.join("lib/ulvs").join(SHIM), above.join("lib").join(SHIM)]
}

/// `LD_PRELOAD` with this library in front of what is there already.
fn preload(shim: &Path) -> io::Result<OsString> {
    if shim.as_os_str().as_bytes().iter().any(|byte| matches!(byte, b' ' | b':' | b'\t' | b'\n')) {
        // It separates paths by these, and has no way to quote them.
        let why = format!("{}: LD_PRELOAD takes no path with blanks or colons", shim.display());
        return Err(io::Error::other(why));
    }
    let mut preload = shim.as_os_str().to_owned();
    if let Some(others) = std::env::var_os("LD_PRELOAD").filter(|others| !others.is_empty()) {
        preload.push(OsStr::new(":"));
        preload.push(others);
    }
    Ok(preload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_beside_or_in_lib() {
        let found = places(Path::new("/usr/sbin")).map(|path| path.display().to_string());
        assert_eq!(
            found,
            ["/usr/sbin/libulvs_shim.so", "/usr/lib/ulvs/libulvs_shim.so", "/usr/lib/libulvs_shim.so"]
        );
        assert!(find_shim(Some("/nonexistent".into())).is_err());
    }

    #[test]
    fn paths_that_cannot_be_preloaded() {
        assert!(preload(Path::new("/tmp/a b.so")).is_err());
        assert!(preload(Path::new("/tmp/a:b.so")).is_err());
        assert!(preload(Path::new("/tmp/a.so")).is_ok());
    }
}
