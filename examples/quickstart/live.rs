//! The work over and over, on all runtimes at once, so that there is something to look at.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use runtime_hooks::{AnyRuntime, AsyncioExt, RuntimeHooksExt};

use crate::{index, trouble};

/// What lies between one turn and the next.
const REST: Duration = Duration::from_millis(500);

/// Until the program is interrupted.
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
    let mut turns = runtime.interval(REST);
    loop {
        turns.tick().await;
        index::index(runtime.clone(), folder.clone()).await;
        if make_trouble {
            trouble::make(runtime.clone()).await;
        }
    }
}
