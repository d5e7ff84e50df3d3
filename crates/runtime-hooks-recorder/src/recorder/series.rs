//! The list of series: interned by content, capped, never shrinking.

use std::collections::HashMap;
use std::sync::Arc;

use super::full::FullList;
use super::series_id::SeriesId;
use crate::series_key::{SeriesKey, SpawnSite};
use crate::sync::{AtomicU64, Mutex, Ordering, copy_of, lock};

/// One series.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) key: SeriesKey,
    pub(crate) origin: Option<SpawnSite>,
}

/// All series of a recorder.
#[derive(Debug)]
pub(crate) struct Registry {
    list: Mutex<List>,
    cap: AtomicU64,
    /// The length of the list, and how many series count towards the cap. Both are written under its lock.
    length: AtomicU64,
    named: AtomicU64,
}

#[derive(Debug, Default)]
struct List {
    ids: HashMap<SeriesKey, SeriesId>,
    all: Vec<Arc<Series>>,
    /// The series that count towards the cap: all but the overflow series.
    named: u64,
    full: Option<Arc<FullList>>,
}

impl Registry {
    pub(crate) fn new(cap: u64) -> Self {
        let cap = AtomicU64::new(cap.min(SeriesId::LIMIT));
        let (length, named) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { list: Mutex::default(), cap, length, named }
    }

    /// Relaxed: a limit, not a message.
    pub(crate) fn set_cap(&self, cap: u64) {
        self.cap.store(cap.min(SeriesId::LIMIT), Ordering::Relaxed);
    }

    /// The series of this key, created if the cap allows it, else the overflow series of its kind and runtime. The
    /// second value says whether the name was refused. [`SeriesId::LOST`] if the lock stays held after a fork.
    pub(crate) fn intern(&self, key: SeriesKey, origin: Option<SpawnSite>) -> (SeriesId, bool) {
        let Some(mut list) = lock(&self.list) else { return (SeriesId::LOST, true) };
        if let Some(id) = list.ids.get(&key) {
            return (*id, false);
        }
        if key.is_overflow() {
            return (self.add(&mut list, key, None), false);
        }
        if list.named >= self.cap.load(Ordering::Relaxed) {
            let other = key.into_overflow();
            let known = list.ids.get(&other).copied();
            return (known.unwrap_or_else(|| self.add(&mut list, other, None)), true);
        }
        list.named += 1;
        (self.add(&mut list, key, origin), false)
    }

    fn add(&self, list: &mut List, key: SeriesKey, origin: Option<SpawnSite>) -> SeriesId {
        let id = list.add(key, origin);
        // Relaxed: a thread that sees an old number takes the lock, or counts a name as refused that was just added.
        self.length.store(list.all.len() as u64, Ordering::Relaxed);
        self.named.store(list.named, Ordering::Relaxed);
        id
    }

    /// Whether names are refused. Without a lock.
    pub(super) fn is_full(&self) -> bool {
        self.named.load(Ordering::Relaxed) >= self.cap.load(Ordering::Relaxed)
    }

    /// Brings a copy of the names up to date. It takes the lock only if the list has changed since, which a full list
    /// hardly ever does. `false` if the lock stays held after a fork.
    pub(super) fn refresh(&self, copy: &mut Option<Arc<FullList>>) -> bool {
        let length = self.length.load(Ordering::Relaxed);
        if copy.as_ref().is_some_and(|copy| copy.length == length) {
            return true;
        }
        let Some(mut list) = lock(&self.list) else { return false };
        let length = list.all.len() as u64;
        if list.full.as_ref().is_none_or(|full| full.length != length) {
            let keys = list.all.iter().enumerate();
            let full =
                FullList::new(keys.map(|(index, series)| (&series.key, SeriesId::at(index))));
            list.full = Some(Arc::new(full));
        }
        copy.clone_from(&list.full);
        true
    }

    pub(crate) fn get(&self, id: SeriesId) -> Option<Arc<Series>> {
        lock(&self.list)?.all.get(id.index()).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Series>> {
        copy_of(&self.list, |list| &list.all)
    }
}

#[cfg(all(test, unix, not(loom)))]
impl Registry {
    pub(super) fn while_locked(&self, during: &mut dyn FnMut()) {
        super::fork_tests::hold(lock(&self.list), during);
    }
}

impl List {
    fn add(&mut self, key: SeriesKey, origin: Option<SpawnSite>) -> SeriesId {
        let id = SeriesId::at(self.all.len());
        self.ids.insert(key.clone(), id);
        self.all.push(Arc::new(Series { key, origin }));
        id
    }
}
