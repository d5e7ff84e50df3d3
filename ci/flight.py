"""Checks flight records of real programs. `flight.py EXAMPLES`: the folder of the built examples.

`flight.py --read PATH..` checks records and prints the events of traces.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

RUNTIMES = ["tokio", "smol", "async-std"]
SECONDS = 2
# Of examples/hunts/stall.rs.
STALL, STALL_MILLIS = "rebuild_cache", 200
SERVICES = {"account", "cart", "search"}
CONNECTIONS = 12
CLIENTS = "clients"
MILLI = 1_000_000


class Fault(Exception):
    """A check has failed."""


def expect(condition, message: str):
    if not condition:
        raise Fault(message)


def main():
    if sys.argv[1] == "--read":
        for path in sys.argv[2:]:
            print(*lines_of(pathlib.Path(path)), sep="\n")
        return
    examples = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="flight-") as made:
        folder = pathlib.Path(made)
        for runtime in RUNTIMES:
            for extension, check in [("pftrace", check_perfetto), ("json", check_firefox)]:
                path = folder / f"{runtime}.{extension}"
                with named(path.name):
                    said = record(examples / "hunts", runtime, path)
                    expect_mode(path, 0o600)
                    events, told = check(path, stalls=True)
                    expect(events == said, f"the program recorded {said} events, the file has {events}")
                    expect_faults_found(path, check)
                    size = path.stat().st_size
                    print(f"{path.name}: {events} events, {size / events:.0f} bytes per event, {told}")
        with named("environment"):
            print("environment:", by_environment(examples / "hunts", folder / "missing" / "records"))
        with named("console"):
            print("console:", by_console(examples / "hunts", folder))
        with named("redaction"):
            print("redaction:", hashed(examples / "hunts", folder / "hashed"))
        with named("panic"):
            print("panic:", after_panic(examples, folder / "panic"))


@contextlib.contextmanager
def named(what: str):
    try:
        yield
    except (Fault, subprocess.SubprocessError) as fault:
        sys.exit(f"ci/flight: {what}: {fault}")


def record(hunts: pathlib.Path, runtime: str, path: pathlib.Path) -> int:
    """Runs the stall and records it. The number of events that the program says it has recorded."""
    command = [hunts, "stall", "--runtime", runtime, "--record", path, "--seconds", str(SECONDS)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60, env=clean())
    found = re.search(r"^(\d+) events of ", done.stdout, re.MULTILINE)
    expect(found, f"the program does not say how many events there are:\n{done.stdout}")
    return int(found[1])


def clean(**variables) -> dict:
    """The environment without settings of ours."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return ours | variables


def expect_mode(path: pathlib.Path, mode: int):
    found = stat.S_IMODE(path.stat().st_mode)
    expect(found == mode, f"{path} has the mode {found:o}, not {mode:o}")


# Perfetto.


class Slice:
    """A slice, or an instant, whose start and end are equal."""

    def __init__(self, track: int, name: str, start: int, event: TrackEvent):
        self.track, self.name, self.start, self.end, self.event = track, name, start, None, event

    def millis(self) -> float:
        return (self.end - self.start) / MILLI


