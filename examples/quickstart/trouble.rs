//! Tasks that fail in different ways.

use std::future::pending;
use std::time::{Duration, Instant};

use runtime_hooks::{AnyRuntime, RuntimeHooksExt};

/// How each task appears in the table.
pub(crate) const LEGEND: &str = "\
what --trouble did, on each runtime:
  panics               exception: the panic stayed inside its task
  is_aborted           cancelled
  hangs                timeout: after 20 ms
  blocks_the_executor  finished, but see its poll: 50 ms without an await
";

async fn panics() {
    panic!("this is the panic that --trouble asks for");
}

async fn is_aborted() {
    pending::<()>().await;
}

async fn hangs() {
    pending::<()>().await;
}

/// Blocks its worker, which a task should never do.
async fn blocks_the_executor() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(50) {
        std::hint::spin_loop();
    }
}

pub(crate) async fn make(runtime: AnyRuntime) {
    assert!(runtime.spawn(panics()).await.is_err());
    let task = runtime.spawn(is_aborted());
    task.abort();
    assert!(task.await.is_err());
    assert!(runtime.timeout(Duration::from_millis(20), hangs()).await.is_err());
    runtime.spawn(blocks_the_executor()).await.expect("it only takes its time");
}
