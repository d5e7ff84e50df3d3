//! Disclosure: the one place that decides what each output shows of texts that may hold a secret.
//!
//! | text | page, JSON, tokio-console, flight records, task dumps | `/metrics` |
//! |---|---|---|
//! | names | by the mode | by the mode |
//! | files of spawn locations and of frames | by the mode | by the mode, and only if locations are exported |
//! | paths of functions, type names of futures | by the mode | by the mode |
//! | error types | never | by the mode |
//! | the program's file name, names of threads | by the mode | never |
//!
//! Add a row here before an output shows another text that can hold a secret.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::Arc;

use crate::catch::catch;

/// How much an output shows of names, source paths and types: see `ConsoleBuilder::disclose` and `FlightRecord::disclose`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disclosure {
    /// Everything, unchanged.
    Full,
    /// Absolute source paths start at their crate, `tokio-1.51.0/src/task/spawn.rs`: they do not show the directories of the
    /// machine that built the program.
    ShortPaths,
    /// Hashes in place of names, types and files, `#5d3f2a90c1b4`, which differ from run to run.
    Hashed,
}

impl Disclosure {
    const ALL: [(&str, Self); 3] =
        [("full", Self::Full), ("short_paths", Self::ShortPaths), ("hashed", Self::Hashed)];
}

/// From its name in any case: `full`, `short_paths` or `hashed`.
impl FromStr for Disclosure {
    type Err = ParseDisclosureError;

    fn from_str(text: &str) -> Result<Self, ParseDisclosureError> {
        let found = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found.map(|(_, disclosure)| *disclosure).ok_or(ParseDisclosureError(()))
    }
}

/// A text is not the name of a [`Disclosure`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDisclosureError(());

impl ParseDisclosureError {
    /// What a text must be.
    #[doc(hidden)]
    pub const EXPECTED: &str = "full, short_paths or hashed";
}

impl fmt::Display for ParseDisclosureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", Self::EXPECTED)
    }
}

impl Error for ParseDisclosureError {}

/// What a text is, for a redaction: see `ConsoleBuilder::redact` and `FlightRecord::redact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// A task's name.
    Name,
    /// The source file of a spawn location.
    File,
    /// The type of a future or closure, or the path of its function.
    TypeName,
    /// The type of an error.
    ErrorType,
    /// The file name of the program.
    Program,
    /// The name of a thread.
    Thread,
}

/// Where a text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The page, its JSON, tokio-console's protocol, and flight records.
    Page,
    /// `/metrics`.
    Metrics,
}

impl Output {
    const fn shows(self, field: Field) -> bool {
        match (self, field) {
            (Self::Page, field) => !matches!(field, Field::ErrorType),
            (Self::Metrics, field) => !matches!(field, Field::Program | Field::Thread),
        }
    }
}

/// A function of the program that removes secrets from a text.
pub type Redact = Arc<dyn for<'t> Fn(Field, &'t str) -> Cow<'t, str> + Send + Sync>;

/// Shown in place of a text for which the redaction panicked.
const REDACTED: &str = "[redacted]";

/// Decides what is shown.
#[derive(Clone)]
pub struct Policy {
    disclosure: Disclosure,
    redact: Option<Redact>,
    hasher: RandomState,
}

impl Policy {
    /// A policy; without a redaction, each text is redacted to itself.
    pub fn new(disclosure: Disclosure, redact: Option<Redact>) -> Self {
        Self { disclosure, redact, hasher: RandomState::new() }
    }

    /// What the output shows of a text; `None` if it never shows such a field. Slow: keep the result.
    pub fn show(&self, output: Output, field: Field, text: &str) -> Option<String> {
        output.shows(field).then(|| {
            let redacted = self.redacted(field, text);
            match self.disclosure {
                Disclosure::ShortPaths if field == Field::File => from_crate(&redacted).to_owned(),
                Disclosure::Full | Disclosure::ShortPaths => redacted.into_owned(),
                Disclosure::Hashed => {
                    format!("#{:012x}", self.hasher.hash_one(&*redacted) & 0xffff_ffff_ffff)
                }
            }
        })
    }

    /// Nothing is shown of a text for which the redaction panics.
    fn redacted<'t>(&self, field: Field, text: &'t str) -> Cow<'t, str> {
        let Some(redact) = &self.redact else { return Cow::Borrowed(text) };
        catch(|| redact(field, text)).unwrap_or(Cow::Borrowed(REDACTED))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(Disclosure::Full, None)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacts = self.redact.is_some();
        f.debug_struct("Policy")
            .field("disclosure", &self.disclosure)
            .field("redacts", &redacts)
            .finish_non_exhaustive()
    }
}

