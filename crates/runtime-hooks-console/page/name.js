// One name over time.

import { h, isolated, text } from './dom.js';
import { bytes, count, nameOf, seconds, visible } from './format.js';
import { Findings } from './lints.js';
import { identify } from './names.js';
import { Curve, Ended, Heat } from './plot.js';

const MEASURES = [
  ['duration', 'Duration', 'From spawn to end.'],
  ['schedule', 'Schedule delay', 'From runnable to running.'],
  ['poll', 'Poll', 'One uninterrupted run.'],
];
const STATES = ['finished', 'cancelled', 'timeout', 'exception'];
const LINES = 'Green: median. Red: 99th percentile.';

export class NameView {
  constructor(route) {
    this.route = route;
    const [, runtime, type, name] = route.path;
    this.query = new URLSearchParams({ runtime, type });
    if (name !== undefined) this.query.set('name', name);
    for (const part of ['is_named', 'function', 'location']) {
      if (route.query.has(part)) this.query.set(part, route.query.get(part));
    }
    this.title = isolated('h2', {}, nameOf({ name: name ?? null, label: name ?? '-' }));
    this.facts = h('dl', { class: 'facts' });
    this.findings = new Findings();
    this.totals = h('tbody');
    const head = ['', 'active', 'spawned', ...STATES, 'slow polls'].map((title) => h('th', { scope: 'col' }, title));
    const totals = h('div', { class: 'scroll' }, h('table', { 'aria-label': 'Counts' }, h('thead', {}, h('tr', {}, head)), this.totals));
    this.quantiles = h('tbody');
    const columns = ['', 'count', 'p50', 'p90', 'p99', 'max'].map((title) => h('th', { scope: 'col' }, title));
    const quantiles = h('div', { class: 'scroll' }, h('table', { 'aria-label': 'Durations' }, h('thead', {}, h('tr', {}, columns)), this.quantiles));
    this.ended = new Ended('Ended', 'Per second. Blue: finished. Grey: cancelled. Orange: timeout. Red: exception.');
    this.spawned = new Curve('Spawned', 'Per second.');
    this.active = new Curve('Active', 'Tasks that have not ended.');
    this.heat = Object.fromEntries(MEASURES.map(([measure, title, note]) => [measure, new Heat(title, `${note} ${LINES}`)]));
    const plots = [...Object.values(this.heat), this.ended, this.spawned, this.active].map((plot) => plot.element);
    this.tasks = h('a', {}, 'Its live tasks');
    this.element = h('div', {}, this.title, this.facts, h('p', {}, this.tasks), this.findings.element,
      h('h2', {}, 'Counts'), totals, h('h2', {}, 'Durations'), quantiles, h('h2', {}, 'Over time'), h('div', { class: 'plots' }, plots));
  }

  async refresh(read) {
    const found = await read(`/api/v1/name?${this.query}&range=${this.route.range}`);
    const facts = [['runtime', found.runtime], ['type', found.type], ['function', found.function], ['location', found.location], ['future', found.type_name],
      ['size', found.size ? bytes(found.size) : null]].filter(([, value]) => value !== null);
    if (this.facts.childElementCount === 0) {
      this.facts.append(...facts.flatMap(([label, value]) => [h('dt', {}, label), isolated('dd', {}, visible(String(value)))]));
      this.tasks.href = `#/tasks?${new URLSearchParams({ ...identify(found), label: nameOf(found), range: this.route.range })}`;
    }
    text(this.title.firstChild, nameOf(found));
    this.findings.update(found.findings);
    const range = found.range === 'all' ? 'all' : `last ${found.range} s`;
    const counts = (label, numbers) => h('tr', {}, h('th', { scope: 'row', class: 'text' }, label),
      ['active', 'spawned', ...STATES, 'slow_polls'].map((field) => h('td', { class: numbers[field] ? null : 'zero' }, count(numbers[field]))));
    this.totals.replaceChildren(...(found.range === 'all' ? [] : [counts(range, found.numbers)]), counts('since the start', found.since_start));
    this.quantiles.replaceChildren(...MEASURES.map(([measure, title]) => {
      const numbers = found.numbers[measure];
      return h('tr', {}, h('th', { scope: 'row', class: 'text' }, `${title}, ${range}`), h('td', {}, count(numbers.count)),
        ['p50', 'p90', 'p99', 'max'].map((quantile) => h('td', {}, seconds(numbers[quantile]))));
    }));
    for (const [measure] of MEASURES) this.heat[measure].update(found[`${measure}_points`], found.step);
    this.ended.update(found.ended_points, found.step);
    this.spawned.update(found.spawned_points, found.step);
    this.active.update(found.active_points, found.step);
  }

  /** The name is of another run of the program, or was not recorded yet. */
  refused(error) {
    if (this.notice) return;
    this.notice = h('p', { class: 'notice' });
    text(this.notice, error.status === 404 ? 'No task of this name yet.' : error.message);
    this.element.prepend(this.notice);
  }
}
