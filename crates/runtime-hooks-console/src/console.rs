//! The handle of a running console.

use std::ffi::OsString;
use std::io;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runtime_hooks_recorder::internals::{Process, ServiceThread};
use tokio::sync::watch;

use crate::builder::ConsoleBuilder;
use crate::compute_thread::ComputeThread;
use crate::error::{ConsoleError, Kind};
use crate::sampler::{LintSeconds, Sampler};
use crate::server::{self, AccessPolicy};
use crate::settings::Settings;

/// A running console. It keeps running when all handles are dropped; see [`stop`](Self::stop).
#[derive(Clone, Debug)]
pub struct Console(Arc<Running>);

#[derive(Debug)]
struct Running {
    address: SocketAddr,
    /// The process that started it: a forked child has neither its threads nor its clients.
    process: Process,
    stop: Arc<watch::Sender<bool>>,
    thread: ServiceThread,
    sampler: Arc<Sampler>,
    /// Whether `stop` ends the list of live tasks: it was not kept before.
    ends_live: AtomicBool,
}

/// How long [`Console::stop`] waits.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

impl Console {
    /// Sets up a console with the default settings.
    pub fn builder() -> ConsoleBuilder {
        ConsoleBuilder::new(Settings::default())
    }

    /// Sets up the console that the environment asks for: `OTEL_RUST_ASYNCIO_CONSOLE` is `true` or an address. Returns
    /// `None` if it asks for none.
    ///
    /// `.._CONSOLE_DISCLOSE` sets [how much is shown](ConsoleBuilder::disclose), `.._CONSOLE_TOKEN` or
    /// `.._CONSOLE_TOKEN_FILE` the [token](ConsoleBuilder::token), `.._CONSOLE_HOSTS` [host names](ConsoleBuilder::host),
    /// separated by commas. `.._CONSOLE_OPEN=true` [allows access without a token](ConsoleBuilder::open_to_everyone).
    ///
    /// # Errors
    ///
    /// If a variable has an invalid value.
    pub fn from_env() -> Result<Option<ConsoleBuilder>, ConsoleError> {
        Self::from_vars(|variable| std::env::var_os(variable))
    }

    /// Like [`from_env`](Self::from_env), with `lookup` in place of the environment.
    ///
    /// # Errors
    ///
    /// If a variable has an invalid value.
    pub fn from_vars(
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<ConsoleBuilder>, ConsoleError> {
        Ok(Settings::read(lookup)?.map(ConsoleBuilder::new))
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// The URL to open in a browser on this machine.
    pub fn url(&self) -> String {
        let mut address = self.address();
        if address.ip().is_unspecified() {
            let local: IpAddr = match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            };
            address.set_ip(local);
        }
        format!("http://{address}/")
    }

    /// For how many seconds each lint has applied to each series: the values of `asyncio.lint.count`.
    ///
    /// Empty in a forked child: the findings are the parent's.
    pub fn lint_seconds(&self) -> Vec<LintSeconds> {
        if !self.0.process.is_current() {
            return Vec::new();
        }
        self.0.sampler.lint_seconds()
    }

    /// Stops the console, and waits until its threads have ended, for 5 s at most. Returns whether they have.
    ///
    /// Requests that are being answered are cut off, and open pages show that the program does not respond. Slow clients do
    /// not delay it; only a runtime's gauges that block can.
    ///
    /// In a forked child, the parent's console has no threads and there is nothing to wait for.
    pub fn stop(&self) -> bool {
        self.stop_within(STOP_TIMEOUT)
    }

    /// Like [`stop`](Self::stop), with another limit. With a limit of zero it does not wait.
    pub fn stop_within(&self, limit: Duration) -> bool {
        let Running { process, stop, thread, sampler, ends_live, .. } = &*self.0;
        if process.is_current() {
            stop.send_replace(true);
        }
        if !thread.join_within(limit) {
            return false;
        }
        if ends_live.swap(false, Ordering::Relaxed) {
            sampler.instrumentor().set_live(false);
        }
        true
    }
}

impl ConsoleBuilder {
    /// Starts the console on two new threads: one moves bytes, the other one computes. It starts no further thread later.
    ///
    /// # Errors
    ///
    /// If other machines can reach the address and there is neither a token nor
    /// [`open_to_everyone`](Self::open_to_everyone); if the token is empty, longer than 4 096 bytes, has control characters,
    /// or cannot be read; if the address cannot be bound; if the threads cannot be started.
    ///
    /// ```
    /// use runtime_hooks_console::Console;
    ///
    /// let error = Console::builder().address("0.0.0.0:6680".parse().unwrap()).serve().unwrap_err();
    /// assert!(error.is_exposed());
    /// ```
    pub fn serve(self) -> Result<Console, ConsoleError> {
        let access = self.access()?;
        let policy = self.policy(&access);
        let Settings { address, hosts, .. } = self.settings;
        let error = |source| ConsoleError(Kind::Bind(address, source));
        let listener = TcpListener::bind(address).map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        listener.set_nonblocking(true).map_err(error)?;

        let kept_live = self.live && self.instrumentor.instrumentor().set_live(true);
        let sampler = Arc::new(Sampler::new(self.instrumentor, self.live, policy));
        let access = AccessPolicy::new(access, hosts, address.port());
        let (stop, stopped) = watch::channel(false);
        let thread = {
            let sampler = Arc::clone(&sampler);
            start(move |compute| server::serve(listener, sampler, access, compute, stopped))
        };
        let thread = thread.map_err(|source| ConsoleError(Kind::Start(source)))?;
        Ok(Console(Arc::new(Running {
            address,
            process: Process::current(),
            stop: Arc::new(stop),
            thread,
            sampler,
            ends_live: AtomicBool::new(self.live && !kept_live),
        })))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.process.is_current() {
            // Its drop would wake the parent's runtime.
            mem::forget(Arc::clone(&self.stop));
        }
    }
}

/// Starts both threads. The serving thread has a separate tokio runtime, which is not recorded.
fn start<F: Future<Output = ()> + 'static>(
    serve: impl FnOnce(ComputeThread) -> F + Send + 'static,
) -> io::Result<ServiceThread> {
    const NAME: &str = "runtime-hooks-console";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (compute, computing) = ComputeThread::start(NAME)?;
    ServiceThread::start(NAME, move || {
        runtime.block_on(serve(compute));
        // This drops all handles of the compute thread, which ends it.
        drop(runtime);
        let _ = computing.join();
    })
}
