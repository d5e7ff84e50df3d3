//! Each call and the corresponding call of the runtime.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{join_all, try_join_all};
use futures_util::stream::FuturesUnordered;
use runtime_hooks::{
    AnyRuntime, AsyncStd, AsyncioExt, EnsureFuture, LocalRuntimeHooksExt, RuntimeHooks,
    RuntimeHooksExt, Smol, Tokio, TokioRuntime,
};
use runtime_hooks_smol::{OnExecutor, OnLocalExecutor};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, LocalSet};

use crate::call::{Call, large};

const LONG: Duration = Duration::from_secs(3_600);

macro_rules! calls {
    ($($name:literal: $bare:expr, $ours:expr;)*) => {
        &[$(Call { name: $name, factor: 1, bare: || $bare, ours: || $ours }),*]
    };
}

pub(super) const ALL: &[&[Call]] =
    &[TOKIO, ON_TOKIO, TOKIO_DROP_IN, SMOL, SMOL_DROP_IN, ASYNC_STD, ANY];

// Each runtime is made in a separate frame, before the call.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn tokio(call: impl FnOnce(&Tokio)) {
    let runtime = runtime();
    let _entered = runtime.enter();
    call(&Tokio::current());
}

fn own(call: impl FnOnce(&Tokio)) {
    call(TokioRuntime::from(runtime()).handle());
}

fn local(call: impl FnOnce(&Tokio)) {
    let set = LocalSet::new();
    let _set = set.enter();
    tokio(call);
}

fn any(call: impl FnOnce(&AnyRuntime)) {
    tokio(|tokio| call(&AnyRuntime::new(tokio.clone())));
}

fn own_any(call: impl FnOnce(&AnyRuntime)) {
    let runtime = TokioRuntime::from(runtime());
    call(&AnyRuntime::new(runtime.handle().clone()));
}

