// The table of names: sorted, filtered, 100 rows at a time.

import { h, isolated, text, Table } from './dom.js';
import { count, nameOf, rate, seconds, visible, words } from './format.js';
import { Spark } from './plot.js';

const PAGE = 100;

/** What identifies a series besides its runtime, type and name. */
const placeOf = (row) => (row.is_named ? { is_named: true } : { function: row.function, location: row.location });

/** What identifies a series, as the parameters of a request. */
export const identify = (row) => {
  const all = { runtime: row.runtime, type: row.type, name: row.name, ...placeOf(row) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
};

/** A text that no other row has. */
export const keyOf = (row) => JSON.stringify(identify(row));

export const linkTo = (row, route) => {
  const parts = [row.runtime, row.type, ...(row.name === null ? [] : [row.name])].map(encodeURIComponent);
  const place = Object.entries(placeOf(row)).filter(([, value]) => value !== null);
  return `#/name/${parts.join('/')}?${new URLSearchParams([['range', route.range], ...place])}`;
};

/** A name, its lints and its location. */
export function nameCell(route) {
  return (td, row) => {
    if (!td.firstChild) {
      const title = visible(row.type_name ?? row.function ?? row.label);
      td.append(isolated('a', { href: linkTo(row, route), title }, nameOf(row)), h('span'), isolated('small', {}, visible(row.location ?? '')));
    }
    td.firstChild.setAttribute('href', linkTo(row, route));
    text(td.firstChild.firstChild, nameOf(row));
    const lints = (row.lints ?? []).map(words).join(', ');
    if (td.children[1].dataset.lints !== lints) {
      td.children[1].dataset.lints = lints;
      td.children[1].replaceChildren(...(row.lints ?? []).map((lint) => h('span', { class: 'tag' }, words(lint))));
    }
  };
}

const number = (read, show = count) => (td, row) => {
  const value = read(row);
  text(td, show(value));
  td.classList.toggle('zero', !value);
};

function durations(measure, title) {
  return ['p50', 'p90', 'p99', 'max'].map((quantile, index) => ({
    title: quantile,
    label: `${title} ${quantile}`,
    class: index === 0 ? 'edge' : null,
    sort: `${measure}.${quantile}`,
    cell: number((row) => row[measure][quantile], seconds),
  }));
}

const STATES = ['finished', 'cancelled', 'timeout', 'exception'];

function columns(route) {
  return [
    { title: 'Name', class: 'text name', sort: 'label', cell: nameCell(route) },
    { title: 'Runtime', class: 'text', sort: 'runtime', cell: (td, row) => text(td, row.runtime) },
    { title: 'Type', class: 'text', sort: 'type', cell: (td, row) => text(td, row.type) },
    { title: 'Active', sort: 'active', cell: number((row) => row.active) },
    { title: 'Spawned/s', sort: 'spawned_per_second', cell: number((row) => row.spawned_per_second, rate) },
    {
      title: 'Over time',
      cell: (td, row) => {
        td.spark ??= new Spark();
        if (!td.firstChild) td.append(td.spark.element);
        td.spark.update(row.spark);
      },
    },
    { title: 'Spawned', class: 'edge', sort: 'spawned', cell: number((row) => row.spawned) },
    ...STATES.map((state) => ({
      title: state[0].toUpperCase() + state.slice(1), sort: state, cell: number((row) => row[state]), class: null,
    })),
    { title: 'Slow polls', sort: 'slow_polls', cell: number((row) => row.slow_polls) },
    ...durations('duration', 'duration'),
    ...durations('schedule', 'schedule delay'),
    ...durations('poll', 'poll'),
  ];
}

const GROUPS = [
  { span: 6 }, { title: 'Tasks', span: 6 }, { title: 'Duration', span: 4 }, { title: 'Schedule delay', span: 4 },
  { title: 'Poll', span: 4 },
];

const valueOf = (row, sort) => sort.split('.').reduce((value, part) => value?.[part], row);

export class NamesTable {
  constructor(route) {
    this.route = route;
    this.shown = PAGE;
    this.filter = h('input', {
      type: 'search', placeholder: 'Filter names  ( / )', 'aria-label': 'Filter names', value: route.query.get('filter') ?? '',
      oninput: () => { route.set('filter', this.filter.value); this.draw(); },
    });
    this.count = h('span', { class: 'count' });
    this.notice = h('p', { class: 'notice', hidden: true });
    this.empty = h('p', { class: 'empty', hidden: true });
    this.more = h('button', { type: 'button', class: 'more', hidden: true, onclick: () => { this.shown += PAGE; this.draw(); } });
    this.table = new Table({ columns: columns(route), groups: GROUPS, key: keyOf, label: 'Names', onsort: (sort) => this.sort(sort) });
    const bar = h('div', { class: 'bar' }, h('h2', {}, 'Names'), this.filter, this.count);
    this.element = h('section', {}, bar, this.notice, this.table.element, this.empty, this.more);
  }

  update({ names }, overflow) {
    this.names = names;
    this.notice.hidden = overflow === 0;
    text(this.notice, `${count(overflow)} tasks are counted under _OTHER: the limit of names is reached.`);
    this.draw();
  }

  sort(by) {
    const [sort, direction] = this.order();
    const starts = ['label', 'runtime', 'type'].includes(by) ? 'ascending' : 'descending';
    const turned = direction === 'ascending' ? 'descending' : 'ascending';
    this.route.set('sort', by);
    this.route.set('direction', sort === by ? turned : starts);
    this.draw();
  }

  order() {
    const sort = this.route.query.get('sort') ?? 'spawned_per_second';
    return [sort, this.route.query.get('direction') === 'ascending' ? 'ascending' : 'descending'];
  }

  draw() {
    if (!this.names) return;
    const wanted = this.filter.value.toLowerCase();
    const found = this.names.filter((row) => [row.label, row.function, row.location, row.runtime, row.type, ...row.lints]
      .some((part) => part?.toLowerCase().includes(wanted)));
    const [sort, direction] = this.order();
    const sign = direction === 'ascending' ? 1 : -1;
    // Rows of equal values keep their order.
    const tie = (row) => [row.active, row.spawned];
    found.sort((a, b) => sign * compare(valueOf(a, sort), valueOf(b, sort))
      || compare(tie(b)[0], tie(a)[0]) || compare(tie(b)[1], tie(a)[1]) || compare(a.label, b.label) || compare(a.runtime, b.runtime));
    this.table.sorted(sort, direction);
    this.table.update(found.slice(0, this.shown));
    const all = this.names.length;
    text(this.count, found.length === all ? `${count(all)} names` : `${count(found.length)} of ${count(all)} names`);
    this.more.hidden = found.length <= this.shown;
    text(this.more, `Show ${Math.min(PAGE, found.length - this.shown)} more`);
    this.empty.hidden = found.length > 0;
    text(this.empty, all === 0 ? 'Nothing recorded yet.' : 'No name matches the filter.');
  }
}

/** A missing value is less than all others. */
function compare(a, b) {
  if (typeof a === 'string' || typeof b === 'string') return (a ?? '').localeCompare(b ?? '');
  return (a ?? -1) - (b ?? -1);
}
