//! How much memory there is, and how much of it is free, as IPVS's defences ask.

use std::io;

/// Free memory in pages: MemFree and Buffers of `/proc/meminfo` (`ipvs.md` §5, amemthresh).
///
/// # Errors
/// `/proc/meminfo` cannot be read, or does not say.
pub fn free_pages() -> io::Result<u64> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let kib =
        free_kib(&text).ok_or_else(|| io::Error::other("/proc/meminfo names no MemFree and Buffers"))?;
    Ok(kib * 1024 / rustix::param::page_size() as u64)
}

/// The machine's memory in bytes: MemTotal of `/proc/meminfo`; `None` if that does not say.
pub fn total_bytes() -> Option<u64> {
    field(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal")?.checked_mul(1024)
}

fn free_kib(text: &str) -> Option<u64> {
    field(text, "MemFree")?.checked_add(field(text, "Buffers")?)
}

fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_and_buffers() {
        let text =
            "MemTotal:  1000 kB\nMemFree:    600 kB\nMemAvailable: 900 kB\nBuffers:  40 kB\nCached: 7 kB\n";
        assert_eq!(free_kib(text), Some(640));
        assert_eq!(free_kib("MemFree: 600 kB\n"), None);
        assert_eq!(field(text, "MemTotal"), Some(1000));
        assert!(free_pages().is_ok_and(|pages| pages > 0));
        assert!(total_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