fn poll<F: Future>(mut future: Pin<Box<F>>) {
    let _ = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

/// A closure as large as the future.
macro_rules! work {
    () => {{
        let large = large();
        move || large.0[1]
    }};
}

const TOKIO: &[Call] = calls! {
    "Tokio.spawn": tokio(|_| drop(tokio::spawn(large()))), tokio(|rt| drop(rt.spawn(large())));
    "Tokio.named().spawn": tokio(|_| drop(tokio::spawn(large()))), tokio(|rt| drop(rt.named("x").spawn(large())));
    "Tokio.by_result().spawn": tokio(|_| drop(tokio::spawn(large()))),
        tokio(|rt| drop(rt.by_result().spawn(large())));
    "Tokio.spawn_threadsafe": tokio(|_| drop(tokio::spawn(large()))), tokio(|rt| drop(rt.spawn_threadsafe(large())));
    "Tokio.named().spawn_threadsafe": tokio(|_| drop(tokio::spawn(large()))),
        tokio(|rt| drop(rt.named("x").spawn_threadsafe(large())));
    "ensure_future": tokio(|_| drop(tokio::spawn(large()))), tokio(|rt| drop(large().ensure_future(rt)));
    "Tokio.spawn_local": local(|_| drop(tokio::task::spawn_local(large()))),
        local(|rt| drop(rt.spawn_local(large())));
    "Tokio.named().spawn_local": local(|_| drop(tokio::task::spawn_local(large()))),
        local(|rt| drop(rt.named("x").spawn_local(large())));
    "ensure_future_local": local(|_| drop(tokio::task::spawn_local(large()))),
        local(|rt| drop(large().ensure_future_local(rt)));
    "task_group().spawn": tokio(|_| drop(JoinSet::new().spawn(large()))),
        tokio(|rt| drop(rt.task_group().spawn(large())));
    "task_group().named().spawn": tokio(|_| drop(JoinSet::new().spawn(large()))),
        tokio(|rt| drop(rt.task_group().named("x").spawn(large())));
    "task_group().spawn_local": local(|_| drop(JoinSet::new().spawn_local(large()))),
        local(|rt| drop(rt.task_group().spawn_local(large())));
    "Tokio.spawn_blocking": tokio(|_| drop(tokio::task::spawn_blocking(work!()))),
        tokio(|rt| drop(rt.spawn_blocking(work!())));
    "Tokio.named().spawn_blocking": tokio(|_| drop(tokio::task::spawn_blocking(work!()))),
        tokio(|rt| drop(rt.named("x").spawn_blocking(work!())));
    "TokioRuntime.block_on": drop(runtime().block_on(large())), own(|rt| drop(rt.block_on(large())));
    "TokioRuntime.named().block_on": drop(runtime().block_on(large())),
        own(|rt| drop(rt.named("x").block_on(large())));
};

/// Calls that await in place, in which no runtime takes part. They are compared with other calls that wrap a future.
const ON_TOKIO: &[Call] = calls! {
    "Tokio.timeout": tokio(|_| poll(Box::pin(tokio::time::timeout(LONG, large())))),
        tokio(|rt| poll(Box::pin(rt.timeout(LONG, large()))));
    "Tokio.named().timeout": tokio(|_| poll(Box::pin(tokio::time::timeout(LONG, large())))),
        tokio(|rt| poll(Box::pin(rt.named("x").timeout(LONG, large()))));
    "Tokio.timeout_at": tokio(|_| poll(Box::pin(tokio::time::timeout_at(tokio::time::Instant::now(), large())))),
        tokio(|rt| poll(Box::pin(rt.timeout_at(rt.now(), large()))));
    "Tokio.named().timeout_at":
        tokio(|_| poll(Box::pin(tokio::time::timeout_at(tokio::time::Instant::now(), large())))),
        tokio(|rt| poll(Box::pin(rt.named("x").timeout_at(rt.now(), large()))));
    "Tokio.instrument": tokio(|_| poll(Box::pin(tokio::task::unconstrained(large())))),
        tokio(|rt| poll(Box::pin(rt.instrument(large()))));
    "Tokio.named().instrument": tokio(|_| poll(Box::pin(tokio::task::unconstrained(large())))),
        tokio(|rt| poll(Box::pin(rt.named("x").instrument(large()))));
    "Tokio.instrument_blocking": { let work = work!(); let wrapped = move || 1 + work(); let _ = wrapped(); },
        tokio(|rt| { let _ = rt.instrument_blocking(work!())(); });
    "Tokio.gather": tokio(|_| poll(Box::pin(join_all([large()])))), tokio(|rt| poll(Box::pin(rt.gather([large()]))));
    "Tokio.named().gather": tokio(|_| poll(Box::pin(join_all([large()])))),
        tokio(|rt| poll(Box::pin(rt.named("x").gather([large()]))));
    "Tokio.try_gather": tokio(|_| poll(Box::pin(try_join_all([large()])))),
        tokio(|rt| poll(Box::pin(rt.try_gather([large()]))));
    "Tokio.as_completed": tokio(|_| poll_next(FuturesUnordered::from_iter([large()]))),
        tokio(|rt| poll_next(rt.as_completed([large()])));
    "Tokio.as_completed_within": tokio(|_| poll_next(FuturesUnordered::from_iter([large()]))),
        tokio(|rt| poll_next(Box::pin(rt.as_completed_within(LONG, [large()]))));
};

fn poll_next(mut stream: impl futures_util::Stream + Unpin) {
    poll(Box::pin(poll_fn(move |cx| stream.poll_next_unpin(cx).map(drop))));
}

mod drop_in {
    pub(super) use runtime_hooks_async_std as async_std;
    pub(super) use runtime_hooks_smol as smol;
    pub(super) use runtime_hooks_tokio as tokio;
    use runtime_hooks_tokio::runtime::Runtime;
    pub(super) use runtime_hooks_tokio_util as tokio_util;

    pub(super) fn runtime() -> Runtime {
        super::runtime().into()
    }
}

const TOKIO_DROP_IN: &[Call] = calls! {
    "tokio::spawn": tokio(|_| drop(tokio::spawn(large()))), tokio(|_| drop(drop_in::tokio::spawn(large())));
    "tokio::task::spawn_local": local(|_| drop(tokio::task::spawn_local(large()))),
        local(|_| drop(drop_in::tokio::task::spawn_local(large())));
    "tokio::task::spawn_blocking": tokio(|_| drop(tokio::task::spawn_blocking(work!()))),
        tokio(|_| drop(drop_in::tokio::task::spawn_blocking(work!())));
    "tokio Runtime::spawn": drop(runtime().spawn(large())), drop(drop_in::runtime().spawn(large()));
    "tokio Runtime::spawn_blocking": drop(runtime().spawn_blocking(work!())),
        drop(drop_in::runtime().spawn_blocking(work!()));
    "tokio Runtime::block_on": drop(runtime().block_on(large())), drop(drop_in::runtime().block_on(large()));
    "tokio Handle::spawn": drop(runtime().handle().spawn(large())), drop(drop_in::runtime().handle().spawn(large()));
    "tokio Handle::spawn_blocking": drop(runtime().handle().spawn_blocking(work!())),
        drop(drop_in::runtime().handle().spawn_blocking(work!()));
    "tokio Handle::block_on": drop(runtime().handle().block_on(large())),
        drop(drop_in::runtime().handle().block_on(large()));
    "tokio LocalSet::spawn_local": drop(LocalSet::new().spawn_local(large())),
        drop(drop_in::tokio::task::LocalSet::new().spawn_local(large()));
    "tokio LocalSet::block_on": drop(LocalSet::new().block_on(&runtime(), large())),
        drop(drop_in::tokio::task::LocalSet::new().block_on(&runtime(), large()));
    "tokio LocalSet::run_until": tokio(|_| { let set = LocalSet::new(); poll(Box::pin(set.run_until(large()))) }),
        tokio(|_| { let set = drop_in::tokio::task::LocalSet::new(); poll(Box::pin(set.run_until(large()))) });
    "tokio JoinSet::spawn": tokio(|_| drop(JoinSet::new().spawn(large()))),
        tokio(|_| drop(drop_in::tokio::task::JoinSet::new().spawn(large())));
    "tokio JoinSet::spawn_blocking": tokio(|_| drop(JoinSet::new().spawn_blocking(work!()))),
        tokio(|_| drop(drop_in::tokio::task::JoinSet::new().spawn_blocking(work!())));
    "tokio JoinSet::spawn_local": local(|_| drop(JoinSet::new().spawn_local(large()))),
        local(|_| drop(drop_in::tokio::task::JoinSet::new().spawn_local(large())));
    "tokio::time::timeout": tokio(|_| poll(Box::pin(tokio::time::timeout(LONG, large())))),
        tokio(|_| poll(Box::pin(drop_in::tokio::time::timeout(LONG, large()))));
    "tokio::time::timeout_at": tokio(|_| poll(Box::pin(tokio::time::timeout_at(tokio::time::Instant::now(), large())))),
        tokio(|_| poll(Box::pin(drop_in::tokio::time::timeout_at(tokio::time::Instant::now(), large()))));
    "tokio::join!": tokio(|_| poll(Box::pin(async { let _ = tokio::join!(large()); }))),
        tokio(|_| poll(Box::pin(async { let _ = drop_in::tokio::join!(large()); })));
    "tokio::try_join!": tokio(|_| poll(Box::pin(async { let _ = tokio::try_join!(large()); }))),
        tokio(|_| poll(Box::pin(async { let _ = drop_in::tokio::try_join!(large()); })));
    "tokio_util JoinMap::spawn": tokio(|_| tokio_util::task::JoinMap::new().spawn(1, large())),
        tokio(|_| drop_in::tokio_util::task::JoinMap::new().spawn(1, large()));
    "tokio_util JoinMap::spawn_blocking": tokio(|_| tokio_util::task::JoinMap::new().spawn_blocking(1, work!())),
        tokio(|_| drop_in::tokio_util::task::JoinMap::new().spawn_blocking(1, work!()));
    "tokio_util JoinQueue::spawn": tokio(|_| drop(tokio_util::task::JoinQueue::new().spawn(large()))),
        tokio(|_| drop(drop_in::tokio_util::task::JoinQueue::new().spawn(large())));
    "tokio_util TaskTracker::spawn": tokio(|_| drop(tokio_util::task::TaskTracker::new().spawn(large()))),
        tokio(|_| drop(drop_in::tokio_util::task::TaskTracker::new().spawn(large())));
    "tokio_util TaskTracker::spawn_blocking":
        tokio(|_| drop(tokio_util::task::TaskTracker::new().spawn_blocking(work!()))),
        tokio(|_| drop(drop_in::tokio_util::task::TaskTracker::new().spawn_blocking(work!())));
};

const SMOL: &[Call] = calls! {
    "Smol.spawn": drop(smol::spawn(large())), drop(Smol.spawn(large()));
    "Smol.named().spawn": drop(smol::spawn(large())), drop(Smol.named("x").spawn(large()));
    "Smol.spawn_threadsafe": drop(smol::spawn(large())), drop(Smol.spawn_threadsafe(large()));
    "Smol.task_group().spawn": drop(smol::spawn(large())), drop(Smol.task_group().spawn(large()));
    "Smol.spawn_blocking": drop(smol::unblock(work!())), drop(Smol.spawn_blocking(work!()));
    "Smol.block_on": drop(smol::block_on(large())), drop(Smol.block_on(large()));
    "OnExecutor.spawn": drop(smol::Executor::new().spawn(large())), drop(on_executor().spawn(large()));
    "OnExecutor.block_on": drop(smol::block_on(smol::Executor::new().run(large()))),
        drop(on_executor().block_on(large()));
    "OnLocalExecutor.spawn_local": drop(smol::LocalExecutor::new().spawn(large())),
        drop(on_local_executor().spawn_local(large()));
    "OnLocalExecutor.block_on": drop(smol::block_on(smol::LocalExecutor::new().run(large()))),
        drop(on_local_executor().block_on(large()));
};

fn on_executor() -> OnExecutor<Arc<smol::Executor<'static>>> {
    OnExecutor(Arc::default())
}

