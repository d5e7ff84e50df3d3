// What is shown, when it is asked for again, and whether anybody answers.

import { h, text } from './dom.js';
import { count, since, visible } from './format.js';
import { Overview } from './overview.js';
import { NameView } from './name.js';
import { TasksView } from './tasks.js';
import { LintsView } from './lints.js';
import { follow } from './ticks.js';

const byId = (id) => document.getElementById(id);
const RANGES = ['60', '300', '900', 'all'];

/** What is not escaped as it should be stands for itself. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** All that a link says: the view, what it is about, and how it is sorted and filtered. */
class Place {
  constructor() {
    const [path, query] = location.hash.replace(/^#/, '').split('?');
    // An empty part is an empty name.
    this.path = (path || '/').replace(/^\//, '').split('/').map(decoded);
    this.query = new URLSearchParams(query ?? '');
  }

  get range() {
    const range = this.query.get('range');
    return RANGES.includes(range) ? range : '300';
  }

  /** Says it in the link too, so that a reload and a colleague see the same. */
  set(name, value) {
    if (value) this.query.set(name, value);
    else this.query.delete(name);
    const query = this.query.toString();
    history.replaceState(null, '', `#/${this.path.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`);
  }
}

const state = { place: new Place(), view: null, paused: false, started: null, busy: false, missed: false };

function show() {
  const { query: before } = state.place;
  state.place = new Place();
  // The range goes along to the next view.
  if (!state.place.query.has('range') && before.has('range')) state.place.set('range', before.get('range'));
  const [first] = state.place.path;
  const views = { tasks: TasksView, name: NameView, lints: LintsView };
  state.view = new (views[first] ?? Overview)(state.place, refresh);
  byId('view').replaceChildren(state.view.element);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === (views[first] ? first : 'overview')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  for (const input of byId('range').querySelectorAll('input')) input.checked = input.value === state.place.range;
  refresh();
}

async function read(path) {
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  const document = await response.json();
  if (!response.ok) throw new Refused(document.error, response.status);
  return document;
}

class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** One at a time: where answers take longer than a second, some ticks are left out. */
async function refresh() {
  if (state.busy) {
    state.missed = true;
    return;
  }
  state.busy = true;
  const { view } = state;
  try {
    const overview = await read(`/api/v1/overview?range=${state.place.range}`);
    head(overview);
    await view.refresh(read, overview);
    say(state.paused ? 'paused' : 'live');
  } catch (error) {
    if (error instanceof Refused) view.refused?.(error);
    else say('lost');
  }
  state.busy = false;
  if (state.missed) {
    state.missed = false;
    refresh();
  }
}

function head(overview) {
  const active = overview.runtimes.reduce((sum, runtime) => sum + runtime.active, 0);
  text(byId('program'), visible(overview.program || 'runtime-hooks'));
  document.title = `${count(active)} active – ${visible(overview.program)}`;
  const badge = byId('findings');
  badge.hidden = overview.findings === 0;
  text(badge, count(overview.findings));
  const age = (Date.now() - overview.started) / 1000;
  text(byId('about'), `process ${overview.pid}, console started ${since(Math.max(1, age))} ago, plots cover ${since(overview.seconds) || '0 s'}`);
}

function say(what) {
  const said = { live: 'live', paused: 'paused', lost: 'the program does not answer; trying again' };
  byId('status').className = `status ${what}`;
  text(byId('status'), said[what]);
}

function ticked({ started }) {
  const isAnother = state.started !== null && state.started !== started;
  state.started = started;
  if (isAnother) restarted();
  else if (!state.paused) refresh();
}

/** What was shown was another run's. */
function restarted() {
  show();
  const time = new Date().toLocaleTimeString();
  byId('view').prepend(h('p', { class: 'notice', role: 'status' }, `The program was started anew: seen at ${time}.`));
}

function pause() {
  state.paused = !state.paused;
  byId('pause').setAttribute('aria-pressed', String(state.paused));
  text(byId('pause'), state.paused ? 'Go on' : 'Pause');
  say(state.paused ? 'paused' : 'live');
  if (!state.paused) refresh();
}

const THEMES = ['auto', 'light', 'dark'];

function theme(wanted) {
  if (wanted === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  text(byId('theme'), `Theme: ${wanted}`);
  localStorage.setItem('theme', wanted);
}

byId('range').addEventListener('change', (event) => {
  state.place.set('range', event.target.value);
  refresh();
});
byId('pause').addEventListener('click', pause);
byId('theme').addEventListener('click', () => {
  theme(THEMES[(THEMES.indexOf(localStorage.getItem('theme') ?? 'auto') + 1) % THEMES.length]);
});
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select')) return;
  if (event.key === 'p') pause();
  if (event.key === '/') {
    document.querySelector('input[type="search"]')?.focus();
    event.preventDefault();
  }
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !state.paused) refresh();
});
window.addEventListener('hashchange', show);

theme(THEMES.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : 'auto');
show();
follow({ ontick: ticked, onlost: () => say('lost') });
