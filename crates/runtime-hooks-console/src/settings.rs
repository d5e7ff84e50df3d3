//! The environment's part: whether there is a console, where, and who may look.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::console::ConsoleBuilder;
use crate::error::{ConsoleError, Kind};

/// Where it is, unless it is told: on this machine alone.
pub(crate) const ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 6680);

const CONSOLE: &str = "OTEL_RUST_ASYNCIO_CONSOLE";
const TOKEN: &str = "OTEL_RUST_ASYNCIO_CONSOLE_TOKEN";
const TOKEN_FILE: &str = "OTEL_RUST_ASYNCIO_CONSOLE_TOKEN_FILE";
const OPEN: &str = "OTEL_RUST_ASYNCIO_CONSOLE_OPEN";
const HOSTS: &str = "OTEL_RUST_ASYNCIO_CONSOLE_HOSTS";
const DISCLOSE: &str = "OTEL_RUST_ASYNCIO_CONSOLE_DISCLOSE";

/// The console that the environment asks for; `None` if it asks for none.
pub(crate) fn read(
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<ConsoleBuilder>, ConsoleError> {
    // An empty variable counts as unset, as OpenTelemetry says.
    let get = |variable| lookup(variable).filter(|value| !value.is_empty());
    let Some(value) = get(CONSOLE) else { return Ok(None) };
    let Some(mut builder) = address(&value.to_string_lossy())? else { return Ok(None) };
    // Not these: an empty token must not open what a token was meant to close.
    if let Some(path) = lookup(TOKEN_FILE) {
        if path.is_empty() {
            return Err(wrong(TOKEN_FILE, "", "a path; unset it where there is no token"));
        }
        builder = builder.token_file(PathBuf::from(path));
    }
    if let Some(token) = lookup(TOKEN) {
        if token.to_string_lossy().trim().is_empty() {
            return Err(wrong(TOKEN, "", "a token; unset it where there is none"));
        }
        // What is no text can be nobody's token, and must not be in an error.
        let setting = Kind::Setting { variable: TOKEN, value: "..".into(), expected: "text" };
        builder = builder.token(token.into_string().map_err(|_| ConsoleError(setting))?);
    }
    if let Some(value) = get(OPEN) {
        let expected = "true or false";
        match value.to_string_lossy().trim().to_ascii_lowercase().as_str() {
            "true" => builder = builder.open_to_everyone(),
            "false" => {}
            other => return Err(wrong(OPEN, other, expected)),
        }
    }
    if let Some(value) = get(DISCLOSE) {
        let value = value.to_string_lossy();
        let disclosure = value.trim().parse();
        let expected = "full, short_paths or hashed";
        builder = builder.disclose(disclosure.map_err(|()| wrong(DISCLOSE, &value, expected))?);
    }
    let hosts = get(HOSTS).map(|hosts| hosts.to_string_lossy().into_owned()).unwrap_or_default();
    for host in hosts.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.host(host);
    }
    Ok(Some(builder))
}

fn address(value: &str) -> Result<Option<ConsoleBuilder>, ConsoleError> {
    let value = value.trim();
    let builder = ConsoleBuilder::new();
    let local = value.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(builder)),
        "false" => Ok(None),
        _ => match local.as_deref().unwrap_or(value).parse() {
            Ok(address) => Ok(Some(builder.address(address))),
            Err(_) => Err(wrong(CONSOLE, value, "an address like 127.0.0.1:6680, true or false")),
        },
    }
}

fn wrong(variable: &'static str, value: &str, expected: &'static str) -> ConsoleError {
    ConsoleError(Kind::Setting { variable, value: value.to_owned(), expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_of(set: &[(&str, &str)]) -> Result<Option<ConsoleBuilder>, ConsoleError> {
        read(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn without_the_variable_or_with_false_there_is_none() {
        for set in [&[][..], &[(CONSOLE, "")], &[(CONSOLE, "false")], &[(TOKEN, "secret")]] {
            assert!(read_of(set).unwrap().is_none());
        }
    }

    #[test]
    fn an_address_is_taken_as_it_is_and_true_is_the_usual_one() {
        for (value, address) in [
            ("true", "127.0.0.1:6680"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("localhost:7000", "127.0.0.1:7000"),
            ("[::1]:6680", "[::1]:6680"),
            ("0.0.0.0:6680", "0.0.0.0:6680"),
        ] {
            let builder = read_of(&[(CONSOLE, value)]).unwrap().unwrap();
            assert_eq!(builder.where_to(), address.parse().unwrap());
        }
    }

    #[test]
    fn nonsense_is_an_error_that_names_the_variable_and_the_value() {
        let error = read_of(&[(CONSOLE, "6680")]).unwrap_err();
        assert!(error.is_setting());
        let text = "OTEL_RUST_ASYNCIO_CONSOLE=\"6680\": expected an address like 127.0.0.1:6680, true or false";
        assert_eq!(error.to_string(), text);
        let error = read_of(&[(CONSOLE, "true"), (OPEN, "maybe")]).unwrap_err();
        assert!(error.to_string().starts_with("OTEL_RUST_ASYNCIO_CONSOLE_OPEN=\"maybe\""));
    }

    #[test]
    fn an_empty_token_is_an_error_and_no_open_console() {
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
    fn a_mode_of_disclosure_is_one_of_three() {
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
        let builder = read_of(&[(CONSOLE, "0.0.0.0:0"), (TOKEN, "secret")]).unwrap().unwrap();
        assert!(!format!("{builder:?}").contains("secret"));
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
            let read = read(|name| set[ALL.iter().position(|known| *known == name)?].clone());
            let told = match &read {
                Ok(builder) => format!("{builder:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            let token = token.to_string_lossy();
            let others = set.iter().enumerate().filter(|(at, _)| *at != 1);
            let is_elsewhere = others.filter_map(|(_, value)| value.as_ref())
                .any(|value| format!("{value:?}").contains(&*token));
            prop_assert!(token.len() < 12 || is_elsewhere || !told.contains(&*token), "{told}");
        }
    }
}
