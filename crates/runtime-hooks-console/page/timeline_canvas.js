// The canvas of the timeline: what it shows, and which event is at a point.

import { h } from './dom.js';
import { Scale } from './timeline_bars.js';
import { HEAD, heightOf, Painter, ROW, STRIP } from './timeline_draw.js';
import { above, POLLED } from './timeline_record.js';

/** Microseconds. */
const SHORTEST = 2;
/** Pixels around a point in which an event is found. */
const [NEAR_BAR, NEAR_POINT] = [3, 6];
/** The part of the window that the canvas may take. */
const [LOWEST, SHARE] = [260, 0.62];

export class Timeline {
  constructor({ onview }) {
    this.onview = onview;
    this.canvas = h('canvas', { tabindex: 0, role: 'application', 'aria-label': 'Timeline', 'aria-describedby': 'timeline-keys' });
    // As high as the rows that are out of view.
    this.rest = h('div');
    this.element = h('div', { class: 'timeline', onscroll: () => this.schedule() }, this.canvas, this.rest);
    this.painter = new Painter(this.canvas);
    new ResizeObserver(() => this.resize()).observe(this.element);
    watchTheme(this.canvas, () => { this.painter.colors = null; this.draw(); });
  }

  /** Shows a record from a time on, or from its first event if that is later. */
  show(record, from) {
    Object.assign(this, { record, selected: -1, color: null });
    let total = HEAD;
    this.tops = record.rows.map((row) => {
      total += heightOf(row);
      return total - heightOf(row);
    });
    this.total = total;
    this.showFrom(from);
    this.resize();
  }

  showFrom(from) {
    this.start = Math.max(from, this.record.first);
    this.setView(this.start, 0);
  }

  reset() {
    this.setView(this.start, 0);
  }

  /** Shows the time between two, as far as the record reaches. */
  setView(from, to) {
    const { first } = this.record;
    const span = Math.min(-first, Math.max(SHORTEST, to - from));
    this.from = Math.min(-span, Math.max(first, (from + to - span) / 2));
    this.to = this.from + span;
    this.schedule();
    this.onview();
  }

  /** Around a time; by default the selected event, if it is in view, else the middle. */
  zoom(factor, at = this.center()) {
    const span = Math.min(-this.record.first, Math.max(SHORTEST, (this.to - this.from) * factor));
    const from = at - ((at - this.from) / (this.to - this.from)) * span;
    this.setView(from, from + span);
  }

  center() {
    const begin = this.selected < 0 ? -Infinity : this.record.begin[this.selected];
    return begin >= this.from && begin <= this.to ? begin : (this.from + this.to) / 2;
  }

  /** By microseconds. */
  pan(by) {
    this.setView(this.from + by, this.to + by);
  }

  /** Highlights the task of an event and shows the event; -1 for none. */
  select(event) {
    this.selected = event;
    this.schedule();
    if (event < 0) return;
    const { record, element } = this;
    const [begin, end, span] = [record.begin[event], record.end[event], this.to - this.from];
    if (end < this.from || begin > this.to) this.setView(begin - span / 2, begin + span / 2);
    const top = this.tops[record.rows.indexOf(record.row(event))];
    const isAbove = top < element.scrollTop + HEAD;
    if (isAbove || top + ROW.marks + ROW.lane > element.scrollTop + this.height) element.scrollTop = top - this.height / 3;
  }

