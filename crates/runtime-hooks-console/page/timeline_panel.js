// What the timeline shows, as text: the names with their colours, the selected event, the longest polls in view.

import { h, isolated, text, Table } from './dom.js';
import { count, nameOf, seconds, visible } from './format.js';
import { identify, linkTo } from './names.js';
import { COLORS, ENDED, OTHER, OUTCOMES, POLLED, WOKEN } from './timeline_record.js';

const LONGEST_POLLS = 20;
const CLOCK = { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 };
const micros = (value) => seconds(value === null ? null : value / 1e6);
const ago = (time) => `−${(-time / 1e6).toFixed(6)} s`;
const swatch = (color) => h('span', { class: `swatch series-${color < COLORS ? color + 1 : 'other'}`, 'aria-hidden': 'true' });

/** A button for each coloured name, which highlights it. */
export class Legend {
  constructor(onhighlight) {
    this.onhighlight = onhighlight;
    this.names = h('div', { class: 'legend', role: 'group', 'aria-label': 'Highlight a name' });
    const marks = [['■', 'cancelled'], ['▲', 'timeout'], ['◆', 'exception']]
      .map(([shape, name]) => h('span', {}, h('span', { class: name, 'aria-hidden': 'true' }, shape), ` ${name}`));
    const past = h('span', {}, h('span', { class: 'swatch past', 'aria-hidden': 'true' }), "before the thread's first event");
    this.element = h('div', {}, this.names, h('p', { class: 'key' }, h('span', {}, h('span', { class: 'wake', 'aria-hidden': 'true' }), 'wake'), marks, past));
  }

  show(record) {
    const items = record.ranked.slice(0, COLORS).map((series, color) => this.button(color, record.names[series], record.busy[series]));
    const others = record.ranked.slice(COLORS);
    const rest = others.reduce((sum, series) => sum + record.busy[series], 0);
    if (others.length) items.push(this.button(OTHER, `${count(others.length)} other ${others.length === 1 ? 'name' : 'names'}`, rest));
    this.names.replaceChildren(...items);
  }

  button(color, name, busy) {
    const button = h('button', { type: 'button', 'aria-pressed': 'false', title: `${name}: ${micros(busy)} in polls` },
      swatch(color), isolated('span', { class: 'name' }, name), h('small', {}, micros(busy)));
    button.addEventListener('click', () => {
      const isOn = button.getAttribute('aria-pressed') !== 'true';
      this.clear();
      button.setAttribute('aria-pressed', String(isOn));
      this.onhighlight(isOn ? color : null);
    });
    return button;
  }

  clear() {
    for (const button of this.names.children) button.setAttribute('aria-pressed', 'false');
  }
}

/** The tasks that ran when the record was taken: their polls have not ended, so there is no bar. */
export class Running {
  constructor(route) {
    this.route = route;
    this.element = h('p', { class: 'running', hidden: true });
  }

  show(record, most = 8) {
    const running = record.running();
    const items = running.slice(0, most).map((task) => {
      const series = record.series[record.tasks.series[task]];
      return h('span', {}, isolated('a', { href: linkTo(series, this.route) }, nameOf(series)), ` for ${micros(record.tasks.running_for[task])}`);
    });
    const more = running.length > most ? `and ${count(running.length - most)} more` : null;
    this.element.hidden = running.length === 0;
    this.element.replaceChildren(h('strong', {}, 'Running when the record was taken, without a bar:'), ...items, more ?? '');
  }
}

/** The selected event and its task. */
export class Selection {
  constructor(route, { onselect, onzoom }) {
    Object.assign(this, { route, onselect, onzoom });
    this.element = h('section', { class: 'card selection', 'aria-label': 'Selection', 'aria-live': 'polite' });
  }

  show(record, event) {
    this.element.hidden = event < 0;
    if (event < 0) return this.element.replaceChildren();
    const series = record.series[record.seriesOf(event)];
    const task = record.events.task[event];
    const links = h('p', { class: 'links' }, h('a', { href: linkTo(series, this.route) }, 'This name over time'));
    if (record.tasks.id[task] !== null) {
      const query = new URLSearchParams({ ...identify(series), label: nameOf(series), range: this.route.range });
      links.append(h('a', { href: `#/tasks?${query}` }, 'Its live tasks'));
    }
    const facts = [...this.eventFacts(record, event), ...this.taskFacts(record, task)];
    this.element.replaceChildren(
      h('div', { class: 'bar' }, h('h3', {}, swatch(record.color[record.seriesOf(event)]), isolated('a', { href: linkTo(series, this.route) }, nameOf(series))), this.buttons(record, event)),
      h('dl', {}, facts.map(([label, ...value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value)))),
      links);
    return undefined;
  }

