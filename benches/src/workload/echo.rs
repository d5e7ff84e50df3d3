//! A server that sends back what it receives, with one task per connection.

use futures_util::future::join_all;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

use crate::runtime::Runtime;
use crate::system::System;

const CONNECTIONS: u32 = 8;
const REQUEST: [u8; 100] = [b'x'; 100];

/// Sends `times` requests over new connections: the speed of a single connection varies too much.
pub(super) async fn echo<S: System, R: Runtime>(system: &S, runtime: &R, times: u32) {
    let (listener, address) = runtime.listen().await;
    let (mut clients, mut servers) = (Vec::new(), Vec::new());
    for _ in 0..CONNECTIONS {
        let client = R::connect(address).await;
        let server = R::accept(&listener).await;
        servers.push(system.spawn(answer(server)));
        clients.push(system.spawn(ask(client, times / CONNECTIONS)));
    }
    join_all(clients).await;
    join_all(servers).await;
}

async fn ask(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, times: u32) {
    let mut answer = REQUEST;
    for _ in 0..times {
        stream.write_all(&REQUEST).await.expect("the server reads");
        stream.read_exact(&mut answer).await.expect("the server answers");
    }
}

async fn answer(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) {
    let mut request = REQUEST;
    while stream.read_exact(&mut request).await.is_ok() {
        stream.write_all(&request).await.expect("the client reads");
    }
}
