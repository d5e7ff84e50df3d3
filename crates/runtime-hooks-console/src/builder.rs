//! Setting up a console.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use runtime_hooks_core::Instrumentor;
use runtime_hooks_recorder::internals::{Policy, Redact};
use runtime_hooks_recorder::{Disclosure, Field};

use crate::error::{ConsoleError, Kind};
use crate::sampler::Source;
use crate::server::Access;
use crate::settings::Settings;
use crate::token::TokenSource;

/// Sets up a [`Console`](crate::Console).
#[must_use = "a builder does nothing until `serve`"]
#[derive(Clone, Debug)]
pub struct ConsoleBuilder {
    pub(crate) settings: Settings,
    pub(crate) instrumentor: Source,
    pub(crate) live: bool,
    redact: Option<Redaction>,
}

#[derive(Clone)]
struct Redaction(Redact);

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ConsoleBuilder {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, instrumentor: Source::Global, live: true, redact: None }
    }

    /// The address to listen on. The default is `127.0.0.1:6680`; port 0 is any free port.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.settings.address = address;
        self
    }

    /// Requires this token of each request: as `Authorization: Bearer TOKEN`, or in a browser once as `/?token=TOKEN`, which
    /// starts a session of twelve hours. White space around the token is ignored.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.settings.token = Some(TokenSource::Text(token.into()));
        self
    }

    /// Like [`token`](Self::token). The token is read from a file when the console starts: a regular file of at most 4 096
    /// bytes.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.token = Some(TokenSource::File(path.into()));
        self
    }

    /// Allows an address that other machines can reach without a token. Use it only if the network restricts access.
    pub fn open_to_everyone(mut self) -> Self {
        self.settings.is_open = true;
        self
    }

    /// Adds a host name that requests may ask for, such as `tasks.internal`. By default the console answers requests for IP
    /// addresses and `localhost` only, so that no foreign page can read it by DNS rebinding.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.settings.hosts.push(host.into());
        self
    }

    /// What to show. The default is the global instrumentor.
    pub fn instrumentor(mut self, instrumentor: Arc<Instrumentor>) -> Self {
        self.instrumentor = Source::Own(instrumentor);
        self
    }

    /// Whether live tasks are listed. If so, the console [keeps their list](Instrumentor::set_live) while it runs. The
    /// default is `true`.
    pub fn live(mut self, live: bool) -> Self {
        self.live = live;
        self
    }

    /// How much every output shows of names, source paths and types. The default is [`Disclosure::Full`] with a token or on
    /// an address of this machine only, and else [`Disclosure::ShortPaths`]. See `SECURITY.md` of the repository.
    pub fn disclose(mut self, disclosure: Disclosure) -> Self {
        self.settings.disclosure = Some(disclosure);
        self
    }

    /// Removes secrets from what is shown: `redact` gets each text and returns what may be shown of it, before
    /// [`disclose`](Self::disclose) applies.
    ///
    /// It is called when a text is first seen, once per output, and never by a task. A text for which it panics is shown as
    /// `[redacted]`. Different names that it makes equal get a number, so that their series stay different.
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
        self.redact = Some(Redaction(Arc::new(redact)));
        self
    }

    pub(crate) fn access(&self) -> Result<Access, ConsoleError> {
        let Settings { address, token, is_open, .. } = &self.settings;
        match token {
            Some(token) => token.read().map(Access::Token),
            None if *is_open || address.ip().is_loopback() => Ok(Access::Open),
            None => Err(ConsoleError(Kind::Exposed(*address))),
        }
    }

    /// An open console on the network does not show the directories of the machine that built the program.
    pub(crate) fn policy(&self, access: &Access) -> Policy {
        let Settings { address, disclosure, .. } = &self.settings;
        let is_public = matches!(access, Access::Open) && !address.ip().is_loopback();
        let default = if is_public { Disclosure::ShortPaths } else { Disclosure::Full };
        let redact = self.redact.as_ref().map(|Redaction(redact)| Arc::clone(redact));
        Policy::new(disclosure.unwrap_or(default), redact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_hooks_recorder::internals::Output;

    #[test]
    fn access_decides_what_is_shown_unless_it_is_configured() {
        const PATH: &str = "/home/ann/.cargo/registry/src/index/tokio-1.51.0/src/task/spawn.rs";
        let shown = |address: &str, access, disclosure: Option<Disclosure>| {
            let mut builder =
                ConsoleBuilder::new(Settings::default()).address(address.parse().unwrap());
            builder.settings.disclosure = disclosure;
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
