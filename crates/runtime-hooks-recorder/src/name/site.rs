//! The call that submits a task, and the series of the task.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::panic::Location;
use std::sync::Arc;

use super::parse::{Parsed, parse};
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
        let (kind, name) = self.kind_and_name();
        SeriesKey::new(kind, name, self.runtime)
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

    fn kind_and_name(&self) -> (Kind, Option<Arc<str>>) {
        let kind = if self.role == Role::Blocking { Kind::Blocking } else { Kind::Coroutine };
        if let Some(name) = self.name {
            return (kind, Some(name.as_str().into()));
        }
        let place = || {
            let file = self.location.file();
            format!("{}:{}", file.rsplit(['/', '\\']).next().unwrap_or(file), self.location.line())
        };
        let in_place = self.role == Role::Future;
        let name = match parse(self.type_name) {
            Parsed::Function(function) => function,
            Parsed::Block(_) | Parsed::Type(_) | Parsed::Opaque if in_place => {
                return (Kind::Future, None);
            }
            Parsed::Block(function) => format!("{function}@{}", place()),
            Parsed::Type(name) => name,
            Parsed::Opaque => place(),
        };
        (kind, Some(name.into()))
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

    fn key(name: Option<&Name>, type_name: &'static str, role: Role) -> (Kind, Option<String>) {
        let key = site(name, type_name, role).series_key();
        (key.kind(), key.name().map(str::to_owned))
    }

    const BLOCK: &str = "app::main::{{closure}}::{{closure}}";
    const DYN: &str = "core::pin::Pin<alloc::boxed::Box<dyn core::future::future::Future>>";

    #[test]
    fn a_given_name_wins() {
        let mine = Name::new("mine");
        let given = || Some(&mine);
        assert_eq!(key(given(), BLOCK, Role::Task), (Kind::Coroutine, Some("mine".into())));
        assert_eq!(key(given(), DYN, Role::Future), (Kind::Coroutine, Some("mine".into())));
        assert_eq!(key(given(), "app::f", Role::Blocking), (Kind::Blocking, Some("mine".into())));
    }

    #[test]
    fn a_spawned_block_is_named_after_function_and_call_site() {
        let (kind, name) = key(None, BLOCK, Role::Task);
        assert_eq!(kind, Kind::Coroutine);
        let name = name.unwrap();
        assert!(name.starts_with("main@site.rs:"), "{name}");
    }

    #[test]
    fn a_spawned_opaque_future_is_named_after_the_call_site() {
        let (kind, name) = key(None, DYN, Role::Task);
        assert_eq!(kind, Kind::Coroutine);
        assert!(name.unwrap().starts_with("site.rs:"));
    }

    #[test]
    fn an_instrumented_future_without_a_function_is_anonymous() {
        for type_name in [BLOCK, DYN, "core::future::ready::Ready<()>"] {
            assert_eq!(key(None, type_name, Role::Future), (Kind::Future, None));
        }
        let fetch = key(None, "app::fetch::{{closure}}", Role::Future);
        assert_eq!(fetch, (Kind::Coroutine, Some("fetch".into())));
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
