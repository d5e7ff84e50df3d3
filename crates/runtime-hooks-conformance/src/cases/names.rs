//! Names of tasks: from the type and the call site, or given by the program.

use std::pin::Pin;

use futures_lite::FutureExt;
use runtime_hooks_core::{
    AsyncioExt, Config, Detail, EnsureFuture, Kind, ManualClock, Name, OVERFLOW_NAME,
    RuntimeHooksExt,
};

use crate::{Counts, Harness, Stage};

struct Client;

impl Client {
    async fn get(self) -> u32 {
        1
    }
}

async fn fetch<T: Default>() -> T {
    T::default()
}

fn names<H: Harness>(stage: &Stage<H>) -> Vec<(Kind, String)> {
    let series = stage.snapshot().merged().series;
    series.iter().map(|s| (s.key.kind(), s.key.name().unwrap_or_default().to_owned())).collect()
}

mod a {
    pub(super) async fn run() {}
}

mod b {
    pub(super) async fn run() {}
}

/// An async fn has its function's name, without path and type arguments.
pub fn an_async_fn_is_named_after_its_function<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn(fetch::<Vec<u8>>())).unwrap();
    assert_eq!(names(&stage), [(Kind::Coroutine, "fetch".to_owned())]);
}

/// A method has its type before its name.
pub fn a_method_is_named_with_its_type<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn(Client.get())).unwrap();
    assert_eq!(names(&stage), [(Kind::Coroutine, "Client.get".to_owned())]);
}

#[expect(clippy::large_stack_arrays, reason = "large is what is tested")]
async fn large() -> u32 {
    let buffer = [1_u8; 20_000];
    futures_lite::future::yield_now().await;
    buffer.iter().map(|byte| u32::from(*byte)).sum()
}

/// A future or closure that is boxed on its way to the runtime keeps its own name, and is counted once.
#[expect(clippy::large_stack_arrays, clippy::large_futures, reason = "large is what is tested")]
pub fn a_large_future_that_is_boxed_keeps_its_own_name<H: Harness>() {
    let stage = Stage::<H>::new();
    let runtime = &stage.runtime;
    stage.play(async {
        assert_eq!(runtime.spawn(large()).await.unwrap(), 20_000);
        assert_eq!(runtime.spawn(runtime.instrument(large())).await.unwrap(), 20_000);
        assert_eq!(large().ensure_future(runtime).await.unwrap(), 20_000);
        assert_eq!(runtime.instrument(large()).await, 20_000);
        let group = runtime.task_group::<()>();
        let member = group.spawn(async { Ok(large().await) });
        group.join().await.unwrap();
        assert_eq!(member.await.unwrap(), 20_000);
        let gathered = runtime.gather([large(), large()]).await;
        assert_eq!(gathered, [20_000; 2]);
        let buffer = [1_u8; 20_000];
        assert_eq!(runtime.spawn_blocking(move || buffer.len()).await.unwrap(), 20_000);
    });
    assert_eq!(runtime.block_on(large()), 20_000);
    assert_eq!(stage.counts("large"), Counts::finished(7));
    let mut names = names(&stage);
    names.sort_by(|a, b| a.1.cmp(&b.1));
    let here = "a_large_future_that_is_boxed_keeps_its_own_name".to_owned();
    let expected = [
        (Kind::Coroutine, here.clone()),
        (Kind::Blocking, here),
        (Kind::Coroutine, "large".to_owned()),
    ];
    assert_eq!(names, expected);
}

/// A block is named after its function. Two blocks of one function are two series, and exporters add them up.
pub fn two_blocks_of_a_function_are_two_series_and_exported_as_one<H: Harness>() {
    async fn enclosing<R: runtime_hooks_core::RuntimeHooks>(runtime: R) -> [u32; 2] {
        let first = (runtime.spawn(async {}).await, line!()).1;
        let second = (runtime.spawn(async {}).await, line!()).1;
        [first, second]
    }
    let stage = Stage::<H>::new();
    let lines = stage.play(enclosing(stage.runtime.clone()));
    let snapshot = stage.snapshot();
    let found: Vec<_> = snapshot.series.iter().map(|s| (s.key.name(), s.spawned)).collect();
    assert_eq!(found, [(Some("enclosing"), 1); 2]);
    let found = snapshot.series.iter().map(|s| s.key.call_site().map(|site| site.line()));
    assert_eq!(found.collect::<Vec<_>>(), lines.map(Some));
    let merged = snapshot.merged();
    let [series] = &*merged.series else { panic!("one series in\n{merged}") };
    assert_eq!((Counts::of(series), series.key.call_site()), (Counts::finished(2), None));
    let function = concat!(
        module_path!(),
        "::two_blocks_of_a_function_are_two_series_and_exported_as_one::enclosing"
    );
    assert_eq!(series.key.function(), Some(function));
}

/// Two functions of one name are two series, also where they are exported.
pub fn two_functions_of_one_name_are_two_series<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(async {
        stage.runtime.spawn(a::run()).await.unwrap();
        stage.runtime.instrument(b::run()).await;
        stage.runtime.instrument(b::run()).await;
    });
    let merged = stage.snapshot().merged();
    let found: Vec<_> =
        merged.series.iter().map(|s| (s.key.function().unwrap(), s.spawned)).collect();
    let expected =
        [(concat!(module_path!(), "::a::run"), 1), (concat!(module_path!(), "::b::run"), 2)];
    assert_eq!(found, expected);
    assert!(merged.series.iter().all(|series| series.key.name() == Some("run")));
    assert!(merged.find("run").is_none());
}