class Record:
    """What a trace contains. Checks each packet while it reads them."""

    def __init__(self, content: bytes):
        self.tracks, self.slices, self.instants, self.counters = {}, [], [], {}
        self.lines = []
        self.now, self.start = None, None
        self.open, self.flows, self.ended_flows = {}, {}, {}
        self.event_names, self.annotation_names = {}, {}
        trace = Trace.FromString(content)
        expect(trace.packet, "there is no packet")
        expect_known(trace, "Trace")
        for number, packet in enumerate(trace.packet):
            try:
                self.read(packet)
            except Fault as fault:
                raise Fault(f"packet {number}: {fault}\n{packet}") from None
        for track, slices in self.open.items():
            expect(not slices, f"the slice {slices[-1:] and slices[-1].name!r} on {self.tracks[track].name!r} has no end")
        expect(self.flows.keys() == self.ended_flows.keys(),
               f"{len(self.flows)} flows begin and {len(self.ended_flows)} end, not the same ones")
        # The clock moves by unsigned steps: one step back would be 584 years forward.
        hour = 3_600_000 * MILLI
        expect(abs(time.time_ns() - self.now) < hour, f"the last event is at {self.now} ns, not within the last hour")

    def read(self, packet: TracePacket):
        if packet.HasField("clock_snapshot"):
            return self.read_clock(packet)
        expect(self.now is not None, "no clock is defined yet")
        expect(packet.trusted_packet_sequence_id == self.sequence, "another sequence")
        if packet.HasField("track_descriptor"):
            return self.read_track(packet.track_descriptor)
        expect(packet.HasField("track_event"), "neither a track nor an event")
        expect(packet.sequence_flags == TracePacket.SEQ_NEEDS_INCREMENTAL_STATE, "does not state that it needs names")
        expect(packet.HasField("timestamp") and not packet.HasField("timestamp_clock_id"), "no time on the default clock")
        self.now += packet.timestamp
        self.read_names(packet.interned_data.event_names, self.event_names)
        self.read_names(packet.interned_data.debug_annotation_names, self.annotation_names)
        self.read_event(packet.track_event)

    def read_clock(self, packet: TracePacket):
        expect(self.now is None, "a second clock")
        clocks = {clock.clock_id: clock for clock in packet.clock_snapshot.clocks}
        default = clocks.get(packet.trace_packet_defaults.timestamp_clock_id)
        # Numbers from 64 to 127 are clocks of the sequence.
        expect(default and default.is_incremental and 64 <= default.clock_id < 128, "the default clock is not incremental")
        expect(packet.sequence_flags == TracePacket.SEQ_INCREMENTAL_STATE_CLEARED, "does not start the sequence")
        expect(packet.trusted_packet_sequence_id, "no sequence")
        self.sequence = packet.trusted_packet_sequence_id
        self.now = self.start = default.timestamp

    def read_track(self, track):
        expect(track.uuid not in self.tracks, "the track is described twice")
        expect(not track.HasField("parent_uuid") or track.parent_uuid in self.tracks, "its parent is not described yet")
        track.name = track.name or track.thread.thread_name or track.process.process_name
        expect(track.name, "the track has no name")
        self.tracks[track.uuid] = track

    def read_names(self, names, known: dict):
        for name in names:
            expect(name.iid and name.iid not in known, f"the number {name.iid} is used twice")
            expect(name.name not in known.values(), f"{name.name!r} is interned twice")
            known[name.iid] = name.name

    def read_event(self, event: TrackEvent):
        expect(event.track_uuid in self.tracks, "its track is not described yet")
        track = event.track_uuid
        for annotation in event.debug_annotations:
            expect(annotation.name_iid in self.annotation_names, "an annotation has an unknown name")
        self.read_flows(event)
        kind = TrackEvent.Type.Name(event.type)
        if kind == "TYPE_COUNTER":
            expect(self.tracks[track].HasField("counter"), "its track is no counter")
            expect(event.counter_value >= 0, f"{self.tracks[track].name!r} is {event.counter_value}")
            self.counters.setdefault(track, []).append((self.now, event.counter_value))
        elif kind == "TYPE_SLICE_END":
            expect(self.open.get(track), "no slice is open on its track")
            self.open[track].pop().end = self.now
        else:
            expect(kind in ("TYPE_SLICE_BEGIN", "TYPE_INSTANT"), f"an event of type {kind}")
            expect(event.name_iid in self.event_names, "it has an unknown name")
            found = Slice(track, self.event_names[event.name_iid], self.now, event)
            if kind == "TYPE_INSTANT":
                found.end = self.now
                self.instants.append(found)
            else:
                self.open.setdefault(track, []).append(found)
                self.slices.append(found)
        name = self.event_names.get(event.name_iid, "")
        self.lines.append((self.now - self.start, kind, self.tracks[track].name, name, event))

    def read_flows(self, event: TrackEvent):
        for flow in event.flow_ids:
            expect(flow not in self.flows, f"the flow {flow} begins twice")
            self.flows[flow] = (self.now, event.track_uuid)
        for flow in event.terminating_flow_ids:
            expect(flow in self.flows, f"the flow {flow} ends before it begins")
            expect(flow not in self.ended_flows, f"the flow {flow} ends twice")
            self.ended_flows[flow] = (self.now, event.track_uuid)

    def threads(self) -> dict:
        """The threads' tracks, with their names."""
        return {uuid: track.name for uuid, track in self.tracks.items() if track.HasField("thread")}

    def tasks(self) -> dict:
        """The tasks' tracks, with the names of the tasks."""
        parents = {uuid: track.name.removeprefix("tasks: ") for uuid, track in self.tracks.items()}
        return {uuid: parents[track.parent_uuid] for uuid, track in self.tracks.items()
                if track.HasField("parent_uuid") and self.tracks[track.parent_uuid].HasField("parent_uuid")}


