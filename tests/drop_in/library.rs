//! The name of a task that a library spawns and whose type has none: the library's crate, with the place of the spawn.
//!
//! `ci/drop-in` runs this under `tokio_unstable`, where tokio's hooks report hyper-util's tasks. `ci/crates` runs it
//! with a hyper-util that is compiled with the drop-in.

use std::fs;

use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use runtime_hooks_core::{Config, Instrumentor, State};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const REQUESTS: u64 = 3;

/// Answers each connection's first request, and closes the connection.
async fn serve(listener: TcpListener) {
    for _ in 0..REQUESTS {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    }
}

#[test]
#[cfg_attr(not(tokio_unstable), ignore = "this graph's hyper-util uses tokio itself")]
fn a_boxed_future_that_hyper_util_spawns_has_the_name_of_its_crate() {
    let _ = Instrumentor::global().install(Config::new());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener));
        // Without a pool, the client spawns one task for each request: the connection, as a boxed future.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http::<String>();
        for _ in 0..REQUESTS {
            let answer = client.get(format!("http://{address}/").parse().unwrap()).await;
            assert_eq!(answer.unwrap().status(), 200);
        }
        server.await.unwrap();
    });
    let recorder = Instrumentor::global().recorder();
    let snapshot = recorder.snapshot();
    let found = snapshot.series.iter().filter(|series| series.key.name() == Some("hyper_util"));
    let found: Vec<_> = found.collect();
    let [series] = &*found else { panic!("one place:\n{snapshot}") };
    let ended = [State::Finished, State::Cancelled].map(|state| series.ended_as(state));
    assert_eq!((series.spawned, ended.iter().sum()), (REQUESTS, REQUESTS), "{snapshot}");
    assert_eq!(series.key.function(), None);

    // The line of the spawn in hyper-util's source.
    let file = recorder.spawn_site(&series.key).unwrap().location.file();
    assert!(file.ends_with("/src/rt/tokio.rs"), "{file}");
    let source = fs::read_to_string(file).unwrap();
    let lines = (1..).zip(source.lines()).filter(|(_, line)| line.contains("tokio::spawn(fut);"));
    let [(line, _)] = *lines.collect::<Vec<_>>() else { panic!("one spawn in {file}") };
    let label = format!(" hyper_util@tokio.rs:{line} ");
    assert!(snapshot.to_string().contains(&label), "no row{label}in\n{snapshot}");
    assert_eq!(snapshot.find("serve").unwrap().spawned, 1);
}
