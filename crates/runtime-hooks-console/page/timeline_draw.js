// Draws a flight record: rows of bars, wakes and marks, the arrows of a task, the axis and the strip above it.

import { Bars, eachPoint } from './timeline_bars.js';
import { COLORS, OUTCOMES, POLLED, WOKEN } from './timeline_record.js';

/** Pixels: the strip and the axis; the parts of a row from top to bottom. */
export const STRIP = 28;
export const HEAD = STRIP + 20;
export const ROW = { marks: 10, lane: 18, wakes: 6, gap: 7 };
const BAR = ROW.lane - 1;
/** How opaque the bars of other tasks and names are. */
const DIM = 0.28;
const VARIABLES = ['card', 'back', 'line', 'text', 'quiet', 'accent', 'on-series', ...OUTCOMES.slice(1)];

const lanesOf = (row) => Math.max(1, row.lanes.length) * ROW.lane;
export const heightOf = (row) => ROW.marks + lanesOf(row) + ROW.wakes + ROW.gap;

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.bars = new Bars();
    this.fitted = new Map();
  }

  /** The colours of the theme, which may have changed. */
  readColors() {
    const style = getComputedStyle(this.canvas);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colors = Object.fromEntries(VARIABLES.map((name) => [name, read(name)]));
    const palette = Array.from({ length: COLORS + 1 }, (_, color) => read(`series-${color < COLORS ? color + 1 : 'other'}`));
    this.bars.setColors(palette, this.colors.quiet);
  }

  /** `lines` are all rows, each with its `y`. */
  draw({ record, scale, lines, width, height, ratio, selected, color }) {
    Object.assign(this, { record, scale, lines, width, height, selected });
    this.rows = lines.filter(({ row, y }) => y < height && y + heightOf(row) > HEAD);
    if (!this.colors) this.readColors();
    this.task = selected < 0 ? null : record.events.task[selected];
    this.only = color === null ? null : { of: 'color', value: color };
    if (this.task !== null) this.only = { of: 'task', value: this.task };
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.textBaseline = 'middle';
    this.context.direction = 'ltr';
    this.fill('card', 0, 0, width, height);
    const ticks = scale.ticks();
    this.clipped(scale.left, HEAD, () => {
      this.rows.forEach((line) => this.drawPast(line));
      for (const { time } of ticks) this.fill('line', Math.round(scale.x(time)), HEAD, 1, height - HEAD);
      this.drawBars();
      this.rows.forEach((line) => this.drawMarks(line));
      if (this.task !== null) this.drawTask();
    });
    this.clipped(0, HEAD, () => this.rows.forEach((line) => this.drawTitle(line)));
    this.drawStrip();
    this.drawAxis(ticks);
  }

  fill(color, x, y, width, height) {
    this.context.fillStyle = this.colors[color];
    this.context.fillRect(x, y, width, height);
  }

  clipped(x, y, draw) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, this.width - x, this.height - y);
    this.context.clip();
    draw();
    this.context.restore();
  }

  write(text, x, y, { size = 11, color = 'quiet', room = Infinity, align = 'left' } = {}) {
    this.context.font = `${size}px system-ui, sans-serif`;
    this.context.fillStyle = this.colors[color];
    this.context.textAlign = align;
    this.context.fillText(room === Infinity ? text : this.fit(text, size, room), x, y);
  }

  /** The start of a text, as long as there is room. */
  fit(text, size, room) {
    const key = `${size} ${text}`;
    if (!this.fitted.has(key)) this.fitted.set(key, { letters: [...text], width: this.context.measureText(text).width });
    const { letters, width } = this.fitted.get(key);
    if (width <= room) return text;
    return `${letters.slice(0, Math.max(1, Math.floor((letters.length * room) / width) - 1)).join('')}…`;
  }

  /** The time before the first event of a thread. */
  drawPast({ row, y }) {
    const end = this.scale.x(row.first);
    if (end > this.scale.left) this.fill('back', this.scale.left, y, end - this.scale.left, heightOf(row));
  }

  drawBars() {
    const { bars, only, record, rows, scale } = this;
    bars.start(scale, rows.reduce((sum, { row }) => sum + row.lanes.length + 1, 0));
    for (const line of rows) {
      const { lanes, wakes } = line.row;
      const covered = lanes.map((lane, depth) => bars.addLane(lane, line.y + ROW.marks + depth * ROW.lane, BAR, DIM, only));
      line.busy = covered[0] ?? 0;
      bars.addWakes(wakes, line.y + ROW.marks + lanesOf(line.row), ROW.wakes, only ? DIM * 2 : 1);
    }
    bars.paint(this.context);
    for (const { x, y, width, event } of bars.labels) {
      const start = Math.max(x, scale.left);
      const room = Math.min(x + width, scale.right) - start - 10;
      if (room > 20) this.write(record.names[record.seriesOf(event)], start + 5, y + BAR / 2 + 0.5, { color: 'on-series', room });
    }
  }

  /** A mark for each end, except for polls whose task finished. */
  drawMarks({ row, y }) {
    const { context, record, scale, task } = this;
    eachPoint(row.marks, scale, 8, record.outcome, (x, event) => {
      context.globalAlpha = this.only && record.events.task[event] !== task ? 0.3 : 1;
      this.mark(scale.x(record.end[event]), y + ROW.marks - 5, record.outcome[event]);
    });
    context.globalAlpha = 1;
  }

  /** Each outcome has a shape: a dot, a square, a triangle, a diamond. */
  mark(x, y, outcome) {
    const { context } = this;
    context.fillStyle = this.colors[OUTCOMES[outcome]];
    context.beginPath();
    if (outcome === 1) context.arc(x, y, 2.5, 0, 7);
    if (outcome === 2) context.rect(x - 3, y - 3, 6, 6);
    if (outcome === 3) [[0, -4], [4, 3.5], [-4, 3.5]].forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
    if (outcome === 4) [[0, -4.5], [4.5, 0], [0, 4.5], [-4.5, 0]].forEach(([dx, dy]) => context.lineTo(x + dx, y + dy));
    context.fill();
  }

  /** The wakes of the selected task, an arrow from each to the poll that it caused, and a frame around the selected event. */
  drawTask() {
    const { record, scale, selected } = this;
    const yOf = new Map(this.lines.map(({ row, y }) => [row, y]));
    const wakeAt = (event) => yOf.get(record.row(event)) + ROW.marks + lanesOf(record.row(event));
    const pollAt = (event) => yOf.get(record.row(event)) + ROW.marks + record.depth[event] * ROW.lane;
    let drawn = '';
    for (const wake of record.eventsOf(this.task)) {
      if (record.kind[wake] !== WOKEN) continue;
      const poll = record.partner[wake];
      const from = scale.x(record.end[wake]);
      const to = poll < 0 ? from : scale.x(record.begin[poll]);
      if (to < scale.left || from > scale.right) continue;
      this.fill('accent', Math.round(from) - 1, wakeAt(wake), 2, ROW.wakes);
      if (poll < 0) continue;
      const isSelected = wake === selected || poll === selected;
      // Arrows of the same pixels are one.
      const pixels = `${from >> 1} ${to >> 1} ${wakeAt(wake)} ${pollAt(poll)}`;
      if (pixels !== drawn || isSelected) this.drawArrow(from, wakeAt(wake) + 2, to, pollAt(poll) + BAR / 2, isSelected);
      drawn = pixels;
    }
    const y = { [POLLED]: pollAt, [WOKEN]: wakeAt }[record.kind[selected]]?.(selected) ?? yOf.get(record.row(selected));
    this.drawFrame(scale.x(record.begin[selected]), scale.x(record.end[selected]), y, record.kind[selected] === POLLED ? BAR : ROW.wakes);
  }

  drawFrame(from, to, y, height) {
    const { context, scale } = this;
    const [start, end] = [Math.max(scale.left - 9, from - 2), Math.min(scale.right + 9, to + 2)];
    context.strokeStyle = this.colors.text;
    context.lineWidth = 2;
    if (start < end) context.strokeRect(start, y - 1, end - start, height + 2);
  }

  /** To the left edge of a bar, or to its nearer long edge if the way is short. */
  drawArrow(x, y, toX, toY, isSelected) {
    const { context, colors } = this;
    const isSteep = toX - x < 24;
    const sign = Math.sign(toY - y);
    const [endX, endY] = isSteep ? [toX + 1, toY - (sign * BAR) / 2] : [toX, toY];
    const bend = (toX - x) / 2;
    context.globalAlpha = isSelected ? 1 : 0.55;
    context.strokeStyle = colors.text;
    context.fillStyle = colors.text;
    context.lineWidth = isSelected ? 1.8 : 1;
    context.beginPath();
    context.moveTo(x, y);
    if (isSteep) context.lineTo(endX, endY - sign * 4);
    else context.bezierCurveTo(x + bend, y, endX - bend, endY, endX - 4, endY);
    context.stroke();
    context.beginPath();
    for (const [along, across] of [[0, 0], [-7, -3.5], [-7, 3.5]]) {
      context.lineTo(endX + (isSteep ? across : along), endY + (isSteep ? along * sign : across));
    }
    context.fill();
    context.globalAlpha = 1;
  }

  /** The thread's name and id, how busy it is in view, and the line between two rows. */
  drawTitle({ row, y, busy }) {
    const width = this.scale.left;
    this.fill('line', 0, y + heightOf(row) - 1, this.width, 1);
    this.fill('card', 0, y, width - 1, heightOf(row) - 1);
    const share = `${(busy * 100).toFixed(busy < 0.0995 ? 1 : 0)} %${width > 120 ? ' busy' : ''}`;
    const facts = [row.thread.system_id, share].filter((fact) => fact !== null).join(' · ');
    this.write(row.name, 10, y + 12, { size: 12, color: 'text', room: width - 20 });
    this.write(facts, 10, y + 26, { room: width - 20 });
    this.fill('line', 10, y + 34, width - 24, 3);
    this.fill('accent', 10, y + 34, (width - 24) * Math.min(1, busy), 3);
    this.fill('line', width - 1, y, 1, heightOf(row));
  }

  /** The whole record: how busy all threads are together, and which part is in view. */
  drawStrip() {
    const { context, record, scale } = this;
    const { left, right } = scale;
    const x = (time) => left + (1 - time / record.first) * (right - left);
    this.fill('card', 0, 0, this.width, HEAD);
    this.fill('back', left, 0, right - left, STRIP);
    context.fillStyle = this.colors.accent;
    context.globalAlpha = 0.45;
    const step = (right - left) / record.density.length;
    record.density.forEach((share, index) => context.fillRect(left + index * step, STRIP - share * (STRIP - 4), step + 0.3, share * (STRIP - 4)));
    context.globalAlpha = 1;
    const [from, to] = [x(scale.from), Math.max(x(scale.to), x(scale.from) + 3)];
    context.globalAlpha = 0.7;
    this.fill('card', left, 0, from - left, STRIP);
    this.fill('card', to, 0, right - to, STRIP);
    context.globalAlpha = 1;
    context.strokeStyle = this.colors.accent;
    context.lineWidth = 1.5;
    context.strokeRect(from + 0.75, 0.75, to - from - 1.5, STRIP - 1.5);
    this.write('all threads', 10, STRIP / 2, { room: left - 20 });
  }

  drawAxis(ticks) {
    for (const { time, label } of ticks) {
      const x = this.scale.x(time);
      this.fill('line', Math.round(x), STRIP + 14, 1, 6);
      const align = x > this.scale.right - 40 ? 'right' : x < this.scale.left + 40 ? 'left' : 'center';
      this.write(label, x, STRIP + 9, { align });
    }
    this.fill('line', 0, HEAD - 1, this.width, 1);
  }
}
