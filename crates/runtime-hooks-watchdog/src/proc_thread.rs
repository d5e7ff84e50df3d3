//! What `/proc` tells of a thread of this process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// A thread by its number.
#[derive(Debug)]
pub(crate) struct ProcThread {
    folder: String,
    schedstat: Option<File>,
}

/// How long a thread has run, and how long it was ready to run and had no processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProcessorTime {
    pub(crate) ran: Duration,
    pub(crate) waited: Duration,
}

/// What a thread does, as the system sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThreadState {
    /// It runs, or is ready to.
    Runnable,
    /// It waits in the system.
    Waits,
    /// It is stopped by a signal or a debugger, or has ended.
    Stopped,
}

/// Where a thread waits in the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitPoint {
    pub(crate) stack_pointer: u64,
    pub(crate) instruction: u64,
}

impl ProcThread {
    pub(crate) fn new(number: u32) -> Self {
        let folder = format!("/proc/self/task/{number}");
        let schedstat = File::open(format!("{folder}/schedstat")).ok();
        Self { folder, schedstat }
    }

    /// The calling thread.
    pub(crate) fn of_this_thread() -> Self {
        let folder = "/proc/thread-self".to_owned();
        let schedstat = File::open("/proc/thread-self/schedstat").ok();
        Self { folder, schedstat }
    }

    /// `None` if the system does not count it.
    pub(crate) fn processor_time(&self) -> Option<ProcessorTime> {
        let mut text = [0; 96];
        let length = self.schedstat.as_ref()?.read_at(&mut text, 0).ok()?;
        processor_time(std::str::from_utf8(&text[..length]).ok()?)
    }

    pub(crate) fn state(&self) -> Option<ThreadState> {
        state(&fs::read_to_string(format!("{}/stat", self.folder)).ok()?)
    }

    /// Where it waits; `None` if it runs. The error is for people.
    pub(crate) fn wait_point(&self) -> Result<Option<WaitPoint>, String> {
        let path = format!("{}/syscall", self.folder);
        let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        if text.trim() == "running" {
            return Ok(None);
        }
        wait_point(&text).map(Some).ok_or_else(|| format!("{path}: {:?}", text.trim()))
    }
}

fn processor_time(text: &str) -> Option<ProcessorTime> {
    let mut numbers =
        text.split_whitespace().map(|number| number.parse().map(Duration::from_nanos));
    Some(ProcessorTime { ran: numbers.next()?.ok()?, waited: numbers.next()?.ok()? })
}

/// The state follows the name, which can contain anything.
fn state(text: &str) -> Option<ThreadState> {
    match text.rsplit_once(')')?.1.trim_start().chars().next()? {
        'R' => Some(ThreadState::Runnable),
        'S' | 'D' | 'I' => Some(ThreadState::Waits),
        _ => Some(ThreadState::Stopped),
    }
}

/// The number of a system call with its arguments, the stack pointer and the instruction to return to. Without the
/// arguments if it waits outside of a call, for memory.
fn wait_point(text: &str) -> Option<WaitPoint> {
    let mut last = text.split_whitespace().rev();
    let mut word = || u64::from_str_radix(last.next()?.strip_prefix("0x")?, 16).ok();
    let instruction = word()?;
    Some(WaitPoint { stack_pointer: word()?, instruction })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_writes_is_read() {
        let ms = Duration::from_millis;
        let time = ProcessorTime { ran: ms(3), waited: ms(7) };
        assert_eq!(processor_time("3000000 7000000 12\n"), Some(time));
        assert_eq!(processor_time("3000000"), None);
        assert_eq!(state("7 (a) b (c) S 1 7"), Some(ThreadState::Waits));
        assert_eq!(state("7 (tokio-runtime-w) R 1 7"), Some(ThreadState::Runnable));
        assert_eq!(state("7 (a) t 1 7"), Some(ThreadState::Stopped));
        assert_eq!(state("7"), None);
        let point = WaitPoint { stack_pointer: 0x7f10, instruction: 0x40 };
        assert_eq!(wait_point("230 0x0 0x1 0x2 0x3 0x4 0x5 0x7f10 0x40\n"), Some(point));
        assert_eq!(wait_point("-1 0x7f10 0x40\n"), Some(point));
        assert_eq!(wait_point("running"), None);
    }

    #[test]
    fn a_thread_that_waits_is_seen_to_wait_and_one_that_has_ended_is_an_error() {
        let (send, receive) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let own = fs::read_link("/proc/thread-self").unwrap();
            send.send(own.file_name().unwrap().to_str().unwrap().parse().unwrap()).unwrap();
            let _ = ended.recv();
        });
        let waits = ProcThread::new(receive.recv().unwrap());
        while waits.state() != Some(ThreadState::Waits) || waits.wait_point() == Ok(None) {
            std::thread::yield_now();
        }
        assert!(waits.wait_point().unwrap().unwrap().stack_pointer > 0);
        assert!(waits.processor_time().is_some());
        drop(end);
        thread.join().unwrap();
        while std::path::Path::new(&waits.folder).exists() {
            std::thread::yield_now();
        }
        assert!(waits.wait_point().is_err() && waits.state().is_none());
    }
}
