//! Arbitrary input is answered, or its connection is closed; the console keeps serving.

mod client;
#[cfg(feature = "tokio-console")]
#[path = "client/frames.rs"]
mod frames;
mod fixture;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::client::{get, send};
use crate::fixture::Fixture;

static FIXTURE: LazyLock<Fixture> = LazyLock::new(Fixture::new);

fn address() -> SocketAddr {
    FIXTURE.console.address()
}

/// The answer to these bytes, after which the client sends nothing. It must come within the console's deadlines.
fn answer_to(bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(45))).unwrap();
    // The console may close the connection before it has read all.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("no end: {error}"),
        _ => answer,
    }
}

/// A text without white space, for a line of a request.
fn line() -> impl Strategy<Value = String> {
    "[!-~]{0,60}"
}

/// A percent-encoded value.
fn escaped() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..20).prop_map(|bytes| {
        bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat()
    })
}

const PATHS: [&str; 6] = ["overview", "names", "name", "tasks", "lints", "stream/x"];
const PARAMETERS: [&str; 10] =
    ["range", "runtime", "type", "name", "order", "limit", "state", "filter", "token", "x"];

fn query() -> impl Strategy<Value = String> {
    let known = "[a-z0-9]{0,6}|all|idle|-1|0|900|18446744073709551616".prop_map(String::from);
    let value = prop_oneof![known, escaped(), line().prop_map(|text| text.replace('#', ""))];
    let parameter = (proptest::sample::select(&PARAMETERS[..]), value);
    vec(parameter.prop_map(|(name, value)| format!("{name}={value}")), 0..5)
        .prop_map(|parameters| parameters.join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        answer_to(&bytes);
        prop_assert_eq!(get(address(), "/healthz").status, 200);
    }

    #[test]
    fn any_request(method in "[A-Z]{1,8}|[!-~]{1,8}", path in line(), headers in vec((line(), "[ -~]{0,60}"), 0..8)) {
        let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let answer = answer_to(format!("{method} /{path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes());
        prop_assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    }

    #[test]
    fn any_query(path in proptest::sample::select(&PATHS[..]), query in query()) {
        let answer = get(address(), &format!("/api/v1/{path}?{query}"));
        prop_assert!([200, 400, 404].contains(&answer.status), "{}", answer.status);
        if answer.body.is_empty() {
            // It was not a URL.
            prop_assert_eq!(answer.status, 400);
            return Ok(());
        }
        let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        prop_assert_eq!(document["error"].is_string(), answer.status != 200);
    }

    #[test]
    fn any_credentials(scheme in "[Bb][Ee][Aa][Rr][Ee][Rr] |[ -~]{0,10}", token in "[ -~]{0,60}") {
        static CLOSED: LazyLock<Fixture> = LazyLock::new(|| Fixture::with(|builder| builder.token("a secret of its own")));
        let header = format!("authorization: {scheme}{token}");
        let cookie = format!("cookie: runtime_hooks_console_{}={token}", CLOSED.console.address().port());
        for header in [header, cookie] {
            let answer = send(CLOSED.console.address(), "GET", "/", &[&header]);
            prop_assert!([401, 429].contains(&answer.status), "{}", answer.status);
            prop_assert_eq!(answer.header("set-cookie"), None);
        }
    }
}

#[cfg(feature = "tokio-console")]
mod http2 {
    use super::*;
    use crate::frames::{PREFACE, data, frame, request, settings};

    fn any_frame() -> impl Strategy<Value = Vec<u8>> {
        let stream = prop_oneof![0..8_u32, any::<u32>()];
        (0..12_u8, any::<u8>(), stream, vec(any::<u8>(), 0..60))
            .prop_map(|(kind, flags, stream, payload)| frame(kind, flags, stream, &payload))
    }

    fn call(method: &str, message: &[u8]) -> Vec<u8> {
        let path = format!("/rs.tokio.console.instrument.Instrument/{method}");
        let headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "localhost"),
            (":path", &*path),
            ("content-type", "application/grpc"),
        ];
        [PREFACE, &settings(65_535), &request(1, false, &headers), &data(1, message)].concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_frames(frames in vec(any_frame(), 0..12)) {
            answer_to(&[PREFACE, &frames.concat()].concat());
            answer_to(&[PREFACE, &settings(65_535), &frames.concat()].concat());
            prop_assert_eq!(get(address(), "/healthz").status, 200);
        }

        #[test]
        fn any_message(
            method in "WatchUpdates|WatchTaskDetails|WatchState|Pause|Resume|[A-Za-z]{0,9}",
            is_framed: bool,
            message in vec(any::<u8>(), 0..60),
        ) {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            let framed = [&[0][..], &length, &message].concat();
            answer_to(&call(&method, if is_framed { &framed } else { &message }));
            prop_assert_eq!(get(address(), "/healthz").status, 200);
        }
    }
}
