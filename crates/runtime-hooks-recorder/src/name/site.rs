//! The call that submits a task, and the series of the task.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::panic::Location;
use std::sync::Arc;

use super::parse::{Parsed, parse};
use super::place::name_of_file;
use super::{Name, Text};
use crate::series_key::{SeriesKey, SpawnSite};
use crate::state::Kind;

/// How a future or closure is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Spawned: always a coroutine.
    Task,
    /// Instrumented in place: a coroutine if it has a name, else a future.
    Future,
    /// A closure for the blocking pool.
    Blocking,
}

/// Everything that a call site knows about the task that it submits.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The name given by the caller.
    pub name: Option<&'a Name>,
    /// The type name of the future or closure.
    pub type_name: &'static str,
    /// How it is submitted.
    pub role: Role,
    /// The `async.runtime.name` attribute.
    pub runtime: &'static str,
    /// The call site.
    pub location: &'static Location<'static>,
    /// The size in bytes, if it is known.
    pub size: Option<usize>,
}

impl Site<'_> {
    /// The key of the series, by content. Slow: [`SiteKey`] caches it.
    pub fn series_key(&self) -> SeriesKey {
        let kind = self.kind();
        let key = |kind, name: Option<Arc<str>>| SeriesKey::named(kind, name, self.runtime);
        if let Some(name) = self.name {
            return key(kind, Some(name.as_str().into()));
        }
        let parsed = parse(self.type_name);
        let has_name = self.role != Role::Future || matches!(parsed, Parsed::Function(_));
        let (name, function) = match parsed.work() {
            Some(work) => (work.short, Some(work.path.into())),
            None => (name_of_file(self.location.file()), None),
        };
        let key = if has_name { key(kind, Some(name.into())) } else { key(Kind::Future, None) };
        key.from(function, self.location)
    }

    /// The kind of a task that has a name.
    pub(crate) fn kind(&self) -> Kind {
        if self.role == Role::Blocking { Kind::Blocking } else { Kind::Coroutine }
    }

    /// The path of the function, whatever the name. Slow, as `series_key`.
    pub(super) fn function(&self) -> Option<Arc<str>> {
        parse(self.type_name).work().map(|work| work.path.into())
    }

    /// Where the series was first seen, if this is its first task.
    pub(crate) fn origin(&self) -> SpawnSite {
        let type_name = self.name.is_none().then_some(self.type_name);
        SpawnSite { type_name, location: self.location, size: self.size }
    }

    /// The key in the thread's cache; `None` for an owned name, whose address is not stable.
    #[inline]
    pub(crate) fn cache_key(&self) -> Option<SiteKey> {
        let (text, named) = match self.name.map(Name::text) {
            None => (self.type_name, false),
            Some(Text::Static(name)) => (*name, true),
            Some(Text::Shared(_)) => return None,
        };
        Some(SiteKey {
            text: text.as_ptr().addr(),
            // One type may be submitted in each role, and a name may equal the name of a type.
            shape: text.len() << 3 | (self.role as usize) << 1 | usize::from(named),
            location: std::ptr::from_ref(self.location).addr(),
            runtime: self.runtime.as_ptr().addr(),
        })
    }
}

/// A call site by address: the key of the per-thread cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SiteKey {
    text: usize,
    shape: usize,
    location: usize,
    runtime: usize,
}

impl SiteKey {
    /// The key of no site: no text is at address 0.
    pub(crate) const NONE: Self = Self { text: 0, shape: 0, location: 0, runtime: 0 };

    /// A hash of the addresses. The high bits are mixed best.
    #[inline]
    pub(crate) fn hash_bits(&self) -> usize {
        let folded = self.text ^ self.location.rotate_left(17) ^ self.shape.rotate_left(41);
        #[expect(clippy::cast_possible_truncation, reason = "any odd number will do")]
        folded.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as usize)
    }
}

impl Hash for SiteKey {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.hash_bits());
    }
}

/// A hasher for keys that are already hashed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mix(u64);

