//! Processes that exit while all threads record, and processes that fork.

use std::future::pending;
use std::process::{Output, exit};
use std::sync::Arc;

use fork::{Fork, fork, waitpid};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use runtime_hooks::{
    AsyncStd, Config, ContextTracer, Instrumentor, RuntimeHooks, RuntimeHooksExt, Smol, SpanTracer,
    State, TokioRuntime, TraceNames,
};

use crate::{counts, in_a_child, instrumented};

/// Discards all spans.
#[derive(Debug)]
struct NoExporter;

impl SpanExporter for NoExporter {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn run(test: &str) -> Output {
    in_a_child(&format!("exits::{test}")).output().unwrap()
}

/// The process exits while its threads record. The exit destroys spans and contexts that they use.
#[test]
fn a_process_may_end_while_all_its_threads_record() {
    for _ in 0..10 {
        let ended = run("ends_in_the_midst_of_it");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), stderr.as_ref()), (Some(7), ""));
    }
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn ends_in_the_midst_of_it() {
    fn busy<R: RuntimeHooks>(runtime: R) {
        std::thread::spawn(move || {
            loop {
                let task = runtime.spawn(async {});
                drop(runtime.spawn_blocking(|| ()));
                runtime.spawn(pending::<()>()).abort();
                drop(runtime.raw_block_on(task));
            }
        });
    }
    let config = Config::new().trace(TraceNames::none().coroutines("*").to_thread("*"));
    let provider = SdkTracerProvider::builder().with_batch_exporter(NoExporter).build();
    let config = config.tracer(Arc::new(SpanTracer::live()));
    let config = config.tracer(Arc::new(ContextTracer::of(&provider)));
    let _ = Instrumentor::global().install(config);
    let tokio = TokioRuntime::multi_thread().unwrap();
    busy(tokio.handle().clone());
    busy(Smol);
    busy(AsyncStd);
    while Instrumentor::global().recorder().snapshot().ended_as(State::Finished) < 1_000 {
        std::thread::yield_now();
    }
    exit(7);
}

/// The child has the counts of its parent at the fork. After that, both record separately.
#[test]
fn a_forked_child_continues_to_record_and_leaves_its_parent_unchanged() {
    let ended = run("forks");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{stderr}");
}

#[test]
#[ignore = "run by the test above in a separate process"]
fn forks() {
    let (smol, instrumentor) = instrumented(&Smol);
    let record = |times: u64| {
        for _ in 0..times {
            smol::block_on(smol.named("before").instrument(async {}));
        }
    };
    record(100);
    match fork().unwrap() {
        Fork::Child => {
            record(11);
            smol::block_on(smol.named("in the child").instrument(async {}));
            let own = counts(&instrumentor, "in the child") == (1, 0, [1, 0, 0, 0]);
            let both = counts(&instrumentor, "before") == (111, 0, [111, 0, 0, 0]);
            exit(i32::from(!(own && both)));
        }
        Fork::Parent(child) => {
            record(5);
            let status = waitpid(child).unwrap();
            assert_eq!(status, 0, "the child counts what it records");
            assert_eq!(counts(&instrumentor, "before"), (105, 0, [105, 0, 0, 0]));
            assert_eq!(instrumentor.recorder().snapshot().find_all("in the child").count(), 0);
        }
    }
}
