//! Stopping a console while its clients and the program are busy.

#[allow(dead_code, reason = "shared with tests that need more of it")]
mod client;
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod fixture;

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks_core::{Kind, Outcome, RuntimeGauges};

use crate::client::raw;
use crate::fixture::Fixture;

#[test]
fn stop_does_not_wait_for_clients_that_do_not_read() {
    let fixture = Fixture::new();
    for name in 0..2_000 {
        let (name, took) = (format!("{name:0>200}"), Duration::from_micros(1));
        fixture.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    }
    let address = fixture.console.address();
    // As many as the limit, each in progress.
    let mut slow = [(); 4].map(|()| {
        let mut stream = raw(address, "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let mut status = [0; 15];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
        stream
    });
    assert!(fixture.console.stop());
    for stream in &mut slow {
        // Cut off before the last chunk, which is empty.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.ends_with(b"\r\n0\r\n\r\n"));
    }
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn stop_waits_for_blocked_gauges_until_the_limit() {
    let fixture = Fixture::new();
    let (is_asked, asked) = channel();
    let (go_on, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let watch = fixture.instrumentor.recorder().watch("x", move || {
        let _ = is_asked.send(());
        let _ = hang.lock().unwrap().recv();
        RuntimeGauges::default()
    });
    asked.recv().unwrap();
    let start = Instant::now();
    assert!(!fixture.console.stop_within(Duration::from_millis(20)));
    assert!(start.elapsed() >= Duration::from_millis(20));
    drop(go_on);
    assert!(fixture.console.stop());
    drop(watch);
}

#[test]
fn concurrent_stops_all_see_the_end_and_the_consoles_thread_does_not_wait_for_itself() {
    let fixture = Fixture::new();
    let (say, said) = channel();
    let console = fixture.console.clone();
    let watch = fixture.instrumentor.recorder().watch("x", move || {
        let _ = say.send(console.stop());
        RuntimeGauges::default()
    });
    assert!(!said.recv().unwrap());
    thread::scope(|scope| {
        let at_once = [(); 4].map(|()| scope.spawn(|| fixture.console.stop()));
        at_once.into_iter().for_each(|stops| assert!(stops.join().unwrap()));
    });
    drop(watch);
}
