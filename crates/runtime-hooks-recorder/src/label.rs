//! Short texts that tell series apart, for people: the table and the console's page.

use std::collections::HashMap;

use crate::name::library;
use crate::series_key::SeriesKey;

/// What a label is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelParts<'s> {
    /// Series with different values here are never confused: runtime and type.
    pub group: (&'static str, &'static str),
    /// The name.
    pub name: Option<&'s str>,
    /// The path of the function.
    pub function: Option<&'s str>,
    /// File, line and column of the call site.
    pub location: Option<(&'s str, u32, u32)>,
    /// Whether a library calls it.
    pub is_of_library: bool,
}

impl<'s> LabelParts<'s> {
    /// The parts of a key.
    pub fn of(key: &'s SeriesKey) -> Self {
        let call_site = key.call_site();
        Self {
            group: (key.runtime(), key.kind().as_str()),
            name: key.name(),
            function: key.function(),
            location: call_site.map(|at| (at.file(), at.line(), at.column())),
            is_of_library: call_site.is_some_and(|at| is_of_library(at.file())),
        }
    }

    /// With these texts in place of those of the key, as a policy shows them. A location stays one only if its file is shown.
    #[must_use = "returns the changed parts"]
    pub fn shown_as(
        self,
        name: Option<&'s str>,
        function: Option<&'s str>,
        file: Option<&'s str>,
    ) -> Self {
        let location = self.location.zip(file);
        let location = location.map(|((_, line, column), file)| (file, line, column));
        Self { name, function, location, ..self }
    }

    /// The name, or what stands for it: the end of the function's path, or the file.
    fn base(&self) -> &'s str {
        let function = || self.function.map(|path| path.rsplit("::").next().unwrap_or(path));
        let file = || self.location.map(|(file, ..)| file);
        self.name.or_else(function).or_else(file).unwrap_or("-")
    }

    /// With this many segments of the function's path in front of the name; all of them for `usize::MAX`.
    fn with_path(&self, segments: usize) -> String {
        let Some(path) = self.function else { return self.base().to_owned() };
        if segments == 0 {
            let base = self.base();
            // What a library spawns shows the crate.
            return match path.split_once("::").filter(|_| self.is_of_library) {
                Some((first, _)) => format!("{}::{base}", first.trim_start_matches(['<', '&'])),
                None => base.to_owned(),
            };
        }
        let own = self.base().matches('.').count() + 1;
        let parts: Vec<_> = path.split("::").collect();
        parts[parts.len().saturating_sub(segments.saturating_add(own))..].join("::")
    }

    /// With this many folders of the file.
    fn place(&self, folders: usize, with_column: bool) -> Option<String> {
        let (file, line, column) = self.location?;
        let parts: Vec<_> = file.split(['/', '\\']).collect();
        let file = parts[parts.len().saturating_sub(folders.saturating_add(1))..].join("/");
        Some(if with_column { format!("{file}:{line}:{column}") } else { format!("{file}:{line}") })
    }
}

/// The standard library is the program's own: an iterator there calls what the program gives it.
fn is_of_library(file: &str) -> bool {
    library(file).is_some_and(|name| !matches!(&*name, "std" | "core" | "alloc"))
}