/// An absolute path from its crate's folder on, or else its file name. A relative path stays, as it does not show the machine.
fn from_crate(path: &str) -> &str {
    let is_separator = |c| matches!(c, '/' | '\\');
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if !path.starts_with(is_separator) && !has_drive {
        return path;
    }
    let parts: Vec<(usize, &str)> = path
        .split(is_separator)
        .map(|part| (part.as_ptr().addr() - path.as_ptr().addr(), part))
        .collect();
    let source = parts
        .iter()
        .rposition(|(_, part)| matches!(*part, "src" | "tests" | "examples" | "benches"));
    match source {
        Some(source) if source > 1 => &path[parts[source - 1].0..],
        _ => parts.last().map_or("", |(_, part)| part),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn shown(policy: &Policy, field: Field, text: &str) -> String {
        policy.show(Output::Page, field, text).unwrap()
    }

    #[test]
    fn absolute_paths_are_cut_to_their_crate() {
        for (path, cut) in [
            (
                "/home/ann/.cargo/registry/src/index-1/tokio-1.51.0/src/task/spawn.rs",
                "tokio-1.51.0/src/task/spawn.rs",
            ),
            ("/home/ann/secret-project/tests/it.rs", "secret-project/tests/it.rs"),
            (r"C:\Users\Ann\app\src\main.rs", r"app\src\main.rs"),
            ("/build.rs", "build.rs"),
            ("/src/main.rs", "main.rs"),
            ("/home/ann/generated.rs", "generated.rs"),
            ("src/net/client.rs", "src/net/client.rs"),
            ("", ""),
        ] {
            let policy = Policy::new(Disclosure::ShortPaths, None);
            assert_eq!(shown(&policy, Field::File, path), cut, "{path}");
            assert_eq!(shown(&policy, Field::Name, path), path);
            assert_eq!(shown(&Policy::default(), Field::File, path), path);
        }
    }

    #[test]
    fn hashes_are_equal_for_equal_texts_only() {
        let policy = Policy::new(Disclosure::Hashed, None);
        let [a, again, b] = ["a", "a", "b"].map(|name| shown(&policy, Field::Name, name));
        assert_eq!(a, again);
        assert_ne!(a, b);
        assert!(
            a.len() == 13 && a.starts_with('#') && a[1..].bytes().all(|b| b.is_ascii_hexdigit())
        );
        // A name cannot be guessed from another run's hashes.
        assert_ne!(a, shown(&Policy::new(Disclosure::Hashed, None), Field::Name, "a"));
    }

    #[test]
    fn each_output_shows_only_its_fields() {
        let policy = Policy::default();
        let fields = [
            Field::Name,
            Field::File,
            Field::TypeName,
            Field::ErrorType,
            Field::Program,
            Field::Thread,
        ];
        let of = |output| fields.map(|field| policy.show(output, field, "x").is_some());
        assert_eq!(of(Output::Page), [true, true, true, false, true, true]);
        assert_eq!(of(Output::Metrics), [true, true, true, true, false, false]);
    }

    #[test]
    fn the_redaction_comes_first_and_one_that_panics_shows_nothing() {
        let redact: Redact = Arc::new(|field, text| match field {
            Field::Name if text.contains("boom") => panic!("not made for this"),
            Field::Name => text.replace("4711", "NUMBER").into(),
            _ => text.into(),
        });
        let policy = Policy::new(Disclosure::Full, Some(Arc::clone(&redact)));
        assert_eq!(shown(&policy, Field::Name, "order 4711"), "order NUMBER");
        assert_eq!(shown(&policy, Field::TypeName, "order 4711"), "order 4711");
        assert_eq!(shown(&policy, Field::Name, "boom 4711"), "[redacted]");
        let hashed = Policy::new(Disclosure::Hashed, Some(redact));
        let same = ["order 4711", "order NUMBER"].map(|name| shown(&hashed, Field::Name, name));
        assert_eq!(same[0], same[1]);
    }

    #[test]
    fn a_mode_is_read_from_its_name() {
        assert_eq!("Short_Paths".parse(), Ok(Disclosure::ShortPaths));
        assert_eq!("hashed".parse(), Ok(Disclosure::Hashed));
        let error = "none".parse::<Disclosure>().unwrap_err();
        assert_eq!(error.to_string(), "expected full, short_paths or hashed");
    }
}
