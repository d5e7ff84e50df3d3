//! The thread that recorded an event.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::catch::catch;

/// Identifies a thread in the flight record. It outlives the thread, as its events do.
#[derive(Debug)]
pub(crate) struct LogThread {
    /// Unique among the threads that recorded in this process, from 1.
    pub(crate) number: u64,
    pub(crate) name: Option<Box<str>>,
    /// The id that the system's tools show; `None` where it cannot be read.
    pub(crate) system_id: Option<u64>,
}

impl LogThread {
    /// The calling thread.
    pub(super) fn current() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // On a thread whose thread-locals are destroyed this can panic.
        let name = catch(|| std::thread::current().name().map(Box::from)).ok().flatten();
        Self { number, name, system_id: system_id() }
    }
}

impl fmt::Display for LogThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "thread {}", self.number),
        }
    }
}

/// Linux names the calling thread in a link, `PID/task/TID`.
#[cfg(target_os = "linux")]
fn system_id() -> Option<u64> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn system_id() -> Option<u64> {
    None
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_has_its_name_and_its_id() {
        let other = std::thread::Builder::new().name("worker-7".to_owned());
        let other = other.spawn(LogThread::current).unwrap().join().unwrap();
        assert_eq!((&*other.to_string(), other.name.as_deref()), ("worker-7", Some("worker-7")));
        let here = LogThread::current();
        assert_ne!(here.number, other.number);
        assert_eq!(here.system_id.is_some(), cfg!(target_os = "linux"));
        assert!(here.system_id.is_none() || here.system_id != other.system_id);
        assert_eq!(LogThread { name: None, ..here }.to_string(), format!("thread {}", here.number));
    }
}
