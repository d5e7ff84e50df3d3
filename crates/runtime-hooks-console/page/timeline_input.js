// Pointer, wheel and keys on the timeline.

import { h, text } from './dom.js';
import { seconds } from './format.js';
import { ENDED, OUTCOMES, POLLED } from './timeline_record.js';

/** Pixels that a pointer may move in a click. */
const STILL = 4;
/** What one key press moves, as a share of what is shown. */
const STEP = 0.15;
const ROWS = 60;
export const ZOOM = 1.5;

/** Lets people move around. `onselect(event)` is called with the event that was clicked or chosen; -1 for none. */
export class Input {
  constructor(timeline, onselect) {
    Object.assign(this, { timeline, onselect, drag: null });
    this.tipName = h('bdi');
    this.tipText = h('span');
    this.tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true }, this.tipName, this.tipText);
    const on = (name, listener) => timeline.canvas.addEventListener(name, (event) => timeline.record && listener(event));
    on('wheel', (event) => this.wheel(event));
    on('pointerdown', (event) => this.down(event));
    on('pointermove', (event) => this.move(event));
    on('pointerup', (event) => this.up(event));
    on('pointercancel', () => { this.drag = null; });
    on('pointerleave', () => { this.tip.hidden = true; });
    on('dblclick', (event) => { if (timeline.stripTime(event.offsetX, event.offsetY) === null) timeline.reset(); });
    on('keydown', (event) => { if (this.key(event)) event.preventDefault(); });
  }

  wheel(event) {
    event.preventDefault();
    const { timeline } = this;
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) timeline.pan((event.deltaX * unit) / timeline.scale.pixels);
    else timeline.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY * unit * 0.002))), timeline.scale.time(event.offsetX));
    this.tip.hidden = true;
  }

  down({ offsetX: x, offsetY: y, button, pointerId }) {
    if (button !== 0) return;
    const time = this.timeline.stripTime(x, y);
    this.drag = { x, y, startX: x, startY: y, isStill: true, isStrip: time !== null };
    this.timeline.canvas.setPointerCapture(pointerId);
    if (time !== null) this.center(time);
  }

  move({ offsetX: x, offsetY: y }) {
    const { drag, timeline } = this;
    if (!drag) return this.hover(x, y);
    if (Math.hypot(x - drag.startX, y - drag.startY) > STILL) drag.isStill = false;
    if (drag.isStrip) return this.center(timeline.stripTime(x, 0));
    if (drag.isStill) return undefined;
    this.tip.hidden = true;
    timeline.pan((drag.x - x) / timeline.scale.pixels);
    timeline.element.scrollTop += drag.y - y;
    Object.assign(drag, { x, y });
    return undefined;
  }

  up({ offsetX, offsetY }) {
    const { drag } = this;
    this.drag = null;
    this.tip.hidden = true;
    if (drag?.isStill && !drag.isStrip) this.onselect(this.timeline.eventAt(offsetX, offsetY));
  }

  center(time) {
    const half = (this.timeline.to - this.timeline.from) / 2;
    this.timeline.setView(time - half, time + half);
  }

  /** Returns whether the key means something here. */
  key({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return false;
    const { timeline, onselect } = this;
    const { record, selected, element } = timeline;
    const step = (timeline.to - timeline.from) * STEP;
    const other = (index) => onselect((selected < 0 ? timeline.longest(1)[0] : record.neighbours(selected)[index]) ?? selected);
    const actions = {
      '+': () => timeline.zoom(1 / ZOOM),
      '=': () => timeline.zoom(1 / ZOOM),
      '-': () => timeline.zoom(ZOOM),
      _: () => timeline.zoom(ZOOM),
      0: () => timeline.reset(),
      Home: () => timeline.reset(),
      ArrowLeft: () => (shiftKey ? other(0) : timeline.pan(-step)),
      ArrowRight: () => (shiftKey ? other(1) : timeline.pan(step)),
      ArrowUp: () => { element.scrollTop -= ROWS; },
      ArrowDown: () => { element.scrollTop += ROWS; },
      Enter: () => onselect(timeline.longest(1)[0] ?? -1),
      Escape: () => onselect(-1),
    };
    if (!Object.hasOwn(actions, key)) return false;
    this.tip.hidden = true;
    actions[key]();
    return true;
  }

  hover(x, y) {
    const { timeline, tip } = this;
    const event = timeline.eventAt(x, y);
    tip.hidden = event < 0;
    timeline.canvas.classList.toggle('over', event >= 0);
    if (event < 0) return;
    const { record } = timeline;
    const name = record.names[record.seriesOf(event)];
    const [kind, length, delay, ended] = [record.kind[event], record.events.length[event], record.events.delay[event], record.outcome[event]];
    const parts = kind === POLLED ? [seconds(length / 1e6)] : [kind === ENDED ? 'ended without a poll' : 'woken'];
    if (delay !== null) parts.push(`after a delay of ${seconds(delay / 1e6)}`);
    if (ended > 0) parts.push(OUTCOMES[ended]);
    text(this.tipName, name);
    text(this.tipText, parts.join(', '));
    const left = Math.min(x + 12, Math.max(0, timeline.width - tip.offsetWidth - 4));
    tip.style.transform = `translate(${left}px, ${y + 18}px)`;
  }
}
