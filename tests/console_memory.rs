//! The memory that a console adds to a program with 2 000 names and 100 000 live tasks: at rest, while pages are open,
//! while eight clients request live tasks and `/metrics` at once, and while four clients do not read the body of
//! `/metrics`.

use std::future::pending;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};

use runtime_hooks::{
    Config, Console, Detail, Instrumentor, ManualClock, Recorder, RuntimeHooksExt, Smol,
    WithInstrumentor,
};
use runtime_hooks_tests::run_task_of_two_polls;

use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const NAMES: usize = 2_000;
const TASKS: usize = 100_000;
/// The memory that the console may add besides the history, which is nearly empty here and has its own limit. The sum is
/// below 100 MB: see `docs/console.md`.
const MOST: usize = 100_000_000 - (32 << 20);

fn main() {
    let mut program = Program::new();
    program.run();
    let alone = HEAP.current_usage();
    drop(program);

    let mut program = Program::new();
    let console = Console::builder().address("127.0.0.1:0".parse().unwrap());
    let console = console.instrumentor(Arc::clone(&program.instrumentor)).serve().unwrap();
    program.run();
    let address = console.address();
    let mut most = 0;
    let mut report = |stage: &str| {
        let added = |bytes: usize| bytes.saturating_sub(alone);
        let (now, peak) = (added(HEAP.current_usage()), added(HEAP.peak_usage()));
        println!(
            "{stage}: {:.1} MB, at most {:.1} MB; {}",
            megabytes(now),
            megabytes(peak),
            resident()
        );
        most = most.max(peak);
        HEAP.reset_peak_usage();
    };
    let mut ticks = Ticks::follow(address);
    ticks.wait(4);
    HEAP.reset_peak_usage();
    ticks.wait(6);
    report("at rest");

    let pages: Vec<_> = (0..8).map(|_| Page::open(address)).collect();
    ticks.wait(4);
    report("eight pages");
    pages.into_iter().for_each(Page::close);

    let start = Arc::new(Barrier::new(8));
    let clients = (0..8).map(|client| {
        let start = Arc::clone(&start);
        std::thread::spawn(move || {
            start.wait();
            for round in 0..12 {
                let is_scrape = (client + round) % 2 == 0;
                read(address, if is_scrape { "/metrics" } else { "/api/v1/tasks?limit=1000" });
            }
        })
    });
    clients.collect::<Vec<_>>().into_iter().for_each(|client| client.join().unwrap());
    report("eight clients at once");

    let slow = [(); 4].map(|()| Slow::start(address));
    ticks.wait(1);
    report("four clients that take nothing");
    drop(slow);

    assert!(most < MOST, "the console adds {:.1} MB", megabytes(most));
    console.stop();
    println!("besides its history the console adds less than {:.0} MB: ok", megabytes(MOST));
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The resident memory of the program, and its maximum so far.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let lines =
        status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"));
    lines.collect::<Vec<_>>().join(" ")
}

/// A program on a manual clock, which determines all durations.
struct Program {
    clock: ManualClock,
    instrumentor: Arc<Instrumentor>,
    hooks: WithInstrumentor<Smol>,
    live: Vec<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Program {
    fn new() -> Self {
        let clock = ManualClock::new();
        let recorder = Recorder::builder().clock(clock.clock()).max_names(3_000).build();
        let config = Config::new().detail(Detail::Full).recorder(recorder);
        let instrumentor = Instrumentor::installed(config);
        let hooks = Smol.with_instrumentor(Arc::clone(&instrumentor));
        Self { clock, instrumentor, hooks, live: Vec::with_capacity(TASKS) }
    }

    /// Adds 60 tasks to each name, with three durations that each spread over two powers of ten.
    fn run(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        for number in 0..NAMES {
            let name: Arc<str> = format!("crate::module::handler_{number}").into();
            for step in 0..60 {
                run_task_of_two_polls(&self.hooks, &self.clock, Arc::clone(&name), step);
            }
            for _ in 0..TASKS / NAMES {
                let mut task = Box::pin(self.hooks.named(Arc::clone(&name)).instrument(pending()));
                assert!(task.as_mut().poll(&mut cx).is_pending());
                self.live.push(task);
            }
        }
    }
}

/// The ticks of the console.
struct Ticks(std::io::Lines<BufReader<TcpStream>>);

impl Ticks {
    fn follow(address: SocketAddr) -> Self {
        Self(BufReader::new(ask(address, "/api/v1/stream")).lines())
    }

    fn wait(&mut self, ticks: usize) {
        let each = self.0.by_ref().map(Result::unwrap).filter(|line| line == "event: tick");
        assert_eq!(each.take(ticks).count(), ticks);
    }
}

/// An open page: requests the data of all its views at each tick.
struct Page {
    is_over: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl Page {
    fn open(address: SocketAddr) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let mut ticks = Ticks::follow(address);
            while !over.load(Ordering::Relaxed) {
                ticks.wait(1);
                for path in ["overview", "names?range=300", "lints", "tasks?order=idle"] {
                    read(address, &format!("/api/v1/{path}"));
                }
            }
        });
        Self { is_over, thread }
    }

    fn close(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// A client that reads only the status of `/metrics`.
struct Slow {
    _stream: TcpStream,
}

impl Slow {
    fn start(address: SocketAddr) -> Self {
        let mut stream = ask(address, "/metrics");
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
        Self { _stream: stream }
    }
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    stream
}

/// Reads the whole response and discards it. The console may answer that the client must retry later.
fn read(address: SocketAddr, path: &str) {
    let mut stream = ask(address, path);
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert!([b"HTTP/1.1 200", b"HTTP/1.1 503"].contains(&&status), "{path}");
    std::io::copy(&mut BufReader::with_capacity(1 << 18, stream), &mut std::io::sink()).unwrap();
}