  buttons(record, event) {
    const [before, after] = record.neighbours(event);
    const button = (title, to) => h('button', { type: 'button', disabled: to === undefined, onclick: () => this.onselect(to) }, title);
    return h('div', { class: 'buttons' },
      button('Previous poll', before), button('Next poll', after),
      h('button', { type: 'button', onclick: () => this.onzoom(event) }, 'Zoom to it'),
      h('button', { type: 'button', 'aria-label': 'Close the selection', onclick: () => this.onselect(-1) }, '✕'));
  }

  eventFacts(record, event) {
    const { kind, begin, end, events, partner, outcome } = record;
    const time = new Date(record.taken + begin[event] / 1000).toLocaleTimeString([], CLOCK);
    const facts = [['thread', isolated('span', {}, record.row(event).title)], [kind[event] === POLLED ? 'start' : 'time', ago(begin[event]), h('small', {}, ` ${time}`)]];
    const cause = partner[event];
    if (kind[event] === WOKEN) {
      facts.unshift(['event', 'wake']);
      facts.push(['woken by', this.waker(record, event)]);
      facts.push(['poll that it caused', cause < 0 ? 'not in the record' : this.link(`after ${micros(begin[cause] - end[event])}`, cause)]);
    }
    if (kind[event] === ENDED) facts.unshift(['event', 'end without a poll']);
    if (kind[event] === POLLED) {
      facts.push(['duration', micros(events.length[event])], ['schedule delay', micros(events.delay[event])]);
      if (cause >= 0) facts.push(['woken', this.link(`${micros(begin[event] - end[cause])} before`, cause), ' by ', this.waker(record, cause)]);
    }
    if (kind[event] !== WOKEN) facts.push(['outcome', outcome[event] > 0 ? h('span', { class: OUTCOMES[outcome[event]] }, OUTCOMES[outcome[event]]) : '–']);
    return facts;
  }

  /** The poll that ran on the thread when it woke the task. */
  waker(record, wake) {
    const poll = record.row(wake).pollAt(record.end[wake]);
    return poll < 0 ? 'code outside recorded polls' : this.link(record.names[record.seriesOf(poll)], poll);
  }

  link(title, event) {
    return h('button', { type: 'button', class: 'link', onclick: () => this.onselect(event) }, h('bdi', {}, title));
  }

  taskFacts(record, task) {
    const { tasks } = record;
    const polls = [...record.eventsOf(task)].filter((event) => record.kind[event] === POLLED);
    const busy = polls.reduce((sum, event) => sum + record.events.length[event], 0);
    const state = tasks.id[task] === null ? tasks.state[task] ?? 'unknown' : `${tasks.state[task]}, id ${tasks.id[task]}`;
    return [['state of the task', state], ['spawned', `${micros(tasks.since[task])} before the record`], ['its polls here', `${count(polls.length)}, ${micros(busy)} in all`]];
  }
}

/** The same as a table, for those who cannot see the bars. */
export class LongestPolls {
  constructor(onselect) {
    const cell = (read) => (td, { record, event }) => text(td, read(record, event));
    const name = (td, { record, event }) => {
      if (!td.firstChild) td.append(h('button', { type: 'button', class: 'link', onclick: () => onselect(event) }, h('bdi', {}, record.names[record.seriesOf(event)])));
    };
    const columns = [
      { title: 'Name', class: 'text name', cell: name },
      { title: 'Thread', class: 'text', cell: cell((record, event) => record.row(event).title) },
      { title: 'Start', cell: cell((record, event) => ago(record.begin[event])) },
      { title: 'Duration', cell: cell((record, event) => micros(record.events.length[event])) },
      { title: 'Schedule delay', cell: cell((record, event) => micros(record.events.delay[event])) },
      { title: 'Outcome', class: 'text', cell: cell((record, event) => OUTCOMES[record.outcome[event]] ?? '–') },
    ];
    const table = () => new Table({ columns, key: ({ event }) => event, label: 'Longest polls in view' });
    this.make = table;
    this.place = h('div');
    this.element = h('details', { class: 'longest', ontoggle: () => this.draw() }, h('summary', {}, 'Longest polls in view, as a table'), this.place);
  }

  show(timeline) {
    this.timeline = timeline;
    // Events of another record have the same numbers.
    this.table = this.make();
    this.place.replaceChildren(this.table.element);
    this.draw();
  }

  /** Soon, if the table is open: the view may be moving. */
  schedule() {
    clearTimeout(this.timer);
    if (this.element.open) this.timer = setTimeout(() => this.draw(), 150);
  }

  draw() {
    if (!this.element.open || !this.timeline) return;
    const { record } = this.timeline;
    this.table.update(this.timeline.longest(LONGEST_POLLS).map((event) => ({ record, event })));
  }
}
