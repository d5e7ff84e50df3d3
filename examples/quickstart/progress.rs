//! A progress line, read from the recorder.

use std::io::{IsTerminal, Write, stderr};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use runtime_hooks::{Recorder, SeriesSnapshot};

/// Draws the line until it is finished, on a separate thread.
pub(crate) struct Progress {
    start: Instant,
    done: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    pub(crate) fn start(runtime: &'static str, recorder: Recorder) -> Self {
        let (done, ended) = channel();
        let frame = Duration::from_millis(50);
        let draw = move || {
            while ended.recv_timeout(frame) == Err(RecvTimeoutError::Timeout) {
                draw_line(runtime, &recorder);
            }
            erase_line();
        };
        let thread = std::thread::spawn(draw);
        Self { start: Instant::now(), done, thread }
    }

    /// Erases the line; returns how long it was shown.
    pub(crate) fn finish(self) -> Duration {
        let took = self.start.elapsed();
        drop(self.done);
        let _ = self.thread.join();
        took
    }
}

fn draw_line(runtime: &str, recorder: &Recorder) {
    let snapshot = recorder.snapshot();
    let of = |name| {
        let series = snapshot.series.iter().filter(|series| series.key.runtime() == runtime);
        series
            .filter(|series| series.key.name() == Some(name))
            .map(SeriesSnapshot::ended)
            .sum::<u64>()
    };
    let active = snapshot.active();
    if stderr().is_terminal() {
        let (read, counted) = (of("read_file"), of("count_words"));
        eprint!("\r  {runtime:9}  {read} files read, {counted} counted, {active} tasks active ");
        let _ = stderr().flush();
    }
}

fn erase_line() {
    if stderr().is_terminal() {
        eprint!("\r{:78}\r", "");
    }
}