def expect_known(message, where: str):
    """No field that Perfetto does not know, at any depth."""
    unknown = UnknownFieldSet(message)
    expect(not len(unknown), f"{where} has the unknown fields {[field.field_number for field in unknown]}")
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for each in value if field.is_repeated else [value]:
                expect_known(each, f"{where}.{field.name}")


def check_perfetto(path: pathlib.Path, stalls: bool) -> tuple:
    """The number of events of a trace, and what else it has."""
    found = Record(path.read_bytes())
    threads = found.threads()
    events = [event for event in [*found.slices, *found.instants] if event.track in threads]
    told = f"{len(threads)} threads, {len(found.tasks())} tasks, {len(found.flows)} arrows"
    expect(events and found.tasks() and found.flows, f"it lacks something: {len(events)} events, {told}")
    expect(len(found.counters) == 2, f"{len(found.counters)} counters have values, not 2")
    if stalls:
        told += f", {check_stalls(found)}"
    return len(events), told


def check_stalls(found: Record) -> str:
    """Whoever looks at the record sees the stalls, and that all tasks have waited for their end."""
    threads, tasks = found.threads(), found.tasks()
    stalls = [each for each in found.slices if each.track in threads and each.name == STALL
              and 0.9 * STALL_MILLIS < each.millis() < 2 * STALL_MILLIS]

    def follows(delay: Slice, stall: Slice) -> bool:
        return stall.start - 20 * MILLI < delay.start < stall.end <= delay.end < stall.end + 50 * MILLI

    expect(stalls, f"no slice of {STALL} takes about {STALL_MILLIS} ms")
    # The task is runnable during the stall, and runs soon after it. A busy machine delays some tasks for longer.
    delays = [each for each in found.slices if each.name == "scheduled" and tasks.get(each.track) in SERVICES
              and each.millis() > 0.75 * STALL_MILLIS
              and any(follows(each, stall) for stall in stalls)]
    expect(len(delays) >= CONNECTIONS,
           f"only {len(delays)} tasks waited for about {STALL_MILLIS} ms, until a stall was over")
    expect({tasks[each.track] for each in delays} == SERVICES, "not all names waited")
    polls = {flow: each for each in found.slices for flow in each.event.terminating_flow_ids}
    woken = [flow for flow, (at, track) in found.flows.items() if threads[track] == CLIENTS
             and polls[flow].name in SERVICES and polls[flow].start - at > 0.75 * STALL_MILLIS * MILLI]
    expect(len(woken) >= CONNECTIONS, f"only {len(woken)} arrows lead from {CLIENTS} across a stall")
    return f"{len(stalls)} stalls, {len(delays)} delays and {len(woken)} arrows of {STALL_MILLIS} ms"


# The Firefox Profiler.


