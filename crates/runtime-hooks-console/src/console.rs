//! The handle, and how it is set up.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::mem;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runtime_hooks_core::{Instrumentor, Process, SeriesKey, ServiceThread};
use runtime_hooks_lints::Lint;
use tokio::sync::watch;

use crate::compute_thread::ComputeThread;
use crate::disclosure::{Disclosure, Field, Policy, Redact};
use crate::error::{ConsoleError, Kind};
use crate::sampler::{Sampler, Source};
use crate::server::{self, Access, AccessPolicy};
use crate::{settings, token_file};

/// A console that is being served. Dropping the handle leaves it running; see [`stop`](Self::stop).
#[derive(Clone, Debug)]
pub struct Console(Arc<Running>);

#[derive(Debug)]
struct Running {
    address: SocketAddr,
    /// Whose console it is: a forked child has neither its thread nor its clients.
    process: Process,
    stop: Arc<watch::Sender<bool>>,
    thread: ServiceThread,
    sampler: Arc<Sampler>,
    /// Whether the list of live tasks is to be kept no longer once it is over: nobody else had asked for it.
    ends_live: AtomicBool,
}

/// How long [`Console::stop`] waits.
const STOP: Duration = Duration::from_secs(5);

impl Console {
    /// Sets one up.
    pub fn builder() -> ConsoleBuilder {
        ConsoleBuilder::new()
    }

    /// The one that the environment asks for, set up: `OTEL_RUST_ASYNCIO_CONSOLE` is `true` or an address. `None` if it
    /// asks for none.
    ///
    /// `.._CONSOLE_DISCLOSE` is [how much it shows](ConsoleBuilder::disclose).
    /// `.._CONSOLE_TOKEN` or `.._CONSOLE_TOKEN_FILE` is [its token](ConsoleBuilder::token), `.._CONSOLE_OPEN=true`
    /// [opens it](ConsoleBuilder::open_to_everyone), and `.._CONSOLE_HOSTS` are [names it is asked
    /// for](ConsoleBuilder::host), separated by commas.
    ///
    /// # Errors
    ///
    /// If a value makes no sense.
    pub fn from_env() -> Result<Option<ConsoleBuilder>, ConsoleError> {
        Self::from_vars(|variable| std::env::var_os(variable))
    }

    /// As [`from_env`](Self::from_env), with variables from elsewhere.
    ///
    /// # Errors
    ///
    /// If a value makes no sense.
    pub fn from_vars(
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<ConsoleBuilder>, ConsoleError> {
        settings::read(lookup)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// What to open in a browser.
    pub fn url(&self) -> String {
        let mut address = self.address();
        if address.ip().is_unspecified() {
            let local = match address.ip() {
                std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            };
            address.set_ip(local);
        }
        format!("http://{address}/")
    }

    /// For how many seconds each lint has applied to each name: what `asyncio.lint.count` counts.
    ///
    /// In a forked child, nothing: what was found is the parent's.
    pub fn lint_seconds(&self) -> Vec<(Lint, SeriesKey, u64)> {
        if !self.0.process.is_current() {
            return Vec::new();
        }
        self.0.sampler.lint_seconds()
    }

    /// Ends it, and waits until its threads are gone, for 5 s at most; whether they are.
    ///
    /// Requests that are being answered are cut off, and pages that are open show that the program does not answer. A
    /// slow client is not waited for. What can take longer is a look at the program that somebody else holds up: a
    /// runtime's gauges that do not answer.
    ///
    /// In a forked child the parent's console has no threads, so there is nothing to wait for.
    pub fn stop(&self) -> bool {
        self.stop_within(STOP)
    }

    /// As [`stop`](Self::stop), with another limit. With none, it is told to end and not waited for.
    pub fn stop_within(&self, limit: Duration) -> bool {
        let Running { process, stop, thread, sampler, ends_live, .. } = &*self.0;
        if process.is_current() {
            stop.send_replace(true);
        }
        if !thread.join_within(limit) {
            return false;
        }
        if ends_live.swap(false, Ordering::Relaxed) {
            sampler.instrumentor().keep_live(false);
        }
        true
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.process.is_current() {
            // It would wake the parent's runtime.
            mem::forget(Arc::clone(&self.stop));
        }
    }
}

/// Sets up a [`Console`].
#[must_use = "a builder does nothing until `serve`"]
#[derive(Clone, Debug)]
pub struct ConsoleBuilder {
    address: SocketAddr,
    token: Option<Token>,
    is_open: bool,
    hosts: Vec<String>,
    instrumentor: Source,
    live: bool,
    disclosure: Option<Disclosure>,
    redact: Option<Hook>,
}

#[derive(Clone)]
struct Hook(Redact);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// Who has it may look.
#[derive(Clone)]
enum Token {
    Text(String),
    File(PathBuf),
}

impl ConsoleBuilder {
    pub(crate) fn new() -> Self {
        Self {
            address: settings::ADDRESS,
            token: None,
            is_open: false,
            hosts: Vec::new(),
            instrumentor: Source::Global,
            live: true,
            disclosure: None,
            redact: None,
        }
    }

    /// Where to listen. Default `127.0.0.1:6680`; port 0 is any that is free.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Requests need this token: as `Authorization: Bearer TOKEN`, or in a browser once as `/?token=TOKEN`, which starts
    /// a session of twelve hours. White space around it does not count.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Token::Text(token.into()));
        self
    }

    /// As [`token`](Self::token), read from a file when it is started: a regular file of at most 4 096 bytes.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Some(Token::File(path.into()));
        self
    }

