//! The texts of series as a policy discloses them, for what is written about them.

use crate::disclosure::{Field, Output, Policy};
use crate::label::{LabelParts, labels};
use crate::series_key::{SeriesKey, SpawnSite};

/// The texts of one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesText {
    /// A short text that tells the series apart from all others.
    pub label: String,
    /// `src/main.rs:59:13`: where its tasks are spawned.
    pub location: Option<String>,
}

impl SeriesText {
    /// The texts of these series, in their order.
    pub fn all_of(series: &[(SeriesKey, Option<SpawnSite>)], policy: &Policy) -> Vec<Self> {
        let shown: Vec<_> = series.iter().map(|series| Shown::of(series, policy)).collect();
        let parts: Vec<_> = series.iter().zip(&shown).map(|((key, _), s)| s.parts(key)).collect();
        let with_location = labels(&parts).into_iter().zip(&shown).zip(series);
        with_location
            .map(|((label, shown), (_, site))| Self { label, location: shown.location(*site) })
            .collect()
    }
}

/// What is shown of one series.
struct Shown {
    name: Option<String>,
    function: Option<String>,
    file: Option<String>,
}

impl Shown {
    fn of((key, site): &(SeriesKey, Option<SpawnSite>), policy: &Policy) -> Self {
        let shown = |field, text: Option<&str>| policy.show(Output::Page, field, text?);
        Self {
            name: shown(Field::Name, key.name()),
            function: shown(Field::TypeName, key.function()),
            file: shown(Field::File, site.map(|site| site.location.file())),
        }
    }

    fn parts<'s>(&'s self, key: &'s SeriesKey) -> LabelParts<'s> {
        let [name, function, file] = [&self.name, &self.function, &self.file].map(Option::as_deref);
        LabelParts::of(key).shown_as(name, function, file)
    }

    fn location(&self, site: Option<SpawnSite>) -> Option<String> {
        let location = site?.location;
        Some(format!("{}:{}:{}", self.file.as_ref()?, location.line(), location.column()))
    }
}
