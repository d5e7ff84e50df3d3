//! A thread's way from a call site to its shard. When the thread ends, another thread reuses the table.

use std::collections::HashMap;
use std::sync::Arc;

use super::series::Registry;
use super::series_id::SeriesId;
use super::shard::Shard;
use crate::name::{MixState, Site, SiteKey};
use crate::series_key::{SeriesKey, SpawnSite};
use crate::state::Kind;

/// Per-thread state of one recorder. Other threads only read the shards.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// By series; `None` if this thread has recorded nothing in it.
    shards: Vec<Option<Arc<Shard>>>,
    /// A cache by call site, one entry per slot: most look-ups hit it.
    recent: Recent,
    /// By call site; as many as the program has.
    sites: HashMap<SiteKey, SeriesId, MixState>,
    /// By content, for owned names; limited by the series cap.
    named: HashMap<SeriesKey, SeriesId>,
    /// The shard of [`SeriesId::LOST`], which no reader sees.
    lost: Option<Arc<Shard>>,
}

impl Table {
    /// The series of a call site.
    #[inline]
    pub(crate) fn series(&mut self, registry: &Registry, site: &Site<'_>) -> SeriesId {
        match site.cache_key() {
            Some(key) => {
                let slot = self.recent.slot(&key);
                if slot.0 == key {
                    return slot.1;
                }
                let id = self.by_site(registry, site, key);
                *self.recent.slot(&key) = (key, id);
                id
            }
            None => self.by_content(registry, site.series_key(), Some(site.origin())),
        }
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

    /// The series of a key. Names that the cap refused are not stored, since they are unlimited.
    pub(crate) fn by_content(
        &mut self,
        registry: &Registry,
        key: SeriesKey,
        origin: Option<SpawnSite>,
    ) -> SeriesId {
        if let Some(id) = self.named.get(&key) {
            return *id;
        }
        let (id, refused) = registry.intern(key.clone(), origin);
        if !refused || key.is_overflow() {
            self.named.insert(key, id);
        }
        id
    }

    /// This thread's shard of a series.
    #[inline]
    pub(crate) fn shard(&mut self, registry: &Registry, id: SeriesId) -> &Shard {
        let index = id.index();
        if !matches!(self.shards.get(index), Some(Some(_))) {
            return self.make_shard(registry, id);
        }
        self.shards[index].as_deref().expect("made above")
    }

    #[cold]
    fn make_shard(&mut self, registry: &Registry, id: SeriesId) -> &Shard {
        if id == SeriesId::LOST {
            return self.lost.get_or_insert_with(|| Arc::new(Shard::new(Kind::Coroutine)));
        }
        let index = id.index();
        if self.shards.len() <= index {
            self.shards.resize(index + 1, None);
        }
        let shard = match registry.get(id) {
            Some(series) => series.add_shard(),
            // A forked child whose copy of the list stays locked.
            None => Arc::new(Shard::new(Kind::Coroutine)),
        };
        self.shards[index].insert(shard)
    }
}

/// A cache in front of the map, indexed by the hash of the key.
#[derive(Debug)]
struct Recent(Box<[(SiteKey, SeriesId); Recent::SLOTS]>);

impl Recent {
    const SLOTS: usize = 128;

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