    /// Whoever can reach the address may look, without a token: where the network sees to it who that is.
    pub fn open_to_everyone(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// A name that it is asked for, as `tasks.internal`. Without, it answers to addresses and to `localhost` only, so
    /// that no page of somebody else's can read it by having its own name point here.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// What to show. Default: the process's own.
    pub fn instrumentor(mut self, instrumentor: Arc<Instrumentor>) -> Self {
        self.instrumentor = Source::Own(instrumentor);
        self
    }

    /// Whether single live tasks are shown, for which their list is [kept](Instrumentor::keep_live) from now on.
    /// Default `true`.
    pub fn live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// How much is shown of names, source paths and types, at every output. Default: [`Disclosure::Full`] with a token or
    /// on this machine alone, else [`Disclosure::ShortPaths`]. See `SECURITY.md` of the repository.
    pub fn disclose(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = Some(disclosure);
        self
    }

    /// Takes secrets out of what is shown: `redact` gets each text, and gives back what may be shown of it. Comes before
    /// what [`disclose`](Self::disclose) does.
    ///
    /// It is called when a text is first seen, once per output, and never by a task. A text for which it panics is shown as
    /// `[redacted]`. Names that it makes equal are told apart by a number: they stay different series.
    ///
    /// ```
    /// use runtime_hooks_console::{Console, Field};
    ///
    /// let builder = Console::builder().redact(|field, text| match field {
    ///     // `session ann@example.org` is `session`.
    ///     Field::Name => text.split(' ').next().unwrap_or("").into(),
    ///     _ => text.into(),
    /// });
    /// # drop(builder);
    /// ```
    pub fn redact<F>(mut self, redact: F) -> Self
    where
        F: for<'t> Fn(Field, &'t str) -> Cow<'t, str> + Send + Sync + 'static,
    {
        self.redact = Some(Hook(Arc::new(redact)));
        self
    }