/// A boxed `dyn Future` is named after the file of its call site; in a library, after the crate.
pub fn a_boxed_dyn_future_is_named_after_its_file<H: Harness>() {
    let stage = Stage::<H>::new();
    let boxed = || -> Pin<Box<dyn Future<Output = ()> + Send>> { async {}.boxed() };
    let (first, line) = (stage.runtime.spawn(boxed()), line!());
    let second = stage.runtime.spawn(boxed());
    stage.play(async { (first.await.unwrap(), second.await.unwrap()) });
    let snapshot = stage.snapshot();
    assert_eq!(snapshot.series.len(), 2, "two call sites:\n{snapshot}");
    let key = &snapshot.series[0].key;
    assert_eq!((key.kind(), key.function()), (Kind::Coroutine, None));
    let is_absolute = std::path::Path::new(file!()).is_absolute();
    let expected = if is_absolute { "runtime_hooks_conformance" } else { file!() };
    assert_eq!(key.name().map(|name| name.replace('\\', "/")), Some(expected.replace('\\', "/")));
    assert_eq!(key.call_site().map(|site| (site.file(), site.line())), Some((file!(), line)));
    assert_eq!(snapshot.merged().series.len(), 1);
}

/// A fn item is named after itself, a closure after the enclosing function.
pub fn a_blocking_closure_is_named_after_its_function<H: Harness>() {
    fn parse() -> u32 {
        1
    }
    fn closure() -> impl FnOnce() -> u32 + Send {
        || 2
    }
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn_blocking(parse)).unwrap();
    stage.play(stage.runtime.spawn_blocking(closure())).unwrap();
    let expected = ["parse", "closure"].map(|name| (Kind::Blocking, name.to_owned()));
    assert_eq!(names(&stage), expected);
}

/// A given name replaces the type's name. One name with two kinds is two series.
pub fn a_given_name_overrides_the_type<H: Harness>() {
    const MINE: Name = Name::new("mine");
    let stage = Stage::<H>::new();
    stage.play(async {
        stage.runtime.named(MINE).spawn(fetch::<u32>()).await.unwrap();
        stage.runtime.named(MINE).instrument(async {}).await;
        stage.runtime.named(MINE).spawn_blocking(|| ()).await.unwrap();
    });
    let expected = [Kind::Coroutine, Kind::Blocking].map(|kind| (kind, "mine".to_owned()));
    assert_eq!(names(&stage), expected);
    assert_eq!(stage.all_counts("mine"), [Counts::finished(2), Counts::finished(1)]);
}

/// Equal names are one series, whether static, owned or shared. Empty names and names with special characters are valid.
pub fn equal_names_are_one_series<H: Harness>() {
    let stage = Stage::<H>::new();
    for name in ["shard-7", "", "größe <b>", "a,b*"] {
        stage.play(async {
            let given: [Name; 3] =
                [name.into(), name.to_owned().into(), std::sync::Arc::<str>::from(name).into()];
            for name in given {
                stage.runtime.named(name).spawn(async {}).await.unwrap();
            }
        });
        assert_eq!(stage.counts(name), Counts::finished(3), "{name:?}");
    }
    assert_eq!(stage.snapshot().series.len(), 4);
}

/// A pinned box of a future and a combinator around one are named after the inner future.
pub fn a_wrapped_future_is_named_after_the_inner_future<H: Harness>() {
    let stage = Stage::<H>::new();
    stage.play(stage.runtime.spawn(Box::pin(fetch::<u32>()))).unwrap();
    stage.play(stage.runtime.spawn(fetch::<u32>().catch_unwind())).unwrap().unwrap();
    assert_eq!(stage.counts("fetch"), Counts::finished(2));
    assert_eq!(stage.snapshot().merged().series.len(), 1);
}

/// Tasks whose names exceed the cap are counted as `_OTHER`, and the snapshot has their number.
pub fn names_past_the_cap_are_counted_as_other<H: Harness>() {
    let config = Config::new().detail(Detail::Full).max_names(3);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    stage.play(async {
        for n in 0..10 {
            for _ in 0..2 {
                stage.runtime.named(format!("job-{n}")).spawn(async {}).await.unwrap();
            }
        }
        stage.runtime.named("closure").spawn_blocking(|| ()).await.unwrap();
    });
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.series.len(), snapshot.spawned(), snapshot.overflow()), (5, 21, 15));
    assert_eq!(stage.counts("job-2"), Counts::finished(2));
    assert_eq!(stage.all_counts(OVERFLOW_NAME), [Counts::finished(14), Counts::finished(1)]);
}

/// A name has at most 4 096 bytes. A longer one is cut off between two characters.
pub fn a_name_has_at_most_4096_bytes<H: Harness>() {
    let stage = Stage::<H>::new();
    let longest = "ö".repeat(2_048);
    let (longer, odd) = (format!("{longest}, and more"), format!("x{longest}"));
    stage.play(async {
        for name in [&longest, &longer, &odd] {
            stage.runtime.named(name.clone()).spawn(async {}).await.unwrap();
        }
    });
    assert_eq!(stage.counts(&longest), Counts::finished(2));
    assert_eq!(stage.counts(&odd[..4_095]), Counts::finished(1));
    assert_eq!(stage.snapshot().series.len(), 2);
}

/// With a hundred thousand names there are as many series as the cap allows, and every task is counted.
pub fn a_hundred_thousand_names_past_the_cap_lose_no_task<H: Harness>() {
    let config = Config::new().detail(Detail::Counts);
    let stage = Stage::<H>::with(ManualClock::new(), config);
    for request in 0..100_000 {
        drop(stage.runtime.named(format!("request {request}")).instrument(async {}));
    }
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.series.len(), snapshot.spawned()), (2_001, 100_000));
    assert_eq!(snapshot.overflow(), 98_000);
    assert_eq!(stage.counts(OVERFLOW_NAME), Counts::cancelled(98_000));
}
