// Live tasks: sorted, filtered, 100 rows at a time.

import { h, text, Table } from './dom.js';
import { count, nameOf, seconds } from './format.js';
import { nameCell } from './names.js';

const ORDERS = [
  ['idle', 'Longest idle'], ['running', 'Longest running'], ['scheduled', 'Longest scheduled'], ['wakes', 'Most woken'],
  ['busy', 'Busiest'], ['polls', 'Most polled'], ['age', 'Oldest'],
];
const STATES = ['idle', 'scheduled', 'running'];
const PAGE = 100;

function columns(route) {
  const number = (read, show) => (td, row) => text(td, show(read(row)));
  return [
    { title: 'Name', class: 'text name', cell: nameCell(route) },
    { title: 'Id', class: 'text', cell: idCell },
    { title: 'Runtime', class: 'text', cell: (td, row) => text(td, row.runtime) },
    { title: 'Type', class: 'text', cell: (td, row) => text(td, row.type) },
    {
      title: 'State',
      class: 'text',
      cell: (td, row) => text(td, row.can_be_woken || row.state !== 'idle' ? row.state : 'idle, lost'),
    },
    { title: 'For', label: 'for', cell: number((row) => row.since, seconds) },
    { title: 'Age', cell: number((row) => row.age, seconds) },
    { title: 'Polls', cell: number((row) => row.polls, count) },
    { title: 'Busy', cell: number((row) => row.busy, seconds) },
    { title: 'Scheduled', cell: number((row) => row.scheduled, seconds) },
    { title: 'Wakes', cell: number((row) => row.wakes, count) },
    { title: 'Self-wakes', cell: number((row) => row.polls_with_wake, count) },
    { title: 'Last wake', cell: number((row) => row.last_wake, (value) => (value === null ? '–' : `${seconds(value)} ago`)) },
  ];
}

/** The id leads to the dump of the task. */
function idCell(td, { id }) {
  if (td.firstChild) return;
  td.append(h('a', { href: `#/dump?task=${encodeURIComponent(id)}`, title: 'Dump: where does it wait?' }, id));
}

export class TasksView {
  constructor(route, refresh) {
    this.route = route;
    const change = (name) => (event) => { route.set(name, event.target.value); refresh(); };
    const option = (chosen) => ([value, title]) => h('option', { value, selected: value === chosen }, title);
    const order = h('select', { 'aria-label': 'Order', onchange: change('order') }, ORDERS.map(option(route.query.get('order') ?? 'idle')));
    const state = h('select', { 'aria-label': 'State', onchange: change('state') },
      [['', 'every state'], ...STATES.map((name) => [name, name])].map(option(route.query.get('state') ?? '')));
    const filter = h('input', {
      type: 'search', placeholder: 'Filter names  ( / )', 'aria-label': 'Filter names', value: route.query.get('filter') ?? '',
      oninput: change('filter'),
    });
    const name = route.query.get('name');
    const title = route.query.get('label') ?? nameOf({ name, label: name ?? '-' });
    const only = !route.query.has('runtime') && name === null ? null : h('a', { href: '#/tasks', title: 'Show all' }, 'only ', h('bdi', {}, title), ' ✕');
    this.count = h('span', { class: 'count' });
    this.empty = h('p', { class: 'empty', hidden: true });
    this.limit = PAGE;
    this.more = h('button', { type: 'button', class: 'more', hidden: true, onclick: () => { this.limit = Math.min(1000, this.limit + PAGE); refresh(); } }, `Show ${PAGE} more`);
    this.table = new Table({ columns: columns(route), key: (row) => row.id, label: 'Live tasks' });
    const bar = h('div', { class: 'bar' }, h('h2', {}, 'Live tasks'), order, state, filter, only, this.count);
    this.element = h('section', {}, bar, this.table.element, this.empty, this.more);
  }

  async refresh(read) {
    const query = new URLSearchParams({ limit: this.limit });
    for (const name of ['order', 'state', 'filter', 'type', 'runtime']) {
      if (this.route.query.get(name)) query.set(name, this.route.query.get(name));
    }
    // A name may be empty.
    for (const name of ['name', 'is_named', 'function', 'location']) {
      if (this.route.query.has(name)) query.set(name, this.route.query.get(name));
    }
    const found = await read(`/api/v1/tasks?${query}`);
    this.table.update(found.tasks);
    const states = STATES.map((state) => `${count(found[state])} ${state}`).join(', ');
    text(this.count, `${count(found.matching)} of ${count(found.total)}: ${states}`);
    this.more.hidden = found.tasks.length < this.limit || this.limit >= 1000 || found.tasks.length === found.matching;
    this.empty.hidden = found.tasks.length > 0;
    text(this.empty, found.live ? 'No live task matches.' : 'Live tasks are not listed: see `ConsoleBuilder::live`.');
  }

  refused(error) {
    this.empty.hidden = false;
    text(this.empty, error.message);
  }
}
