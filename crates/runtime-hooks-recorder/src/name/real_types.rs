//! Names of real types, as this compiler writes them.
#![allow(clippy::all, clippy::pedantic, reason = "intentionally unusual code")]

use std::any::type_name_of_val;
use std::future::{Future, IntoFuture, pending, poll_fn, ready};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_lite::{FutureExt as _, StreamExt as _, future, stream};
use futures_util::FutureExt as _;

use super::parse::{Parsed, parse};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

async fn plain() {}
async fn with_arguments(_: &str, _: Vec<u8>) -> Result<(), String> {
    Ok(())
}
async fn generic<T: Default>() -> T {
    T::default()
}
async fn const_generic<const N: usize>() -> [u8; N] {
    [0; N]
}
async fn of_a_fn_pointer<F: Fn(u8) -> u8>(f: F) -> u8 {
    f(1)
}
async fn with_impl_argument(_: impl Iterator<Item = u8>) {}
async fn r#match() {}
async fn größe() {}
fn returns_impl() -> impl Future<Output = ()> {
    async {}
}
fn returns_impl_of_plain() -> impl Future<Output = ()> {
    plain()
}
fn returns_box() -> Boxed<()> {
    Box::pin(plain())
}
fn work() -> u8 {
    1
}
fn generic_work<T: Default>() -> T {
    T::default()
}
fn makes_closure() -> impl FnOnce() -> u8 {
    || 2
}
fn makes_nested_closure() -> impl FnOnce() -> u8 {
    (|| || 2)()
}

mod deep {
    pub(super) mod deeper {
        pub(in crate::name) async fn down() {}
    }
    pub(super) struct Inner;
    impl Inner {
        pub(super) async fn go(&self) {}
    }
}

struct Client;
struct Pool<T>(T);
struct Borrowed<'a>(&'a str);
enum Choice {
    This,
}
trait Run {
    fn run(&self) -> impl Future<Output = ()>;
    fn twice(&self) -> impl Future<Output = ()> {
        async {
            self.run().await;
            self.run().await;
        }
    }
}
trait Boxes {
    fn boxes(&self) -> Boxed<()>;
}

impl Client {
    async fn get(&self) {}
    async fn with<T: Default>(&self) -> T {
        T::default()
    }
    async fn connect() -> Self {
        Self
    }
    fn work(&self) -> impl FnOnce() -> u8 + use<> {
        || 3
    }
}
impl<T> Pool<T> {
    async fn take(&self) {}
}
impl Borrowed<'_> {
    async fn read(&self) -> usize {
        self.0.len()
    }
}
impl Choice {
    async fn choose(&self) {}
}
impl Run for Client {
    async fn run(&self) {}
}
impl<T> Run for Pool<T> {
    async fn run(&self) {}
}
impl Run for [u8; 3] {
    async fn run(&self) {}
}
impl Run for &str {
    async fn run(&self) {}
}
impl Boxes for Client {
    fn boxes(&self) -> Boxed<()> {
        Box::pin(async {})
    }
}
impl IntoFuture for Choice {
    type Output = ();
    type IntoFuture = future::Ready<()>;

    fn into_future(self) -> Self::IntoFuture {
        future::ready(())
    }
}

/// A hand-written future.
struct Countdown;
struct Wrapper<F>(F);

macro_rules! name_of {
    ($value:expr) => {
        match parse(type_name_of_val(&$value)) {
            Parsed::Function(work) => work.short,
            Parsed::Block(work) => format!("{}@", work.short),
            Parsed::Type(work) => format!("{} (type)", work.short),
            Parsed::Opaque => "-".to_owned(),
        }
    };
}

macro_rules! table {
    ($($value:expr => $name:expr,)*) => {
        let rows = [$((stringify!($value), name_of!($value), $name)),*];
        let wrong: Vec<_> = rows.iter().filter(|(_, name, expected)| name != expected).collect();
        assert!(wrong.is_empty(), "value, name, expected: {wrong:#?}");
        rows.len()
    };
}

