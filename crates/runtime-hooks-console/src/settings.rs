//! The settings that the environment has too: where the console listens, who has access, what it shows.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use runtime_hooks_recorder::{Disclosure, ParseDisclosureError};

use crate::error::{ConsoleError, Kind};
use crate::token::TokenSource;

const CONSOLE: &str = "OTEL_RUST_ASYNCIO_CONSOLE";
const TOKEN: &str = "OTEL_RUST_ASYNCIO_CONSOLE_TOKEN";
const TOKEN_FILE: &str = "OTEL_RUST_ASYNCIO_CONSOLE_TOKEN_FILE";
const OPEN: &str = "OTEL_RUST_ASYNCIO_CONSOLE_OPEN";
const HOSTS: &str = "OTEL_RUST_ASYNCIO_CONSOLE_HOSTS";
const DISCLOSE: &str = "OTEL_RUST_ASYNCIO_CONSOLE_DISCLOSE";

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<TokenSource>,
    pub(crate) is_open: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) disclosure: Option<Disclosure>,
}

/// On this machine only, without a token.
impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 6680)),
            token: None,
            is_open: false,
            hosts: Vec::new(),
            disclosure: None,
        }
    }
}

impl Settings {
    /// Reads the settings from the environment; `None` if it asks for no console.
    pub(crate) fn read(
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, ConsoleError> {
        // An empty variable counts as unset, as OpenTelemetry says.
        let get = |variable| lookup(variable).filter(|value| !value.is_empty());
        let Some(value) = get(CONSOLE) else { return Ok(None) };
        let mut settings = Self::default();
        match address(&value.to_string_lossy(), settings.address)? {
            Some(address) => settings.address = address,
            None => return Ok(None),
        }
        settings.token = token(&lookup)?;
        if let Some(value) = get(OPEN) {
            settings.is_open = match value.to_string_lossy().trim().to_ascii_lowercase().as_str() {
                "true" => true,
                "false" => false,
                other => return Err(invalid(OPEN, other, "true or false")),
            };
        }
        if let Some(value) = get(DISCLOSE) {
            let value = value.to_string_lossy();
            let error = |_| invalid(DISCLOSE, &value, ParseDisclosureError::EXPECTED);
            settings.disclosure = Some(value.trim().parse().map_err(error)?);
        }
        if let Some(hosts) = get(HOSTS) {
            let hosts = hosts.to_string_lossy();
            let hosts = hosts.split(',').map(str::trim).filter(|host| !host.is_empty());
            settings.hosts = hosts.map(str::to_owned).collect();
        }
        Ok(Some(settings))
    }
}

/// The address of the variable, or the default; `None` if there is to be no console.
fn address(value: &str, default: SocketAddr) -> Result<Option<SocketAddr>, ConsoleError> {
    let value = value.trim();
    let local = value.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(default)),
        "false" => Ok(None),
        _ => match local.as_deref().unwrap_or(value).parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) => Err(invalid(CONSOLE, value, "an address like 127.0.0.1:6680, true or false")),
        },
    }
}

