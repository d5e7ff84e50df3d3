//! Derives a name from `std::any::type_name` of a future or closure, in one pass over the text.

mod function;
mod text;

use std::ops::Range;

use self::function::{Work, without_generics};
use self::text::{CLOSURE, Text};

/// What the name of a type says about the work.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// An async fn, a fn item, or a block or closure in a plain fn.
    Function(Work),
    /// A block or closure inside an async fn: only the function is known.
    Block(Work),
    /// A hand-written future.
    Type(Work),
    /// No name: `dyn Future`, a tuple, a pointer.
    Opaque,
}

impl Parsed {
    /// The function or type, if there is one.
    pub(super) fn work(self) -> Option<Work> {
        match self {
            Self::Function(work) | Self::Block(work) | Self::Type(work) => Some(work),
            Self::Opaque => None,
        }
    }
}

/// Parses the name of a type. Never fails: an unknown form is [`Parsed::Opaque`].
pub(super) fn parse(type_name: &str) -> Parsed {
    let text = Text::new(type_name);
    let function =
        |path, form: fn(Work) -> Parsed| text.function(path).map_or(Parsed::Opaque, form);
    match find(&text, 0..type_name.len(), 0) {
        Some(Found::Closure { owner, closures: 1 }) => function(owner, Parsed::Function),
        Some(Found::Closure { owner, .. }) => function(owner, Parsed::Block),
        Some(Found::Function(path)) => function(path, Parsed::Function),
        Some(Found::Type(path)) => {
            let path = without_generics(&type_name[path]);
            let short = path.rsplit("::").next().unwrap_or_default().to_owned();
            Parsed::Type(Work { short, path })
        }
        None => Parsed::Opaque,
    }
}

/// Types nested deeper than this have no name. The compiler's own limit is of this size.
const MAX_DEPTH: usize = 256;

/// Which part of a name tells the work.
#[derive(Debug)]
enum Found {
    /// The path of the function that a closure or async block is in, and how many of them it is in.
    Closure { owner: Range<usize>, closures: usize },
    /// A fn item.
    Function(Range<usize>),
    /// A type.
    Type(Range<usize>),
}

