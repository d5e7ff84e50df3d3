//! The names that this thread has looked up, for tracers that ask for one at each submission.

use std::cell::RefCell;
use std::collections::HashMap;

use super::site::{MixState, Site, SiteKey};
use crate::series_key::SeriesKey;

/// More call sites than any program has that is traced by name; then it is forgotten and learnt anew.
const MOST: usize = 4_096;

thread_local! {
    static KNOWN: RefCell<HashMap<SiteKey, SeriesKey, MixState>> = RefCell::default();
}

/// The key of the site's series, as [`Site::series_key`], which it asks once a thread.
pub fn series_key_of(site: &Site<'_>) -> SeriesKey {
    let look_up = |known: &RefCell<HashMap<_, _, _>>| {
        let key = site.cache_key()?;
        let mut known = known.try_borrow_mut().ok()?;
        if known.len() == MOST {
            known.clear();
        }
        Some(known.entry(key).or_insert_with(|| site.series_key()).clone())
    };
    KNOWN.try_with(look_up).ok().flatten().unwrap_or_else(|| site.series_key())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::name::{Name, Role};
    use std::panic::Location;

    #[test]
    fn it_is_the_sites_own_at_every_look_up() {
        let (fetch, shared) = (Name::new("fetch"), Name::from("shared".to_owned()));
        for name in [None, Some(&fetch), Some(&shared), None, Some(&fetch), Some(&shared)] {
            for (role, type_name) in [(Role::Task, "app::work"), (Role::Blocking, "app::work")] {
                let location = Location::caller();
                let site = Site { name, type_name, role, runtime: "tokio", location, size: None };
                assert_eq!(series_key_of(&site), site.series_key());
            }
        }
    }
}