fn on_local_executor() -> OnLocalExecutor<Rc<smol::LocalExecutor<'static>>> {
    OnLocalExecutor(Rc::default())
}

const SMOL_DROP_IN: &[Call] = calls! {
    "smol::spawn": drop(smol::spawn(large())), drop(drop_in::smol::spawn(large()));
    "smol::unblock": drop(smol::unblock(work!())), drop(drop_in::smol::unblock(work!()));
    "smol::block_on": drop(smol::block_on(large())), drop(drop_in::smol::block_on(large()));
    "smol::future::block_on": drop(smol::future::block_on(large())), drop(drop_in::smol::future::block_on(large()));
    "smol Executor::spawn": drop(smol::Executor::new().spawn(large())),
        drop(drop_in::smol::Executor::new().spawn(large()));
    "smol Executor::run": { let on = smol::Executor::new(); poll(Box::pin(on.run(large()))) },
        { let on = drop_in::smol::Executor::new(); poll(Box::pin(on.run(large()))) };
    "smol LocalExecutor::spawn": drop(smol::LocalExecutor::new().spawn(large())),
        drop(drop_in::smol::LocalExecutor::new().spawn(large()));
    "smol::future::or": poll(Box::pin(smol::future::or(large(), large()))),
        poll(Box::pin(drop_in::smol::future::or(large(), large())));
    "smol::future::race": poll(Box::pin(smol::future::race(large(), large()))),
        poll(Box::pin(drop_in::smol::future::race(large(), large())));
};

