//! Each series as the outputs show it: names, paths and types are disclosed once, when a series is first seen.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use runtime_hooks_recorder::{Kind, Recorder, SeriesKey, SpawnSite};

use crate::disclosure::{Field, Output, Policy};

/// A series as the outputs show it.
#[derive(Debug)]
pub(crate) struct DisclosedSeries {
    pub(crate) key: SeriesKey,
    pub(crate) site: Option<SpawnSite>,
    /// As the page shows it; `None` if the series has no name.
    pub(crate) name: Option<String>,
    /// As `/metrics` shows it.
    pub(crate) label: Option<String>,
    /// The file of its spawn location, as the page shows it.
    pub(crate) file: Option<String>,
    pub(crate) type_name: Option<String>,
}

impl DisclosedSeries {
    /// `src/main.rs:59`.
    pub(crate) fn location(&self) -> Option<String> {
        Some(format!("{}:{}", self.file.as_ref()?, self.site?.location.line()))
    }

    pub(crate) fn size(&self) -> Option<usize> {
        self.site?.size
    }
}

/// All series of a recorder, by number.
pub(crate) type DisclosedSeriesList = Arc<Vec<Arc<DisclosedSeries>>>;

/// The series of a recorder, each disclosed when it is first seen.
#[derive(Debug, Default)]
pub(crate) struct SeriesCache {
    policy: Policy,
    cache: Mutex<Cache>,
    program: OnceLock<String>,
}

#[derive(Debug, Default)]
struct Cache {
    /// Whose series they are.
    recorder: Option<Recorder>,
    series: DisclosedSeriesList,
    /// What is shown of each error type.
    errors: HashMap<String, String>,
}

impl SeriesCache {
    pub(crate) fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// All series that the recorder has now.
    pub(crate) fn all(&self, recorder: &Recorder) -> DisclosedSeriesList {
        let cached = self.cached(recorder);
        let new = recorder.keys_from(cached.len());
        if new.is_empty() {
            return cached;
        }
        // No lock is held here: this may call the program's redaction.
        let mut all = cached.to_vec();
        let mut used = UsedNames::of(&all);
        for (key, site) in new {
            let disclosed = self.disclose(all.len() + 1, key, site, &mut used);
            all.push(Arc::new(disclosed));
        }
        let mut cache = self.lock();
        if cache.recorder.as_ref() == Some(recorder) && cache.series.len() < all.len() {
            cache.series = Arc::new(all);
        }
        Arc::clone(&cache.series)
    }

    /// What `/metrics` shows of an error's type.
    pub(crate) fn error_type(&self, error: &str) -> String {
        if let Some(shown) = self.lock().errors.get(error) {
            return shown.clone();
        }
        let shown = self.policy.show(Output::Metrics, Field::ErrorType, error).unwrap_or_default();
        let mut cache = self.lock();
        if let Some(shown) = cache.errors.get(error) {
            return shown.clone();
        }
        let is_used = |text: &str| cache.errors.values().any(|shown| shown == text);
        let shown = unique(shown, cache.errors.len() + 1, is_used);
        cache.errors.insert(error.to_owned(), shown.clone());
        shown
    }

    /// What the page shows of the program's file name.
    pub(crate) fn program(&self) -> String {
        let show = || {
            let path = std::env::current_exe().ok()?;
            let file = path.file_name()?.to_string_lossy();
            self.policy.show(Output::Page, Field::Program, &file)
        };
        self.program.get_or_init(|| show().unwrap_or_default()).clone()
    }

