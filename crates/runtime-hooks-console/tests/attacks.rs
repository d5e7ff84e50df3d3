//! Hostile clients over HTTP/1.1: other clients are not affected.

mod client;
mod fixture;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use runtime_hooks_core::catalog::BOUNDARIES;
use runtime_hooks_core::{Config, Kind, Outcome};

use crate::client::{get, raw, send};
use crate::fixture::Fixture;

/// The limits of connections without an authorized request, and of those with one.
const PLACES: usize = 64;

const METRICS: &str = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A console with this many long names.
fn with_names(names: usize) -> Fixture {
    // All boundaries, so that the text of `/metrics` is long.
    let config = Config::new().boundaries(BOUNDARIES);
    let fixture = Fixture::configured(config, |builder| builder.live(false));
    for name in 0..names {
        let name = format!("{name:0>200}");
        let took = Duration::from_micros(1);
        fixture.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    }
    fixture
}

/// Reads until the console closes the connection. Fails if it does not.
fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => bytes,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => bytes,
        Err(error) => panic!("the connection is still open: {error}"),
    }
}

fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    !matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn the_oldest_clients_without_a_request_are_closed_for_new_ones() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let address = fixture.console.address();
    let bearer = "authorization: Bearer secret";
    // A page that is open already.
    let head = format!("GET /api/v1/stream HTTP/1.1\r\nhost: localhost\r\n{bearer}\r\n\r\n");
    let mut page = raw(address, &head);
    let mut answer = [0; 15];
    page.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");

    let mut slow: Vec<TcpStream> =
        (0..1_000).map(|_| raw(address, "GET /healthz HTTP/1.1\r\nhost: local")).collect();
    // No client is refused, with a token or without.
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(send(address, "GET", "/metrics", &[bearer]).status, 200);
    assert_eq!(get(address, "/metrics").status, 401);
    let start = Instant::now();
    while slow.len() > PLACES {
        assert!(start.elapsed() < Duration::from_secs(30), "{} are open", slow.len());
        slow.retain_mut(|stream| !is_closed(stream));
        std::thread::yield_now();
    }
    // The newest connections are still open, until their deadline.
    let mut youngest = slow.pop().unwrap();
    youngest.write_all(b"host\r\nconnection: close\r\n\r\n").unwrap();
    assert!(until_closed(&mut youngest).starts_with(b"HTTP/1.1 200 OK"));
    slow.iter_mut().for_each(|stream| assert_eq!(until_closed(stream), b""));
    // The page has received events all the time.
    let mut received = Vec::new();
    while received.windows(11).filter(|bytes| *bytes == b"event: tick").count() < 12 {
        let mut more = [0; 256];
        let read = page.read(&mut more).unwrap();
        assert!(read > 0, "the page was cut off");
        received.extend_from_slice(&more[..read]);
    }
}

#[test]
fn a_connection_without_a_whole_request_is_closed_after_ten_seconds() {
    let fixture = Fixture::new();
    let address = fixture.console.address();
    let start = Instant::now();
    let answered = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let body_missing = "GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n";
    let said = ["", "G", "GET / HTTP/1.1\r\nhost: localhost\r\n", answered, body_missing];
    let mut streams = said.map(|said| raw(address, said));
    let mut drips = raw(address, "GET / HTTP/1.1\r\nhost: localhost\r\nx: ");
    let mut writing = drips.try_clone().unwrap();
    let writes = std::thread::spawn(move || {
        // Until the console closes it.
        while writing.write_all(b"a").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let came = streams.each_mut().map(until_closed);
    assert_eq!(until_closed(&mut drips), b"");
    writes.join().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(10));
    assert!(came[..3].iter().all(Vec::is_empty));
    assert!(came[3..].iter().all(|came| came.starts_with(b"HTTP/1.1 200 OK")));
}

#[test]
fn clients_that_do_not_read_their_answers_are_closed_for_others() {
    // More than the buffers of a connection hold.
    let fixture = with_names(2_000);
    let address = fixture.console.address();
    let whole = get(address, "/metrics").body.len();
    assert!(whole > 10_000_000);
    // As many as the limit, each with a separate answer, of which it reads only the status.
    let mut idle = [(); 4].map(|()| {
        let mut stream = raw(address, METRICS);
        let mut status = [0; 15];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
        stream
    });
    let further = get(address, "/metrics");
    assert_eq!((further.status, further.body.len()), (200, whole));
    assert_eq!(get(address, "/healthz").status, 200);
    // One was cut off for it. Its answer has no end, so that it is not taken for a whole one.
    let cut_off = idle.iter_mut().filter_map(|stream| {
        let mut rest = vec![0; whole];
        stream.read_exact(&mut rest).is_err().then_some(())
    });
    assert!(cut_off.count() >= 1);
}

#[test]
fn many_concurrent_requests_for_one_document_all_get_it() {
    let fixture = with_names(200);
    let address = fixture.console.address();
    let whole = get(address, "/metrics").body.len();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..3 {
                    let answer = get(address, "/metrics");
                    assert_eq!((answer.status, answer.body.len()), (200, whole));
                }
            });
        }
        for path in ["/healthz", "/api/v1/overview", "/api/v1/names?range=900", "/metrics"] {
            assert_eq!(get(address, path).status, 200, "{path}");
        }
    });
}

#[test]
fn an_invalid_token_reaches_no_header() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let address = fixture.console.address();
    for junk in ["x%0d%0aset-cookie:%20a=b", "secret;%20Domain=evil.example", "secretx", "%ff", ""]
    {
        let answer = get(address, &format!("/?token={junk}"));
        let headers = (answer.header("set-cookie"), answer.header("location"));
        assert_eq!((answer.status, headers), (401, (None, None)), "{junk}");
    }
    // The right token, on another path.
    for path in ["/metrics?token=secret", "/api/v1/names?token=secret", "/main.js?token=secret"] {
        let answer = get(address, path);
        assert_eq!((answer.status, answer.header("set-cookie")), (401, None), "{path}");
    }
    assert_eq!(send(address, "POST", "/?token=secret", &[]).status, 401);
    // If no token is set, the parameter is ignored.
    let open = Fixture::new();
    let answer = get(open.console.address(), "/?token=secret");
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
}

/// A connection from another address of this machine.
#[cfg(target_os = "linux")]
fn from(client: &str, address: SocketAddr, request: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let mut stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{client}:0").parse().unwrap()).unwrap();
        socket.connect(address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    String::from_utf8(until_closed(&mut stream)).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn only_the_client_that_guesses_tokens_is_slowed_down() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let address = fixture.console.address();
    let with = |token: &str| {
        format!(
            "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             authorization: Bearer {token}\r\n\r\n"
        )
    };
    let session = get(address, "/?token=secret");
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap();
    let with_session = ["cookie: ", cookie].concat();
    let mut slowed = 0;
    for guess in 0..200 {
        let answer = from("127.0.0.1", address, &with(&format!("guess{guess}")));
        match answer.split(' ').nth(1) {
            Some("401") => assert!(guess >= 10 || slowed == 0),
            Some("429") => {
                assert!(guess >= 10, "{guess}");
                assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
                slowed += 1;
            }
            _ => panic!("{answer}"),
        }
    }
    // Ten at once, then one per second.
    assert!(slowed > 100, "{slowed}");
    // Clients of other addresses and with a session are not.
    assert!(from("127.0.0.2", address, &with("secret")).starts_with("HTTP/1.1 200"));
    assert_eq!(send(address, "GET", "/api/v1/lints", &[&with_session]).status, 200);
}
