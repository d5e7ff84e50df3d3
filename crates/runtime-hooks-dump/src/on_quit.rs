//! A dump when the process gets SIGQUIT.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use runtime_hooks_core::{Recorder, Severity};
use runtime_hooks_recorder::internals::{ServiceThread, emit};

use crate::builder::TaskDumpBuilder;

/// How often the thread looks for the signal.
const CHECK: Duration = Duration::from_millis(200);

/// Dumps all live tasks when the process gets SIGQUIT, until it is stopped. A cheap handle.
///
/// `kill -QUIT PID`, or Ctrl-\ in the terminal. The dump is a diagnostic: on standard error, or where the program sends
/// diagnostics. It is taken by a thread of its own, `runtime-hooks-dump`, within 0.2 s.
///
/// As with the JVM and Go, SIGQUIT then does not end the process with a core dump. Once this is stopped, the process
/// ignores the signal. Dropping the handle stops nothing.
#[derive(Clone, Debug)]
pub struct DumpOnQuit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stop: Sender<()>,
    thread: ServiceThread,
}

impl TaskDumpBuilder {
    /// Dumps the tasks of `recorder()` on each SIGQUIT. Only on Unix.
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread or set a signal handler, or has no such signal.
    pub fn on_quit(
        self,
        recorder: impl Fn() -> Recorder + Send + 'static,
    ) -> io::Result<DumpOnQuit> {
        let signal = Signal::catch()?;
        let (stop, stopped) = channel();
        let keep = stop.clone();
        let thread = ServiceThread::start("runtime-hooks-dump", move || {
            // It goes on when the last handle is dropped.
            let _keep = keep;
            while stopped.recv_timeout(CHECK) == Err(RecvTimeoutError::Timeout) {
                if signal.came() {
                    emit(Severity::Info, format_args!("task dump\n{}", self.take(&recorder())));
                }
            }
        })?;
        Ok(DumpOnQuit(Arc::new(Shared { stop, thread })))
    }
}

impl DumpOnQuit {
    /// Stops it. Returns whether the thread has ended within the limit.
    pub fn stop_within(&self, limit: Duration) -> bool {
        let _ = self.0.stop.send(());
        self.0.thread.join_within(limit)
    }
}

/// SIGQUIT.
struct Signal {
    came: Arc<AtomicBool>,
    #[cfg(unix)]
    id: signal_hook::SigId,
}

impl Signal {
    #[cfg(unix)]
    fn catch() -> io::Result<Self> {
        let came = Arc::<AtomicBool>::default();
        let id = signal_hook::flag::register(signal_hook::consts::SIGQUIT, Arc::clone(&came))?;
        Ok(Self { came, id })
    }

    #[cfg(not(unix))]
    fn catch() -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this platform has no SIGQUIT"))
    }

    fn came(&self) -> bool {
        self.came.swap(false, Ordering::Relaxed)
    }
}

#[cfg(unix)]
impl Drop for Signal {
    fn drop(&mut self) {
        signal_hook::low_level::unregister(self.id);
    }
}
