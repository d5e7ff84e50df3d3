// Plots as SVG, redrawn from their numbers.

import { h, svg, attribute } from './dom.js';
import { rate, seconds, since } from './format.js';

const STATES = ['finished', 'cancelled', 'timeout', 'exception'];
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [520, 200, 52, 20, 6];

/** A curve without axes. */
export class Spark {
  constructor(large = false) {
    this.under = svg('path', { class: 'under' });
    this.curve = svg('path');
    this.element = svg('svg', {
      class: large ? 'spark large' : 'spark', viewBox: '0 0 100 24', preserveAspectRatio: 'none', 'aria-hidden': 'true',
    }, this.under, this.curve);
  }

  update(points) {
    // The last point is not complete.
    const shown = points.length > 2 ? points.slice(0, -1) : points;
    const top = Math.max(...shown, 1e-9);
    const x = (index) => (100 * index) / Math.max(1, shown.length - 1);
    const line = shown.map((value, index) => `${index ? 'L' : 'M'}${x(index).toFixed(1)} ${(23 - 21 * value / top).toFixed(1)}`).join('');
    attribute(this.curve, 'd', line);
    attribute(this.under, 'd', line && `${line}L100 24L0 24Z`);
  }
}

/** The parts of a plot with axes: a caption, a grid, the numbers as a table. */
class Figure {
  constructor(title, note) {
    this.note = h('small', {}, note);
    this.canvas = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title });
    this.rows = h('tbody');
    this.head = h('tr');
    const table = h('table', {}, h('thead', {}, this.head), this.rows);
    this.details = h('details', {}, h('summary', {}, 'as a table'), table);
    this.element = h('figure', { class: 'plot' }, h('figcaption', {}, title, this.note), this.canvas, this.details);
  }

  x(index, points) {
    return LEFT + ((WIDTH - LEFT) * index) / Math.max(1, points);
  }

  draw(points, step, ticks, marks) {
    const grid = ticks.map(({ y, label }) => [
      svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y, y2: y }),
      svg('text', { x: LEFT - 6, y: y + 4, 'text-anchor': 'end' }, label),
    ]);
    const times = [0, 0.5, 1].map((share) => svg('text', {
      x: LEFT + (WIDTH - LEFT) * share, y: HEIGHT - 4, 'text-anchor': ['start', 'middle', 'end'][share * 2],
    }, share === 1 ? 'now' : `−${since(points * step * (1 - share)) || '0 s'}`));
    this.canvas.replaceChildren(...grid.flat(), ...marks, ...times);
  }

  /** Updates the table, if it is open. */
  list(titles, rows) {
    if (!this.details.open) return;
    this.head.replaceChildren(...titles.map((title) => h('th', { scope: 'col' }, title)));
    this.rows.replaceChildren(...rows.map((row) => h('tr', {}, row.map((cell) => h('td', {}, cell)))));
  }
}

const ago = (index, points, step) => (index === points - 1 ? 'now' : `−${since((points - 1 - index) * step)}`);

/** A scale from 0 to a round number. */
function linear(top) {
  const power = 10 ** Math.floor(Math.log10(Math.max(top, 1e-9)));
  const round = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= top);
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / round;
  return { y, ticks: [0, 0.5, 1].map((share) => ({ y: y(round * share), label: rate(round * share) })) };
}

const curve = (name, points) => svg('path', {
  class: `curve ${name}`, d: points.map(([x, y], index) => `${index ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join(''),
});

/** One curve over time. */
export class Curve extends Figure {
  update(values, step) {
    const { y, ticks } = linear(Math.max(...values, 1));
    const points = values.map((value, index) => [this.x(index + 0.5, values.length), y(value)]);
    this.draw(values.length, step, ticks, [curve('', points)]);
    this.list(['when', 'value'], values.map((value, index) => [ago(index, values.length, step), rate(value)]));
  }
}

/** Ended tasks by state, as stacked bars. */
export class Ended extends Figure {
  update(points, step) {
    const sums = points.map((point) => STATES.reduce((sum, state) => sum + point[state], 0) / step);
    const { y, ticks } = linear(Math.max(...sums, 1 / step));
    const paths = Object.fromEntries(STATES.map((state) => [state, '']));
    points.forEach((point, index) => {
      const [left, right] = [this.x(index, points.length), this.x(index + 1, points.length)];
      let below = 0;
      for (const state of STATES) {
        const above = below + point[state] / step;
        if (point[state] > 0) {
          paths[state] += `M${left.toFixed(1)} ${y(below).toFixed(1)}H${(right - 0.5).toFixed(1)}V${y(above).toFixed(1)}H${left.toFixed(1)}Z`;
        }
        below = above;
      }
    });
    this.draw(points.length, step, ticks, STATES.map((state) => svg('path', { class: `area-${state}`, d: paths[state] })));
    this.list(['when', ...STATES], points.map((point, index) => [ago(index, points.length, step), ...STATES.map((state) => rate(point[state] / step))]));
  }
}

/** A heat map of a distribution over time, with its median and 99th percentile. The shades are relative within a column. */
export class Heat extends Figure {
  update(points, step) {
    const uppers = points.flatMap((point) => point.buckets.map(([upper]) => upper));
    if (uppers.length === 0) {
      this.canvas.replaceChildren(svg('text', { x: WIDTH / 2, y: HEIGHT / 2, 'text-anchor': 'middle' }, 'no data in this range'));
      this.list([], []);
      return;
    }
    const lowest = Math.floor(Math.log10(Math.min(...uppers) / 1.25));
    const highest = Math.max(lowest + 1, Math.ceil(Math.log10(Math.max(...uppers))));
    const y = (value) => {
      const share = (Math.log10(value) - lowest) / (highest - lowest);
      return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * Math.min(1, Math.max(0, share));
    };
    const every = Math.ceil((highest - lowest) / 5);
    const ticks = [];
    for (let power = lowest; power <= highest; power += every) ticks.push({ y: y(10 ** power), label: seconds(10 ** power) });
    // Five shades, as one element each.
    const shades = ['', '', '', '', ''];
    points.forEach(({ buckets }, index) => {
      const most = Math.max(...buckets.map(([, number]) => number));
      const [left, right] = [this.x(index, points.length), this.x(index + 1, points.length)];
      for (const [upper, number] of buckets) {
        const [above, below] = [y(upper), y(upper / 1.2)];
        const shade = Math.min(4, Math.floor(5 * (number / most) ** 0.5));
        shades[shade] += `M${left.toFixed(1)} ${below.toFixed(1)}H${right.toFixed(1)}V${above.toFixed(1)}H${left.toFixed(1)}Z`;
      }
    });
    const marks = shades.map((d, shade) => svg('path', { class: 'heat', d, opacity: 0.18 + 0.18 * shade }));
    for (const quantile of ['p50', 'p99']) {
      const known = points.flatMap((point, index) => (point[quantile] ? [[this.x(index + 0.5, points.length), y(point[quantile])]] : []));
      marks.push(curve(quantile, known));
    }
    this.draw(points.length, step, ticks, marks);
    this.list(['when', 'p50', 'p99'], points.map((point, index) => [ago(index, points.length, step), seconds(point.p50), seconds(point.p99)]));
  }
}
