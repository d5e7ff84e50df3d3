// The timeline: what the threads did in the last seconds, from the flight record.

import { h, text } from './dom.js';
import { count, seconds } from './format.js';
import { Timeline } from './timeline_canvas.js';
import { Input, ZOOM } from './timeline_input.js';
import { Legend, LongestPolls, Running, Selection } from './timeline_panel.js';
import { FlightRecord, LONGEST } from './timeline_record.js';

const CHOICES = ['1', '3', '10', '60'];
const FORMATS = [['Perfetto', ''], ['Firefox Profiler', '&format=firefox']];
const KEYS = 'Click an event to select it; its task is highlighted, with an arrow from each wake to the poll that it caused. '
  + 'Wheel, + and −: zoom. Drag and arrows: move. Double click and 0: reset. Enter: longest poll. Shift with ← and →: previous and next poll of the task. Esc: no selection.';

export class TimelineView {
  constructor(route, refresh) {
    Object.assign(this, { route, isWanted: true });
    this.timeline = new Timeline({ onview: () => this.moved() });
    const select = (event) => this.select(event);
    this.input = new Input(this.timeline, select);
    this.legend = new Legend((color) => this.highlight(color));
    this.running = new Running(route);
    this.selection = new Selection(route, { onselect: select, onzoom: (event) => this.zoomTo(event) });
    this.longest = new LongestPolls(select);
    this.again = h('button', { type: 'button', onclick: () => { this.isWanted = true; refresh(); } }, 'Take again');
    this.notice = h('p', { class: 'notice', hidden: true });
    this.empty = h('p', { class: 'empty' }, 'Loading.');
    this.summary = h('p', { class: 'summary' });
    this.content = h('div', { hidden: true }, this.summary, this.legend.element,
      h('div', { class: 'frame' }, this.timeline.element, this.input.tip), h('p', { class: 'key', id: 'timeline-keys' }, KEYS), this.selection.element, this.longest.element);
    this.element = h('section', {}, this.controls(), this.notice, this.running.element, this.content, this.empty);
  }

  get seconds() {
    const chosen = this.route.query.get('seconds');
    return CHOICES.includes(chosen) ? chosen : '10';
  }

  controls() {
    const choices = CHOICES.map((value) => h('label', {},
      h('input', { type: 'radio', name: 'seconds', value, checked: value === this.seconds, onchange: () => this.choose(value) }), h('span', {}, `${value} s`)));
    const { timeline } = this;
    const button = (title, label, act) => h('button', { type: 'button', title: label, 'aria-label': title.length === 1 && label, onclick: () => timeline.record && act() }, title);
    this.downloads = FORMATS.map(([title]) => h('a', {}, title));
    this.link();
    const menu = h('details', { class: 'menu' }, h('summary', {}, 'Download'), h('div', {}, this.downloads));
    menu.addEventListener('focusout', (event) => { if (!menu.contains(event.relatedTarget)) menu.open = false; });
    menu.addEventListener('keydown', (event) => { if (event.key === 'Escape') menu.open = false; });
    return h('div', { class: 'bar' }, h('h2', {}, 'Timeline'),
      h('fieldset', { class: 'segments' }, h('legend', {}, 'Seconds shown'), choices),
      h('div', { class: 'buttons' },
        button('−', 'Zoom out', () => timeline.zoom(ZOOM)), button('+', 'Zoom in', () => timeline.zoom(1 / ZOOM)),
        button('Reset', 'Show all of these seconds', () => timeline.reset()),
        button('Longest poll', 'Select the longest poll in view', () => this.select(timeline.longest(1)[0] ?? -1))),
      this.again, menu);
  }

  /** The record is read once, and again when asked for. */
  async refresh(read) {
    if (!this.isWanted) return;
    this.isWanted = false;
    this.again.disabled = true;
    try {
      this.show(new FlightRecord(await read(`/api/v1/flight?format=json&seconds=${LONGEST}`)));
    } catch (error) {
      // Without an answer it is read as soon as there is one.
      this.isWanted = error.status === undefined;
      this.error = error;
      throw error;
    } finally {
      this.again.disabled = false;
    }
  }

  refused(error) {
    // Other requests may be refused as well.
    if (error !== this.error) return;
    this.notice.hidden = false;
    text(this.notice, `The record could not be read: ${error.message}`);
    this.empty.hidden = true;
  }

  show(record) {
    this.record = record;
    this.notice.hidden = true;
    this.empty.hidden = record.count > 0;
    this.content.hidden = record.count === 0;
    text(this.empty, `No event in the last ${LONGEST} s.`);
    this.running.show(record);
    if (record.count === 0) return;
    this.timeline.show(record, -this.seconds * 1e6);
    this.legend.show(record);
    this.selection.show(record, -1);
    this.longest.show(this.timeline);
    this.moved();
  }

  choose(value) {
    this.route.set('seconds', value);
    this.link();
    if (this.record) this.timeline.showFrom(-value * 1e6);
  }

  link() {
    FORMATS.forEach(([, format], index) => { this.downloads[index].href = `/api/v1/flight?seconds=${this.seconds}${format}`; });
  }

  select(event) {
    if (event >= 0) this.highlight(null);
    this.timeline.select(event);
    this.selection.show(this.record, event);
  }

  highlight(color) {
    if (color === null) this.legend.clear();
    else this.select(-1);
    this.timeline.highlight(color);
    this.longest.schedule();
  }

  zoomTo(event) {
    const { begin, end } = this.record;
    const around = Math.max(20, (end[event] - begin[event]) * 0.75);
    this.timeline.setView(begin[event] - around, end[event] + around);
  }

  moved() {
    if (!this.record) return;
    const { rows, count: total, overwritten, missed, omitted, busiest, taken } = this.record;
    const { from, to } = this.timeline;
    const inView = rows.reduce((sum, row) => sum + row.countIn(from, to), 0);
    const parts = [`${new Date(taken).toLocaleTimeString()}: ${count(inView)} of ${count(total)} events are shown, ${count(overwritten)} older ones were overwritten`];
    if (omitted) parts.push(`${count(omitted)} older ones are left out`);
    if (missed) parts.push(`${count(missed)} are missing`);
    text(this.summary, `${parts.join(', ')}. The record of the busiest thread, ${busiest.title}, reaches ${seconds(-busiest.oldest / 1e6)} back.`);
    this.longest.schedule();
  }
}
