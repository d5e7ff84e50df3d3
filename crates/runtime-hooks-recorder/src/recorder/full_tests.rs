//! A full list of series: names past the cap take no lock.

use std::panic::Location;
use std::time::Duration;

use super::local::with_table;
use super::recorder::Recorder;
use crate::name::{Name, Role, Site};
use crate::series_key::OVERFLOW_NAME;
use crate::state::{Kind, Outcome};

fn submit(recorder: &Recorder, role: Role, name: String) {
    let (name, location) = (Name::from(name), Location::caller());
    let (type_name, runtime) = ("app::run", "test");
    let site = Site { name: Some(&name), type_name, role, runtime, location, size: None };
    with_table(recorder.id(), |entry| entry.submit(&site).1);
}

fn spawned(recorder: &Recorder) -> Vec<(String, u64)> {
    let series = recorder.snapshot().series;
    series.iter().map(|s| (s.key.name().unwrap().to_owned(), s.spawned)).collect()
}

#[test]
fn a_refused_name_takes_no_lock() {
    let recorder = Recorder::builder().max_names(2).build();
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    names.iter().for_each(|name| submit(&recorder, Role::Task, name.clone()));
    // Would wait for itself.
    recorder.inner().series.while_locked(&mut || {
        names.iter().for_each(|name| submit(&recorder, Role::Task, name.clone()));
        (0..100).for_each(|n| submit(&recorder, Role::Task, format!("request {n}")));
    });
    let expected = [("a", 2), ("b", 2), (OVERFLOW_NAME, 104)];
    assert_eq!(spawned(&recorder), expected.map(|(name, count)| (name.to_owned(), count)));
    assert_eq!(recorder.snapshot().overflow(), 104);
}

#[test]
fn each_kind_has_its_overflow_series_and_other_threads_find_known_names() {
    let recorder = Recorder::builder().max_names(1).build();
    for (role, name) in
        [(Role::Task, "a"), (Role::Task, "b"), (Role::Blocking, "a"), (Role::Blocking, "b")]
    {
        submit(&recorder, role, name.to_owned());
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            submit(&recorder, Role::Task, "c".to_owned());
            submit(&recorder, Role::Task, "a".to_owned());
        });
    });
    let expected = [("a", 2), (OVERFLOW_NAME, 2), (OVERFLOW_NAME, 2)];
    assert_eq!(spawned(&recorder), expected.map(|(name, count)| (name.to_owned(), count)));
}

#[test]
fn a_higher_cap_takes_new_names() {
    let recorder = Recorder::builder().max_names(1).build();
    ["a", "b"].iter().for_each(|name| submit(&recorder, Role::Task, (*name).to_owned()));
    recorder.set_limits(3, Duration::ZERO);
    ["b", "c", "d"].iter().for_each(|name| submit(&recorder, Role::Task, (*name).to_owned()));
    recorder.record(Kind::Coroutine, "b".to_owned(), "test", Outcome::FINISHED, Duration::ZERO);
    let expected = [("a", 1), (OVERFLOW_NAME, 2), ("b", 2), ("c", 1)];
    assert_eq!(spawned(&recorder), expected.map(|(name, count)| (name.to_owned(), count)));
}
