use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How much a patrol may do at once. Who finds no seat waits for one, first come, first served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Probes that are under way, scripts aside; each has one descriptor open. From 1.
    pub probes: usize,
    /// Scripts that run; each has at most four. From 1.
    pub scripts: usize,
}

/// Probes, if the host has descriptors enough.
const PROBES: usize = 16_384;
/// Scripts, likewise.
const SCRIPTS: usize = 128;
/// Descriptors that everything else may have.
const RESERVE: u64 = 512;

impl Bounds {
    /// As many as the host lets this process have, at most 16,384 probes and 128 scripts. Raises the soft limit of open
    /// descriptors towards the hard one if it is too small for that.
    pub fn of_host() -> Self {
        let limit = getrlimit(Resource::Nofile);
        let wanted = PROBES as u64 + 4 * SCRIPTS as u64 + RESERVE;
        let mut soft = limit.current.unwrap_or(u64::MAX);
        if soft < wanted {
            let raised = wanted.min(limit.maximum.unwrap_or(u64::MAX));
            let rise = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum });
            if raised > soft && rise.is_ok() {
                soft = raised;
            }
        }
        Self::within(soft)
    }

    /// A quarter stays for others where there are few; scripts get at most an eighth.
    fn within(descriptors: u64) -> Self {
        let free = descriptors - (descriptors / 4).min(RESERVE);
        let free = usize::try_from(free).unwrap_or(usize::MAX);
        let scripts = (free / 8 / 4).clamp(1, SCRIPTS);
        Self { probes: free.saturating_sub(4 * scripts).clamp(1, PROBES), scripts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_what_there_is() {
        assert_eq!(Bounds::within(1 << 20), Bounds { probes: 16_384, scripts: 128 });
        assert_eq!(Bounds::within(1024), Bounds { probes: 672, scripts: 24 });
        assert_eq!(Bounds::within(0), Bounds { probes: 1, scripts: 1 });
        for descriptors in 64..5000 {
            let bounds = Bounds::within(descriptors);
            assert!((bounds.probes + 4 * bounds.scripts) as u64 <= descriptors, "{descriptors}");
        }
    }
}