/// The name; `@` marks that the call site is added, `-` that there is only the call site.
#[test]
fn sixty_real_types_have_the_expected_names() {
    let here = "sixty_real_types_have_the_expected_names";
    let async_here: Pin<Box<dyn Fn() -> Boxed<Vec<String>>>> = Box::pin(|| {
        Box::pin(async {
            async fn inner() {}
            let nested = async { async {} };
            vec![name_of!(inner()), name_of!(nested), name_of!(async {}), name_of!(|| 1)]
        })
    });
    let from_async = futures_lite::future::block_on(async_here());
    assert_eq!(from_async[0], "inner");
    assert!(from_async[1..].iter().all(|name| *name == format!("{here}@")), "{from_async:?}");

    let rows = {
        table! {
            // An async fn.
            plain() => "plain",
            with_arguments("", vec![]) => "with_arguments",
            generic::<u8>() => "generic",
            generic::<Vec<Option<(u8, String)>>>() => "generic",
            generic::<Option<fn(u8) -> u8>>() => "generic",
            generic::<Option<Box<dyn Fn(u8) -> Result<u8, String> + Send>>>() => "generic",
            const_generic::<3>() => "const_generic",
            of_a_fn_pointer(u8::reverse_bits) => "of_a_fn_pointer",
            of_a_fn_pointer(|n| n) => "of_a_fn_pointer",
            with_impl_argument([1].into_iter()) => "with_impl_argument",
            r#match() => "match",
            größe() => "größe",
            deep::deeper::down() => "down",
            // What a plain fn returns.
            returns_impl() => "returns_impl",
            returns_impl_of_plain() => "plain",
            returns_box() => "-",
            // Methods, associated fns, trait methods.
            Client.get() => "Client.get",
            Client.with::<u8>() => "Client.with",
            Client::connect() => "Client.connect",
            Pool(1).take() => "Pool.take",
            Pool(vec![Client]).take() => "Pool.take",
            Borrowed("").read() => "Borrowed.read",
            Choice::This.choose() => "Choice.choose",
            deep::Inner.go() => "Inner.go",
            Client.run() => "Client.run",
            Pool(Pool(1)).run() => "Pool.run",
            [1_u8, 2, 3].run() => "[u8; 3].run",
            "".run() => "str.run",
            Client.twice() => "Client.twice",
            Client.boxes() => "-",
            // Blocks and closures in a plain fn: the name of the fn.
            async {} => here,
            async move { plain().await } => here,
            || 1 => here,
            |n: u8| n => here,
            // A closure in a closure is like a block: the fn and the call site.
            makes_nested_closure() => "makes_nested_closure@",
            // Closures for the blocking pool.
            work => "work",
            generic_work::<u8> => "generic_work",
            makes_closure() => "makes_closure",
            Client.work() => "Client.work",
            String::new => "String.new",
            <u8 as Default>::default => "u8.default",
            // Boxed futures of known type, and erased ones.
            Box::pin(plain()) => "plain",
            Box::pin(Client.get()) => "Client.get",
            Box::pin(Box::pin(plain())) => "plain",
            Box::new(work) => "work",
            futures_lite::FutureExt::boxed(plain()) => "-",
            futures_util::FutureExt::boxed_local(plain()) => "-",
            Box::new(Countdown) => "Countdown (type)",
            Box::new(work) as Box<dyn FnOnce() -> u8> => "-",
            work as fn() -> u8 => "-",
            // Combinators of futures-lite, futures and std: the first function inside.
            plain().or(pending()) => "plain",
            futures_lite::FutureExt::catch_unwind(AssertUnwindSafe(plain())) => "plain",
            future::zip(plain(), Client.get()) => "plain",
            future::or(pending(), plain()) => "plain",
            plain().map(|()| 1) => "plain",
            plain().then(|()| Client.get()) => "plain",
            plain().fuse() => "plain",
            plain().shared() => "plain",
            futures_util::future::join(plain(), Client.get()) => "plain",
            futures_util::future::join_all([plain()]) => "plain",
            futures_util::future::select(Box::pin(plain()), Box::pin(pending::<()>())) => "plain",
            AssertUnwindSafe(plain()) => "plain",
            Wrapper(plain()) => "plain",
            Wrapper(Arc::new(plain())) => "plain",
            poll_fn(|_| std::task::Poll::Ready(())) => here,
            // Streams and their futures.
            stream::once(1).next() => "NextFuture (type)",
            stream::iter([1]).then(|_| plain()).collect::<Vec<_>>() => here,
            // Hand-written futures: the type.
            Countdown => "Countdown (type)",
            Wrapper(1) => "Wrapper (type)",
            ready(1) => "Ready (type)",
            pending::<()>() => "Pending (type)",
            Choice::This.into_future() => "Ready (type)",
            // No name.
            (plain(), 1) => "-",
            [plain()] => "-",
            1_u8 => "-",
            &mut plain() => "plain",
        }
    };
    assert!(rows >= 60, "{rows}");
}
