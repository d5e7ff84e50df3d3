//! A client that sends exactly the given bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, "GET", path, &[])
}

pub(crate) fn send(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Answer {
    let headers = headers.iter().map(|header| [header, "\r\n"].concat()).collect::<String>();
    let host = format!("127.0.0.1:{}", address.port());
    let mut stream = raw(
        address,
        &format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}\r\n"),
    );
    let mut bytes = Vec::new();
    // A server that refuses a request which is too large need not read the rest of it.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end =
        end.unwrap_or_else(|| panic!("{method} {path:.80}: {} bytes without an end", bytes.len()));
    let (head, body) = (str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let mut answer = Answer { status, headers, body: String::new() };
    let is_chunked = answer.header("transfer-encoding") == Some("chunked") && method != "HEAD";
    let body = if is_chunked { joined(body) } else { body.to_owned() };
    if answer.header("content-type") == Some("application/octet-stream") {
        answer.body = String::from_utf8_lossy(&body).into_owned();
        return answer;
    }
    answer.body = String::from_utf8(body)
        .unwrap_or_else(|error| panic!("{path:.80}: {}", error.utf8_error()));
    answer
}

/// The content of a chunked body. Chunks may end inside a character.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = chunks.windows(2).position(|two| two == b"\r\n").expect("a chunk's length");
        let length = str::from_utf8(&chunks[..line]).expect("a length");
        let rest = &chunks[line + 2..];
        match usize::from_str_radix(length, 16).expect("a length") {
            0 => return body,
            length => {
                body.extend_from_slice(&rest[..length]);
                chunks = rest[length..].strip_prefix(b"\r\n").expect("an end of line");
            }
        }
    }
}

/// A new connection on which this text was sent.
pub(crate) fn raw(address: SocketAddr, text: &str) -> TcpStream {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip([127, 0, 0, 1].into());
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let _ = stream.write_all(text.as_bytes());
    stream
}
