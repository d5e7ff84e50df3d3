// Polls and wakes in pixels. Polls that are wide enough are bars of their own. All others are merged by pixel column, as
// pixels of an image: it has one line for each lane, which is drawn as high as the lane.

import { h } from './dom.js';
import { above, COLORS } from './timeline_record.js';

/** Pixels: wider polls are bars of their own, with round corners and a label if there is room. */
const [OWN, ROUND, LABELLED] = [4, 8, 36];
/** Pixels between two labels of the axis, at least. */
const TICK = 110;
/** How opaque a column is at least, one of a highlighted name, and one with a single wake. */
const [FAINT, CLEAR, ONE_WAKE] = [0.45, 0.7, 0.6];

/** Where times are on the screen. */
export class Scale {
  constructor(from, to, left, right) {
    Object.assign(this, { from, to, left, right, pixels: (right - left) / (to - from) });
  }

  x(time) {
    return this.left + (time - this.from) * this.pixels;
  }

  time(x) {
    return this.from + (x - this.left) / this.pixels;
  }

  /** Times with round numbers, with enough digits to tell them apart. */
  ticks() {
    const least = TICK / this.pixels;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= least);
    const [unit, size] = step >= 1000 ? ['s', 1e6] : ['ms', 1e3];
    const digits = Math.max(0, -Math.floor(Math.log10(step / size) + 1e-9));
    const ticks = [];
    for (let number = Math.ceil(this.from / step); number * step <= this.to; number += 1) {
      const value = ((-number * step) / size).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
      ticks.push({ time: number * step, label: number === 0 ? 'now' : `−${value} ${unit}` });
    }
    return ticks;
  }
}

/** Collects what is to be drawn, so that each colour is set once. */
export class Bars {
  constructor() {
    this.buffer = h('canvas');
    this.context = this.buffer.getContext('2d', { willReadFrequently: true });
    this.wide = Array.from({ length: COLORS + 1 }, () => []);
    this.weights = new Float64Array(COLORS + 1);
    this.image = null;
  }

  /** The colours of polls and the one of wakes. */
  setColors(palette, wake) {
    this.palette = palette;
    this.bytes = [...palette, wake].map((color) => {
      this.context.fillStyle = color;
      this.context.fillRect(0, 0, 1, 1);
      return this.context.getImageData(0, 0, 1, 1).data.slice(0, 3);
    });
  }

  start(scale, lines) {
    this.scale = scale;
    const width = Math.ceil(scale.right) + 1;
    if (this.image?.width !== width || this.image.height < lines) {
      [this.buffer.width, this.buffer.height] = [width, lines];
      this.image = this.context.createImageData(width, lines);
    }
    this.image.data.fill(0);
    this.strips = [];
    this.labels = [];
  }

  /** Adds a lane: its polls with an opacity. Those whose `only.of` has a value are opaque. Returns the share that polls cover. */
  addLane(lane, y, height, opacity, only) {
    this.strips.push([y, height]);
    const covered = this.addPolls(lane, y, height, only ? opacity : 1, null);
    if (only) this.addPolls(lane, y, height, 1, only);
    return covered / (this.scale.right - this.scale.left);
  }

  addPolls(lane, y, height, opacity, only) {
    const { begin, end, color, event } = lane;
    const { from, to, left, right, pixels } = this.scale;
    const values = only && lane[only.of];
    // What is highlighted is seen however short it is.
    const least = { task: 1, color: CLEAR }[only?.of] ?? FAINT;
    let [covered, column] = [0, -1];
    for (let index = lane.after(from); index < begin.length && begin[index] < to; index += 1) {
      if (values && values[index] !== only.value) continue;
      const stop = Math.min(right + ROUND, left + (end[index] - from) * pixels);
      // Round corners are out of view where the view cuts a bar.
      let x = Math.max(left - ROUND, left + (begin[index] - from) * pixels);
      covered += Math.min(right, stop) - Math.max(left, x);
      if (stop - x >= OWN) {
        this.addWide(color[index], x, stop, y, height, opacity, event[index]);
        continue;
      }
      do {
        const next = Math.floor(x) + 1;
        if (next - 1 !== column) {
          this.endColumn(column, opacity, least);
          column = next - 1;
        }
        // A poll that took no time is seen all the same.
        this.weights[color[index]] += Math.min(stop, next) - x + 1e-9;
        x = next;
      } while (x < stop);
    }
    this.endColumn(column, opacity, least);
    return covered;
  }

  addWide(color, x, stop, y, height, opacity, event) {
    const start = Math.round(x);
    // Two bars in a row are seen as two.
    const width = Math.round(stop) - 1 - start;
    this.wide[color].push(start, y, width, height, opacity);
    if (width >= LABELLED && opacity === 1) this.labels.push({ x: start, y, width, event });
  }

  /** A column has the colour with the most time in it. */
  endColumn(x, opacity, least) {
    const { weights } = this;
    let most = 0;
    let sum = 0;
    for (let color = 0; color <= COLORS; color += 1) {
      if (weights[color] > weights[most]) most = color;
      sum += weights[color];
    }
    if (sum === 0) return;
    weights.fill(0);
    this.setPixel(x, most, opacity * (least + (1 - least) * Math.min(1, sum)));
  }

  setPixel(x, color, opacity) {
    const { data, width } = this.image;
    const at = 4 * ((this.strips.length - 1) * width + x);
    data.set(this.bytes[color], at);
    data[at + 3] = 255 * opacity;
  }

  /** Adds the wakes of a thread: the more of them in a column, the more opaque. */
  addWakes({ at }, y, height, opacity) {
    this.strips.push([y, height]);
    const { scale } = this;
    let [column, number] = [-1, 0];
    for (let index = above(at, scale.from); index < at.length && at[index] <= scale.to; index += 1) {
      const x = Math.floor(scale.x(at[index]));
      number = x === column ? number + 1 : 1;
      column = x;
      if (number < 8) this.setPixel(x, COLORS + 1, opacity * (1 - (1 - ONE_WAKE) / number));
    }
  }

  paint(context) {
    this.context.putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = false;
    const { width } = this.image;
    this.strips.forEach(([y, height], line) => context.drawImage(this.buffer, 0, line, width, 1, 0, y, width, height));
    this.wide.forEach((bars, color) => {
      context.fillStyle = this.palette[color];
      for (let at = 0; at < bars.length; at += 5) {
        const [x, y, width, height] = [bars[at], bars[at + 1], bars[at + 2], bars[at + 3]];
        context.globalAlpha = bars[at + 4];
        if (width < ROUND) context.fillRect(x, y, width, height);
        else fillRound(context, x, y, width, height);
      }
      bars.length = 0;
    });
    context.globalAlpha = 1;
  }
}

function fillRound(context, x, y, width, height) {
  context.beginPath();
  context.roundRect(x, y, width, height, 2);
  context.fill();
}

/** Calls `draw(x, event)` for the points in view, at most once for `step` pixels: for the one of the highest rank. */
export function eachPoint({ at, event }, scale, step, rank, draw) {
  let [column, best] = [-1, -1];
  for (let index = above(at, scale.from); index < at.length && at[index] <= scale.to; index += 1) {
    const next = Math.floor(scale.x(at[index]) / step);
    if (next !== column && best >= 0) draw(column * step, best);
    if (next !== column || rank[event[index]] >= rank[best]) best = event[index];
    column = next;
  }
  if (best >= 0) draw(column * step, best);
}
