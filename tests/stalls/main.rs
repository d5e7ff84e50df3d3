//! Whether a watchdog names the line in which a task holds its thread, for each kind of stall on each runtime.
//!
//! A task runs each kind until the watchdog has reported it, and then ends.

mod reported;
mod kinds;
mod run;
mod starvation;
mod events;

use std::thread;

use runtime_hooks::{AsyncStd, Smol, TokioRuntime};

use crate::run::check;

#[test]
fn a_stall_on_tokio_has_its_line() {
    let runtime = TokioRuntime::multi_thread().unwrap();
    check(runtime.handle());
}

#[test]
fn a_stall_on_the_current_thread_of_tokio_has_its_line() {
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().clone();
    let (stop, stopped) = futures_channel::oneshot::channel::<()>();
    let driver = thread::spawn(move || runtime.block_on(stopped).is_ok());
    check(&tokio);
    drop(stop);
    driver.join().unwrap();
}

#[test]
fn a_stall_on_smol_has_its_line() {
    check(&Smol);
}

#[test]
fn a_stall_on_async_std_has_its_line() {
    check(&AsyncStd);
}
