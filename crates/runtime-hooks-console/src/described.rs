//! What is known of each series, and what the doors show of it: found out once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use runtime_hooks_core::{Kind, Recorder, SeriesKey, SpawnSite};

use crate::disclosure::{Door, Field, Policy};

/// One series.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) key: SeriesKey,
    pub(crate) origin: Option<SpawnSite>,
    /// As the page has it; `None` if the series has none.
    pub(crate) name: Option<String>,
    /// As `/metrics` has it.
    pub(crate) label: Option<String>,
    /// The file of its spawn location, as the page has it.
    pub(crate) file: Option<String>,
    pub(crate) type_name: Option<String>,
}

impl Described {
    /// `src/main.rs:59`.
    pub(crate) fn location(&self) -> Option<String> {
        Some(format!("{}:{}", self.file.as_ref()?, self.origin?.location.line()))
    }

    pub(crate) fn size(&self) -> Option<usize> {
        self.origin?.size
    }
}

/// All series of a recorder, by number.
pub(crate) type Descriptions = Arc<Vec<Arc<Described>>>;

/// Describes series when they are first seen.
#[derive(Debug, Default)]
pub(crate) struct Describer {
    policy: Policy,
    known: Mutex<Known>,
    program: OnceLock<String>,
}

#[derive(Debug, Default)]
struct Known {
    /// Whose they are.
    recorder: Option<Recorder>,
    series: Descriptions,
    /// Which error types there are, and what is shown of each.
    errors: HashMap<String, String>,
}

impl Describer {
    pub(crate) fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// All series that the recorder has by now.
    pub(crate) fn all(&self, recorder: &Recorder) -> Descriptions {
        let known = self.known_of(recorder);
        let new = recorder.keys_from(known.len());
        if new.is_empty() {
            return known;
        }
        // No lock is held here: the program's own hook may be asked.
        let mut all = known.to_vec();
        let mut taken = Taken::of(&all);
        for (key, origin) in new {
            let described = self.describe(all.len() + 1, key, origin, &mut taken);
            all.push(Arc::new(described));
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.recorder.as_ref() == Some(recorder) && known.series.len() < all.len() {
            known.series = Arc::new(all);
        }
        Arc::clone(&known.series)
    }

    /// What `/metrics` shows of an error's type.
    pub(crate) fn error_type(&self, error: &str) -> String {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().errors.get(error) {
            return known.clone();
        }
        let shown = self.policy.show(Door::Scrape, Field::ErrorType, error).unwrap_or_default();
        let mut known = lock();
        if let Some(known) = known.errors.get(error) {
            return known.clone();
        }
        let is_taken = |text: &str| known.errors.values().any(|shown| shown == text);
        let shown = told_apart(shown, known.errors.len() + 1, is_taken);
        known.errors.insert(error.to_owned(), shown.clone());
        shown
    }

    /// What the page shows of the program's file name.
    pub(crate) fn program(&self) -> String {
        let show = || {
            let path = std::env::current_exe().ok()?;
            let file = path.file_name()?.to_string_lossy();
            self.policy.show(Door::Page, Field::Program, &file)
        };
        self.program.get_or_init(|| show().unwrap_or_default()).clone()
    }

    fn known_of(&self, recorder: &Recorder) -> Descriptions {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.recorder.as_ref() != Some(recorder) {
            *known = Known { recorder: Some(recorder.clone()), ..Known::default() };
        }
        Arc::clone(&known.series)
    }

    fn describe(
        &self,
        number: usize,
        key: SeriesKey,
        origin: Option<SpawnSite>,
        taken: &mut Taken,
    ) -> Described {
        let mut name = |door| {
            let shown = self.policy.show(door, Field::Name, key.name()?)?;
            Some(taken.tell_apart(door, &key, number, shown))
        };
        let (page, label) = (name(Door::Page), name(Door::Scrape));
        let shown = |field, text| self.policy.show(Door::Page, field, text);
        Described {
            name: page,
            label,
            file: origin.and_then(|origin| shown(Field::File, origin.location.file())),
            type_name: origin.and_then(|origin| shown(Field::TypeName, origin.type_name?)),
            key,
            origin,
        }
    }
}

/// Names as the doors show them: a hook may make two of them one, but series stay two.
#[derive(Default)]
struct Taken(HashSet<(bool, &'static str, Kind, String)>);

impl Taken {
    fn of(series: &[Arc<Described>]) -> Self {
        let mut taken = Self::default();
        for described in series {
            let names = [(Door::Page, &described.name), (Door::Scrape, &described.label)];
            for (door, name) in names {
                let name = name.clone().unwrap_or_default();
                taken.0.insert(Self::entry(door, &described.key, name));
            }
        }
        taken
    }

    fn tell_apart(&mut self, door: Door, key: &SeriesKey, number: usize, shown: String) -> String {
        let shown = told_apart(shown, number, |text| {
            self.0.contains(&Self::entry(door, key, text.to_owned()))
        });
        self.0.insert(Self::entry(door, key, shown.clone()));
        shown
    }

    fn entry(door: Door, key: &SeriesKey, name: String) -> (bool, &'static str, Kind, String) {
        (door == Door::Page, key.runtime(), key.kind(), name)
    }
}

/// The text itself, or with a number behind it that nobody else has.
fn told_apart(text: String, number: usize, is_taken: impl Fn(&str) -> bool) -> String {
    let mut apart = text;
    while is_taken(&apart) {
        apart = format!("{apart} ({number})");
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::{Disclosure, Redact};

    #[test]
    fn names_that_a_hook_makes_equal_stay_different_series() {
        let redact: Redact = Arc::new(|_, text| text.split(' ').next().unwrap_or("").into());
        let describer = Describer::new(Policy::new(Disclosure::Full, Some(redact)));
        let recorder = Recorder::new();
        let record = |kind, name: &'static str| {
            let took = std::time::Duration::from_millis(1);
            recorder.record(kind, name, "test", runtime_hooks_core::Outcome::FINISHED, took);
        };
        let shown = || {
            let all = describer.all(&recorder);
            all.iter().map(|series| series.label.clone().unwrap()).collect::<Vec<_>>()
        };
        record(Kind::Coroutine, "job 1");
        record(Kind::Coroutine, "job 2");
        record(Kind::Blocking, "job 3");
        assert_eq!(shown(), ["job", "job (2)", "job"]);
        // Those that come later do not rename those that are there.
        record(Kind::Coroutine, "job 4");
        assert_eq!(shown(), ["job", "job (2)", "job", "job (4)"]);
        assert_eq!(
            ["a b", "a c", "a b"].map(|error| describer.error_type(error)),
            ["a", "a (2)", "a"]
        );
    }

    #[test]
    fn each_text_is_asked_for_once_a_door() {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let redact: Redact = {
            let asked = Arc::clone(&asked);
            Arc::new(move |field, text| {
                asked.lock().unwrap().push((field, text.to_owned()));
                text.into()
            })
        };
        let describer = Describer::new(Policy::new(Disclosure::Full, Some(redact)));
        let recorder = Recorder::new();
        let took = std::time::Duration::from_millis(1);
        for _ in 0..3 {
            recorder.record(
                Kind::Coroutine,
                "job",
                "test",
                runtime_hooks_core::Outcome::PANIC,
                took,
            );
            assert_eq!(describer.all(&recorder).len(), 1);
            assert_eq!(describer.error_type("panic"), "panic");
        }
        let name = || (Field::Name, "job".to_owned());
        let error = (Field::ErrorType, "panic".to_owned());
        assert_eq!(*asked.lock().unwrap(), [name(), name(), error]);
    }
}
