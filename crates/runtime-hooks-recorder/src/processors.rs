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

impl ProcessorTimes {
    /// Whether processors were lacking since the last call, which was to be `planned` ago and was `elapsed` ago: a thread has
    /// waited for long, or this call comes late. The first call does not know.
    pub fn were_lacking(&mut self, elapsed: Duration, planned: Duration) -> bool {
        let is_known = std::mem::replace(&mut self.is_known, true);
        let has_waited = self.has_waited(elapsed);
        is_known && (has_waited || elapsed > planned + planned / 4)
    }

    /// Whether a thread has waited for long. Not all threads together: if hundreds of them wake up at once, each waits a little
    /// and all of them much, on any machine.
    #[cfg(target_os = "linux")]
    fn has_waited(&mut self, elapsed: Duration) -> bool {
        let now = read();
        let since = |(thread, now): (&u32, &Times)| {
            let before = self.threads.get(thread).copied().unwrap_or_default();
            let ran = now.ran.saturating_sub(before.ran);
            Times { ran, waited: now.waited.saturating_sub(before.waited) }
        };
        let has_waited = now.iter().map(since).any(|times| times.are_lacking(elapsed));
        self.threads = now;
        has_waited
    }

    /// The system does not tell.
    #[cfg(not(target_os = "linux"))]
    fn has_waited(&mut self, _: Duration) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
impl Times {
    /// Whether the thread has waited for a tenth of the time, and for twice as long as it ran.
    fn are_lacking(self, elapsed: Duration) -> bool {
        self.waited > elapsed / 10 && self.waited > 2 * self.ran
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
    fn a_thread_lacks_a_processor_if_it_waits_for_twice_as_long_as_it_runs() {
        let lacks = |ran, waited| {
            let ms = Duration::from_millis;
            Times { ran: ms(ran), waited: ms(waited) }.are_lacking(ms(1_000))
        };
        assert_eq!([lacks(200, 800), lacks(1, 101), lacks(300, 600)], [true, true, false]);
        // One of hundreds of threads that wake up at once.
        assert!(!lacks(1, 25));
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
