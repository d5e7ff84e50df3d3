// The flight record, arranged once for drawing: rows, lanes, colours and arrows.
//
// Times are microseconds. 0 is when the record was taken, and earlier times are negative.

import { nameOf, visible } from './format.js';

/** The busiest names have a colour each. All other names share one. */
export const COLORS = 8;
export const OTHER = COLORS;
/** The page's record, in seconds. */
export const LONGEST = 60;

export const [POLLED, ENDED, WOKEN] = [0, 1, 2];
const KINDS = ['polled', 'ended', 'woken'];
/** Outcomes from the least to the most remarkable. The number of a mark is its index. */
export const OUTCOMES = [null, 'finished', 'cancelled', 'timeout', 'exception'];

/** Rounding may let a poll begin before the previous one ends. */
const TOLERANCE = 0.002;
const BUCKETS = 600;

/** The first index whose value is above `limit`. The values are sorted. */
export function above(values, limit) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

export class FlightRecord {
  constructor(document) {
    Object.assign(this, document);
    const { kind, at, length, ended } = this.events;
    this.count = kind.length;
    this.kind = Uint8Array.from(kind, (name) => KINDS.indexOf(name));
    this.outcome = Uint8Array.from(ended, (name) => OUTCOMES.indexOf(name));
    this.end = Float64Array.from(at, (before) => -before);
    this.begin = Float64Array.from(at, (before, event) => -before - (length[event] ?? 0));
    this.depth = new Uint16Array(this.count);
    this.names = this.series.map(nameOf);
    this.rank();
    this.arrange();
    this.group();
    this.connect();
    const first = this.rows.reduce((first, row) => Math.min(first, row.first), 0);
    // A little earlier, so that the first event is in view.
    this.first = Math.max(-LONGEST * 1e6, first * 1.002 - 1);
    this.density = densityOf(this.rows, this.first);
  }

  seriesOf(event) {
    return this.tasks.series[this.events.task[event]];
  }

  /** The tasks that ran when the record was taken, the longest poll first. */
  running() {
    const { state, running_for: long } = this.tasks;
    const running = state.flatMap((name, task) => (name === 'running' ? [task] : []));
    return running.sort((a, b) => long[b] - long[a]);
  }

  /** Gives colours to the names with the most time in polls. */
  rank() {
    this.busy = new Float64Array(this.series.length);
    this.events.length.forEach((length, event) => { this.busy[this.seriesOf(event)] += length ?? 0; });
    const seen = new Set();
    for (let event = 0; event < this.count; event += 1) seen.add(this.seriesOf(event));
    this.ranked = [...seen].sort((a, b) => this.busy[b] - this.busy[a]);
    this.color = new Uint8Array(this.series.length).fill(OTHER);
    this.ranked.slice(0, COLORS).forEach((series, color) => { this.color[series] = color; });
  }

  /** Makes a row of each thread that has events. */
  arrange() {
    const byThread = this.threads.map(() => []);
    this.events.thread.forEach((thread, event) => byThread[thread].push(event));
    this.rows = byThread.flatMap((events, thread) => (events.length ? [new Row(this, this.threads[thread], events)] : []));
    const compare = new Intl.Collator('en', { numeric: true }).compare;
    this.rows.sort((a, b) => compare(a.name, b.name) || a.thread.number - b.thread.number);
    this.rowOf = new Map(this.rows.map((row) => [row.thread, row]));
    this.busiest = this.rows.reduce((most, row) => (row.events > (most?.events ?? 0) ? row : most), null);
  }

  row(event) {
    return this.rowOf.get(this.threads[this.events.thread[event]]);
  }

  /** Sorts the events by task, in one array. */
  group() {
    const { task } = this.events;
    this.starts = new Int32Array(this.tasks.series.length + 1);
    for (const of of task) this.starts[of + 1] += 1;
    for (let of = 1; of < this.starts.length; of += 1) this.starts[of] += this.starts[of - 1];
    const next = this.starts.slice();
    this.byTask = new Int32Array(this.count);
    task.forEach((of, event) => { this.byTask[next[of]] = event; next[of] += 1; });
    for (let of = 0; of + 1 < this.starts.length; of += 1) this.eventsOf(of).sort((a, b) => this.begin[a] - this.begin[b] || a - b);
  }

  /** The events of a task, in the order in which they began. */
  eventsOf(task) {
    return this.byTask.subarray(this.starts[task], this.starts[task + 1]);
  }

