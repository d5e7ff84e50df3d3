// The overview: one card per runtime, current findings, and the table of names.

import { h, text } from './dom.js';
import { count, rate, seconds } from './format.js';
import { Findings } from './lints.js';
import { NamesTable } from './names.js';
import { Spark } from './plot.js';

const STATES = ['finished', 'cancelled', 'timeout', 'exception'];

export class Overview {
  constructor(route) {
    this.route = route;
    this.cards = new Map();
    this.grid = h('div', { class: 'cards' });
    this.findings = new Findings({ brief: true });
    this.names = new NamesTable(route);
    this.element = h('div', {}, this.grid, this.findings.element, this.names.element);
  }

  async refresh(read, overview) {
    const [names, lints] = await Promise.all([read(`/api/v1/names?range=${this.route.range}`), read('/api/v1/lints')]);
    for (const runtime of overview.runtimes) {
      if (!this.cards.has(runtime.name)) {
        const card = new Card(runtime.name);
        this.cards.set(runtime.name, card);
        this.grid.append(card.element);
      }
      this.cards.get(runtime.name).update(runtime);
    }
    this.findings.update(lints.findings, 4);
    this.names.update(names, overview.overflow);
  }
}

class Card {
  constructor(name) {
    this.fields = {};
    const field = (label, title, wide) => {
      this.fields[label] = h('dd', { class: wide });
      return h('div', { class: wide && 'wide', title }, h('dt', {}, label), this.fields[label]);
    };
    this.spark = new Spark(true);
    this.states = Object.fromEntries(STATES.map((state) => [state, h('span', { class: state })]));
    const list = h('dl', {},
      field('active', 'Tasks that have not ended'),
      field('spawned/s', 'Tasks spawned per second'),
      field('schedule delay p99', 'From runnable to running: tasks and futures'),
      field('poll p99', 'One uninterrupted run'),
      field('slow polls', 'Polls longer than the threshold'),
      field('blocking wait p99', 'How long closures wait for a thread of the blocking pool'),
      field('workers busy', 'As the runtime reports'),
      field('queue', "Tasks in the runtime's shared queue"),
      field('names', 'Number of series'),
      field('ended/s', 'Per second, by state', 'states'));
    this.fields['ended/s'].append(...Object.values(this.states));
    this.element = h('section', { class: 'card', 'aria-label': name }, h('h3', {}, name), this.spark.element, list);
  }

  update(runtime) {
    const set = (label, value) => text(this.fields[label], value);
    set('active', count(runtime.active));
    set('spawned/s', rate(runtime.spawned_per_second));
    set('schedule delay p99', seconds(runtime.schedule_p99));
    set('poll p99', seconds(runtime.poll_p99));
    set('slow polls', count(runtime.slow_polls));
    set('blocking wait p99', seconds(runtime.blocking_wait_p99));
    set('workers busy', runtime.workers_busy === null ? '–' : `${rate(runtime.workers_busy)} of ${runtime.workers}`);
    set('queue', count(runtime.queue));
    set('names', count(runtime.names));
    for (const state of STATES) {
      const value = runtime.ended_per_second[state];
      text(this.states[state], `${rate(value)} ${state}`);
      this.states[state].className = value > 0 ? state : 'zero';
    }
    this.spark.update(runtime.spawned_points);
  }
}
