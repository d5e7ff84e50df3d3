// When the page is refreshed: one event stream for all tabs of a browser, and none while all tabs are hidden.
//
// A browser opens six connections to a host at a time, and each stream occupies one.

const CHANNEL = 'runtime-hooks-console';
const RETRY = 2000;
const PERIOD = 1000;

/** Calls `ontick({tick, started})` about once a second while the tab is visible, and `onlost()` if the program does not respond. */
export function follow(listener) {
  // Over plain http to another machine, a browser has no locks.
  const ticks = navigator.locks && globalThis.BroadcastChannel ? new Shared(listener) : new Polled(listener);
  const update = () => { if (document.hidden) ticks.stop(); else ticks.start(); };
  document.addEventListener('visibilitychange', update);
  window.addEventListener('pagehide', () => ticks.stop());
  window.addEventListener('pageshow', update);
  update();
}

/** The visible tab that holds the lock has the stream, and forwards its events to the others. The lock then goes to the next one. */
class Shared {
  constructor(listener) {
    this.listener = listener;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener('message', ({ data }) => this.receive(data));
    this.active = null;
  }

  start() {
    if (this.active) return;
    this.active = new AbortController();
    const { signal } = this.active;
    // A tab that is hidden while it waits for the lock stops waiting.
    navigator.locks.request(CHANNEL, { signal }, () => this.lead(signal)).catch(() => {});
  }

  stop() {
    this.active?.abort();
    this.active = null;
  }

  /** Keeps the stream until `stop`. */
  lead(signal) {
    if (signal.aborted) return null;
    return new Promise((done) => {
      const stream = new Stream((message) => {
        this.channel.postMessage(message);
        this.receive(message);
      });
      signal.addEventListener('abort', () => { stream.close(); done(); });
    });
  }

  receive(message) {
    if (!this.active) return;
    if (message === null) this.listener.onlost();
    else this.listener.ontick(message);
  }
}

/** The server's stream. Calls `notify` with each tick, and with `null` if there is no response. The browser reconnects after
    a broken connection; after a refused one, this does. */
class Stream {
  constructor(notify) {
    this.notify = notify;
    this.open();
  }

  open() {
    this.source = new EventSource('/api/v1/stream');
    this.source.addEventListener('tick', (event) => this.notify(JSON.parse(event.data)));
    this.source.addEventListener('error', () => {
      this.notify(null);
      if (this.source.readyState === EventSource.CLOSED) this.retry = setTimeout(() => this.open(), RETRY);
    });
  }

  close() {
    clearTimeout(this.retry);
    this.source.close();
  }
}

/** Each visible tab requests the overview once a second. */
class Polled {
  constructor(listener) {
    this.listener = listener;
    this.timer = null;
  }

  start() {
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.poll(), PERIOD);
    this.poll();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  async poll() {
    if (this.busy) return;
    this.busy = true;
    try {
      const response = await fetch('/api/v1/overview?range=1', { headers: { accept: 'application/json' } });
      const overview = await response.json();
      if (!response.ok) throw new Error(overview.error);
      if (this.timer !== null) this.listener.ontick(overview);
    } catch {
      if (this.timer !== null) this.listener.onlost();
    }
    this.busy = false;
  }
}
