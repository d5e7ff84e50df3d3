//! The cost of a call while recording is off: each call, compared with the same work without it, on current-thread
//! tokio. A disabled call is one more relaxed load and a branch.
//!
//! `cargo bench --bench off -- [ROUNDS]`.

use std::future::ready;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use runtime_hooks_benches::{Row, Variant, compare, interleave};
use runtime_hooks_tokio::{
    AsyncioExt, Config, EnsureFuture, Instrumentor, RuntimeHooks, RuntimeHooksExt, TokioRuntime,
};

const MINUTE: Duration = Duration::from_secs(60);

fn main() {
    let rounds = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let tokio = TokioRuntime::from(runtime.expect("a runtime"));
    let bare = tokio.handle();
    let off = &tokio.handle().with_instrumentor(Arc::new(Instrumentor::new()));
    let on = &tokio.handle().with_instrumentor(Instrumentor::installed(Config::new()));

    println!("{:16} {:>9} {:>9} {:>9}   ns per call", "call", "bare", "off", "on");
    /// Compares a call on the bare runtime, with recording off, and with recording on.
    macro_rules! compare {
        ($name:literal, $bare:expr, |$runtime:ident| $call:expr) => {{
            /// Makes `count` calls in turn.
            macro_rules! variant {
                ($variant:literal, $future:expr) => {
                    Variant::new($variant, |count| {
                        tokio.handle().raw_block_on(async {
                            for _ in 0..count {
                                let _ = black_box($future.await);
                            }
                        });
                    })
                };
            }
            let bare = variant!("bare", $bare);
            let $runtime = off;
            let off = variant!("off", $call);
            let $runtime = on;
            let on = variant!("on", $call);
            show($name, &compare(&interleave(rounds, 500, vec![bare, off, on])));
        }};
    }
    compare!("instrument", ready(1), |runtime| runtime.instrument(ready(1)));
    compare!("spawn", bare.spawn(ready(1)), |runtime| runtime.spawn(ready(1)));
    compare!("ensure_future", bare.spawn(ready(1)), |runtime| ready(1).ensure_future(runtime));
    compare!("spawn_blocking", bare.spawn_blocking(|| 1), |runtime| runtime.spawn_blocking(|| 1));
    compare!("timeout", tokio::time::timeout(MINUTE, ready(1)), |runtime| {
        runtime.timeout(MINUTE, ready(1))
    });
    compare!("gather of 10", join_all([(); 10].map(|()| ready(1))), |runtime| {
        runtime.gather([(); 10].map(|()| ready(1)))
    });
}

fn show(call: &str, rows: &[Row]) {
    let [bare, off, on] = rows else { unreachable!("three variants") };
    println!(
        "{call:16} {:9.1} {:+9.1} {:+9.1}",
        bare.nanos.median, off.over.median, on.over.median
    );
}
