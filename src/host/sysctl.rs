//! Kernel tunables under `/proc/sys`. Those below `net/` are of the calling thread's network namespace.

use std::io;
use std::path::PathBuf;

/// Reads a tunable, such as `net/ipv4/ip_forward`; without the line's end.
///
/// # Errors
/// Names the path.
pub fn read(name: &str) -> io::Result<String> {
    let path = path(name);
    match std::fs::read_to_string(&path) {
        Ok(value) => Ok(value.trim_end().to_owned()),
        Err(error) => Err(named(&path, "read", &error)),
    }
}

/// Writes a tunable.
///
/// # Errors
/// Names the path.
pub fn write(name: &str, value: &str) -> io::Result<()> {
    let path = path(name);
    std::fs::write(&path, value).map_err(|error| named(&path, "write", &error))
}

/// True if the tunable exists and is not `0`.
pub fn is_on(name: &str) -> bool {
    read(name).is_ok_and(|value| value != "0")
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/proc/sys").join(name)
}

fn named(path: &std::path::Path, action: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {action} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn errors_name_the_path() {
        assert!(super::read("kernel/ostype").is_ok_and(|value| value == "Linux"));
        let error = super::read("net/no/such").expect_err("absent").to_string();
        assert!(error.contains("/proc/sys/net/no/such"), "{error}");
    }
}
