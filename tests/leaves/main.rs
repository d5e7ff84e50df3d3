//! Whether a task dump has the line where a task awaits, for each kind of leaf future on each runtime.
//!
//! Each row of the tables is a future that waits. A task awaits it in [`here`](here::here), is dumped, and is let go. It
//! must then end as if there had been no dump, and the dump must not count as polls.

mod here;
mod row;
mod tools;
mod tokio_sync;
mod tokio_tasks;
mod tokio_io;
mod http;
mod futures_rs;
mod unordered;
mod smol_rs;
mod async_std_rs;
mod wakers;
mod ours;
mod run;

use std::thread;

use runtime_hooks::{AsyncStd, RuntimeHooks, Smol, TokioRuntime};

use crate::row::Row;
use crate::run::check;

fn rows<R: RuntimeHooks>(runtime: &R) -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(tokio_sync::rows());
    rows.extend(tokio_tasks::rows());
    rows.extend(tokio_io::rows());
    rows.extend(http::rows());
    rows.extend(futures_rs::rows());
    rows.extend(unordered::rows());
    rows.extend(smol_rs::rows());
    rows.extend(async_std_rs::rows());
    rows.extend(wakers::rows());
    rows.extend(ours::rows(runtime));
    rows
}

#[test]
fn a_dump_on_tokio_has_the_awaiting_line_of_each_leaf() {
    let runtime = TokioRuntime::multi_thread().unwrap();
    let tokio = runtime.handle();
    check(tokio, &rows(tokio));
}

#[test]
fn a_dump_on_the_current_thread_of_tokio_has_the_awaiting_line_of_each_leaf() {
    let runtime = TokioRuntime::current_thread().unwrap();
    let tokio = runtime.handle().clone();
    let (stop, stopped) = futures_channel::oneshot::channel::<()>();
    let driver = thread::spawn(move || runtime.block_on(stopped).is_ok());
    check(&tokio, &rows(&tokio));
    drop(stop);
    driver.join().unwrap();
}

#[test]
fn a_dump_on_smol_has_the_awaiting_line_of_each_leaf() {
    check(&Smol, &rows(&Smol));
}

#[test]
fn a_dump_on_async_std_has_the_awaiting_line_of_each_leaf() {
    check(&AsyncStd, &rows(&AsyncStd));
}