/// A wrapper (`Pin<Box<..>>`, `Map<..>`) has the work of the first closure in its arguments.
fn find(text: &Text<'_>, of: Range<usize>, depth: usize) -> Option<Found> {
    if depth > MAX_DEPTH {
        return None;
    }
    let of = text.without_references(of);
    let segments = text.split(of.clone(), "::");
    let is_closure = |segment: &&Range<usize>| text.whole[(*segment).clone()] == *CLOSURE;
    let closures = segments.iter().rev().take_while(is_closure).count();
    if closures > 0 {
        let end = segments[segments.len() - closures].start.saturating_sub(2).max(of.start);
        return Some(Found::Closure { owner: of.start..end, closures });
    }
    let last = text.whole[segments.last()?.clone()].split('<').next().unwrap_or_default().trim();
    let mut inner = None;
    for (number, argument) in text.arguments(of.clone()).into_iter().enumerate() {
        let has_closure = text.has_closure(&argument);
        let is_transparent = number == 0 && matches!(last, "Pin" | "Box");
        if has_closure || is_transparent {
            let found = find(text, argument, depth + 1);
            if has_closure && matches!(found, Some(Found::Closure { .. } | Found::Function(_))) {
                return found;
            }
            if is_transparent {
                inner = found;
            }
        }
    }
    if matches!(last, "Pin" | "Box") {
        return inner;
    }
    if text.is_erased(&of) {
        return None;
    }
    match last.chars().next()? {
        first if first.is_uppercase() => Some(Found::Type(of)),
        first if (first.is_lowercase() || first == '_') && segments.len() > 1 => {
            Some(Found::Function(of))
        }
        _ => None,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::any::type_name_of_val;
    use std::future::Future;
    use std::pin::Pin;

    #[expect(clippy::needless_pass_by_value, reason = "only its type counts")]
    fn of<T>(value: T) -> (&'static str, String) {
        parse(type_name_of_val(&value))
    }

    /// The short name of a function.
    fn is(name: &str) -> (&'static str, String) {
        ("function", name.to_owned())
    }

    fn short(parsed: Parsed) -> (&'static str, String) {
        match parsed {
            Parsed::Function(work) => ("function", work.short),
            Parsed::Block(work) => ("block", work.short),
            Parsed::Type(work) => ("type", work.short),
            Parsed::Opaque => ("opaque", String::new()),
        }
    }

    fn parse(type_name: &str) -> (&'static str, String) {
        short(super::parse(type_name))
    }

    fn path(type_name: &str) -> String {
        match super::parse(type_name) {
            Parsed::Function(work) | Parsed::Block(work) | Parsed::Type(work) => work.path,
            Parsed::Opaque => String::new(),
        }
    }

    async fn fetch() {}
    async fn fetch_gen<T: Default, const N: usize>() -> T {
        T::default()
    }
    fn sync_fn() {}

    struct Client;
    struct Pool<T>(T);
    trait Run {
        fn run(&self) -> impl Future<Output = ()>;
    }
    impl Client {
        async fn get(&self) {}
    }
    impl<T> Pool<T> {
        async fn take(&self) {}
    }
    impl<T> Run for Pool<T> {
        async fn run(&self) {}
    }

    #[test]
    fn an_async_fn_is_named_after_itself() {
        assert_eq!(of(fetch()), is("fetch"));
        assert_eq!(of(fetch_gen::<Vec<u8>, 3>()), is("fetch_gen"));
        assert_eq!(of(fetch_gen::<Option<fn(u8) -> u8>, 3>()), is("fetch_gen"));
    }

    #[test]
    fn a_method_is_named_after_its_type_and_itself() {
        assert_eq!(of(Client.get()), is("Client.get"));
        assert_eq!(of(Pool(1).take()), is("Pool.take"));
        assert_eq!(of(Pool(1).run()), is("Pool.run"));
        assert_eq!(parse("<app::Pool<T> as app::Run>::run::{{closure}}"), is("Pool.run"));
        assert_eq!(parse("app::other::<impl app::Pool<T>>::take::{{closure}}"), is("Pool.take"));
        assert_eq!(parse("a::<impl a::Run for b::Pool<T>>::run::{{closure}}"), is("Pool.run"));
    }

    #[test]
    fn a_block_of_an_async_fn_is_named_after_the_function() {
        assert_eq!(parse("app::main::{{closure}}::{{closure}}"), ("block", "main".into()));
        assert_eq!(parse("app::main::{{closure}}::inner::{{closure}}"), is("inner"));
    }

    #[test]
    fn a_closure_and_a_fn_item_have_names() {
        assert_eq!(of(sync_fn), is("sync_fn"));
        assert_eq!(of(|| 1), is("a_closure_and_a_fn_item_have_names"));
    }

    #[test]
    fn a_wrapper_is_named_after_the_future_inside() {
        assert_eq!(of(Box::pin(fetch())), is("fetch"));
        assert_eq!(parse("futures::Map<core::pin::Pin<Box<a::go::{{closure}}>>, u8>"), is("go"));
    }

    #[test]
    fn an_erased_future_has_no_name() {
        let boxed: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(fetch());
        assert_eq!(of(boxed), ("opaque", String::new()));
        assert_eq!(of((1, 2)), ("opaque", String::new()));
        assert_eq!(parse(""), ("opaque", String::new()));
    }

    #[test]
    fn a_path_has_no_generic_arguments_and_no_closures() {
        for (type_name, expected) in [
            ("app::net::fetch::{{closure}}", "app::net::fetch"),
            ("app::fetch<alloc::vec::Vec<u8>, 3>::{{closure}}", "app::fetch"),
            ("app::fetch<fn(u8) -> app::Id<u8>>::{{closure}}", "app::fetch"),
            ("app::main::{{closure}}::{{closure}}", "app::main"),
            ("app::main::{{closure}}::inner::{{closure}}", "app::main::inner"),
            ("app::Client::get::{{closure}}", "app::Client::get"),
            ("app::Pool<T>::take::{{closure}}", "app::Pool::take"),
            ("<app::Pool<T> as app::Run<u8>>::run::{{closure}}", "<app::Pool as app::Run>::run"),
            ("app::other::<impl app::Pool<T>>::take::{{closure}}", "app::Pool::take"),
            ("a::<impl a::Run for b::Pool<T>>::run::{{closure}}", "<b::Pool as a::Run>::run"),
            ("<[u8; 3] as app::Run>::run::{{closure}}", "<[u8; 3] as app::Run>::run"),
            ("app::Countdown<u8>", "app::Countdown"),
            ("core::pin::Pin<alloc::boxed::Box<app::fetch::{{closure}}>>", "app::fetch"),
            ("{{closure}}", ""),
        ] {
            assert_eq!(path(type_name), expected, "{type_name}");
        }
    }

    /// With a second look at each level this test would take longer than anybody waits.
    #[test]
    fn a_type_in_200_boxes_has_the_name_of_its_function() {
        let boxed = |inner: &str| format!("{}{inner}{}", "Box<".repeat(200), ">".repeat(200));
        assert_eq!(parse(&boxed("(a::go::{{closure}}, u8)")), ("opaque", String::new()));
        assert_eq!(parse(&boxed("a::go::{{closure}}")), is("go"));
        let deep = "Map<".repeat(100_000) + "a::go::{{closure}}" + &">".repeat(100_000);
        assert_eq!(parse(&deep), ("type", "Map".into()));
    }

    #[test]
    fn a_hand_written_future_is_named_after_its_type() {
        assert_eq!(of(std::future::ready(1)), ("type", "Ready".into()));
    }

    proptest! {
        #[test]
        fn parsing_any_text_does_not_panic(text in "[<>:(){}, a-zA-Z&\\-é]{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn parsing_any_path_of_known_pieces_does_not_panic(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "a", "::", "{{closure}}", "<", ">", " as ", "impl ", " for ", "->", "B", ",", "dyn ",
            ]), 0..20)
        ) {
            let _ = parse(&pieces.concat());
        }
    }
}
