//! A per-thread cache of series keys and functions by call site, for tracers that need them at each submission.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::site::{MixState, Site, SiteKey};
use crate::series_key::SeriesKey;

/// More call sites than a program traced by name has. The cache is cleared when it is full.
const CAPACITY: usize = 4_096;

thread_local! {
    static CACHE: RefCell<HashMap<SiteKey, (SeriesKey, Function), MixState>> = RefCell::default();
}

/// The path of a function; `None` if the type of the task has none.
type Function = Option<Arc<str>>;

/// The key of the site's series and its function, also that of a task with a given name. Computed once per thread.
pub fn series_key_of(site: &Site<'_>) -> (SeriesKey, Function) {
    let compute = || (site.series_key(), site.function());
    let look_up = |cache: &RefCell<HashMap<_, _, _>>| {
        let key = site.cache_key()?;
        let mut cache = cache.try_borrow_mut().ok()?;
        if cache.len() == CAPACITY {
            cache.clear();
        }
        Some(cache.entry(key).or_insert_with(compute).clone())
    };
    CACHE.try_with(look_up).ok().flatten().unwrap_or_else(compute)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::name::{Name, Role};
    use std::panic::Location;

    #[test]
    fn a_cached_key_equals_the_key_of_the_site() {
        let (fetch, shared) = (Name::new("fetch"), Name::from("shared".to_owned()));
        for name in [None, Some(&fetch), Some(&shared), None, Some(&fetch), Some(&shared)] {
            for (role, type_name) in [(Role::Task, "app::work"), (Role::Blocking, "app::work")] {
                let location = Location::caller();
                let site = Site { name, type_name, role, runtime: "tokio", location, size: None };
                assert_eq!(series_key_of(&site), (site.series_key(), Some("app::work".into())));
            }
        }
    }
}