def check_firefox(path: pathlib.Path, stalls: bool) -> tuple:
    """The number of markers of a profile, and what else it has."""
    profile = json.loads(path.read_bytes())
    meta = profile["meta"]
    expect(meta["version"] >= 24 and meta["preprocessedProfileVersion"] >= 55,
           f"versions {meta['version']} and {meta['preprocessedProfileVersion']}")
    schemas = {schema["name"]: schema for schema in meta["markerSchema"]}
    expect("Task" in schemas and {"marker-chart", "marker-table"} <= set(schemas["Task"]["display"]),
           f"no schema of the markers: {list(schemas)}")
    fields = {field["key"]: field["format"] for field in schemas["Task"]["fields"]}
    expect(fields.keys() == {"task", "location", "outcome", "delay"}, f"the schema has the fields {list(fields)}")
    expect(profile["threads"], "there is no thread")
    stalled, delayed, events = 0, set(), 0
    for thread in profile["threads"]:
        with_name = f"thread {thread['name']!r}"
        markers, strings = thread["markers"], shared_or_own(profile, thread)
        lengths = {key: len(value) for key, value in markers.items() if isinstance(value, list)}
        expect(set(lengths.values()) == {markers["length"]}, f"{with_name}: arrays of unequal length: {lengths}")
        expect(set(lengths) >= {"category", "data", "endTime", "name", "phase", "startTime"}, f"{with_name}: {lengths}")
        events += markers["length"]
        for number in range(markers["length"]):
            data, phase = markers["data"][number], markers["phase"][number]
            start, end = markers["startTime"][number], markers["endTime"][number]
            where = f"{with_name}, marker {number}"
            expect(0 <= markers["name"][number] < len(strings), f"{where}: its name does not exist")
            expect(0 <= markers["category"][number] < len(meta["categories"]), f"{where}: its category does not exist")
            expect(data["type"] == "Task" and data.keys() == {"type", *fields}, f"{where}: {data}")
            for key, form in fields.items():
                if form == "unique-string":
                    expect(0 <= data[key] < len(strings), f"{where}: {key} does not exist")
            expect(start >= 0, f"{where}: it begins at {start}")
            # 0 is an instant, 1 an interval.
            expect(phase == 0 or (phase == 1 and start <= end), f"{where}: phase {phase} from {start} to {end}")
            name = strings[markers["name"][number]]
            if phase == 1 and name == STALL:
                stalled += 0.9 * STALL_MILLIS < end - start < 2 * STALL_MILLIS
            if name in SERVICES and (data["delay"] or 0) > 0.75 * STALL_MILLIS:
                delayed.add(name)
    told = f"{len(profile['threads'])} threads"
    if stalls:
        expect(stalled, f"no marker of {STALL} takes about {STALL_MILLIS} ms")
        expect(delayed == SERVICES, f"only {sorted(delayed)} waited for about {STALL_MILLIS} ms")
        told += f", {stalled} stalls"
    return events, told


def shared_or_own(profile: dict, thread: dict) -> list:
    """Later versions of the format have one array of strings for all threads."""
    return profile.get("shared", {}).get("stringArray") or thread["stringArray"]


# The checks themselves: each of these faults makes a file invalid.


def expect_faults_found(path: pathlib.Path, check):
    """Breaks a valid file in several ways."""
    faults = PERFETTO_FAULTS if check is check_perfetto else FIREFOX_FAULTS
    for break_it in faults:
        broken = path.with_name(f"broken.{path.name}")
        if check is check_perfetto:
            trace = Trace.FromString(path.read_bytes())
            break_it(trace)
            broken.write_bytes(trace.SerializeToString())
        else:
            profile = json.loads(path.read_bytes())
            break_it(profile)
            broken.write_text(json.dumps(profile))
        try:
            check(broken, stalls=True)
        except Fault:
            continue
        raise AssertionError(f"{path.name}: not found: {break_it.__name__}")


def last(trace: Trace, is_it) -> TracePacket:
    return next(packet for packet in reversed(trace.packet) if is_it(packet))


def unknown_field(trace: Trace):
    trace.packet[-1].track_event.MergeFromString(b"\xfa\xff\x7f\x01x")  # the field 262 143


def slice_without_end(trace: Trace):
    trace.packet.remove(last(trace, lambda packet: packet.track_event.type == TrackEvent.TYPE_SLICE_END))


