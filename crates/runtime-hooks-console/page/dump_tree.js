// The stacks of a dump as one tree, the outermost functions first.

class Node {
  constructor(name, kind) {
    Object.assign(this, { name, kind, weight: 0, byName: new Map(), children: [] });
  }

  child(name, kind) {
    const key = `${kind} ${name}`;
    if (!this.byName.has(key)) this.byName.set(key, new Node(name, kind));
    return this.byName.get(key);
  }

  add(path, weight) {
    this.weight += weight;
    const [first, ...rest] = path;
    if (first) this.child(...first).add(rest, weight);
  }

  /** The heaviest first. */
  rank() {
    this.children = [...this.byName.values()].sort((a, b) => b.weight - a.weight);
    this.children.forEach((child) => child.rank());
  }

  depth() {
    return 1 + Math.max(0, ...this.children.map((child) => child.depth()));
  }
}

/** The tree of a document. `weight` is `tasks` or `seconds`. A task with several stacks is divided between them. */
export function ranked(document, weight) {
  const root = new Node('', 'root');
  for (const group of document.groups) {
    const whole = weight === 'tasks' ? group.tasks : group.seconds.reduce((sum, value) => sum + value, 0);
    const stacks = group.stacks ?? [];
    if (stacks.length === 0) root.add([[group.label, 'label'], ['no stack', 'wait']], whole);
    for (const { wait, frames } of stacks) {
      const functions = frames.map((frame) => [frame.function, 'function']).reverse();
      root.add([[group.label, 'label'], ...functions, [wait ?? 'unknown', 'wait']], whole / stacks.length);
    }
  }
  root.rank();
  return root;
}
