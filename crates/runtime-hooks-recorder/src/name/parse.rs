//! Derives a name from `std::any::type_name` of a future or closure.

/// What the name of a type says about the work.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// An async fn, a fn item, or a block or closure in a plain fn: `fetch`, `Client.get`.
    Function(String),
    /// A block or closure inside an async fn: only the function is known.
    Block(String),
    /// A hand-written future: the name of the type.
    Type(String),
    /// No name: `dyn Future`, a tuple, a pointer.
    Opaque,
}

/// Parses the name of a type. Never fails: an unknown form is [`Parsed::Opaque`].
pub(super) fn parse(type_name: &str) -> Parsed {
    let name = type_name.trim_start_matches('&').trim_start_matches("mut ");
    let segments = split(name, "::");
    let closures = segments.iter().rev().take_while(|segment| **segment == "{{closure}}").count();
    match closures {
        0 => parse_plain(name, &segments),
        1 => Parsed::Function(function(&segments[..segments.len() - 1])),
        _ => Parsed::Block(function(&segments[..segments.len() - closures])),
    }
}

/// A type or fn item. A wrapper (`Pin<Box<..>>`, `Map<..>`) has the name of the first function in its arguments.
fn parse_plain(name: &str, segments: &[&str]) -> Parsed {
    for argument in arguments(name) {
        if argument.contains("{{closure}}")
            && let work @ (Parsed::Function(_) | Parsed::Block(_)) = parse(argument)
        {
            return work;
        }
    }
    let last = without_generics(segments.last().copied().unwrap_or_default());
    if matches!(last, "Pin" | "Box") {
        // Transparent wrappers.
        return arguments(name).first().map_or(Parsed::Opaque, |inner| parse(inner));
    }
    let is_erased = name.contains("dyn ");
    match last.chars().next() {
        Some(first) if first.is_uppercase() && !is_erased => Parsed::Type(last.to_owned()),
        Some(first)
            if (first.is_lowercase() || first == '_') && !is_erased && segments.len() > 1 =>
        {
            Parsed::Function(function(segments))
        }
        _ => Parsed::Opaque,
    }
}

/// `get` for `my_app::net::get`; `Client.get` for `my_app::Client::get` and for every form of impl.
fn function(segments: &[&str]) -> String {
    let mut parts = segments.iter().rev().filter(|segment| !is_turbofish(segment));
    let name = without_generics(parts.next().copied().unwrap_or_default());
    match parts.next().and_then(|owner| owner_type(owner)) {
        Some(owner) => format!("{owner}.{name}"),
        None => name.to_owned(),
    }
}

/// `Pool` for `<my_app::Pool<T> as Tr>`, `<impl Tr for my_app::Pool<T>>` and `Pool<T>`; `None` for a module.
fn owner_type(segment: &str) -> Option<&str> {
    let path = match segment.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
        Some(inner) => {
            let inner = split(inner, " as ")[0];
            let inner = inner.strip_prefix("impl ").unwrap_or(inner);
            split(inner, " for ").last().copied().unwrap_or(inner)
        }
        None if segment.starts_with(char::is_uppercase) => segment,
        None => return None,
    };
    let path = path.trim_start_matches('&').trim_start_matches("mut ");
    let path = path.strip_prefix("dyn ").unwrap_or(path);
    split(path, "::").last().map(|last| without_generics(last))
}

/// Whether this is the `<u8>` of `fetch::<u8>`. An impl (`<T as Tr>`) is not.
fn is_turbofish(segment: &str) -> bool {
    segment.starts_with('<') && !segment.contains(" as ") && !segment.starts_with("<impl ") && {
        // `<my_app::Client>::get` names a type; `fetch::<u8>` has its name before it.
        !segment.contains("::")
    }
}

fn without_generics(segment: &str) -> &str {
    segment.split('<').next().unwrap_or(segment).trim()
}

/// The generic arguments of the outermost type.
fn arguments(name: &str) -> Vec<&str> {
    let inner = name.find('<').and_then(|open| name[open + 1..].strip_suffix('>'));
    inner.map_or_else(Vec::new, |inner| split(inner, ",").into_iter().map(str::trim).collect())
}

/// Splits outside of brackets. The `>` of `->` is not a bracket.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth, mut before) = (Vec::new(), 0, 0_u32, ' ');
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        if at >= skip_to && depth == 0 && text[at..].starts_with(separator) {
            parts.push(&text[start..at]);
            start = at + separator.len();
            skip_to = start;
        }
        match c {
            '<' | '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = c;
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::any::type_name_of_val;
    use std::future::Future;
    use std::pin::Pin;

    #[expect(clippy::needless_pass_by_value, reason = "only its type counts")]
    fn of<T>(value: T) -> Parsed {
        parse(type_name_of_val(&value))
    }

    fn is(name: &str) -> Parsed {
        Parsed::Function(name.to_owned())
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
        assert_eq!(parse("app::main::{{closure}}::{{closure}}"), Parsed::Block("main".into()));
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
        assert_eq!(of(boxed), Parsed::Opaque);
        assert_eq!(of((1, 2)), Parsed::Opaque);
        assert_eq!(parse(""), Parsed::Opaque);
    }

    #[test]
    fn a_hand_written_future_is_named_after_its_type() {
        assert_eq!(of(std::future::ready(1)), Parsed::Type("Ready".into()));
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
