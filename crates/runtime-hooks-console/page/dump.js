// The task dump: where each live task waits. It is taken on request only, since it wakes the tasks.

import { h, text } from './dom.js';
import { count } from './format.js';
import { Flame } from './dump_flame.js';
import { groupElement } from './dump_groups.js';

const PAGE = 50;
const WEIGHTS = [['tasks', 'Tasks'], ['seconds', 'Seconds in state']];
const EXPLANATION = 'A dump wakes each live task, polls it, and shows the async stack of each place where it waits. It enters no metric.';
const NO_TASKS = 'No live task. Only tasks are listed that were submitted while the list of live tasks was on.';

export class DumpView {
  constructor(route, refresh) {
    Object.assign(this, { route, refreshPage: refresh, task: route.query.get('task') });
    // One task was asked for by its link.
    this.isWanted = this.task !== null;
    this.all = h('button', { type: 'button', onclick: () => this.request(null) }, 'Dump all tasks');
    this.one = h('button', { type: 'button', onclick: () => this.request(this.task) });
    this.notice = h('p', { class: 'notice', role: 'status', hidden: true });
    this.empty = h('p', { class: 'empty' }, EXPLANATION);
    this.summary = h('p', { class: 'summary', role: 'status' });
    this.flame = new Flame();
    this.groups = h('div', { class: 'groups' });
    this.more = h('button', { type: 'button', class: 'more', hidden: true, onclick: () => this.showMore() }, `Show ${PAGE} more groups`);
    this.content = h('div', { hidden: true }, this.summary, this.weights(), this.flame.element, h('h2', {}, 'Groups of equal stacks'), this.groups, this.more);
    this.element = h('section', {}, this.bar(), this.notice, this.content, this.empty);
    this.setBusy(false);
  }

  bar() {
    const download = (format, title) => h('a', { href: `/api/v1/dump?format=${format}`, download: `dump.${format === 'text' ? 'txt' : 'folded'}` }, title);
    const menu = h('details', { class: 'menu' }, h('summary', {}, 'Download a new one'), h('div', {}, download('text', 'Text'), download('folded', 'Folded stacks')));
    menu.addEventListener('keydown', (event) => { if (event.key === 'Escape') menu.open = false; });
    return h('div', { class: 'bar' }, h('h2', {}, 'Where each live task waits'), this.all, this.one, menu);
  }

  weights() {
    const choices = WEIGHTS.map(([value, title], index) => h('label', {},
      h('input', { type: 'radio', name: 'weight', value, checked: index === 0, onchange: () => this.flame.show(this.document, value) }), h('span', {}, title)));
    return h('div', { class: 'bar' }, h('fieldset', { class: 'segments' }, h('legend', {}, 'Width of the flame graph'), choices));
  }

  request(task) {
    this.task = task;
    this.route.set('task', task);
    this.isWanted = true;
    this.refreshPage();
  }

  /** Nothing is read until a dump is asked for. */
  async refresh(read) {
    if (!this.isWanted) return;
    this.isWanted = false;
    this.setBusy(true);
    try {
      const only = this.task === null ? '' : `&task=${encodeURIComponent(this.task)}`;
      this.show(await read(`/api/v1/dump?format=json${only}`));
    } catch (error) {
      this.error = error;
      throw error;
    } finally {
      this.setBusy(false);
    }
  }

  setBusy(isBusy) {
    this.all.disabled = isBusy;
    this.one.disabled = isBusy;
    this.one.hidden = this.task === null;
    text(this.one, `Dump task ${this.task} again`);
    text(this.all, isBusy ? 'Tasks are asked' : 'Dump all tasks');
  }

  refused(error) {
    // Other requests may be refused as well.
    if (error !== this.error) return;
    this.notice.hidden = false;
    text(this.notice, `No dump: ${error.message}`);
  }

  show(document) {
    this.document = document;
    const { tasks, groups, ended, took_ms: took, hint } = document;
    this.notice.hidden = hint === null;
    text(this.notice, hint ?? '');
    this.content.hidden = tasks === 0;
    this.empty.hidden = tasks > 0;
    text(this.empty, this.task === null ? NO_TASKS : `Task ${this.task} has ended.`);
    const parts = [`${count(tasks)} ${tasks === 1 ? 'task' : 'tasks'} in ${count(groups.length)} ${groups.length === 1 ? 'group' : 'groups'}`, `${count(took)} ms`];
    if (ended) parts.push(`${count(ended)} ended during the dump`);
    text(this.summary, `${new Date().toLocaleTimeString()}: ${parts.join(', ')}.`);
    this.groups.replaceChildren();
    this.showMore();
    this.flame.show(document, this.element.querySelector('input[name="weight"]:checked').value);
  }

  showMore() {
    const { groups } = this.document;
    const shown = this.groups.children.length;
    this.groups.append(...groups.slice(shown, shown + PAGE).map((group) => groupElement(group, (task) => this.request(task))));
    this.more.hidden = this.groups.children.length >= groups.length;
  }
}