def event_without_track(trace: Trace):
    trace.packet.remove(last(trace, lambda packet: packet.HasField("track_descriptor")))


def track_after_its_events(trace: Trace):
    track = last(trace, lambda packet: packet.HasField("track_descriptor"))
    trace.packet.remove(track)
    trace.packet.append(track)


def arrow_without_end(trace: Trace):
    del last(trace, lambda packet: packet.track_event.terminating_flow_ids).track_event.terminating_flow_ids[:]


def arrow_without_start(trace: Trace):
    del last(trace, lambda packet: packet.track_event.flow_ids).track_event.flow_ids[:]


def name_interned_twice(trace: Trace):
    names = last(trace, lambda packet: packet.interned_data.event_names).interned_data.event_names
    names.add(iid=999, name=names[0].name)


def unknown_name(trace: Trace):
    last(trace, lambda packet: packet.track_event.name_iid).track_event.name_iid = 999


def counter_below_zero(trace: Trace):
    last(trace, lambda packet: packet.track_event.type == TrackEvent.TYPE_COUNTER).track_event.counter_value = -1


def time_that_goes_back(trace: Trace):
    trace.packet[-1].timestamp = (1 << 64) - MILLI


def no_stall(trace: Trace):
    for packet in trace.packet:
        for name in packet.interned_data.event_names:
            name.name = name.name.replace(STALL, "harmless")


def delays_without_wakes(trace: Trace):
    for packet in trace.packet:
        if packet.track_descriptor.thread.thread_name == CLIENTS:
            packet.track_descriptor.thread.thread_name = "others"


PERFETTO_FAULTS = [unknown_field, slice_without_end, event_without_track, track_after_its_events, arrow_without_end,
                   arrow_without_start, name_interned_twice, unknown_name, counter_below_zero, time_that_goes_back,
                   no_stall, delays_without_wakes]


def arrays_of_unequal_length(profile: dict):
    profile["threads"][0]["markers"]["endTime"].pop()


def name_that_does_not_exist(profile: dict):
    profile["threads"][0]["markers"]["name"][0] = 999


def schema_without_a_field(profile: dict):
    profile["meta"]["markerSchema"][0]["fields"].pop()


def no_schema(profile: dict):
    profile["meta"]["markerSchema"].clear()


def old_version(profile: dict):
    profile["meta"]["preprocessedProfileVersion"] = 10


FIREFOX_FAULTS = [arrays_of_unequal_length, name_that_does_not_exist, schema_without_a_field, no_schema, old_version]


# Records that a program writes by itself.


@contextlib.contextmanager
def stall(hunts: pathlib.Path, **variables):
    """The program with the stall, and the URL of its console."""
    command = [hunts, "stall", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=clean(**variables)) as process:
        try:
            url = process.stdout.readline().strip()
            expect(url.startswith("http://"), "the program has not started")
            yield process, url
        finally:
            process.kill()


