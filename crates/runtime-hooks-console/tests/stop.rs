//! A console that is stopped, whatever its clients and the program are at.

#[allow(dead_code, reason = "shared with tests that need more of it")]
mod client;
#[allow(dead_code, reason = "shared with tests that need more of it")]
mod stage;

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use runtime_hooks_core::{Kind, Outcome, RuntimeGauges};

use crate::client::raw;
use crate::stage::Stage;

#[test]
fn clients_that_take_nothing_of_large_answers_are_not_waited_for() {
    let stage = Stage::new();
    for name in 0..2_000 {
        let (name, took) = (format!("{name:0>200}"), Duration::from_micros(1));
        stage.instrumentor.recorder().record(Kind::Coroutine, name, "x", Outcome::FINISHED, took);
    }
    let address = stage.console.address();
    // As many as there may be, each of them under way.
    let mut slow = [(); 4].map(|()| {
        let mut stream = raw(address, "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let mut status = [0; 15];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
        stream
    });
    assert!(stage.console.stop());
    for stream in &mut slow {
        // Cut off: it never gets to the last chunk, which is empty.
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.ends_with(b"\r\n0\r\n\r\n"));
    }
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_program_that_does_not_answer_is_waited_for_until_the_limit() {
    let stage = Stage::new();
    let (is_asked, asked) = channel();
    let (go_on, hang) = channel::<()>();
    let hang = Mutex::new(hang);
    let watch = stage.instrumentor.recorder().watch("x", move || {
        let _ = is_asked.send(());
        let _ = hang.lock().unwrap().recv();
        RuntimeGauges::default()
    });
    asked.recv().unwrap();
    let start = Instant::now();
    assert!(!stage.console.stop_within(Duration::from_millis(20)));
    assert!(start.elapsed() >= Duration::from_millis(20));
    drop(go_on);
    assert!(stage.console.stop());
    drop(watch);
}

#[test]
fn whoever_stops_it_at_once_is_told_of_its_end_and_its_own_thread_does_not_wait_for_itself() {
    let stage = Stage::new();
    let (say, said) = channel();
    let console = stage.console.clone();
    let watch = stage.instrumentor.recorder().watch("x", move || {
        let _ = say.send(console.stop());
        RuntimeGauges::default()
    });
    assert!(!said.recv().unwrap());
    thread::scope(|scope| {
        let at_once = [(); 4].map(|()| scope.spawn(|| stage.console.stop()));
        at_once.into_iter().for_each(|stops| assert!(stops.join().unwrap()));
    });
    drop(watch);
}
