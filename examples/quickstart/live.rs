//! Repeats the work on all runtimes at once, for the console.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooksExt};

use crate::{index, trouble};

/// The interval between two runs.
const INTERVAL: Duration = Duration::from_millis(500);

/// Runs until the program is interrupted.
pub(crate) fn run(runtimes: &[AnyRuntime], folder: &Path, make_trouble: bool) -> ! {
    thread::scope(|scope| -> ! {
        for runtime in runtimes {
            scope
                .spawn(|| runtime.block_on(work(runtime.clone(), folder.to_owned(), make_trouble)));
        }
        loop {
            thread::park();
        }
    })
}

/// The main task of a runtime.
async fn work(runtime: AnyRuntime, folder: PathBuf, make_trouble: bool) {
    let mut turns = runtime.interval(INTERVAL);
    loop {
        turns.tick().await;
        index::index(runtime.clone(), folder.clone()).await;
        if make_trouble {
            trouble::make(runtime.clone()).await;
        }
    }
}