/// Here an empty variable is an error: it must not open a console that a token was meant to protect.
fn token(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Option<TokenSource>, ConsoleError> {
    let mut source = None;
    if let Some(path) = lookup(TOKEN_FILE) {
        if path.is_empty() {
            return Err(invalid(TOKEN_FILE, "", "a path; unset the variable if there is no token"));
        }
        source = Some(TokenSource::File(PathBuf::from(path)));
    }
    if let Some(token) = lookup(TOKEN) {
        if token.to_string_lossy().trim().is_empty() {
            return Err(invalid(TOKEN, "", "a token; unset the variable if there is none"));
        }
        // The error does not show the token.
        let error = |_| invalid(TOKEN, "..", "text");
        source = Some(TokenSource::Text(token.into_string().map_err(error)?));
    }
    Ok(source)
}

fn invalid(variable: &'static str, value: &str, expected: &'static str) -> ConsoleError {
    ConsoleError(Kind::Setting { variable, value: value.to_owned(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_of(set: &[(&str, &str)]) -> Result<Option<Settings>, ConsoleError> {
        Settings::read(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn there_is_no_console_without_the_variable_or_with_false() {
        for set in [&[][..], &[(CONSOLE, "")], &[(CONSOLE, "false")], &[(TOKEN, "secret")]] {
            assert!(read_of(set).unwrap().is_none());
        }
    }

    #[test]
    fn the_variable_is_an_address_or_true_for_the_default() {
        for (value, address) in [
            ("true", "127.0.0.1:6680"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("localhost:7000", "127.0.0.1:7000"),
            ("[::1]:6680", "[::1]:6680"),
            ("0.0.0.0:6680", "0.0.0.0:6680"),
        ] {
            let settings = read_of(&[(CONSOLE, value)]).unwrap().unwrap();
            assert_eq!(settings.address, address.parse().unwrap());
        }
    }

    #[test]
    fn an_error_has_the_variable_and_the_value() {
        let error = read_of(&[(CONSOLE, "6680")]).unwrap_err();
        assert!(error.is_setting());
        let text = "OTEL_RUST_ASYNCIO_CONSOLE=\"6680\": expected an address like 127.0.0.1:6680, true or false";
        assert_eq!(error.to_string(), text);
        let error = read_of(&[(CONSOLE, "true"), (OPEN, "maybe")]).unwrap_err();
        assert!(error.to_string().starts_with("OTEL_RUST_ASYNCIO_CONSOLE_OPEN=\"maybe\""));
    }

    #[test]
    fn an_empty_token_is_an_error_and_not_an_open_console() {
        for (variable, value) in [(TOKEN, ""), (TOKEN, " \n"), (TOKEN_FILE, "")] {
            let error = read_of(&[(CONSOLE, "true"), (variable, value)]).unwrap_err();
            assert!(error.is_setting());
            assert!(
                error.to_string().starts_with(&format!("{variable}=\"\": expected a ")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_disclosure_is_one_of_three() {
        for mode in ["full", "short_paths", " HASHED "] {
            assert!(read_of(&[(CONSOLE, "true"), (DISCLOSE, mode)]).unwrap().is_some());
        }
        let error = read_of(&[(CONSOLE, "true"), (DISCLOSE, "none")]).unwrap_err();
        let text =
            "OTEL_RUST_ASYNCIO_CONSOLE_DISCLOSE=\"none\": expected full, short_paths or hashed";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_token_is_never_shown() {
        let settings = read_of(&[(CONSOLE, "0.0.0.0:0"), (TOKEN, "secret")]).unwrap().unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }

    const ALL: [&str; 5] = [CONSOLE, TOKEN, TOKEN_FILE, OPEN, HOSTS];

    #[cfg(unix)]
    fn any_text() -> impl Strategy<Value = OsString> {
        use std::os::unix::ffi::OsStringExt as _;
        let bytes = proptest::collection::vec(any::<u8>(), 0..40).prop_map(OsString::from_vec);
        prop_oneof![
            bytes,
            "\\PC{0,40}".prop_map(Into::into),
            "true|false|localhost:[0-9]{1,6}".prop_map(Into::into)
        ]
    }

    #[cfg(unix)]
    proptest! {
        #[test]
        fn any_environment_is_a_console_or_none_or_an_error_without_the_token(
            console in any_text(),
            values in proptest::array::uniform4(proptest::option::of(any_text())),
        ) {
            let token = values[0].clone().unwrap_or_default();
            let set = [Some(console)].into_iter().chain(values).collect::<Vec<_>>();
            let read = Settings::read(|name| set[ALL.iter().position(|known| *known == name)?].clone());
            let shown = match &read {
                Ok(settings) => format!("{settings:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            let token = token.to_string_lossy();
            let others = set.iter().enumerate().filter(|(at, _)| *at != 1);
            let is_elsewhere = others.filter_map(|(_, value)| value.as_ref())
                .any(|value| format!("{value:?}").contains(&*token));
            prop_assert!(token.len() < 12 || is_elsewhere || !shown.contains(&*token), "{shown}");
        }
    }
}
