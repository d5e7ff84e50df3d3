//! Whether the threads of this process had processors to run on.

#[cfg(target_os = "linux")]
use std::collections::HashMap;
use std::time::Duration;

/// How long the threads of this process ran, and how long they were ready to and had no processor, from one look to the next.
#[derive(Debug, Default)]
pub struct ProcessorTimes {
    /// By the number of the thread.
    #[cfg(target_os = "linux")]
    threads: HashMap<u32, Times>,
    is_known: bool,
}

#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Times {
    ran: Duration,
    waited: Duration,
}

/// Less than this is no lack.
const LEAST: Duration = Duration::from_millis(50);

impl ProcessorTimes {
    /// Whether processors were lacking since the last call, which was to be `planned` ago and was `elapsed` ago: all threads
    /// together have waited for longer than they ran, or this call comes late. The first call does not know.
    pub fn were_lacking(&mut self, elapsed: Duration, planned: Duration) -> bool {
        let is_known = std::mem::replace(&mut self.is_known, true);
        let waited = self.have_waited();
        is_known && (waited || elapsed > planned + planned / 4)
    }

    #[cfg(target_os = "linux")]
    fn have_waited(&mut self) -> bool {
        let now = read();
        let mut all = Times::default();
        for (thread, now) in &now {
            let before = self.threads.get(thread).copied().unwrap_or_default();
            all.ran += now.ran.saturating_sub(before.ran);
            all.waited += now.waited.saturating_sub(before.waited);
        }
        self.threads = now;
        all.waited > all.ran.max(LEAST)
    }

    /// The system does not tell.
    #[cfg(not(target_os = "linux"))]
    fn have_waited(&mut self) -> bool {
        false
    }
}

/// Of all threads. Empty if the system does not count it.
#[cfg(target_os = "linux")]
fn read() -> HashMap<u32, Times> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return HashMap::new() };
    let times = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        let mut numbers = text.split_whitespace().map(|n| n.parse().map(Duration::from_nanos));
        let times = Times { ran: numbers.next()?.ok()?, waited: numbers.next()?.ok()? };
        Some((thread.file_name().to_str()?.parse().ok()?, times))
    });
    times.collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_late_look_is_a_lack_and_the_first_one_is_none() {
        let second = Duration::from_secs(1);
        let mut times = ProcessorTimes::default();
        assert!(!times.were_lacking(10 * second, second));
        assert!(times.were_lacking(2 * second, second));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn each_thread_has_its_times() {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let before = read().len();
        let thread = std::thread::spawn(move || ended.recv());
        while read().len() <= before {
            std::thread::yield_now();
        }
        drop(end);
        assert!(thread.join().unwrap().is_err());
        let own = read().remove(&std::process::id());
        assert!(own.is_some_and(|own| own.ran > Duration::ZERO));
    }
}
