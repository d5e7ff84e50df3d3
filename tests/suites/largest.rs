//! The largest future that can be spawned from a thread with a stack of 2 MiB, in KiB, by each call: a
//! wrapper costs stack for each copy that it makes, in a debug build.
//!
//! Takes the name of a runtime's crate, or none for all. Each size is tried in a process of its own, which ends
//! where the stack does.

use std::process::{Command, Stdio};

const STEP: usize = 16;
const STEPS: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [call, kib] = &*arguments
        && let (Some((_, try_it)), Ok(kib)) =
            (CALLS.iter().find(|(name, _)| name == call), kib.parse())
    {
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        return thread.spawn(move || try_it(kib)).unwrap().join().unwrap();
    }
    let this = std::env::current_exe().unwrap();
    let runtime = arguments.first().map_or("", |name| name);
    for (call, _) in CALLS.iter().filter(|(call, _)| call.starts_with(runtime)) {
        let fits = |kib: &usize| {
            let mut child = Command::new(&this);
            child.args([call, &*kib.to_string()]).stderr(Stdio::null());
            child.status().unwrap().success()
        };
        let largest = (1..=STEPS).map(|step| step * STEP).take_while(fits).last();
        println!("{call} {}", largest.unwrap_or(0));
    }
}

type Call = (&'static str, fn(usize));

const CALLS: &[Call] = &[
    ("smol::spawn", |kib| dispatch(kib, &Smol)),
    ("smol::block_on", |kib| dispatch(kib, &SmolBlockOn)),
    ("async_std::task::spawn", |kib| dispatch(kib, &AsyncStd)),
    ("async_std::task::block_on", |kib| dispatch(kib, &AsyncStdBlockOn)),
    ("tokio::spawn", |kib| dispatch(kib, &Tokio)),
    ("tokio::task::JoinSet::spawn", |kib| dispatch(kib, &TokioJoinSet)),
    ("tokio::task::spawn_local", |kib| dispatch(kib, &TokioLocal)),
    ("tokio::runtime::Runtime::block_on", |kib| dispatch(kib, &TokioBlockOn)),
];

trait Spawn {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F);
}

struct Smol;
struct SmolBlockOn;
struct AsyncStd;
struct AsyncStdBlockOn;
struct Tokio;
struct TokioJoinSet;
struct TokioLocal;
struct TokioBlockOn;

impl Spawn for Smol {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        smol::spawn(future).detach();
    }
}

impl Spawn for SmolBlockOn {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        smol::block_on(future);
    }
}

impl Spawn for AsyncStd {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        drop(async_std::task::spawn(future));
    }
}

impl Spawn for AsyncStdBlockOn {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        async_std::task::block_on(future);
    }
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

impl Spawn for Tokio {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        let runtime = tokio_runtime();
        let _entered = runtime.enter();
        drop(tokio::spawn(future));
    }
}

impl Spawn for TokioJoinSet {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        let runtime = tokio_runtime();
        let _entered = runtime.enter();
        tokio::task::JoinSet::new().spawn(future);
    }
}

impl Spawn for TokioLocal {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        let set = tokio::task::LocalSet::new();
        let _entered = set.enter();
        drop(tokio::task::spawn_local(future));
    }
}

impl Spawn for TokioBlockOn {
    fn spawn<F: Future<Output = u8> + Send + 'static>(&self, future: F) {
        tokio_runtime().block_on(future);
    }
}

/// Calls with a future of so many KiB.
fn dispatch(kib: usize, call: &impl Spawn) {
    macro_rules! sizes {
        ($($step:literal)*) => {
            match kib / STEP {
                $($step => spawn::<{ $step * STEP * 1024 }>(call),)*
                _ => panic!("no future of {kib} KiB"),
            }
        };
    }
    sizes!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64);
}

/// In a frame of its own, so that no size pays for another.
#[inline(never)]
fn spawn<const BYTES: usize>(call: &impl Spawn) {
    call.spawn(Large([0_u8; BYTES]));
}

struct Large<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Future for Large<BYTES> {
    type Output = u8;

    fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<u8> {
        std::task::Poll::Ready(self.0[BYTES - 1])
    }
}
