// Elements from plain values. Text is always set as text: nothing here parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

function make(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const h = (tag, attributes, ...children) => make(document.createElement(tag), attributes, children);

export const svg = (tag, attributes, ...children) => make(document.createElementNS(SVG, tag), attributes, children);

/** A name or a path, isolated: right-to-left text in it does not reorder the text beside it. */
export const isolated = (tag, attributes, value) => h(tag, attributes, h('bdi', {}, value));

/** Sets only what has changed, so that nothing flickers and a selection stays. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

export function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * A table whose rows stay the same elements as long as their keys do: focus and selection survive an update.
 * A column is {title, label, text, class, sort, cell(td, row)}; `groups` are headings over several columns.
 */
export class Table {
  constructor({ columns, groups, key, onsort, label }) {
    this.columns = columns;
    this.key = key;
    this.rows = new Map();
    this.body = h('tbody');
    this.heads = columns.map((column) => {
      const title = column.sort
        ? h('button', { type: 'button', title: column.label, 'aria-label': column.label, onclick: () => onsort(column.sort) }, column.title)
        : column.title;
      return h('th', { scope: 'col', class: column.class }, title);
    });
    const over = groups?.map(({ title, span }) => (title
      ? h('th', { colspan: span, class: 'group', scope: 'colgroup' }, title)
      : h('td', { colspan: span })));
    const head = h('thead', {}, over ? h('tr', { class: 'groups' }, over) : null, h('tr', {}, this.heads));
    this.element = h('div', { class: 'scroll' }, h('table', { class: 'rows', 'aria-label': label }, head, this.body));
  }

  sorted(by, direction) {
    this.columns.forEach((column, index) => {
      if (column.sort && column.sort === by) this.heads[index].setAttribute('aria-sort', direction);
      else this.heads[index].removeAttribute('aria-sort');
    });
  }

  update(rows) {
    const present = new Set();
    let at = this.body.firstElementChild;
    for (const row of rows) {
      const key = this.key(row);
      present.add(key);
      let known = this.rows.get(key);
      if (!known) {
        const cells = this.columns.map((column) => h('td', { class: column.class, 'data-label': column.label ?? column.title }));
        known = { element: h('tr', {}, cells), cells };
        this.rows.set(key, known);
      }
      this.columns.forEach((column, index) => column.cell(known.cells[index], row));
      if (known.element === at) at = at.nextElementSibling;
      else this.body.insertBefore(known.element, at);
    }
    for (const [key, { element }] of this.rows) {
      if (present.has(key)) continue;
      element.remove();
      this.rows.delete(key);
    }
  }
}
