//! Checks that memory does not grow.

use std::thread;
use std::time::{Duration, Instant};

/// The limit of growth after the first fifth of the storm. Allocators and thread pools temporarily need more.
const MAX_GROWTH: u64 = 24 << 20;

/// The resident memory after a fifth of the storm, and its maximum after that.
pub(crate) struct Flatness {
    early: u64,
    most: u64,
}

/// Measures memory for this duration, then returns.
pub(crate) fn watch_memory(lasts: Duration) -> Flatness {
    let start = Instant::now();
    thread::sleep(lasts / 5);
    let mut flatness = Flatness { early: resident(), most: 0 };
    while start.elapsed() < lasts {
        thread::sleep(Duration::from_millis(200).min(lasts.saturating_sub(start.elapsed())));
        flatness.most = flatness.most.max(resident());
    }
    flatness
}

impl Flatness {
    pub(crate) fn assert(&self) {
        let Self { early, most } = self;
        assert!(*most <= early + MAX_GROWTH, "memory grew from {early} to {most} bytes");
    }
}

impl std::fmt::Display for Flatness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let (early, most) = (mib(self.early), mib(self.most));
        write!(
            f,
            "memory: {early:.1} MiB after a fifth of the time, at most {most:.1} MiB after that"
        )
    }
}

/// Returns 0 if the operating system does not report it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
