//! The cost of a console for the program it shows: not served, served, and with its page open. Also the time of
//! `/metrics`. `cargo bench --bench console`.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Parser;
use runtime_hooks_benches::Spread;
use runtime_hooks_benches::report::{ConsoleCost, save};
use runtime_hooks_console::Console;
use runtime_hooks_core::{
    Config, Instrumentor, Kind, Outcome, Recorder, RuntimeHooksExt, WithInstrumentor,
};
use runtime_hooks_tokio::Tokio;
use tokio::runtime::Runtime;

const LIVE: usize = 100_000;
/// The target rate of spawns per second without a console.
const RATE: f64 = 200_000.0;
const BATCH: usize = 64;
const NAMES: usize = 2_000;

#[derive(Parser)]
struct Args {
    /// The number of rounds.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// A short run to check that it works.
    #[arg(long)]
    smoke: bool,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let (rounds, slice, live) = if args.smoke {
        (1, Duration::from_millis(300), 1_000)
    } else {
        (args.rounds, Duration::from_secs(2), LIVE)
    };
    let bare = Program::new(live, false);
    let shown = Program::new(live, true);
    let work = bare.calibrate();
    let mut rates = [const { Vec::new() }; 3];
    for round in 0..rounds {
        for offset in 0..3 {
            let variant = (round + offset) % 3;
            rates[variant].push(match variant {
                0 => bare.rate(work, slice),
                1 => shown.while_served(|_| shown.rate(work, slice)),
                _ => shown.while_served(|address| {
                    let viewer = Viewer::start(address);
                    let rate = shown.rate(work, slice);
                    viewer.stop();
                    rate
                }),
            });
        }
    }
    let reduction = |rates: &[f64], base: &[f64]| {
        Spread::of(rates.iter().zip(base).map(|(rate, bare)| 100.0 * (1.0 - rate / bare)))
    };
    let [base, served, open] = &rates;
    let cost = ConsoleCost {
        live,
        rate: Spread::of(base.iter().copied()),
        served: reduction(served, base),
        open: reduction(open, base),
        names: NAMES,
        metrics: metrics(if args.smoke { 2 } else { 20 }),
    };
    print!("{cost}");
    if !args.smoke {
        save("console", &cost);
    }
}

/// A program with many waiting tasks, and one thread that spawns.
struct Program {
    instrumentor: Arc<Instrumentor>,
    runtime: Runtime,
    hooks: WithInstrumentor<Tokio>,
}

impl Program {
    fn new(live: usize, is_shown: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // From the start, as in a program that starts its console first.
        let instrumentor = Instrumentor::installed(Config::new().live(is_shown));
        let hooks =
            Tokio::from(runtime.handle().clone()).with_instrumentor(Arc::clone(&instrumentor));
        for _ in 0..live {
            drop(hooks.named("waits").spawn(std::future::pending::<()>()));
        }
        let program = Self { instrumentor, runtime, hooks };
        program.run(1, LIVE);
        program
    }

    /// Returns the amount of work per task at which the target rate is reached.
    fn calibrate(&self) -> u32 {
        let mut work = 1_000;
        for _ in 0..5 {
            let start = Instant::now();
            self.run(work, 20_000);
            let wanted = 20_000.0 / RATE;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let next = (f64::from(work) * wanted / start.elapsed().as_secs_f64()) as u32;
            work = next.max(1);
        }
        work
    }

    fn run(&self, work: u32, tasks: usize) {
        self.runtime.block_on(async {
            for _ in 0..tasks / BATCH {
                let batch: [_; BATCH] = std::array::from_fn(|_| self.hooks.spawn(handle(work)));
                for task in batch {
                    task.await.unwrap();
                }
            }
        });
    }

    /// Measures spawns per second.
    fn rate(&self, work: u32, slice: Duration) -> f64 {
        const TURN: usize = 10 * BATCH;
        self.run(work, TURN);
        let (start, mut spawned) = (Instant::now(), 0);
        while start.elapsed() < slice {
            self.run(work, TURN);
            spawned += TURN;
        }
        spawned as f64 / start.elapsed().as_secs_f64()
    }

    fn while_served<T>(&self, run: impl FnOnce(SocketAddr) -> T) -> T {
        let console = serve(&self.instrumentor);
        let result = run(console.address());
        console.stop();
        self.instrumentor.set_live(true);
        result
    }
}

fn serve(instrumentor: &Arc<Instrumentor>) -> Console {
    let builder = Console::builder().address("127.0.0.1:0".parse().unwrap());
    builder.instrumentor(Arc::clone(instrumentor)).serve().unwrap()
}

async fn handle(work: u32) -> u64 {
    (0..work).fold(1_u64, |hash, n| black_box(hash.wrapping_mul(31) ^ u64::from(n)))
}

/// An open page: each second it requests what its overview and its list of tasks show.
struct Viewer {
    is_stopped: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Viewer {
    fn start(address: SocketAddr) -> Self {
        let is_stopped = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&is_stopped);
        let thread = std::thread::spawn(move || {
            let ticks = BufReader::new(request(address, "/api/v1/stream"));
            for line in ticks.lines().map_while(Result::ok) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                if line == "event: tick" {
                    for path in ["overview", "names?range=300", "lints", "tasks?order=idle"] {
                        read(address, &format!("/api/v1/{path}"));
                    }
                }
            }
        });
        Self { is_stopped, thread }
    }

    /// Ends at the next tick.
    fn stop(self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn request(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    stream
}

/// Reads a response and discards it; returns its length.
fn read(address: SocketAddr, path: &str) -> u64 {
    let mut stream = request(address, path);
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200", "{path}");
    std::io::copy(&mut BufReader::with_capacity(1 << 18, stream), &mut std::io::sink()).unwrap()
}

/// How many milliseconds `/metrics` takes for `NAMES` names, each with three histograms.
fn metrics(times: usize) -> Spread {
    let recorder = Recorder::builder().max_names(NAMES as u64).build();
    let instrumentor = Instrumentor::installed(Config::new().recorder(recorder.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let hooks = Tokio::from(runtime.handle().clone()).with_instrumentor(Arc::clone(&instrumentor));
    for name in 0..NAMES {
        runtime
            .block_on(hooks.named(format!("crate::module::handler_{name}")).spawn(async {}))
            .unwrap();
        let took = Duration::from_micros(name as u64 * 37 + 1);
        let name = format!("crate::module::handler_{name}");
        recorder.record(Kind::Coroutine, name, "tokio", Outcome::FINISHED, took);
    }
    let console = serve(&instrumentor);
    read(console.address(), "/metrics");
    let each = (0..times).map(|_| {
        let start = Instant::now();
        assert!(read(console.address(), "/metrics") > 1_000_000);
        start.elapsed().as_secs_f64() * 1e3
    });
    let spread = Spread::of(each);
    console.stop();
    spread
}
