//! Reporting what was wrong with the environment, once per process.

use std::sync::Mutex;

use runtime_hooks_recorder::Severity;
use runtime_hooks_recorder::internals::{emit, lock};

use super::env::ConfigProblem;

pub(super) fn report_once(problem: &ConfigProblem) {
    static REPORTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let Some(mut reported) = lock(&REPORTED) else { return };
    if reported.iter().any(|variable| variable == problem.variable()) {
        return;
    }
    reported.push(problem.variable().to_owned());
    // After unlocking: the sink is user code.
    drop(reported);
    emit(Severity::Warning, format_args!("{problem}"));
}