    fn cached(&self, recorder: &Recorder) -> DisclosedSeriesList {
        let mut cache = self.lock();
        if cache.recorder.as_ref() != Some(recorder) {
            *cache = Cache { recorder: Some(recorder.clone()), ..Cache::default() };
        }
        Arc::clone(&cache.series)
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disclose(
        &self,
        number: usize,
        key: SeriesKey,
        site: Option<SpawnSite>,
        used: &mut UsedNames,
    ) -> DisclosedSeries {
        let mut name = |output| {
            let shown = self.policy.show(output, Field::Name, key.name()?)?;
            Some(used.add(output, &key, number, shown))
        };
        let (page, label) = (name(Output::Page), name(Output::Metrics));
        let shown = |field, text| self.policy.show(Output::Page, field, text);
        DisclosedSeries {
            name: page,
            label,
            file: site.and_then(|site| shown(Field::File, site.location.file())),
            type_name: site.and_then(|site| shown(Field::TypeName, site.type_name?)),
            key,
            site,
        }
    }
}

/// Names that are shown already. A redaction may make two names equal, and their series must stay different.
#[derive(Default)]
struct UsedNames(HashSet<(bool, &'static str, Kind, String)>);

impl UsedNames {
    fn of(series: &[Arc<DisclosedSeries>]) -> Self {
        let mut used = Self::default();
        for disclosed in series {
            let names = [(Output::Page, &disclosed.name), (Output::Metrics, &disclosed.label)];
            for (output, name) in names {
                let name = name.clone().unwrap_or_default();
                used.0.insert(Self::entry(output, &disclosed.key, name));
            }
        }
        used
    }

    /// Adds a name, and returns it as it is shown.
    fn add(&mut self, output: Output, key: &SeriesKey, number: usize, name: String) -> String {
        let shown = unique(name, number, |text| {
            self.0.contains(&Self::entry(output, key, text.to_owned()))
        });
        self.0.insert(Self::entry(output, key, shown.clone()));
        shown
    }

    fn entry(output: Output, key: &SeriesKey, name: String) -> (bool, &'static str, Kind, String) {
        (output == Output::Page, key.runtime(), key.kind(), name)
    }
}

/// The text, with a number behind it if the text is used already.
fn unique(text: String, number: usize, is_used: impl Fn(&str) -> bool) -> String {
    let mut unique = text;
    while is_used(&unique) {
        unique = format!("{unique} ({number})");
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::{Disclosure, Redact};

    #[test]
    fn names_that_a_redaction_makes_equal_stay_different_series() {
        let redact: Redact = Arc::new(|_, text| text.split(' ').next().unwrap_or("").into());
        let series_cache = SeriesCache::new(Policy::new(Disclosure::Full, Some(redact)));
        let recorder = Recorder::new();
        let record = |kind, name: &'static str| {
            let took = std::time::Duration::from_millis(1);
            recorder.record(kind, name, "test", runtime_hooks_recorder::Outcome::FINISHED, took);
        };
        let shown = || {
            let all = series_cache.all(&recorder);
            all.iter().map(|series| series.label.clone().unwrap()).collect::<Vec<_>>()
        };
        record(Kind::Coroutine, "job 1");
        record(Kind::Coroutine, "job 2");
        record(Kind::Blocking, "job 3");
        assert_eq!(shown(), ["job", "job (2)", "job"]);
        // A later series does not rename an earlier one.
        record(Kind::Coroutine, "job 4");
        assert_eq!(shown(), ["job", "job (2)", "job", "job (4)"]);
        assert_eq!(
            ["a b", "a c", "a b"].map(|error| series_cache.error_type(error)),
            ["a", "a (2)", "a"]
        );
    }

    #[test]
    fn each_text_is_redacted_once_per_output() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let redact: Redact = {
            let asked = Arc::clone(&asked);
            Arc::new(move |field, text| {
                asked.lock().unwrap().push((field, text.to_owned()));
                text.into()
            })
        };
        let series_cache = SeriesCache::new(Policy::new(Disclosure::Full, Some(redact)));
        let recorder = Recorder::new();
        let took = std::time::Duration::from_millis(1);
        for _ in 0..3 {
            recorder.record(
                Kind::Coroutine,
                "job",
                "test",
                runtime_hooks_recorder::Outcome::PANIC,
                took,
            );
            assert_eq!(series_cache.all(&recorder).len(), 1);
            assert_eq!(series_cache.error_type("panic"), "panic");
        }
        let name = || (Field::Name, "job".to_owned());
        let error = (Field::ErrorType, "panic".to_owned());
        assert_eq!(*asked.lock().unwrap(), [name(), name(), error]);
    }
}
