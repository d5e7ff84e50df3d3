//! Our own futures, and children that are instrumented.

use std::sync::Arc;

use async_executor::Executor;
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use runtime_hooks::{AsyncioExt, Instrumentor, ReturnWhen, RuntimeHooks, RuntimeHooksExt};
use runtime_hooks::{TaskGroup, WithInstrumentor};

use crate::here::here;
use crate::row::{Case, Row};
use crate::tools::LONG;

type Receiver = oneshot::Receiver<i32>;

async fn received(receiver: Receiver) -> i32 {
    receiver.await.unwrap()
}

/// Makes a row of an async function that gets the runtime and a channel, on which 1 is sent.
struct Maker<R>(R);

impl<R: RuntimeHooks> Maker<R> {
    fn row<F>(
        &self,
        name: &'static str,
        waits: &[&'static str],
        leaf: impl Fn(WithInstrumentor<R>, Receiver) -> F + 'static,
    ) -> Row
    where
        F: Future<Output = i32> + Send + 'static,
    {
        let runtime = self.0.clone();
        Row::with_instrumentor(name, waits, move |instrumentor: &Arc<Instrumentor>| {
            let runtime = runtime.with_instrumentor(Arc::clone(instrumentor));
            let (sender, receiver) = oneshot::channel();
            Case::new(leaf(runtime, receiver), move || sender.send(1).unwrap())
        })
    }
}

pub(crate) fn rows<R: RuntimeHooks>(runtime: &R) -> Vec<Row> {
    let maker = Maker(runtime.clone());
    let mut rows = handles(&maker);
    rows.extend(combinators(&maker));
    rows.extend(children(&maker));
    rows
}

fn handles<R: RuntimeHooks>(maker: &Maker<R>) -> Vec<Row> {
    vec![
        maker
            .row("our JoinHandle", &["join of a task"], async |runtime, receiver| {
                here(runtime.spawn(received(receiver))).await.unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("our JoinHandle, flattened", &["join of a task"], async |runtime, receiver| {
                let task = async { Ok::<_, ()>(receiver.await.unwrap()) };
                here(runtime.spawn(task).flatten()).await.unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("our spawn_blocking", &["join of a task"], async |runtime, receiver| {
                let task = runtime.spawn_blocking(|| futures_lite::future::block_on(receiver));
                here(task).await.unwrap().unwrap()
            })
            .others(&["no stack: it runs, its poll or closure has not returned"]),
        maker
            .row("a member of a group", &["join of a task"], async |runtime, receiver| {
                let group = runtime.task_group::<()>();
                let member = group.spawn(async { Ok(receiver.await.unwrap()) });
                here(member).await.unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("a group", &["end of a task group"], async |runtime, receiver| {
                let group: TaskGroup<_, ()> = runtime.task_group();
                let member = group.spawn(async { Ok(receiver.await.unwrap()) });
                here(group.join()).await.unwrap();
                member.await.unwrap()
            })
            .others(&["oneshot recv"]),
    ]
}

fn combinators<R: RuntimeHooks>(maker: &Maker<R>) -> Vec<Row> {
    vec![
        maker
            .row("our sleep", &["sleep"], async |runtime, receiver| {
                let sleep = async {
                    here(runtime.sleep(LONG)).await;
                    0
                };
                futures_lite::future::or(sleep, received(receiver)).await
            })
            .raced(),
        maker
            .row("our interval", &["interval tick"], async |runtime, receiver| {
                let ticks = async {
                    let mut interval = runtime.interval(LONG);
                    interval.tick().await;
                    here(interval.tick()).await;
                    0
                };
                futures_lite::future::or(ticks, received(receiver)).await
            })
            .raced(),
        // The future inside is a task too.
        maker
            .row("our timeout around", &["oneshot recv"; 2], async |runtime, receiver| {
                runtime.timeout(LONG, here(receiver)).await.unwrap().unwrap()
            })
            .others(&["timeout"]),
        maker
            .row("our timeout inside", &["oneshot recv", "timeout"], async |runtime, receiver| {
                here(runtime.timeout(LONG, receiver)).await.unwrap().unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("our gather inside", &["oneshot recv"], async |runtime, receiver| {
                here(runtime.gather([receiver])).await[0].unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("our gather of 40", &["several futures"], async |runtime, receiver| {
                let mut members: Vec<_> = (0..39).map(|_| runtime.spawn(async { 0 })).collect();
                members.push(runtime.spawn(received(receiver)));
                let all = here(runtime.gather(members)).await;
                all.into_iter().map(Result::unwrap).sum()
            })
            .woken_by("the members that have ended")
            .others(&["oneshot recv"]),
        maker
            .row("our as_completed", &["one of several futures"], async |runtime, receiver| {
                let tasks = [runtime.spawn(received(receiver))];
                let mut completed = runtime.as_completed(tasks);
                here(completed.next()).await.unwrap().unwrap()
            })
            .others(&["oneshot recv"]),
        maker
            .row("our wait", &["several tasks", "timeout"], async |runtime, receiver| {
                let tasks = [runtime.spawn(received(receiver))];
                let wait = runtime.wait(tasks, ReturnWhen::AllCompleted, Some(LONG));
                let (mut done, _) = here(wait).await;
                done.remove(0).1.unwrap()
            })
            .others(&["oneshot recv"]),
    ]
}

/// Instrumented children give their own stacks, whatever wakers are between them and the task.
fn children<R: RuntimeHooks>(maker: &Maker<R>) -> Vec<Row> {
    vec![
        maker.row("an instrumented future", &["oneshot recv"; 2], async |runtime, receiver| {
            runtime.instrument(here(receiver)).await.unwrap()
        }),
        maker.row(
            "an instrumented future in one",
            &["oneshot recv"; 3],
            async |runtime, receiver| {
                let inner = runtime.instrument(here(receiver));
                let inner = async { inner.await.unwrap() };
                runtime.instrument(inner).await
            },
        ),
        maker
            .row(
                "instrumented in FuturesUnordered",
                &["oneshot recv"],
                async |runtime, receiver| {
                    let child = runtime.instrument(here(receiver));
                    let mut futures: FuturesUnordered<_> = [child].into_iter().collect();
                    futures.next().await.unwrap().unwrap()
                },
            )
            .by_children()
            .others(&["one of several futures"]),
        maker
            .row("instrumented in an executor", &["oneshot recv"], async |runtime, receiver| {
                let executor = Executor::new();
                let task = executor.spawn(runtime.instrument(here(receiver)));
                executor.run(task).await.unwrap()
            })
            .by_children()
            .others(&["tasks of an executor"]),
        maker
            .row("a spawned task", &["oneshot recv"], async |runtime, receiver| {
                runtime.spawn(here(receiver)).await.unwrap().unwrap()
            })
            .others(&["join of a task"]),
    ]
}
