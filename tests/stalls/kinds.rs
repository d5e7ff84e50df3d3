//! The kinds of stalls. Each function holds its thread until it is released.

use std::hint::black_box;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Releases a stall.
pub(crate) type Release = Box<dyn FnOnce() + Send>;
/// Holds its thread.
pub(crate) type Hold = Box<dyn FnOnce() + Send>;

/// The first and the last line.
type Lines = (u32, u32);

const fn line(line: u32) -> Lines {
    (line, line)
}

/// One kind of stall.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The function, the line in it, and a part of what the thread does there.
    pub(crate) function: &'static str,
    pub(crate) lines: Lines,
    pub(crate) doing: &'static str,
    pub(crate) make: fn() -> (Hold, Release),
}

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "sleep",
        function: "sleep",
        lines: SLEEP,
        doing: "waits in std::thread::",
        make: || with_flag(sleep),
    },
    Kind {
        name: "mutex",
        function: "lock",
        lines: LOCK,
        doing: "waits in std::sync::",
        make: mutex,
    },
    Kind { name: "socket", function: "read", lines: READ, doing: "waits in ", make: socket },
    Kind {
        name: "channel",
        function: "receive",
        lines: RECEIVE,
        doing: "waits in std::sync::mpsc::",
        make: || with_channel(receive),
    },
    Kind {
        name: "condvar",
        function: "wait",
        lines: WAIT,
        doing: "waits in std::sync::",
        make: condvar,
    },
    Kind {
        name: "child",
        function: "child",
        lines: CHILD,
        doing: "waits in std::process::",
        make: process,
    },
    Kind {
        name: "block_on",
        function: "nested",
        lines: NESTED,
        doing: "waits in futures_lite::",
        make: nested_block_on,
    },
    Kind {
        name: "hot loop",
        function: "spin",
        lines: SPIN,
        doing: "computes",
        make: || with_flag(spin),
    },
    Kind {
        name: "regex",
        function: "explode",
        lines: EXPLODE,
        doing: "computes",
        make: || with_flag(explode),
    },
];

fn with_flag(hold: fn(&AtomicBool)) -> (Hold, Release) {
    let flag = Arc::<AtomicBool>::default();
    let release = Arc::clone(&flag);
    (Box::new(move || hold(&flag)), Box::new(move || release.store(true, Ordering::Release)))
}

/// It is released when the sender is dropped.
fn with_channel(hold: fn(&Receiver<()>)) -> (Hold, Release) {
    let (sender, receiver) = channel();
    (Box::new(move || hold(&receiver)), Box::new(move || drop::<Sender<()>>(sender)))
}

/// Long enough to be seen. A sleep cannot be ended.
const NAP: Duration = Duration::from_millis(400);

#[inline(never)]
fn sleep(_: &AtomicBool) {
    thread::sleep(NAP);
    // Else the sleep would take the place of this function on the stack.
    black_box(NAP);
}
const SLEEP: Lines = line(line!() - 4);

fn mutex() -> (Hold, Release) {
    let mutex = Arc::<Mutex<()>>::default();
    let (release, released) = channel::<()>();
    let (held, is_held) = channel();
    let of_holder = Arc::clone(&mutex);
    thread::spawn(move || {
        let _guard = of_holder.lock();
        held.send(()).unwrap();
        let _ = released.recv();
    });
    is_held.recv().unwrap();
    (Box::new(move || lock(&mutex)), Box::new(move || drop(release)))
}

#[inline(never)]
fn lock(mutex: &Mutex<()>) {
    drop(black_box(mutex.lock()));
}
const LOCK: Lines = line(line!() - 2);

fn socket() -> (Hold, Release) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    (Box::new(move || read(&mut stream)), Box::new(move || drop(other)))
}

#[inline(never)]
fn read(stream: &mut TcpStream) {
    let _ = black_box(stream.read(&mut [0]));
}
const READ: Lines = line(line!() - 2);

#[inline(never)]
fn receive(receiver: &Receiver<()>) {
    let _ = black_box(receiver.recv());
}
const RECEIVE: Lines = line(line!() - 2);

type Pair = (Mutex<bool>, Condvar);

fn condvar() -> (Hold, Release) {
    let pair = Arc::<Pair>::default();
    let of_release = Arc::clone(&pair);
    let release = move || {
        *of_release.0.lock().unwrap() = true;
        of_release.1.notify_all();
    };
    (Box::new(move || wait(&pair)), Box::new(release))
}

#[inline(never)]
fn wait((mutex, condvar): &Pair) {
    let mut is_released = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    while !*is_released {
        is_released = condvar.wait(is_released).unwrap();
    }
}
const WAIT: Lines = line(line!() - 3);

/// `cat` ends when its input is closed.
fn process() -> (Hold, Release) {
    let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let input = cat.stdin.take();
    (Box::new(move || child(&mut cat)), Box::new(move || drop(input)))
}

#[inline(never)]
fn child(cat: &mut std::process::Child) {
    let _ = black_box(cat.wait());
}
const CHILD: Lines = line(line!() - 2);

fn nested_block_on() -> (Hold, Release) {
    let (sender, receiver) = async_channel::bounded::<()>(1);
    (Box::new(move || nested(&receiver)), Box::new(move || drop(sender)))
}

#[inline(never)]
fn nested(receiver: &async_channel::Receiver<()>) {
    let _ = black_box(futures_lite::future::block_on(receiver.recv()));
}
const NESTED: Lines = line(line!() - 2);

#[inline(never)]
fn spin(is_released: &AtomicBool) {
    while !is_released.load(Ordering::Relaxed) {
        black_box(is_released);
    }
}
const SPIN: Lines = (line!() - 4, line!() - 2);

/// A pattern whose time doubles with each letter.
#[inline(never)]
fn explode(is_released: &AtomicBool) {
    let mut pattern = fancy_regex::RegexBuilder::new("^(a+)+(?=b)");
    let pattern = pattern.backtrack_limit(1 << 24).build().unwrap();
    while !is_released.load(Ordering::Relaxed) {
        let _ = black_box(pattern.is_match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    }
}
const EXPLODE: Lines = line(line!() - 3);
