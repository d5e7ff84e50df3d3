//! A flight record as a trace for Perfetto.

mod schema;
mod sequence;
mod tracks;

use runtime_hooks_recorder::{Flight, Outcome};

use self::schema::{COUNTER, DebugAnnotation, INSTANT, SLICE_BEGIN, SLICE_END, TrackEvent};
use self::sequence::Sequence;
use self::tracks::{Content, Entry, Label};
use crate::labels::{SeriesText, Texts};

/// The trace, in Perfetto's protobuf format.
pub(crate) fn perfetto(flight: &Flight, texts: &Texts) -> Vec<u8> {
    let mut sequence = Sequence::new(flight.begins().unwrap_or(flight.taken));
    let (tracks, entries) = tracks::of(flight, texts);
    tracks.into_iter().for_each(|track| sequence.describe(track));
    for entry in entries {
        let event = event(&mut sequence, &entry, &texts.series);
        sequence.event(entry.at, event);
    }
    sequence.into_bytes()
}

fn event(sequence: &mut Sequence, entry: &Entry, series: &[SeriesText]) -> TrackEvent {
    let event = TrackEvent { track_uuid: Some(entry.track), ..TrackEvent::default() };
    match entry.content {
        Content::Begin { label, arrow, ended } => TrackEvent {
            r#type: Some(SLICE_BEGIN),
            name_iid: Some(sequence.event_name(text(label, series))),
            terminating_flow_ids: Vec::from_iter(arrow),
            debug_annotations: annotations(sequence, label, ended, series),
            ..event
        },
        Content::End => TrackEvent { r#type: Some(SLICE_END), ..event },
        Content::Instant { label, arrow, ended } => TrackEvent {
            r#type: Some(INSTANT),
            name_iid: Some(sequence.event_name(text(label, series))),
            flow_ids: Vec::from_iter(arrow),
            debug_annotations: annotations(sequence, label, ended, series),
            ..event
        },
        Content::Counter(value) => {
            TrackEvent { r#type: Some(COUNTER), counter_value: Some(value), ..event }
        }
    }
}

fn text(label: Label, series: &[SeriesText]) -> &str {
    match label {
        Label::Series(number) | Label::Life(number) => &series[number].label,
        Label::Text(text) => text,
    }
}

/// The outcome where a task ends, and the call site where its life begins.
fn annotations(
    sequence: &mut Sequence,
    label: Label,
    ended: Option<Outcome>,
    series: &[SeriesText],
) -> Vec<DebugAnnotation> {
    let mut annotation = |name, value: &str| DebugAnnotation {
        name_iid: Some(sequence.annotation_name(name)),
        string_value: Some(value.to_owned()),
    };
    let location = match label {
        Label::Life(number) => series[number].location.as_deref(),
        _ => None,
    };
    let outcome = ended.map(|outcome| annotation("outcome", outcome.state().as_str()));
    let location = location.map(|location| annotation("spawned at", location));
    outcome.into_iter().chain(location).collect()
}
