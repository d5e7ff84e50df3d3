//! Dumps where tasks wait, without pause, while they pass tokens around. No token is lost, and each pass is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_channel::{Receiver, Sender, unbounded};
use runtime_hooks::{
    AsyncStd, Config, Instrumentor, JoinHandle, Recorder, RuntimeHooks, RuntimeHooksExt, Smol,
    TokioRuntime, WithInstrumentor,
};
use runtime_hooks_core::dump::{Answer, CaptureOptions, capture};

/// The tasks of a ring, and the tokens that they pass.
const TASKS: usize = 16;
const TOKENS: usize = 4;

/// What the dumps had.
pub(crate) struct Dumped {
    pub(crate) dumps: usize,
    pub(crate) stacks: usize,
    pub(crate) passes: u64,
}

/// Dumps the tasks of rings on all runtimes, and in turn those of the storm.
pub(crate) fn dump_while(is_over: &AtomicBool, storm: &Recorder) -> Dumped {
    let recorder = Recorder::new();
    let config = Config::new().recorder(recorder.clone()).live(true);
    let by = Instrumentor::installed(config);
    let tokio = TokioRuntime::multi_thread().expect("a runtime");
    let rings = (
        Ring::start(tokio.handle().with_instrumentor(Arc::clone(&by))),
        Ring::start(Smol.with_instrumentor(Arc::clone(&by))),
        Ring::start(AsyncStd.with_instrumentor(by)),
    );
    let (mut dumps, mut stacks) = (0, 0);
    while !is_over.load(Ordering::Relaxed) {
        let of = if dumps % 2 == 0 { &recorder } else { storm };
        for dumped in capture(of, CaptureOptions::default(), |_| true).tasks {
            if let Answer::Waits(traces) = dumped.answer {
                stacks += traces.len();
            }
        }
        dumps += 1;
    }
    let passes = rings.0.stop() + rings.1.stop() + rings.2.stop();
    Dumped { dumps, stacks, passes }
}

struct Ring<R: RuntimeHooks> {
    runtime: WithInstrumentor<R>,
    stop: Arc<AtomicBool>,
    first: Vec<Sender<u64>>,
    /// Tokens that come back after the stop.
    returned: Receiver<u64>,
    tasks: Vec<JoinHandle<u64, WithInstrumentor<R>>>,
}

impl<R: RuntimeHooks> Ring<R> {
    fn start(runtime: WithInstrumentor<R>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (back, returned) = unbounded();
        let (senders, receivers): (Vec<Sender<u64>>, Vec<_>) =
            (0..TASKS).map(|_| unbounded()).unzip();
        let spawn = |(at, receiver): (usize, _)| {
            let next = senders[(at + 1) % TASKS].clone();
            runtime.spawn(pass(
                runtime.runtime().clone(),
                receiver,
                next,
                back.clone(),
                Arc::clone(&stop),
            ))
        };
        let tasks = receivers.into_iter().enumerate().map(spawn).collect();
        for sender in senders.iter().take(TOKENS) {
            sender.try_send(0).expect("the ring is open");
        }
        Self { runtime, stop, first: senders, returned, tasks }
    }

    /// Returns how often tokens were passed. Each token counts that too.
    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let Self { runtime, first, returned, tasks, .. } = self;
        let (counted, passed) = runtime.block_on(async move {
            let mut counted = 0;
            for _ in 0..TOKENS {
                counted += returned.recv().await.expect("no token is lost");
            }
            first.iter().for_each(|sender| assert!(sender.close()));
            let mut passed = 0;
            for task in tasks {
                passed += task.await.expect("no panic");
            }
            (counted, passed)
        });
        assert_eq!(counted, passed, "passes of tokens on {}", runtime.name());
        passed
    }
}

/// Passes tokens on, some time after it got them. Returns how many.
async fn pass<R: RuntimeHooks>(
    runtime: R,
    tokens: Receiver<u64>,
    next: Sender<u64>,
    back: Sender<u64>,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut passed = 0;
    while let Ok(token) = tokens.recv().await {
        if stop.load(Ordering::Relaxed) {
            back.try_send(token).expect("the channel is open");
            continue;
        }
        runtime.sleep(Duration::from_micros(500)).await;
        passed += 1;
        next.try_send(token + 1).expect("the ring is open");
    }
    passed
}