  highlight(color) {
    this.color = color;
    this.schedule();
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  resize() {
    if (!this.record) return;
    this.height = Math.min(this.total, Math.max(LOWEST, Math.round(window.innerHeight * SHARE)));
    this.canvas.style.height = `${this.height}px`;
    this.rest.style.height = `${this.total - this.height}px`;
    this.element.style.maxHeight = `${this.height}px`;
    this.width = this.element.clientWidth;
    this.ratio = window.devicePixelRatio;
    [this.canvas.width, this.canvas.height] = [Math.round(this.width * this.ratio), Math.round(this.height * this.ratio)];
    this.draw();
  }

  get scale() {
    return new Scale(this.from, this.to, this.width < 700 ? 96 : 156, this.width);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    if (!this.record || !this.width) return;
    const { record, scale, tops, width, height, ratio, selected, color } = this;
    const { scrollTop } = this.element;
    const lines = record.rows.map((row, index) => ({ row, y: tops[index] - scrollTop }));
    this.painter.draw({ record, scale, lines, width, height, ratio, selected, color });
  }

  /** The time that a point of the strip stands for; `null` elsewhere. */
  stripTime(x, y) {
    const { left, right } = this.scale;
    return y < STRIP ? this.record.first * (1 - (x - left) / (right - left)) : null;
  }

  /** The event at a point: the longest poll of its pixels, a wake or an end; -1 for none. */
  eventAt(x, y) {
    const { scale, tops, record } = this;
    const index = above(tops, y + this.element.scrollTop) - 1;
    if (y < HEAD || x < scale.left || index < 0) return -1;
    const row = record.rows[index];
    const inside = y + this.element.scrollTop - tops[index];
    const depth = Math.floor((inside - ROW.marks) / ROW.lane);
    if (depth >= Math.max(1, row.lanes.length)) return nearest(row.wakes, scale, x);
    const mark = inside < ROW.marks ? nearest(row.marks, scale, x) : -1;
    return mark < 0 ? this.pollAt(row.lanes[Math.max(0, depth)], scale, x) : mark;
  }

  pollAt(lane, scale, x) {
    let [best, most] = [-1, -1];
    const [from, to, time] = [scale.time(x - NEAR_BAR), scale.time(x + NEAR_BAR), scale.time(x)];
    for (let index = lane?.after(from) ?? 0; index < (lane?.event.length ?? 0) && lane.begin[index] <= to; index += 1) {
      const width = (lane.end[index] - lane.begin[index]) * scale.pixels;
      const isHere = width > 1 && lane.begin[index] <= time && lane.end[index] >= time;
      // A highlighted name first, then what is at the very point, then the longest.
      const weight = width + (isHere ? 1e6 : 0) + (this.color === lane.color[index] ? 1e12 : 0);
      if (weight > most) [best, most] = [lane.event[index], weight];
    }
    return best;
  }

  /** The polls in view, the longest first. */
  longest(limit) {
    const found = [];
    const { record, from, to } = this;
    for (const lane of record.rows.flatMap((row) => row.lanes)) {
      for (let index = lane.after(from); index < lane.event.length && lane.begin[index] < to; index += 1) {
        if (this.color !== null && lane.color[index] !== this.color) continue;
        const length = lane.end[index] - lane.begin[index];
        if (found.length === limit && length <= found.at(-1).length) continue;
        const place = found.findIndex((other) => other.length < length);
        found.splice(place < 0 ? found.length : place, 0, { event: lane.event[index], length });
        if (found.length > limit) found.pop();
      }
    }
    return found.map(({ event }) => event);
  }
}

function nearest({ at, event }, scale, x) {
  const right = above(at, scale.time(x));
  const distance = (index) => (index >= 0 && index < at.length ? Math.abs(scale.x(at[index]) - x) : Infinity);
  const index = distance(right - 1) <= distance(right) ? right - 1 : right;
  return distance(index) <= NEAR_POINT ? event[index] : -1;
}

/** Calls `change` when the colours have changed, as long as the element is on the page. */
function watchTheme(element, change) {
  const end = new AbortController();
  const observer = new MutationObserver(notice);
  function notice() {
    if (element.isConnected) return change();
    observer.disconnect();
    return end.abort();
  }
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  for (const query of ['(prefers-color-scheme: dark)', 'print']) {
    window.matchMedia(query).addEventListener('change', notice, { signal: end.signal });
  }
  // Another view removes this one.
  window.addEventListener('hashchange', notice, { signal: end.signal });
}
