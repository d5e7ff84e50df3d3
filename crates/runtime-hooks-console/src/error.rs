//! Why there is no console.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use crate::token_file;

/// Why a [`Console`](crate::Console) could not be started.
#[derive(Debug)]
pub struct ConsoleError(pub(crate) Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    Exposed(SocketAddr),
    EmptyToken,
    /// Too long, or no header can have it. It is not told: it may be most of a secret.
    UnusableToken,
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
    /// Whether the address is not one of this machine alone, and nobody said who may look.
    pub fn is_exposed(&self) -> bool {
        matches!(self.0, Kind::Exposed(_))
    }

    /// Whether the address could not be listened on: it is taken, or not this machine's.
    pub fn is_bind(&self) -> bool {
        matches!(self.0, Kind::Bind(..))
    }

    /// Whether a variable of the environment made no sense.
    pub fn is_setting(&self) -> bool {
        matches!(self.0, Kind::Setting { .. })
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Exposed(address) => write!(
                f,
                "the console would be open to others at {address}: set a token, or say that it is open"
            ),
            Kind::EmptyToken => {
                f.write_str("the console's token is empty: set one, or no token at all")
            }
            Kind::UnusableToken => write!(
                f,
                "the console's token has more than {} bytes, or control characters as line ends",
                token_file::MAX_BYTES
            ),
            Kind::TokenFile(path, _) => {
                write!(f, "cannot read the console's token from {}", path.display())
            }
            Kind::Setting { variable, value, expected } => {
                write!(f, "{variable}={value:?}: expected {expected}")
            }
            Kind::Bind(address, _) => write!(f, "the console cannot listen on {address}"),
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
            Kind::Exposed(_) | Kind::EmptyToken | Kind::UnusableToken | Kind::Setting { .. } => {
                None
            }
        }
    }
}
