//! The behaviour of async-std, for its own crate and for its drop-in.

use std::cell::Cell;
use std::future::{pending, ready};
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_std::future::timeout;
use async_std::prelude::*;
use async_std::task;

/// Counts its drops.
struct Guard(Arc<AtomicU32>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn add(a: u32, b: u32) -> u32 {
    task::yield_now().await;
    a + b
}

const MINUTE: Duration = Duration::from_secs(60);

#[async_std::test]
async fn a_task_gives_its_output() {
    let handle: task::JoinHandle<u32> = task::spawn(add(1, 2));
    assert_eq!(handle.await, 3);
    let text = task::spawn::<_, String>(async { "text".to_owned() }).await;
    assert_eq!(text, "text");
}

#[async_std::test]
async fn a_dropped_handle_detaches_and_a_cancelled_one_gives_what_there_is() {
    let (send, receive) = async_std::channel::bounded(1);
    drop(task::spawn(async move { send.send(add(3, 4).await).await.unwrap() }));
    assert_eq!(receive.recv().await, Ok(7));
    assert_eq!(task::spawn(pending::<u32>()).cancel().await, None);
}

#[test]
fn block_on_may_borrow_nest_and_panic() {
    let (here, text) = (Cell::new(1), String::from("text"));
    let length = task::block_on(async {
        here.set(here.get() + task::block_on(add(1, 1)));
        text.len()
    });
    assert_eq!((here.get(), length), (3, 4));
    let panics = || task::block_on(async { std::panic::panic_any(7_u8) });
    assert_eq!(catch_unwind(panics).unwrap_err().downcast_ref::<u8>(), Some(&7));
}

#[async_std::test]
async fn a_builder_names_its_tasks() {
    let named = |name: &str| task::Builder::new().name(name.to_owned());
    let name = || task::current().name().map(ToOwned::to_owned);
    assert_eq!(named("spawned").spawn(async move { name() }).unwrap().await.unwrap(), "spawned");
    assert_eq!(named("blocking").blocking(async { name() }).unwrap(), "blocking");
    assert_eq!(task::Builder::new().spawn(async move { name() }).unwrap().await, None);
    let id = task::spawn(async { task::current().id() }).await;
    assert_ne!(id, task::current().id());
}

#[async_std::test]
async fn task_locals_are_a_tasks_own() {
    task_local! {
        static NUMBER: Cell<u32> = Cell::new(1);
    }
    NUMBER.with(|number| number.set(5));
    assert_eq!(task::spawn(async { NUMBER.with(Cell::get) }).await, 1);
    assert_eq!(NUMBER.with(Cell::get), 5);
}

#[async_std::test]
async fn a_local_task_takes_what_is_not_send() {
    let here = Rc::new(Cell::new(1));
    let local = Rc::clone(&here);
    task::spawn_local(async move {
        task::yield_now().await;
        local.set(2);
    })
    .await;
    assert_eq!(here.get(), 2);
}

#[async_std::test]
async fn a_closure_runs_elsewhere() {
    let here = std::thread::current().id();
    assert_ne!(task::spawn_blocking(|| std::thread::current().id()).await, here);
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    task::spawn_blocking(move || drop(guard)).await;
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[async_std::test]
async fn a_timeout_elapses_or_does_not() {
    let error = timeout(Duration::from_millis(1), pending::<()>()).await.unwrap_err();
    assert_eq!(error.to_string(), "future has timed out");
    assert_eq!(timeout(MINUTE, add(1, 1)).await.unwrap(), 2);
    assert_eq!(timeout(Duration::ZERO, ready(3)).await.unwrap(), 3);
    let drops = Arc::default();
    let guard = Guard(Arc::clone(&drops));
    let holds = async move {
        pending::<()>().await;
        drop(guard);
    };
    assert!(timeout(Duration::from_millis(1), holds).await.is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[async_std::test]
async fn a_timeout_starts_when_it_is_polled_and_a_method_when_it_is_called() {
    let lazy = timeout(Duration::from_millis(20), add(1, 1));
    let eager = pending::<()>().timeout(Duration::from_millis(20));
    task::sleep(Duration::from_millis(40)).await;
    assert_eq!(lazy.await.unwrap(), 2);
    let start = Instant::now();
    assert!(eager.await.is_err());
    assert!(start.elapsed() < Duration::from_millis(20));
}

#[async_std::test]
async fn io_times_out_with_an_io_error() {
    use async_std::io;
    let late = io::timeout(Duration::from_millis(1), pending::<io::Result<()>>()).await;
    assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
    let own = io::timeout(MINUTE, async { Err::<(), _>(io::Error::other("own")) }).await;
    assert_eq!(own.unwrap_err().to_string(), "own");
    assert_eq!(io::timeout(MINUTE, async { Ok(4) }).await.unwrap(), 4);
}

#[async_std::test]
async fn futures_race_and_join() {
    assert_eq!(pending().race(ready(1)).race(ready(2)).await, 1);
    let error = || ready(Err::<u32, u32>(3));
    assert_eq!(error().try_race(ready(Ok(4))).await, Ok(4));
    assert_eq!(error().try_race(error()).await, Err(3));
    assert_eq!(add(1, 1).join(async { "text" }).await, (2, "text"));
    assert_eq!(error().try_join(pending::<Result<(), u32>>()).await, Err(3));
    assert_eq!(ready(Ok::<_, u32>(1)).try_join(ready(Ok(2))).await, Ok((1, 2)));
    assert_eq!(ready(5).delay(Duration::from_millis(1)).await, 5);
    assert_eq!(ready(ready(6)).flatten().await, 6);
}

#[test]
fn a_race_stays_send_and_can_be_spawned() {
    let race = task::spawn(async { add(1, 2).race(pending()).await });
    assert_eq!(task::block_on(race.timeout(MINUTE)).unwrap(), 3);
    is_send(&timeout(MINUTE, add(1, 1)));
    let borrows = task::spawn(async {
        let text = String::from("text");
        let length = async |text: &str| std::io::Result::Ok(text.len());
        let in_time = timeout(MINUTE, length(&text)).await.unwrap().unwrap();
        in_time + async_std::io::timeout(MINUTE, length(&text)).await.unwrap()
    });
    assert_eq!(task::block_on(borrows), 8);
}

fn is_send(_: &impl Send) {}
