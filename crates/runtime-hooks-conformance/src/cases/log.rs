//! Reports of single slow polls and timeouts.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use runtime_hooks_core::{
    Config, Detail, Incident, IncidentKind, MAX_INCIDENTS_PER_SECOND, ManualClock, Reporter,
    RuntimeHooksExt,
};

use crate::tools::{ms, polls};
use crate::{Harness, Stage};

/// Keeps a line for each incident.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<String>>);

impl Reporter for Told {
    fn report(&self, incident: &Incident<'_>) {
        let Incident { kind, name, task_kind, duration, location, .. } = incident;
        let location = location.expect("only a stall can lack it");
        let line = format!(
            "{} {task_kind} {} {duration:?} {}",
            kind.as_str(),
            name.unwrap_or_default(),
            location.line()
        );
        assert!(incident.to_string().contains(location.file()));
        self.0.lock().unwrap().push(line);
    }
}

impl Told {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn on_stage<H: Harness>(what: &[IncidentKind]) -> (Stage<H>, Arc<Told>) {
    let reported = Arc::<Told>::default();
    let config =
        Config::new().detail(Detail::Counts).slow_poll(ms(10)).log(what).reporter(reported.clone());
    (Stage::with(ManualClock::new(), config), reported)
}

/// The report of a slow poll has the task's name, the poll's duration and the spawn site.
pub fn a_slow_poll_is_reported<H: Harness>() {
    let (stage, reported) = on_stage::<H>(&[IncidentKind::SlowPoll]);
    let line = line!() + 1;
    stage.play(stage.runtime.spawn(polls(1, stage.time.clone(), ms(11)))).unwrap();
    stage.play(stage.runtime.spawn(polls(3, stage.time.clone(), ms(10)))).unwrap();
    assert_eq!(reported.lines(), [format!("slow_poll coroutine polls 11ms {line}")]);
}

/// A slow closure on the blocking pool is not reported.
pub fn a_slow_closure_is_not_reported<H: Harness>() {
    let (stage, reported) = on_stage::<H>(IncidentKind::ALL);
    let time = stage.time.clone();
    stage.runtime.named("closure").instrument_blocking(move || time.advance(ms(500)))();
    assert_eq!(reported.lines(), [""; 0]);
}

/// The report of a timeout has the task's age.
pub fn a_timeout_is_reported<H: Harness>() {
    let (stage, reported) = on_stage::<H>(&[IncidentKind::Timeout]);
    let line = line!() + 1;
    let late = stage.runtime.named("late").timeout(Duration::ZERO, pending::<()>());
    stage.time.advance(ms(20));
    stage.play(late).unwrap_err();
    let in_time = stage.runtime.timeout(Duration::from_secs(3_600), async {});
    stage.play(in_time).unwrap();
    assert_eq!(reported.lines(), [format!("timeout coroutine late 20ms {line}")]);
}

/// Without a selection nothing is reported.
pub fn nothing_is_reported_by_default<H: Harness>() {
    let (stage, reported) = on_stage::<H>(&[]);
    stage.play(stage.runtime.spawn(polls(2, stage.time.clone(), ms(50)))).unwrap();
    stage.play(stage.runtime.timeout(Duration::ZERO, pending::<()>())).unwrap_err();
    assert_eq!(reported.lines(), [""; 0]);
}

/// At most `MAX_INCIDENTS_PER_SECOND` incidents are reported per second.
pub fn reports_are_limited_per_second<H: Harness>() {
    let start = Instant::now();
    let (stage, reported) = on_stage::<H>(&[IncidentKind::SlowPoll]);
    stage.play(stage.runtime.spawn(polls(1_000, stage.time.clone(), ms(11)))).unwrap();
    let (count, most) = (reported.lines().len() as u64, u64::from(MAX_INCIDENTS_PER_SECOND));
    // Each further second that the case takes on a slow machine allows the same number of reports.
    let seconds = 1 + start.elapsed().as_secs();
    assert!((most..=most * seconds).contains(&count), "{count} in {seconds} s");
}
