//! A series' attributes, as OpenTelemetry wants them.

use opentelemetry::KeyValue;
use runtime_hooks_core::catalog::attribute;
use runtime_hooks_core::{Measure, Outcome, RuntimeSnapshot, SeriesKey};

/// The attributes of a series, for metrics of your own about it.
pub fn of_series(key: &SeriesKey) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new(attribute::TYPE, key.kind().as_str()),
        KeyValue::new(attribute::RUNTIME, key.runtime()),
    ];
    attributes.extend(key.name().map(|name| KeyValue::new(attribute::NAME, name.to_owned())));
    attributes
}

/// Those of the processes of a series that ended so.
pub(crate) fn of_outcome(key: &SeriesKey, outcome: Outcome) -> Vec<KeyValue> {
    let mut attributes = of_series(key);
    attributes.push(KeyValue::new(attribute::STATE, outcome.state().as_str()));
    let error_type = outcome.error_type();
    attributes.extend(error_type.map(|text| KeyValue::new(attribute::ERROR_TYPE, text)));
    attributes
}

/// Those of one of a series' histograms.
pub(crate) fn of_measure(key: &SeriesKey, measure: Measure) -> Vec<KeyValue> {
    match measure {
        Measure::Process(outcome) => of_outcome(key, outcome),
        Measure::Schedule | Measure::Poll => of_series(key),
    }
}

/// Those of a runtime, and of one of its workers.
pub(crate) fn of_runtime(runtime: &RuntimeSnapshot, worker: Option<usize>) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(attribute::RUNTIME, runtime.name)];
    let worker = worker.and_then(|worker| i64::try_from(worker).ok());
    attributes.extend(worker.map(|worker| KeyValue::new(attribute::WORKER, worker)));
    attributes
}