    /// Starts it, on two threads of its own: one moves bytes, the other one computes. It never starts a further one.
    ///
    /// # Errors
    ///
    /// If the address is not one of this machine alone and there is neither a token nor the word that it is open; if
    /// the token is empty, longer than 4 096 bytes, has control characters, or cannot be read; if the address cannot be
    /// listened on; if its two threads cannot be started.
    ///
    /// ```
    /// use runtime_hooks_console::Console;
    ///
    /// let error = Console::builder().address("0.0.0.0:6680".parse().unwrap()).serve().unwrap_err();
    /// assert!(error.is_exposed());
    /// ```
    pub fn serve(self) -> Result<Console, ConsoleError> {
        let access = self.access()?;
        let disclosed = self.policy(&access);
        let error = |source| ConsoleError(Kind::Bind(self.address, source));
        let listener = TcpListener::bind(self.address).map_err(error)?;
        let address = listener.local_addr().map_err(error)?;
        listener.set_nonblocking(true).map_err(error)?;

        let kept_live = self.live && self.instrumentor.instrumentor().keep_live(true);
        let sampler = Arc::new(Sampler::new(self.instrumentor, self.live, disclosed));
        let policy = AccessPolicy::new(access, self.hosts, address.port());
        let (stop, stopped) = watch::channel(false);
        let thread = {
            let sampler = Arc::clone(&sampler);
            start(move |worker| server::serve(listener, sampler, policy, worker, stopped))
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

    /// Whoever can reach an open port of the network need not learn how the machine that built the program is laid out.
    fn policy(&self, access: &Access) -> Policy {
        let is_public = matches!(access, Access::Open) && !self.address.ip().is_loopback();
        let usual = if is_public { Disclosure::ShortPaths } else { Disclosure::Full };
        let redact = self.redact.as_ref().map(|Hook(redact)| Arc::clone(redact));
        Policy::new(self.disclosure.unwrap_or(usual), redact)
    }

    #[cfg(test)]
    pub(crate) fn where_to(&self) -> SocketAddr {
        self.address
    }

    fn access(&self) -> Result<Access, ConsoleError> {
        let token = match &self.token {
            None if self.is_open || self.address.ip().is_loopback() => return Ok(Access::Open),
            None => return Err(ConsoleError(Kind::Exposed(self.address))),
            Some(Token::Text(token)) => token.clone(),
            Some(Token::File(path)) => {
                let read = token_file::read(path);
                read.map_err(|source| ConsoleError(Kind::TokenFile(path.clone(), source)))?
            }
        };
        match token.trim() {
            "" => Err(ConsoleError(Kind::EmptyToken)),
            token if token.len() > token_file::MAX_BYTES || token.contains(char::is_control) => {
                Err(ConsoleError(Kind::UnusableToken))
            }
            token => Ok(Access::Token(token.to_owned())),
        }
    }
}

/// Not what it is.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// A runtime of its own, bare: nothing that it does is recorded. It has all its threads from the start: this one, and the
/// worker.
fn start<F: Future<Output = ()> + 'static>(
    serve: impl FnOnce(ComputeThread) -> F + Send + 'static,
) -> io::Result<ServiceThread> {
    const NAME: &str = "runtime-hooks-console";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (worker, working) = ComputeThread::start(NAME)?;
    ServiceThread::start(NAME, move || {
        runtime.block_on(serve(worker));
        // With it go all handles of the worker.
        drop(runtime);
        let _ = working.join();
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::Output;

    #[test]
    fn access_decides_what_is_shown_unless_it_is_said() {
        const PATH: &str = "/home/ann/.cargo/registry/src/index/tokio-1.51.0/src/task/spawn.rs";
        let shown = |address: &str, access, disclosure: Option<Disclosure>| {
            let mut builder = Console::builder().address(address.parse().unwrap());
            builder.disclosure = disclosure;
            builder.policy(&access).show(Output::Page, Field::File, PATH).unwrap()
        };
        let token = || Access::Token("secret".to_owned());
        assert_eq!(shown("127.0.0.1:0", Access::Open, None), PATH);
        assert_eq!(shown("0.0.0.0:0", token(), None), PATH);
        assert_eq!(shown("0.0.0.0:0", Access::Open, None), "tokio-1.51.0/src/task/spawn.rs");
        assert_eq!(shown("0.0.0.0:0", Access::Open, Some(Disclosure::Full)), PATH);
        assert!(shown("127.0.0.1:0", token(), Some(Disclosure::Hashed)).starts_with('#'));
    }
}
