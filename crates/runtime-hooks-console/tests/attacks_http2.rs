//! Hostile clients over HTTP/2: other clients are not affected.

mod client;
#[path = "client/frames.rs"]
mod frames;
mod fixture;

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use runtime_hooks_core::{Kind, Outcome};

use crate::client::{get, send};
use crate::fixture::Fixture;
use crate::frames::{PREFACE, WINDOW_UPDATE, connect, frame, settings};

const BEARER: &str = "authorization: Bearer secret";

/// Answers the pings of all connections until they are closed. Returns how many bytes of data came.
fn alive_until_closed(streams: &[TcpStream]) -> usize {
    std::thread::scope(|scope| {
        let each = streams.iter().map(|stream| scope.spawn(|| frames::alive_until_closed(stream)));
        each.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn is_served(address: SocketAddr) {
    for _ in 0..5 {
        assert_eq!(get(address, "/healthz").status, 200);
        assert_eq!(send(address, "GET", "/metrics", &[BEARER]).status, 200);
    }
}

#[test]
fn a_client_that_sends_no_request_is_closed() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let address = fixture.console.address();
    let start = Instant::now();
    let ping = frames::ping();
    let handshake = [PREFACE, &settings(65_535)].concat();
    // Headers without an end, an unauthorized request, and one that needs no authorization.
    let half = frame(1, 0, 1, &[]);
    let refused = frames::get(1, "/metrics", &[]);
    let healthy = frames::get(1, "/healthz", &[]);
    let said: [Vec<u8>; 8] = [
        b"P".to_vec(),
        PREFACE[..10].to_vec(),
        PREFACE.to_vec(),
        handshake.clone(),
        [&handshake[..], &ping].concat(),
        [&handshake[..], &half].concat(),
        [&handshake[..], &refused].concat(),
        [&handshake[..], &healthy].concat(),
    ];
    let held: Vec<TcpStream> =
        said.iter().cycle().take(8 * 20).map(|said| connect(address, said)).collect();
    is_served(address);
    // Each is closed: most for a new connection, the last ones at their deadline.
    assert!(alive_until_closed(&held) < 20 * 200);
    assert!(start.elapsed() >= Duration::from_secs(10));
    is_served(address);
}

#[test]
fn a_connection_whose_window_stays_closed_is_closed_earlier_for_others() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let record = |name: String| {
        let took = Duration::from_micros(1);
        fixture.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    };
    (0..100).for_each(|name| record(format!("{name:0>200}")));
    let address = fixture.console.address();
    let token = [("authorization", "Bearer secret")];
    let paths = ["/metrics", "/api/v1/names", "/api/v1/stream", "/healthz", "/"];
    let held: Vec<TcpStream> = paths
        .iter()
        .cycle()
        .take(20)
        .map(|path| {
            let mut said = [PREFACE, &settings(0)].concat();
            for stream in 0..16 {
                said.extend(frames::get(2 * stream + 1, path, &token));
            }
            connect(address, &said)
        })
        .collect();
    is_served(address);
    // Such a window takes no data, and they are closed although they answer pings.
    assert_eq!(alive_until_closed(&held), 0);
    is_served(address);
}

#[test]
fn a_window_that_opens_byte_by_byte_does_not_hold_an_answer() {
    let fixture = Fixture::with(|builder| builder.token("secret"));
    let address = fixture.console.address();
    let token = [("authorization", "Bearer secret")];
    let said = [PREFACE, &settings(1), &frames::get(1, "/main.js", &token)].concat();
    let stream = connect(address, &said);
    let mut writing = stream.try_clone().unwrap();
    let drips = std::thread::spawn(move || {
        // Until the console has closed it.
        while writing.write_all(&frame(WINDOW_UPDATE, 0, 1, &1_u32.to_be_bytes())).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let came = frames::alive_until_closed(&stream);
    assert!(came < get_length(address, "/main.js"), "{came}");
    drips.join().unwrap();
}

fn get_length(address: SocketAddr, path: &str) -> usize {
    send(address, "GET", path, &[BEARER]).body.len()
}

#[test]
fn a_call_whose_message_never_comes_is_cancelled() {
    let fixture = Fixture::new();
    let headers = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "localhost"),
        (":path", "/rs.tokio.console.instrument.Instrument/WatchUpdates"),
        ("content-type", "application/grpc"),
    ];
    let said = [PREFACE, &settings(65_535), &frames::request(1, false, &headers)].concat();
    let start = Instant::now();
    assert_eq!(frames::alive_until_closed(&connect(fixture.console.address(), &said)), 0);
    assert!(start.elapsed() >= Duration::from_secs(10));
}
