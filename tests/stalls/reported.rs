//! What a watchdog reports, as it is passed to a reporter.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime_hooks::{
    Config, Incident, IncidentKind, Instrumentor, Recorder, Reporter, Stall, Starvation,
};

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
pub(crate) const THRESHOLD: Duration = Duration::from_millis(50);

/// One test at a time: what computes leaves the others no processor.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An incident, owned.
#[derive(Debug)]
pub(crate) struct Reported {
    pub(crate) kind: IncidentKind,
    pub(crate) name: String,
    pub(crate) file: &'static str,
    pub(crate) duration: Duration,
    pub(crate) stall: Option<Stall>,
    pub(crate) starvation: Option<Starvation>,
}

struct Told(Mutex<Sender<Reported>>);

impl Reporter for Told {
    fn report(&self, incident: &Incident<'_>) {
        let reported = Reported {
            kind: incident.kind,
            name: incident.name.unwrap().to_owned(),
            file: incident.location.unwrap().file(),
            duration: incident.duration,
            stall: incident.stall.cloned(),
            starvation: incident.starvation.cloned(),
        };
        let _ = self.0.lock().unwrap().send(reported);
    }
}

/// An instrumentor with the list of live tasks, and what is reported of its tasks.
pub(crate) fn instrumentor() -> (Arc<Instrumentor>, Receiver<Reported>) {
    let (told, reported) = channel();
    let config = Config::new().recorder(Recorder::new()).live(true).stall(THRESHOLD);
    let config = config.reporter(Arc::new(Told(Mutex::new(told))));
    (Instrumentor::installed(config), reported)
}
