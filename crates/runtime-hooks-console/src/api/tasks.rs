//! `/api/v1/tasks`: the live tasks, sorted, filtered and limited.

use std::cmp::Reverse;

use runtime_hooks_recorder::LiveState;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::query::{parsed, parsed_option};
use super::values::unix_millis;
use crate::live_snapshot::{CompactTask, Nanos};
use crate::sampler::Sampler;
use crate::series_cache::DisclosedSeries;

/// The default of `limit`.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;

/// Which tasks, in which order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TasksQuery {
    #[serde(default, deserialize_with = "parsed")]
    order: Order,
    #[serde(default, deserialize_with = "parsed")]
    limit: Limit,
    /// Tasks with these values only.
    runtime: Option<String>,
    r#type: Option<String>,
    state: Option<String>,
    /// Tasks of exactly this name, function or location.
    name: Option<String>,
    function: Option<String>,
    location: Option<String>,
    /// Whether the program gave the name.
    #[serde(default, deserialize_with = "parsed_option")]
    is_named: Option<bool>,
    /// Tasks whose label, function or location contains this.
    filter: Option<String>,
}

/// Which tasks come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Order {
    /// The longest idle.
    #[default]
    Idle,
    /// The longest running.
    Running,
    /// The longest scheduled.
    Scheduled,
    /// The most wakes.
    Wakes,
    /// The longest busy time in all.
    Busy,
    /// The most polls.
    Polls,
    /// The oldest.
    Age,
}

impl Order {
    const ALL: [(&str, Self); 7] = [
        ("idle", Self::Idle),
        ("running", Self::Running),
        ("scheduled", Self::Scheduled),
        ("wakes", Self::Wakes),
        ("busy", Self::Busy),
        ("polls", Self::Polls),
        ("age", Self::Age),
    ];

    /// Tasks of a higher rank come first.
    fn rank(self, task: &CompactTask) -> u64 {
        let in_state = |state| if task.state == state { task.since.0.saturating_add(1) } else { 0 };
        match self {
            Self::Idle => in_state(LiveState::Idle),
            Self::Running => in_state(LiveState::Running),
            Self::Scheduled => in_state(LiveState::Scheduled),
            Self::Wakes => task.wakes,
            Self::Busy => task.busy.0,
            Self::Polls => task.polls,
            Self::Age => task.age.0,
        }
    }
}

impl std::str::FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, order)| *order);
        let names = || Self::ALL.map(|(name, _)| name).join(", ");
        found.ok_or_else(|| format!("expected one of {}, not {text:?}", names()))
    }
}

#[derive(Clone, Copy, Debug)]
struct Limit(usize);

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit.map(Self).ok_or_else(|| format!("expected 1 to {MAX_LIMIT}, not {text:?}"))
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TasksDocument {
    /// Whether live tasks are listed.
    live: bool,
    /// When the list was read, in milliseconds of Unix time.
    at: u128,
    /// The number of all live tasks.
    total: usize,
    /// The number of those that match the query.
    matching: usize,
    /// These by state.
    scheduled: usize,
    running: usize,
    idle: usize,
    tasks: Vec<Row>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TaskRow"))]
struct Row {
    id: String,
    #[serde(flatten)]
    identity: Identity,
    state: &'static str,
    /// In seconds, like all that follow.
    since: f64,
    age: f64,
    busy: f64,
    scheduled: f64,
    polls: u64,
    wakes: u64,
    polls_with_wake: u32,
    last_wake: Option<f64>,
    wakers: u32,
    can_be_woken: bool,
}

impl Row {
    fn new(task: &CompactTask, disclosed: &DisclosedSeries) -> Self {
        Self {
            id: task.id.to_string(),
            identity: Identity::of(disclosed),
            state: task.state.as_str(),
            since: task.since.seconds(),
            age: task.age.seconds(),
            busy: task.busy.seconds(),
            scheduled: task.scheduled.seconds(),
            polls: task.polls,
            wakes: task.wakes,
            polls_with_wake: task.polls_with_wake,
            last_wake: task.last_wake().map(Nanos::seconds),
            wakers: task.wakers,
            can_be_woken: task.can_be_woken,
        }
    }
}

pub(crate) fn tasks(sampler: &Sampler, query: &TasksQuery) -> TasksDocument {
    let (snapshot, disclosed) = sampler.live_snapshot();
    let all = &snapshot.tasks;
    // Compares each series once, not each task.
    let is_wanted: Vec<bool> = disclosed.iter().map(|series| query.matches(series)).collect();
    let is_match = |task: &&CompactTask| {
        task.of(&is_wanted) == Some(&true)
            && query.state.as_ref().is_none_or(|state| state == task.state.as_str())
    };
    let mut matching: Vec<&CompactTask> = all.iter().filter(is_match).collect();
    let of = |state| matching.iter().filter(|task| task.state == state).count();
    let [scheduled, running, idle] =
        [LiveState::Scheduled, LiveState::Running, LiveState::Idle].map(of);
    let (count, rank) = (matching.len(), |task: &&CompactTask| Reverse(query.order.rank(task)));
    let Limit(limit) = query.limit;
    if count > limit {
        matching.select_nth_unstable_by_key(limit, rank);
        matching.truncate(limit);
    }
    matching.sort_by_key(|task| (rank(task), task.id));
    let rows = matching.into_iter().filter_map(|task| Some(Row::new(task, task.of(&disclosed)?)));
    TasksDocument {
        live: sampler.keeps_live(),
        at: unix_millis(snapshot.at),
        total: all.len(),
        matching: count,
        scheduled,
        running,
        idle,
        tasks: rows.collect(),
    }
}

impl TasksQuery {
    /// Compares what is shown of the series: a filter must not find what is not shown.
    fn matches(&self, series: &DisclosedSeries) -> bool {
        let (key, name, location) = (&series.key, series.name.as_deref(), series.location());
        let function = series.function.as_deref();
        let is = |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|w| w == text);
        is(&self.runtime, key.runtime())
            && is(&self.r#type, key.kind().as_str())
            && is(&self.name, name.unwrap_or(""))
            && self.is_named.is_none_or(|wanted| wanted == series.is_named())
            && is(&self.function, function.unwrap_or(""))
            && is(&self.location, location.as_deref().unwrap_or(""))
            && self.filter.as_ref().is_none_or(|filter| {
                let shown = [Some(&*series.label()), function, location.as_deref()];
                shown.into_iter().flatten().any(|text| text.contains(&**filter))
            })
    }
}
