//! HTTP/2, frame by frame.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
pub(crate) const WINDOW_UPDATE: u8 = 8;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}

/// The window of each stream.
pub(crate) fn settings(window: u32) -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[&[0, 4][..], &window.to_be_bytes()].concat())
}

pub(crate) fn data(stream: u32, payload: &[u8]) -> Vec<u8> {
    frame(DATA, END_STREAM, stream, payload)
}

/// A request; `is_whole` if no body follows.
pub(crate) fn request(stream: u32, is_whole: bool, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        // A literal header with a literal name.
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).ok().filter(|length| *length < 127).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    frame(HEADERS, END_HEADERS | if is_whole { END_STREAM } else { 0 }, stream, &block)
}

pub(crate) fn get(stream: u32, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let pseudo =
        [(":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", path)];
    request(stream, true, &[&pseudo, headers].concat())
}

/// A new connection on which these bytes were sent.
pub(crate) fn connect(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(45))).unwrap();
    let _ = stream.write_all(bytes);
    stream
}

pub(crate) fn ping() -> Vec<u8> {
    frame(PING, 0, 0, &[0; 8])
}

/// Answers pings until the console closes the connection. Returns how many bytes of data came.
pub(crate) fn alive_until_closed(mut stream: &TcpStream) -> usize {
    let mut data = 0;
    loop {
        let mut head = [0; 9];
        if let Err(error) = stream.read_exact(&mut head) {
            use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
            let is_closed = [ConnectionReset, UnexpectedEof].contains(&error.kind());
            assert!(is_closed, "the connection is still open: {error}");
            return data;
        }
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        let _ = stream.read_exact(&mut payload);
        match (head[3], head[4]) {
            (DATA, _) => data += payload.len(),
            (PING, 0) => {
                let _ = stream.write_all(&frame(PING, ACK, 0, &payload));
            }
            _ => {}
        }
    }
}
