//! The function at the end of a path, and the impl that it is in.

use std::ops::Range;

use super::text::{CLOSURE, Text};

/// The function or type that does the work.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::name) struct Work {
    /// `fetch`, `Client.get`, `Countdown`.
    pub(in crate::name) short: String,
    /// `my_app::net::fetch`, `my_app::Client::get`, `<my_app::Client as my_app::Get>::get`, without generic arguments.
    pub(in crate::name) path: String,
}

impl<'t> Text<'t> {
    /// The function at the end of a path.
    pub(super) fn function(&self, path: Range<usize>) -> Option<Work> {
        let mut owner = Owner::default();
        let mut names = Vec::new();
        for (number, segment) in self.split(path, "::").into_iter().enumerate() {
            let text = &self.whole[segment.clone()];
            match text.strip_prefix('<') {
                // The impl that a function is in; the module in front of it says nothing about the function.
                Some(inner) if number == 0 || inner.starts_with("impl ") => {
                    names.clear();
                    let end = self.closing[segment.start].min(segment.end);
                    owner = self.owner(segment.start + 1..end);
                }
                // The `<u8>` of `fetch::<u8>`.
                Some(_) => {}
                None if text == CLOSURE => {}
                None => names.push(text.split('<').next().unwrap_or(text).trim()),
            }
        }
        let name = names.last().copied().filter(|name| !name.is_empty())?;
        let above = names.len().checked_sub(2).map(|above| names[above]);
        let is_type = |name: &&str| name.starts_with(char::is_uppercase);
        let short = match above.filter(is_type).or(owner.short.filter(|_| names.len() == 1)) {
            Some(owner) => format!("{owner}.{name}"),
            None => name.to_owned(),
        };
        let path = owner.path.into_iter().chain(names.iter().map(|name| (*name).to_owned()));
        Some(Work { short, path: path.collect::<Vec<_>>().join("::") })
    }

    /// The type and trait of `my_app::Pool<T> as Tr`, `impl Tr for my_app::Pool<T>`, `impl my_app::Pool<T>`.
    fn owner(&self, of: Range<usize>) -> Owner<'t> {
        let is_impl = self.whole[of.clone()].starts_with("impl ");
        let of = if is_impl { of.start + "impl ".len()..of.end } else { of };
        let (first, second) = {
            let parts = self.split(of, if is_impl { " for " } else { " as " });
            (parts[0].clone(), parts.get(1).cloned())
        };
        let (of_type, of_trait) = match second {
            Some(second) if is_impl => (second, Some(first)),
            second => (first, second),
        };
        let inner = self.without_references(of_type.clone());
        let inner = match self.whole[inner.clone()].strip_prefix("dyn ") {
            Some(rest) => inner.end - rest.len()..inner.end,
            None => inner,
        };
        let last = self.split(inner, "::").pop().unwrap_or_default();
        let short = self.whole[last].split('<').next().unwrap_or_default().trim();
        let of_type = without_generics(&self.whole[of_type]);
        let path = match of_trait {
            Some(of_trait) => format!("<{of_type} as {}>", without_generics(&self.whole[of_trait])),
            None => of_type,
        };
        Owner { short: Some(short), path: Some(path) }
    }
}

/// What an impl is for.
#[derive(Default)]
struct Owner<'t> {
    /// `Pool`.
    short: Option<&'t str>,
    /// `my_app::Pool`, `<my_app::Pool as my_app::Run>`.
    path: Option<String>,
}

/// Without the generic arguments behind each name of a path.
pub(super) fn without_generics(path: &str) -> String {
    let (mut kept, mut depth, mut before) = (String::with_capacity(path.len()), 0_usize, ' ');
    for c in path.chars() {
        match c {
            '<' if depth > 0 || before.is_alphanumeric() || before == '_' => depth += 1,
            '>' if depth > 0 && before != '-' => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
        before = c;
    }
    kept.trim().to_owned()
}
