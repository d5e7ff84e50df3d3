//! A thread's way from a call site to its series.

use std::collections::HashMap;
use std::sync::Arc;

use super::full::FullList;
use super::name_index::NameIndex;
use super::series::Registry;
use super::series_id::SeriesId;
use crate::name::{MixState, Name, Site, SiteKey};
use crate::series_key::{SeriesKey, SpawnSite};
use crate::state::Kind;

/// Per-thread state of one recorder. No other thread reads it.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// A cache by call site, one entry per slot: most look-ups hit it.
    recent: Recent,
    /// By call site; as many as the program has.
    sites: HashMap<SiteKey, SeriesId, MixState>,
    /// By content, for owned names; limited by the series cap.
    named: NameIndex,
    /// The series of anonymous futures, by runtime.
    anonymous: Vec<(&'static str, SeriesId)>,
    /// All names, once there are as many as the cap allows.
    full: Option<Arc<FullList>>,
}

impl Table {
    /// The series of a call site.
    #[inline]
    pub(crate) fn series(&mut self, registry: &Registry, site: &Site<'_>) -> SeriesId {
        let Some(key) = site.cache_key() else {
            let name = site.name.map_or("", Name::as_str);
            return self.by_name(registry, site.kind(), name, site.runtime, Some(site.origin()));
        };
        let slot = self.recent.slot(&key);
        if slot.0 == key {
            return slot.1;
        }
        let id = self.by_site(registry, site, key);
        *self.recent.slot(&key) = (key, id);
        id
    }

    #[cold]
    fn by_site(&mut self, registry: &Registry, site: &Site<'_>, key: SiteKey) -> SeriesId {
        if let Some(id) = self.sites.get(&key) {
            return *id;
        }
        let (id, _) = registry.intern(site.series_key(), Some(site.origin()));
        self.sites.insert(key, id);
        id
    }

    /// The series of a name. Names that the cap refused are not stored, since they are unlimited.
    pub(crate) fn by_name(
        &mut self,
        registry: &Registry,
        kind: Kind,
        name: &str,
        runtime: &'static str,
        origin: Option<SpawnSite>,
    ) -> SeriesId {
        let known = self.named.get(kind, name, runtime);
        if let Some(id) = known.or_else(|| self.in_full_list(registry, kind, name, runtime)) {
            return id;
        }
        let key = SeriesKey::named(kind, Some(name.into()), runtime);
        let (id, is_refused) = registry.intern(key.clone(), origin);
        if !is_refused {
            self.named.insert(&key, id);
        }
        id
    }

    /// The series of anonymous futures that are recorded by hand.
    pub(crate) fn anonymous(&mut self, registry: &Registry, runtime: &'static str) -> SeriesId {
        if let Some((_, id)) = self.anonymous.iter().find(|(on, _)| *on == runtime) {
            return *id;
        }
        let (id, _) = registry.intern(SeriesKey::named(Kind::Future, None, runtime), None);
        self.anonymous.push((runtime, id));
        id
    }

    /// The series of a name if no more are added. Takes no lock and allocates nothing, however many names are refused.
    fn in_full_list(
        &mut self,
        registry: &Registry,
        kind: Kind,
        name: &str,
        runtime: &str,
    ) -> Option<SeriesId> {
        if !registry.is_full() || !registry.refresh(&mut self.full) {
            return None;
        }
        self.full.as_ref()?.series(kind, name, runtime)
    }
}

/// A cache in front of the map, indexed by the hash of the key.
#[derive(Debug)]
struct Recent(Box<[(SiteKey, SeriesId); Recent::SLOTS]>);

impl Recent {
    const SLOTS: usize = 64;

    #[inline]
    fn slot(&mut self, key: &SiteKey) -> &mut (SiteKey, SeriesId) {
        &mut self.0[key.hash_bits() >> (usize::BITS - Self::SLOTS.ilog2())]
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self(Box::new([(SiteKey::NONE, SeriesId::from_bits(0)); Self::SLOTS]))
    }
}