def until(folder: pathlib.Path, pattern: str, seconds: int = 20) -> pathlib.Path:
    """The file with this name, once it is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := sorted(folder.glob(pattern)):
            return found[0]
        time.sleep(0.05)
    there = [path.name for path in folder.glob("*")] if folder.is_dir() else "no folder"
    raise Fault(f"no file {pattern} after {seconds} s, but {there}")


def by_environment(hunts: pathlib.Path, folder: pathlib.Path) -> str:
    """The folder is made, and a slow poll and a signal are records, each with a task dump."""
    variables = {"OTEL_RUST_ASYNCIO_FLIGHT_DIR": str(folder), "OTEL_RUST_ASYNCIO_FLIGHT_ON": "signal,slow_poll"}
    with stall(hunts, **variables) as (process, _):
        slow = until(folder, "flight-*-slow_poll.pftrace")
        process.send_signal(signal.SIGUSR2)
        asked = until(folder, "flight-*-signal.pftrace")
        # Each has a task dump beside it.
        dumps = [until(folder, f"flight-*-{reason}.txt") for reason in ("slow_poll", "signal")]
        expect(process.poll() is None, "the signal has ended the program")
        process.kill()
        said = process.stderr.read()
    for made in [folder, folder.parent]:
        expect_mode(made, 0o700)
    told = []
    for path in [slow, asked]:
        expect_mode(path, 0o600)
        expect(str(path) in said, f"the program does not name {path}:\n{said}")
        events, _ = check_perfetto(path, stalls=False)
        told.append(f"{path.name.split('-')[-1]} with {events} events")
    for path in dumps:
        expect_mode(path, 0o600)
        expect("rebuild_cache" in path.read_text(), f"{path} is no dump of the tasks")
    left = [path.name for path in folder.iterdir() if path not in (slow, asked, *dumps)]
    expect(not left, f"there are other files: {left}")
    return ", ".join(told)


def by_console(hunts: pathlib.Path, folder: pathlib.Path) -> str:
    """The console serves the last seconds, in both formats."""
    told = []
    with stall(hunts) as (_, url):
        time.sleep(1.5)
        for query, name, check in [("", "flight.pftrace", check_perfetto),
                                   ("&format=firefox", "flight.json", check_firefox)]:
            with urllib.request.urlopen(f"{url}api/v1/flight?seconds=1{query}", timeout=10) as answer:
                disposition = answer.headers["content-disposition"]
                expect(disposition == f'attachment; filename="{name}"', f"the file is {disposition}")
                path = folder / name
                path.write_bytes(answer.read())
            told.append(f"{name} with {check(path, stalls=False)[0]} events")
    return ", ".join(told)


def hashed(hunts: pathlib.Path, folder: pathlib.Path) -> str:
    """Neither format shows names or paths that the environment hides."""
    secrets = [STALL, *SERVICES, "stall.rs", "hunts"]
    for form, extension in [("perfetto", "pftrace"), ("firefox", "json")]:
        variables = {"OTEL_RUST_ASYNCIO_FLIGHT_DIR": str(folder), "OTEL_RUST_ASYNCIO_FLIGHT_ON": "signal",
                     "OTEL_RUST_ASYNCIO_FLIGHT_FORMAT": form, "OTEL_RUST_ASYNCIO_FLIGHT_DISCLOSE": "hashed"}
        with stall(hunts, **variables) as (process, _):
            # Something has been recorded when the first stall is over.
            time.sleep(2 * STALL_MILLIS / 1000)
            process.send_signal(signal.SIGUSR2)
            path = until(folder, f"flight-*-signal.{extension}")
        content = path.read_bytes()
        # Whole words: fields of the format are searchable.
        shown = [secret for secret in secrets if re.search(rf"\b{re.escape(secret)}\b".encode(), content)]
        expect(not shown, f"{path.name} shows {shown}")
        check = check_perfetto if form == "perfetto" else check_firefox
        expect(check(path, stalls=False)[0], f"{path.name} is empty")
    return "hashed names and paths"


def after_panic(examples: pathlib.Path, folder: pathlib.Path) -> str:
    """A panic in a task is a record, without further settings."""
    command = [examples / "quickstart", "--trouble", pathlib.Path(__file__).parent]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60,
                   env=clean(OTEL_RUST_ASYNCIO_FLIGHT_DIR=str(folder)))
    path = until(folder, "flight-*-panic.pftrace")
    expect_mode(path, 0o600)
    return f"{path.name.split('-')[-1]} with {check_perfetto(path, stalls=False)[0]} events"


def lines_of(path: pathlib.Path):
    with named(path.name):
        if path.suffix == ".json":
            yield f"{path}: {check_firefox(path, stalls=False)}"
            return
        yield f"{path}: {check_perfetto(path, stalls=False)}"
        for at, kind, track, name, event in Record(path.read_bytes()).lines:
            what = event.counter_value if kind == "TYPE_COUNTER" else name
            yield f"{at / MILLI:12.3f} ms  {kind.removeprefix('TYPE_').lower():12} {track:40} {what}"


if __name__ == "__main__":
    main()
