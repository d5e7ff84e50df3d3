//! What tracers need of a call site at each submission: computed once per call site and thread.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::site::{MixState, Site, SiteKey};
use crate::series_key::SeriesKey;

/// More call sites than a program traced by name has. The cache is cleared when it is full.
const CAPACITY: usize = 4_096;

thread_local! {
    static CACHE: RefCell<HashMap<SiteKey, Rc<SiteInfo>, MixState>> = RefCell::default();
}

/// What is known of a call site.
#[derive(Debug)]
pub struct SiteInfo {
    /// The key of its series.
    pub key: SeriesKey,
    /// The path of its function, also if its tasks have a given name; `None` if their type has none.
    pub function: Option<Arc<str>>,
    /// Whether it is found again at the next submission.
    is_cached: bool,
    /// The number of the latest selector, and what it has selected.
    selected: Cell<(u64, u8)>,
    values: Values,
}

/// Values of different types, each made on first use.
#[derive(Debug, Default)]
struct Values(OnceCell<Box<(Box<dyn Any>, Values)>>);

impl SiteInfo {
    /// The info of a call site. One with an owned name is not found again, since the address of the name is not stable.
    pub fn of(site: &Site<'_>) -> Rc<Self> {
        let Some(key) = site.cache_key() else { return Self::compute(site, false) };
        let look_up = |cache: &RefCell<HashMap<_, _, _>>| {
            let mut cache = cache.try_borrow_mut().ok()?;
            if let Some(found) = cache.get(&key) {
                return Some(Rc::clone(found));
            }
            if cache.len() == CAPACITY {
                cache.clear();
            }
            let info = Self::compute(site, true);
            cache.insert(key, Rc::clone(&info));
            Some(info)
        };
        let found = CACHE.try_with(look_up).ok().flatten();
        found.unwrap_or_else(|| Self::compute(site, false))
    }

    #[cold]
    fn compute(site: &Site<'_>, is_cached: bool) -> Rc<Self> {
        Rc::new(Self {
            key: site.series_key(),
            function: site.function(),
            is_cached,
            selected: Cell::default(),
            values: Values::default(),
        })
    }

    /// Whether it is found again, so that there is one for each call site and thread.
    pub fn is_cached(&self) -> bool {
        self.is_cached
    }

    /// What `select` returns, computed once for the selector with this number, which is above 0.
    #[inline]
    pub fn selected(&self, selector: u64, select: impl FnOnce() -> u8) -> u8 {
        let (number, selected) = self.selected.get();
        if number == selector {
            return selected;
        }
        let selected = select();
        self.selected.set((selector, selected));
        selected
    }

    /// A value that `make` makes at the first call with this type.
    pub fn value<T: Any>(&self, make: impl FnOnce() -> T) -> &T {
        let mut make = Some(make);
        let mut made = None;
        let mut values = &self.values;
        loop {
            match (values.0.get(), make.take()) {
                (Some(entry), unused) => {
                    if let Some(found) = entry.0.downcast_ref() {
                        return found;
                    }
                    (make, values) = (unused, &entry.1);
                }
                // Not inside of `get_or_init`: it may make a value of this call site itself.
                (None, Some(make)) => made = Some(make()),
                (None, None) => {
                    if let Some(value) = made.take() {
                        let _ = values.0.set(Box::new((Box::new(value), Values::default())));
                    }
                }
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::name::{Name, Role};
    use std::panic::Location;

    fn site(name: Option<&Name>, role: Role) -> Site<'_> {
        let location = Location::caller();
        Site { name, type_name: "app::work", role, runtime: "tokio", location, size: None }
    }

    #[test]
    fn the_info_of_a_site_has_its_key_and_function() {
        let (fetch, shared) = (Name::new("fetch"), Name::from("shared".to_owned()));
        for name in [None, Some(&fetch), Some(&shared), None, Some(&fetch), Some(&shared)] {
            for role in [Role::Task, Role::Blocking] {
                let site = site(name, role);
                let info = SiteInfo::of(&site);
                assert_eq!(
                    (&info.key, info.function.as_deref()),
                    (&site.series_key(), Some("app::work"))
                );
                assert_eq!(info.is_cached(), name != Some(&shared));
            }
        }
    }

    #[test]
    fn a_value_is_made_once_per_type_and_call_site() {
        let made = Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            made.get()
        };
        let site = site(None, Role::Task);
        let values = || {
            let info = SiteInfo::of(&site);
            (*info.value::<u8>(make), *info.value::<u16>(|| u16::from(make())))
        };
        assert_eq!((values(), values(), made.get()), ((1, 2), (1, 2), 2));
    }

    #[test]
    fn a_value_can_be_made_while_another_is_made() {
        let info = SiteInfo::of(&site(None, Role::Task));
        let outer = info.value::<(u8, u16)>(|| (1, *info.value::<u16>(|| 2)));
        assert_eq!((*outer, *info.value::<u16>(|| 3)), ((1, 2), 2));
    }

    #[test]
    fn a_selection_is_made_once_per_selector() {
        let info = SiteInfo::of(&site(None, Role::Task));
        assert_eq!([info.selected(1, || 5), info.selected(1, || 6)], [5, 5]);
        assert_eq!([info.selected(2, || 255), info.selected(2, || 0)], [255, 255]);
        assert_eq!(info.selected(1, || 7), 7);
    }
}
