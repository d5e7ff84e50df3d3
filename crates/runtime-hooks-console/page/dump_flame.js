// A flame graph of waiting: the outermost functions at the top, as wide as the tasks that wait below them.

import { h, svg, text } from './dom.js';
import { count, seconds, visible } from './format.js';
import { ranked } from './dump_tree.js';

const WIDTH = 1000;
const ROW = 20;
/** Narrower cells have no room for a letter. */
const MIN_TEXT = 24;
const MIN_CELL = 0.6;

export class Flame {
  constructor() {
    this.drawing = svg('svg', { class: 'flame', role: 'group', 'aria-label': 'Flame graph of waiting' });
    this.reset = h('button', { type: 'button', hidden: true, onclick: () => this.zoom(this.root) }, 'Show all');
    this.caption = h('p', { class: 'summary', 'aria-live': 'polite' });
    this.element = h('figure', { class: 'plot' }, this.caption, this.reset, h('div', { class: 'flame-scroll' }, this.drawing));
  }

  show(document, weight) {
    this.weight = weight;
    this.root = ranked(document, weight);
    this.zoom(this.root);
  }

  zoom(node) {
    this.top = node;
    this.reset.hidden = node === this.root;
    this.describe(node);
    const depth = node.depth() - (node === this.root ? 1 : 0);
    this.drawing.setAttribute('viewBox', `0 0 ${WIDTH} ${Math.max(1, depth) * ROW}`);
    this.drawing.replaceChildren();
    this.draw(node, 0, 0, WIDTH);
  }

  /** One row for each depth. Children share the width of their parent by their weights. */
  draw(node, row, left, width) {
    const isRoot = node === this.root;
    if (!isRoot) this.drawing.append(this.cell(node, row, left, width));
    let at = left;
    for (const child of node.children) {
      const share = node.weight > 0 ? width * child.weight / node.weight : 0;
      if (share >= MIN_CELL) this.draw(child, isRoot ? row : row + 1, at, share);
      at += share;
    }
  }

  cell(node, row, left, width) {
    const shown = visible(node.name);
    const inner = width >= MIN_TEXT ? svg('text', { x: 4, y: ROW - 6 }, shown) : null;
    const act = () => this.zoom(node);
    const cell = svg('svg', {
      x: left, y: row * ROW, width: Math.max(0, width - 1), height: ROW - 1, class: `cell ${node.kind}`, tabindex: 0, role: 'button',
      'aria-label': `${shown}: ${this.amount(node)}`, onclick: act, onfocus: () => this.describe(node), onmouseenter: () => this.describe(node),
    }, svg('title', {}, `${shown}: ${this.amount(node)}`), svg('rect', { width: '100%', height: '100%', rx: 2 }), inner);
    cell.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      act();
    });
    return cell;
  }

  describe(node) {
    const name = node === this.root ? 'all tasks' : visible(node.name);
    text(this.caption, `${name}: ${this.amount(node)}`);
  }

  amount(node) {
    const share = this.root.weight > 0 ? ` (${(100 * node.weight / this.root.weight).toFixed(1)} %)` : '';
    return `${this.weight === 'tasks' ? `${count(Math.round(node.weight))} tasks` : seconds(node.weight)}${share}`;
  }
}