/// A label for each series: its name, with as much of the path and of the call site as tells it apart from the others.
/// Equal parts get equal labels.
pub fn labels(all: &[LabelParts<'_>]) -> Vec<String> {
    let mut labels: Vec<_> = all.iter().map(|parts| parts.with_path(0)).collect();
    // First by path: `a::run` and `b::run`.
    for same in shared(all, &labels) {
        let is_told = |segments| {
            let mut of = HashMap::new();
            same.iter().all(|at| {
                let path = (all[*at].name, all[*at].function);
                *of.entry(all[*at].with_path(segments)).or_insert(path) == path
            })
        };
        if is_told(0) {
            continue;
        }
        let deepest =
            same.iter().filter_map(|at| all[*at].function).map(|path| path.matches("::").count());
        let segments = (1..=deepest.max().unwrap_or(0)).find(|segments| is_told(*segments));
        for at in same {
            labels[at] = all[at].with_path(segments.unwrap_or(usize::MAX));
        }
    }
    // Then by call site: `main@main.rs:5` and `main@main.rs:9`. Without a function, there is nothing else.
    let in_doubt = shared(all, &labels);
    let mut is_in_doubt = vec![false; all.len()];
    in_doubt.iter().flatten().for_each(|at| is_in_doubt[*at] = true);
    let of_place = (0..all.len()).filter(|at| {
        all[*at].location.is_some() && (is_in_doubt[*at] || all[*at].function.is_none())
    });
    let mut by_label = HashMap::<_, Vec<usize>>::new();
    for at in of_place {
        let file = all[at].location.map(|(file, ..)| file.rsplit(['/', '\\']).next());
        by_label.entry((all[at].group, file, bare(&all[at], &labels[at]))).or_default().push(at);
    }
    for ((.., label), same) in by_label {
        let places = tell_places(all, &same);
        for (at, place) in same.iter().zip(places) {
            labels[*at] = if label.is_empty() { place } else { format!("{label}@{place}") };
        }
    }
    labels
}

/// The label in front of the call site: none if the label is the file of the call site.
fn bare(parts: &LabelParts<'_>, label: &str) -> String {
    let is_file = parts.location.is_some_and(|(file, ..)| file.replace('\\', "/") == label);
    if is_file { String::new() } else { label.to_owned() }
}

/// The shortest call sites that are different where the call sites are.
fn tell_places(all: &[LabelParts<'_>], same: &[usize]) -> Vec<String> {
    let places = |folders, with_column| -> Vec<String> {
        same.iter().filter_map(|at| all[*at].place(folders, with_column)).collect()
    };
    let is_told = |places: &[String]| {
        let mut of = HashMap::new();
        let each = same.iter().zip(places);
        each.into_iter()
            .all(|(at, place)| *of.entry(place).or_insert(all[*at].location) == all[*at].location)
    };
    let deepest = same
        .iter()
        .filter_map(|at| all[*at].location)
        .map(|(file, ..)| file.matches(['/', '\\']).count());
    let deepest = deepest.max().unwrap_or(0);
    let tries = [false, true]
        .into_iter()
        .flat_map(|column| (0..=deepest).map(move |folders| (folders, column)));
    let mut found =
        tries.map(|(folders, column)| places(folders, column)).filter(|places| is_told(places));
    found.next().unwrap_or_else(|| places(usize::MAX, true))
}

/// The series that have the same label and group, where there are several.
fn shared(all: &[LabelParts<'_>], labels: &[String]) -> Vec<Vec<usize>> {
    let mut by_label = HashMap::<_, Vec<usize>>::new();
    for (at, (parts, label)) in all.iter().zip(labels).enumerate() {
        by_label.entry((parts.group, label.as_str())).or_default().push(at);
    }
    by_label.into_values().filter(|same| same.len() > 1).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn derived<'s>(name: &'s str, function: &'s str, file: &'s str, line: u32) -> LabelParts<'s> {
        let text = |text: &'s str| (!text.is_empty()).then_some(text);
        LabelParts {
            group: ("tokio", "coroutine"),
            name: text(name),
            function: text(function),
            location: Some((file, line, 5)),
            is_of_library: file.starts_with('/'),
        }
    }

    fn given(name: &str) -> LabelParts<'_> {
        LabelParts { location: None, function: None, ..derived(name, "", "src/main.rs", 1) }
    }

    #[test]
    fn one_function_has_its_name() {
        let all =
            [derived("fetch", "app::net::fetch", "src/main.rs", 5), given("store"), given("")];
        assert_eq!(labels(&all), ["fetch", "store", "-"]);
    }

    #[test]
    fn two_functions_of_one_name_have_as_much_of_their_paths_as_tells_them_apart() {
        let run = |path| derived("run", path, "src/main.rs", 5);
        assert_eq!(labels(&[run("app::a::run"), run("app::b::run")]), ["a::run", "b::run"]);
        let deep = labels(&[run("x::a::run"), run("y::a::run")]);
        assert_eq!(deep, ["x::a::run", "y::a::run"]);
        let get = |path| derived("Client.get", path, "src/main.rs", 5);
        assert_eq!(
            labels(&[get("app::a::Client::get"), get("app::b::Client::get")]),
            ["a::Client::get", "b::Client::get"]
        );
        let all = [run("app::a::run"), given("run")];
        assert_eq!(labels(&all), ["a::run", "run"]);
    }

    #[test]
    fn blocks_of_one_function_have_as_much_of_their_call_sites_as_tells_them_apart() {
        let main = |file, line| derived("main", "app::main", file, line);
        let all = [main("src/main.rs", 5), main("src/main.rs", 9), given("other")];
        assert_eq!(labels(&all), ["main@main.rs:5", "main@main.rs:9", "other"]);
        let all = [main("src/a/mod.rs", 5), main("src/b/mod.rs", 5)];
        assert_eq!(labels(&all), ["main@a/mod.rs:5", "main@b/mod.rs:5"]);
        let all = [
            main("src/main.rs", 5),
            LabelParts { location: Some(("src/main.rs", 5, 9)), ..main("", 0) },
        ];
        assert_eq!(labels(&all), ["main@main.rs:5:5", "main@main.rs:5:9"]);
    }

    #[test]
    fn a_task_without_a_function_has_its_call_site() {
        let all = [
            derived("src/net/mod.rs", "", "src/net/mod.rs", 5),
            derived("src/io/mod.rs", "", "src/io/mod.rs", 5),
            derived("", "", "src/main.rs", 7),
        ];
        assert_eq!(labels(&all), ["net/mod.rs:5", "io/mod.rs:5", "main.rs:7"]);
    }

    #[test]
    fn what_a_library_spawns_shows_its_crate() {
        let file = "/registry/hyper-util-0.1.10/src/rt/tokio.rs";
        let all = [
            derived("hyper_util", "", file, 127),
            derived("H2Stream", "hyper::proto::h2::H2Stream", file, 127),
            derived("handle", "app::handle", "src/main.rs", 5),
        ];
        assert_eq!(labels(&all), ["hyper_util@tokio.rs:127", "hyper::H2Stream", "handle"]);
    }

    #[test]
    fn an_anonymous_future_has_the_end_of_its_path() {
        let ready = |line| derived("", "core::future::ready::Ready", "src/main.rs", line);
        assert_eq!(labels(&[ready(5)]), ["Ready"]);
        assert_eq!(labels(&[ready(5), ready(6)]), ["Ready@main.rs:5", "Ready@main.rs:6"]);
    }

    proptest! {
        #[test]
        fn different_series_have_different_labels(
            picked in prop::collection::hash_set((0_usize..4, 0_usize..4, 1_u32..3), 1..20)
        ) {
            let functions = ["app::a::run", "app::b::run", "lib::a::run", "<app::b as app::Go>::run"];
            let files = ["src/main.rs", "src/a/mod.rs", "src/b/mod.rs", "x/src/b/mod.rs"];
            let all: Vec<_> = picked
                .iter()
                .map(|(function, file, line)| derived("run", functions[*function], files[*file], *line))
                .collect();
            let different: std::collections::HashSet<_> = labels(&all).into_iter().collect();
            prop_assert_eq!(different.len(), all.len());
        }
    }
}
