//! Each series as the outputs show it: names, paths and types are disclosed once, when a series is first seen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use runtime_hooks_flight::thread_name;
use runtime_hooks_recorder::internals::{LabelParts, Output, Policy, labels, shown_key};
use runtime_hooks_recorder::{CallSite, Field, FlightThread, Kind, Recorder, SeriesKey, SpawnSite};

/// A series as the outputs show it.
#[derive(Debug)]
pub(crate) struct DisclosedSeries {
    pub(crate) key: SeriesKey,
    pub(crate) site: Option<SpawnSite>,
    /// As `/metrics` shows it.
    pub(crate) metrics_key: SeriesKey,
    /// As the page shows it; `None` if the series has no name.
    pub(crate) name: Option<String>,
    pub(crate) function: Option<String>,
    /// The file of its spawn location, as the page shows it.
    pub(crate) file: Option<String>,
    pub(crate) type_name: Option<String>,
    /// A short text that tells it apart from all others.
    label: Mutex<Arc<str>>,
}

impl DisclosedSeries {
    /// `src/main.rs:59:13`.
    pub(crate) fn location(&self) -> Option<String> {
        let location = self.site?.location;
        Some(format!("{}:{}:{}", self.file.as_ref()?, location.line(), location.column()))
    }

    /// A short text that tells it apart from all series of now.
    pub(crate) fn label(&self) -> Arc<str> {
        Arc::clone(&lock(&self.label))
    }

    /// Whether the program gave the name.
    pub(crate) fn is_named(&self) -> bool {
        self.key.call_site().is_none()
    }

    pub(crate) fn size(&self) -> Option<usize> {
        self.site?.size
    }

    /// The parts of its label, as the page shows them.
    fn label_parts(&self) -> LabelParts<'_> {
        let [name, function, file] = [&self.name, &self.function, &self.file].map(Option::as_deref);
        LabelParts::of(&self.key).shown_as(name, function, file)
    }
}

/// Labels change as series come: `run` becomes `a::run` when there is a `b::run`.
fn set_labels(all: &[Arc<DisclosedSeries>]) {
    let parts: Vec<_> = all.iter().map(|series| series.label_parts()).collect();
    for (series, label) in all.iter().zip(labels(&parts)) {
        *lock(&series.label) = label.into();
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
        set_labels(&all);
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

    /// What decides what is shown.
    #[cfg(feature = "dump")]
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What the page shows of the names of threads.
    pub(crate) fn thread_name(&self, thread: &FlightThread) -> String {
        thread_name(thread, &self.policy)
    }

    fn cached(&self, recorder: &Recorder) -> DisclosedSeriesList {
        let mut cache = self.lock();
        if cache.recorder.as_ref() != Some(recorder) {
            *cache = Cache { recorder: Some(recorder.clone()), ..Cache::default() };
        }
        Arc::clone(&cache.series)
    }

    fn lock(&self) -> MutexGuard<'_, Cache> {
        lock(&self.cache)
    }

    fn disclose(
        &self,
        number: usize,
        key: SeriesKey,
        site: Option<SpawnSite>,
        used: &mut UsedNames,
    ) -> DisclosedSeries {
        let name = key.name().and_then(|name| {
            let shown = self.policy.show(Output::Page, Field::Name, name)?;
            Some(used.add(&key, number, shown))
        });
        let shown = |field, text| self.policy.show(Output::Page, field, text);
        let function = key.function().and_then(|path| shown(Field::TypeName, path));
        let in_metrics =
            |field, text: Option<&str>| self.policy.show(Output::Metrics, field, text?);
        // Prometheus takes an empty label for a missing one.
        let is_label = |shown: &String| !shown.is_empty();
        let metrics_key = shown_key(
            key.clone(),
            in_metrics(Field::Name, key.name()).map(Arc::from),
            in_metrics(Field::TypeName, key.function()).filter(is_label).map(Arc::from),
            in_metrics(Field::File, key.call_site().map(CallSite::file)).filter(is_label),
        );
        DisclosedSeries {
            name,
            function,
            metrics_key,
            file: site.and_then(|site| shown(Field::File, site.location.file())),
            type_name: site.and_then(|site| shown(Field::TypeName, site.type_name?)),
            label: Mutex::new("".into()),
            key,
            site,
        }
    }
}

/// The names that the page shows, each with the name that it stands for. A redaction may make two names equal, and
/// their series must stay different.
#[derive(Default)]
struct UsedNames(HashMap<(&'static str, Kind, String), String>);

impl UsedNames {
    fn of(series: &[Arc<DisclosedSeries>]) -> Self {
        let each = series.iter().filter_map(|disclosed| {
            let (key, shown) = (&disclosed.key, disclosed.name.clone()?);
            Some((Self::entry(key, shown), key.name()?.to_owned()))
        });
        Self(each.collect())
    }

    /// Adds a name, and returns it as it is shown.
    fn add(&mut self, key: &SeriesKey, number: usize, shown: String) -> String {
        let name = key.name().unwrap_or_default();
        let shown = unique(shown, number, |text| {
            self.0.get(&Self::entry(key, text.to_owned())).is_some_and(|used| used != name)
        });
        self.0.insert(Self::entry(key, shown.clone()), name.to_owned());
        shown
    }

    fn entry(key: &SeriesKey, shown: String) -> (&'static str, Kind, String) {
        (key.runtime(), key.kind(), shown)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    use runtime_hooks_recorder::Disclosure;
    use runtime_hooks_recorder::internals::Redact;

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
            all.iter().map(|series| series.label().to_string()).collect::<Vec<_>>()
        };
        record(Kind::Coroutine, "job 1");
        record(Kind::Coroutine, "job 2");
        record(Kind::Blocking, "job 3");
        assert_eq!(shown(), ["job", "job (2)", "job"]);
        // A later series does not rename an earlier one.
        record(Kind::Coroutine, "job 4");
        assert_eq!(shown(), ["job", "job (2)", "job", "job (4)"]);
        // `/metrics` adds them up.
        let all = series_cache.all(&recorder);
        let exported = all.iter().map(|series| series.metrics_key.name());
        assert_eq!(exported.collect::<Vec<_>>(), [Some("job"); 4]);
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