const ASYNC_STD: &[Call] = calls! {
    "AsyncStd.spawn": drop(async_std::task::spawn(large())), drop(AsyncStd.spawn(large()));
    "AsyncStd.named().spawn": drop(async_std::task::spawn(large())), drop(AsyncStd.named("x").spawn(large()));
    "AsyncStd.spawn_blocking": drop(async_std::task::spawn_blocking(work!())), drop(AsyncStd.spawn_blocking(work!()));
    "AsyncStd.block_on": drop(async_std::task::block_on(large())), drop(AsyncStd.block_on(large()));
    "AsyncStd.task_group().spawn": drop(async_std::task::spawn(large())), drop(AsyncStd.task_group().spawn(large()));
    "AsyncStd.timeout": poll(Box::pin(async_std::future::timeout(LONG, large()))),
        poll(Box::pin(AsyncStd.timeout(LONG, large())));
    "async_std::task::spawn": drop(async_std::task::spawn(large())), drop(drop_in::async_std::task::spawn(large()));
    "async_std Builder::spawn": drop(async_std::task::Builder::new().spawn(large())),
        drop(drop_in::async_std::task::Builder::new().spawn(large()));
    "async_std Builder::blocking": drop(async_std::task::Builder::new().blocking(large())),
        drop(drop_in::async_std::task::Builder::new().blocking(large()));
    "async_std::task::spawn_blocking": drop(async_std::task::spawn_blocking(work!())),
        drop(drop_in::async_std::task::spawn_blocking(work!()));
    "async_std::task::block_on": drop(async_std::task::block_on(large())),
        drop(drop_in::async_std::task::block_on(large()));
    "async_std::future::timeout": poll(Box::pin(async_std::future::timeout(LONG, large()))),
        poll(Box::pin(drop_in::async_std::future::timeout(LONG, large())));
    "async_std::io::timeout": poll(Box::pin(async_std::io::timeout(LONG, large()))),
        poll(Box::pin(drop_in::async_std::io::timeout(LONG, large())));
};

/// Compared with tokio, which it wraps.
const ANY: &[Call] = calls! {
    "AnyRuntime.spawn": tokio(|_| drop(tokio::spawn(large()))), any(|rt| drop(rt.spawn(large())));
    "AnyRuntime.named().spawn": tokio(|_| drop(tokio::spawn(large()))), any(|rt| drop(rt.named("x").spawn(large())));
    "AnyRuntime.spawn_threadsafe": tokio(|_| drop(tokio::spawn(large()))),
        any(|rt| drop(rt.spawn_threadsafe(large())));
    "AnyRuntime.spawn_blocking": tokio(|_| drop(tokio::task::spawn_blocking(work!()))),
        any(|rt| drop(rt.spawn_blocking(work!())));
    "AnyRuntime.block_on": drop(runtime().block_on(large())), own_any(|rt| drop(rt.block_on(large())));
    "AnyRuntime.task_group().spawn": tokio(|_| drop(JoinSet::new().spawn(large()))),
        any(|rt| drop(rt.task_group().spawn(large())));
    "AnyRuntime.timeout": tokio(|_| poll(Box::pin(tokio::time::timeout(LONG, large())))),
        any(|rt| poll(Box::pin(rt.timeout(LONG, large()))));
};
