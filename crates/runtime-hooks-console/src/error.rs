//! Errors of setting up a console.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

/// Why a [`Console`](crate::Console) could not be started.
#[derive(Debug)]
pub struct ConsoleError(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    Exposed(SocketAddr),
    EmptyToken,
    /// Too long, or not allowed in a header. The token is not shown: it may be most of a secret.
    UnusableToken {
        max_bytes: usize,
    },
    TokenFile(PathBuf, io::Error),
    Setting {
        variable: &'static str,
        value: String,
        expected: &'static str,
    },
    Bind(SocketAddr, io::Error),
    Start(io::Error),
}

impl ConsoleError {
    /// Whether other machines can reach the address, and there is neither a token nor an opt-in.
    pub fn is_exposed(&self) -> bool {
        matches!(self.0, Kind::Exposed(_))
    }

    /// Whether the address could not be bound: it is in use, or not one of this machine.
    pub fn is_bind(&self) -> bool {
        matches!(self.0, Kind::Bind(..))
    }

    /// Whether a variable of the environment has an invalid value.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting { .. })
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Exposed(address) => write!(
                f,
                "the console at {address} would be open to other machines: set a token, or allow it with \
                 OTEL_RUST_ASYNCIO_CONSOLE_OPEN=true or `ConsoleBuilder::open_to_everyone`"
            ),
            Kind::EmptyToken => {
                f.write_str("the console's token is empty: set another one, or none")
            }
            Kind::UnusableToken { max_bytes } => write!(
                f,
                "the console's token has more than {max_bytes} bytes, or control characters: set another one"
            ),
            Kind::TokenFile(path, _) => {
                write!(f, "cannot read the console's token from {}", path.display())
            }
            Kind::Setting { variable, value, expected } => {
                write!(f, "{variable}={value:?}: expected {expected}")
            }
            Kind::Bind(address, _) => write!(
                f,
                "the console cannot bind {address}: set OTEL_RUST_ASYNCIO_CONSOLE or `ConsoleBuilder::address` to \
                 another address"
            ),
            Kind::Start(_) => f.write_str("the console's threads cannot be started"),
        }
    }
}

impl Error for ConsoleError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::TokenFile(_, source) | Kind::Bind(_, source) | Kind::Start(source) => {
                Some(source)
            }
            Kind::Exposed(_)
            | Kind::EmptyToken
            | Kind::UnusableToken { .. }
            | Kind::Setting { .. } => None,
        }
    }
}