pub(crate) type MixState = BuildHasherDefault<Mix>;

impl Hasher for Mix {
    #[inline]
    fn write_usize(&mut self, value: usize) {
        // The map takes its index from the low bits.
        self.0 = (value as u64).rotate_left(32);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn site<'a>(name: Option<&'a Name>, type_name: &'static str, role: Role) -> Site<'a> {
        let location = Location::caller();
        Site { name, type_name, role, runtime: "test", location, size: None }
    }

    /// Kind, name and function.
    type Parts = (Kind, Option<String>, Option<String>);

    fn key(name: Option<&Name>, type_name: &'static str, role: Role) -> Parts {
        let key = site(name, type_name, role).series_key();
        (key.kind(), key.name().map(str::to_owned), key.function().map(str::to_owned))
    }

    fn parts(kind: Kind, name: &str, function: &str) -> Parts {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (kind, text(name), text(function))
    }

    const BLOCK: &str = "app::main::{{closure}}::{{closure}}";
    const DYN: &str = "core::pin::Pin<alloc::boxed::Box<dyn core::future::future::Future>>";

    #[test]
    fn a_given_name_wins() {
        let mine = Name::new("mine");
        let given = || Some(&mine);
        for (type_name, role, kind) in [
            (BLOCK, Role::Task, Kind::Coroutine),
            (DYN, Role::Future, Kind::Coroutine),
            ("app::f", Role::Blocking, Kind::Blocking),
        ] {
            assert_eq!(key(given(), type_name, role), parts(kind, "mine", ""));
            assert_eq!(site(given(), type_name, role).series_key().call_site(), None);
        }
    }

    #[test]
    fn a_spawned_block_is_named_after_its_function() {
        let expected = parts(Kind::Coroutine, "main", "app::main");
        assert_eq!(key(None, BLOCK, Role::Task), expected);
    }

    #[test]
    fn a_spawned_opaque_future_is_named_after_its_file() {
        let expected = parts(Kind::Coroutine, file!(), "");
        assert_eq!(key(None, DYN, Role::Task), expected);
    }

    #[test]
    fn an_instrumented_future_without_a_function_is_anonymous() {
        for (type_name, function) in [
            (BLOCK, "app::main"),
            (DYN, ""),
            ("core::future::ready::Ready<()>", "core::future::ready::Ready"),
        ] {
            assert_eq!(key(None, type_name, Role::Future), parts(Kind::Future, "", function));
        }
        let fetch = key(None, "app::fetch::{{closure}}", Role::Future);
        assert_eq!(fetch, parts(Kind::Coroutine, "fetch", "app::fetch"));
    }

    #[test]
    fn unnamed_tasks_of_two_functions_or_call_sites_have_different_keys() {
        let keys = [
            site(None, "a::run::{{closure}}", Role::Task).series_key(),
            site(None, "b::run::{{closure}}", Role::Task).series_key(),
        ];
        assert_eq!(keys.each_ref().map(SeriesKey::name), [Some("run"); 2]);
        assert_ne!(keys[0], keys[1]);
        let [here, there] = [(); 2].map(|()| Location::caller());
        assert_eq!(here, there);
        let other = Location::caller();
        let at = |location| Site { location, ..site(None, BLOCK, Role::Task) }.series_key();
        assert_ne!(at(here), at(other));
        assert_eq!(at(here).exported(false), at(other).exported(false));
    }

    #[test]
    fn different_sites_have_different_cache_keys() {
        let keys = [
            site(None, BLOCK, Role::Task).cache_key(),
            site(None, BLOCK, Role::Future).cache_key(),
            site(None, DYN, Role::Task).cache_key(),
            site(Some(&Name::new(BLOCK)), DYN, Role::Task).cache_key(),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(a.is_some());
            assert!(keys[i + 1..].iter().all(|b| a != b), "key {i} is not unique");
        }
        assert_eq!(site(Some(&"owned".to_owned().into()), DYN, Role::Task).cache_key(), None);
    }
}
