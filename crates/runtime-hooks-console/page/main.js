// The page: which view is shown, when it is refreshed, and whether the program responds.

import { h, text } from './dom.js';
import { count, since, visible } from './format.js';
import { Overview } from './overview.js';
import { NameView } from './name.js';
import { TasksView } from './tasks.js';
import { LintsView } from './lints.js';
import { TimelineView } from './timeline.js';
import { DumpView } from './dump.js';
import { follow } from './ticks.js';

const byId = (id) => document.getElementById(id);
const RANGES = ['60', '300', '900', 'all'];

/** A part that is not properly escaped is taken as it is. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The fragment of the URL: the view, its subject, sort order and filter. */
class Route {
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

  /** Sets a parameter in the URL, so that a reload and a copied link show the same. */
  set(name, value) {
    if (value) this.query.set(name, value);
    else this.query.delete(name);
    const query = this.query.toString();
    history.replaceState(null, '', `#/${this.path.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`);
  }
}

const state = { route: new Route(), view: null, paused: false, started: null, busy: false, missed: false };

function show() {
  const { query: before } = state.route;
  state.route = new Route();
  // The next view keeps the range.
  if (!state.route.query.has('range') && before.has('range')) state.route.set('range', before.get('range'));
  const [first] = state.route.path;
  const views = { tasks: TasksView, name: NameView, lints: LintsView, timeline: TimelineView, dump: DumpView };
  state.view = new (views[first] ?? Overview)(state.route, refresh);
  byId('view').replaceChildren(state.view.element);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === (views[first] ? first : 'overview')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  for (const input of byId('range').querySelectorAll('input')) input.checked = input.value === state.route.range;
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

/** One at a time: if the program takes longer than a second to answer, ticks are skipped. */
async function refresh() {
  if (state.busy) {
    state.missed = true;
    return;
  }
  state.busy = true;
  const { view } = state;
  try {
    const overview = await read(`/api/v1/overview?range=${state.route.range}`);
    head(overview);
    await view.refresh(read, overview);
    setStatus(state.paused ? 'paused' : 'live');
  } catch (error) {
    if (error instanceof Refused) view.refused?.(error);
    else setStatus('lost');
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
  text(byId('about'), `pid ${overview.pid}, console started ${since(Math.max(1, age))} ago, plots cover ${since(overview.seconds) || '0 s'}`);
}

function setStatus(status) {
  const texts = { live: 'live', paused: 'paused', lost: 'no response from the program, retrying' };
  byId('status').className = `status ${status}`;
  text(byId('status'), texts[status]);
}

function onTick({ started }) {
  const isRestarted = state.started !== null && state.started !== started;
  state.started = started;
  if (isRestarted) showRestart();
  else if (!state.paused) refresh();
}

/** The numbers so far are of another run of the program. */
function showRestart() {
  show();
  const time = new Date().toLocaleTimeString();
  byId('view').prepend(h('p', { class: 'notice', role: 'status' }, `The program has restarted: seen at ${time}.`));
}

function pause() {
  state.paused = !state.paused;
  byId('pause').setAttribute('aria-pressed', String(state.paused));
  text(byId('pause'), state.paused ? 'Resume' : 'Pause');
  setStatus(state.paused ? 'paused' : 'live');
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
  state.route.set('range', event.target.value);
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
follow({ ontick: onTick, onlost: () => setStatus('lost') });
