// A group of tasks with equal stacks.

import { h, isolated } from './dom.js';
import { count, seconds, visible } from './format.js';

const MAX_IDS = 12;

/** The group as a card. `ask` dumps one task. */
export function groupElement(group, ask) {
  const { tasks, label, stacks, reason } = group;
  const title = h('h3', {}, `${count(tasks)} ${tasks === 1 ? 'task' : 'tasks'}: `, isolated('span', {}, visible(label)));
  const waits = (stacks ?? []).map(stackElement);
  if (waits.length === 0) waits.push(h('p', { class: 'where' }, sentence(reason)));
  return h('article', { class: 'card group' }, title, facts(group), waits, ids(group, ask));
}

function facts({ spawned_at: place, state, seconds: times }) {
  const [most, least] = [times[0], times[times.length - 1]];
  const span = times.length === 1 ? seconds(most) : `${seconds(least)} to ${seconds(most)}`;
  const parts = [`${[...new Set(state)].join(' or ')} for ${span}`];
  return h('p', { class: 'where' }, parts, place === null ? null : [', spawned at ', isolated('span', {}, visible(place))]);
}

function stackElement({ wait, yields, frames }) {
  const title = h('p', { class: 'wait' }, yields ? 'yields in: ' : 'waits for: ', h('strong', {}, wait ?? 'unknown'));
  const line = ({ function: name, file, line: number }) => {
    const place = file === null ? null : h('small', {}, ' at ', isolated('span', {}, visible(number === null ? file : `${file}:${number}`)));
    return h('li', {}, isolated('code', {}, visible(name)), place);
  };
  return h('div', { class: 'stack' }, title, h('ol', {}, frames.map(line)));
}

/** Each is a button that asks this task again. */
function ids({ ids: all }, ask) {
  const button = (id) => h('button', { type: 'button', class: 'link', title: `Dump task ${id} again`, onclick: () => ask(id) }, id);
  const more = all.length > MAX_IDS ? ` and ${count(all.length - MAX_IDS)} more` : null;
  return h('p', { class: 'ids' }, h('span', {}, all.length === 1 ? 'id' : 'ids'), all.slice(0, MAX_IDS).map(button), more);
}

function sentence(reason) {
  const shown = visible(reason ?? 'no stack');
  return `${shown[0].toUpperCase()}${shown.slice(1)}.`;
}
