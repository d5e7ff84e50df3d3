//! Writes packets: times relative to the packet before, each name once.

use std::collections::HashMap;

use prost::encoding::message;

use super::schema::{
    Clock, ClockSnapshot, INCREMENTAL_STATE_CLEARED, InternedData, InternedName,
    NEEDS_INCREMENTAL_STATE, PACKET, TracePacket, TracePacketDefaults, TrackDescriptor, TrackEvent,
};

/// One sequence of packets, which is the whole trace.
pub(super) struct Sequence {
    bytes: Vec<u8>,
    last: u64,
    event_names: Names,
    annotation_names: Names,
}

const ID: u32 = 1;
/// Perfetto's numbers of the wall clock and of the clock that it shows.
const REALTIME: u32 = 1;
const BOOTTIME: u32 = 6;
/// A clock of this sequence, which counts from packet to packet.
const INCREMENTAL: u32 = 64;

impl Sequence {
    /// Begins at this time, in nanoseconds since the Unix epoch.
    pub(super) fn new(begins: u64) -> Self {
        let clock = |clock_id, is_incremental| Clock {
            clock_id: Some(clock_id),
            timestamp: Some(begins),
            is_incremental,
        };
        let clocks =
            vec![clock(REALTIME, None), clock(BOOTTIME, None), clock(INCREMENTAL, Some(true))];
        let mut this = Self {
            bytes: Vec::new(),
            last: begins,
            event_names: Names::default(),
            annotation_names: Names::default(),
        };
        this.write(TracePacket {
            clock_snapshot: Some(ClockSnapshot { clocks }),
            sequence_flags: Some(INCREMENTAL_STATE_CLEARED),
            trace_packet_defaults: Some(TracePacketDefaults {
                timestamp_clock_id: Some(INCREMENTAL),
            }),
            ..TracePacket::default()
        });
        this
    }

    pub(super) fn describe(&mut self, track: TrackDescriptor) {
        self.write(TracePacket { track_descriptor: Some(track), ..TracePacket::default() });
    }

    /// Writes an event. Times must not decrease.
    pub(super) fn event(&mut self, at: u64, event: TrackEvent) {
        let timestamp = at.saturating_sub(self.last);
        self.last = self.last.max(at);
        let new = InternedData {
            event_names: self.event_names.take_new(),
            debug_annotation_names: self.annotation_names.take_new(),
        };
        self.write(TracePacket {
            timestamp: Some(timestamp),
            sequence_flags: Some(NEEDS_INCREMENTAL_STATE),
            interned_data: (new != InternedData::default()).then_some(new),
            track_event: Some(event),
            ..TracePacket::default()
        });
    }

    /// The number of an event's name, for the next event.
    pub(super) fn event_name(&mut self, name: &str) -> u64 {
        self.event_names.number(name)
    }

    /// The number of an annotation's name, for the next event.
    pub(super) fn annotation_name(&mut self, name: &str) -> u64 {
        self.annotation_names.number(name)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn write(&mut self, packet: TracePacket) {
        let packet = TracePacket { trusted_packet_sequence_id: Some(ID), ..packet };
        message::encode(PACKET, &packet, &mut self.bytes);
    }
}

/// Names with their numbers.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u64>,
    new: Vec<InternedName>,
}

impl Names {
    fn number(&mut self, name: &str) -> u64 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u64 + 1;
        self.numbers.insert(name.to_owned(), number);
        self.new.push(InternedName { iid: Some(number), name: Some(name.to_owned()) });
        number
    }

    fn take_new(&mut self) -> Vec<InternedName> {
        std::mem::take(&mut self.new)
    }
}