  /** Finds the poll that each wake caused: the next one of the task. `partner` leads from one to the other. */
  connect() {
    this.partner = new Int32Array(this.count).fill(-1);
    for (let task = 0; task + 1 < this.starts.length; task += 1) {
      let wake = -1;
      for (const event of this.eventsOf(task)) {
        if (this.kind[event] === WOKEN && wake < 0) wake = event;
        if (this.kind[event] !== POLLED || wake < 0) continue;
        this.partner[wake] = event;
        this.partner[event] = wake;
        wake = -1;
      }
    }
  }

  /** The polls of a task before and after an event of it; `undefined` if there is none. */
  neighbours(event) {
    const polls = [...this.eventsOf(this.events.task[event])].filter((other) => this.kind[other] === POLLED || other === event);
    const at = polls.indexOf(event);
    return [polls[at - 1], polls[at + 1]];
  }
}

/** A thread. Polls that run inside another poll are in a lane of their own. */
class Row {
  constructor(record, thread, events) {
    const { kind, outcome, end } = record;
    this.thread = thread;
    this.name = thread.name === null ? `thread ${thread.number}` : visible(thread.name);
    this.title = thread.system_id === null ? this.name : `${this.name} (${thread.system_id})`;
    this.events = events.length;
    const points = (is) => {
      const all = events.filter(is);
      return { at: Float64Array.from(all, (event) => end[event]), event: Int32Array.from(all) };
    };
    this.wakes = points((event) => kind[event] === WOKEN);
    this.ends = points((event) => kind[event] === ENDED);
    // A finished task has a mark only if no poll shows its end.
    this.marks = points((event) => outcome[event] > (kind[event] === POLLED ? 1 : 0));
    this.lanes = lanesOf(record, events.filter((event) => kind[event] === POLLED));
    this.oldest = end[events[0]];
    this.first = Math.min(this.oldest, this.lanes[0]?.begin[0] ?? 0);
  }

  /** The number of events between two times. */
  countIn(from, to) {
    const points = ({ at }) => above(at, to) - above(at, from);
    return this.lanes.reduce((sum, lane) => sum + lane.range(from, to), points(this.wakes) + points(this.ends));
  }

  /** The innermost poll at a time; -1 if there is none. */
  pollAt(time) {
    for (const lane of [...this.lanes].reverse()) {
      const index = lane.after(time);
      if (index < lane.event.length && lane.begin[index] <= time) return lane.event[index];
    }
    return -1;
  }
}

/** Polls that do not overlap, in the order of time. */
class Lane {
  constructor(record, events) {
    this.event = Int32Array.from(events);
    this.begin = Float64Array.from(events, (event) => record.begin[event]);
    this.end = Float64Array.from(events, (event) => record.end[event]);
    this.task = Int32Array.from(events, (event) => record.events.task[event]);
    this.color = Uint8Array.from(events, (event) => record.color[record.seriesOf(event)]);
  }

  /** The index of the first poll that ends after a time. */
  after(time) {
    return above(this.end, time);
  }

  range(from, to) {
    return Math.max(0, above(this.begin, to) - this.after(from));
  }
}

function lanesOf(record, polls) {
  const { begin, end } = record;
  // Of two polls with equal times, the later event is the outer one: a poll is recorded when it ends.
  polls.sort((a, b) => begin[a] - begin[b] || end[b] - end[a] || b - a);
  const [lanes, open] = [[], []];
  for (const event of polls) {
    while (open.length && end[open.at(-1)] <= begin[event] + TOLERANCE) open.pop();
    if (open.length) end[event] = Math.min(end[event], end[open.at(-1)]);
    record.depth[event] = open.length;
    (lanes[open.length] ??= []).push(event);
    open.push(event);
  }
  return lanes.map((events) => new Lane(record, events));
}

/** How busy all threads are together over the record: shares of the highest value. */
function densityOf(rows, first) {
  const sums = new Float64Array(BUCKETS);
  const place = (time) => Math.min(BUCKETS, Math.max(0, (1 - time / first) * BUCKETS));
  for (const lane of rows.flatMap((row) => row.lanes.slice(0, 1))) {
    for (let index = 0; index < lane.event.length; index += 1) {
      const [from, to] = [place(lane.begin[index]), place(lane.end[index])];
      for (let bucket = Math.floor(from); bucket < to; bucket += 1) sums[bucket] += Math.min(to, bucket + 1) - Math.max(from, bucket);
    }
  }
  const most = Math.max(...sums, 1e-9);
  return Float32Array.from(sums, (sum) => sum / most);
}
