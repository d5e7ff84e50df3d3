// Findings of lints: the evidence, the explanation and the location.

import { h, isolated, text } from './dom.js';
import { count, nameOf, visible, words } from './format.js';
import { keyOf, linkTo } from './names.js';

/** A list of findings. A finding keeps its element while it lasts. */
export class Findings {
  constructor({ brief = false } = {}) {
    this.brief = brief;
    this.known = new Map();
    this.list = h('div');
    this.more = h('p', { hidden: true }, h('a', { href: '#/lints' }));
    this.element = h('section', { 'aria-label': 'Lints' }, this.list, this.more);
  }

  update(findings, most = Infinity) {
    const present = new Set();
    for (const finding of findings.slice(0, most)) {
      const key = JSON.stringify([finding.lint, keyOf(finding)]);
      present.add(key);
      if (!this.known.has(key)) {
        const evidence = h('p');
        const where = `${finding.runtime}, ${finding.type}${finding.location ? `, ${finding.location}` : ''}`;
        const element = h('article', { class: this.brief ? 'finding brief' : 'finding', 'data-lint': finding.lint },
          h('h3', {}, `${words(finding.lint)}: `, isolated('a', { href: linkTo(finding, { range: '300' }) }, nameOf(finding))),
          evidence,
          this.brief ? null : h('p', {}, finding.explanation),
          isolated('p', { class: 'where' }, visible(where)));
        this.known.set(key, { element, evidence });
        this.list.append(element);
      }
      text(this.known.get(key).evidence, finding.evidence);
    }
    for (const [key, { element }] of this.known) {
      if (present.has(key)) continue;
      element.remove();
      this.known.delete(key);
    }
    this.more.hidden = findings.length <= most;
    text(this.more.firstChild, `and ${count(findings.length - most)} more`);
  }
}

export class LintsView {
  constructor() {
    this.findings = new Findings();
    this.empty = h('p', { class: 'empty' });
    this.known = h('ul', { class: 'known' });
    this.element = h('section', {}, h('h2', {}, 'Findings'), this.findings.element, this.empty, h('h2', {}, 'All lints'), this.known);
  }

  async refresh(read) {
    const { findings, lints } = await read('/api/v1/lints');
    this.findings.update(findings);
    text(this.empty, findings.length === 0 ? 'No findings.' : '');
    if (this.known.childElementCount === 0) {
      this.known.append(...lints.map(({ lint, explanation }) => h('li', {}, h('strong', {}, words(lint)), `: ${explanation}`)));
    }
  }
}
