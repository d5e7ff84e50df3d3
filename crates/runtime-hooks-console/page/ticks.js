// When there is something new to show: one stream of events for all tabs of a browser, and none while nobody looks.
//
// A browser opens six connections to a host at a time, and a stream keeps one of them.

const CHANNEL = 'runtime-hooks-console';
const RETRY = 2000;
const PERIOD = 1000;

/** Calls `ontick({tick, started})` about once a second as long as the tab is visible, and `onlost()` where nobody answers. */
export function follow(listener) {
  // On plain http to another machine a browser has no locks.
  const ticks = navigator.locks && globalThis.BroadcastChannel ? new Shared(listener) : new Polled(listener);
  const look = () => { if (document.hidden) ticks.stop(); else ticks.start(); };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('pagehide', () => ticks.stop());
  window.addEventListener('pageshow', look);
  look();
}

/** Of the visible tabs, the one that holds the lock has the stream, and tells the others. When it goes, the next one has it. */
class Shared {
  constructor(listener) {
    this.listener = listener;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.addEventListener('message', ({ data }) => this.hear(data));
    this.turn = null;
  }

  start() {
    if (this.turn) return;
    this.turn = new AbortController();
    const { signal } = this.turn;
    // Who is hidden while it waits for the lock waits no longer.
    navigator.locks.request(CHANNEL, { signal }, () => this.lead(signal)).catch(() => {});
  }

  stop() {
    this.turn?.abort();
    this.turn = null;
  }

  /** Has the stream until its turn is over. */
  lead(signal) {
    if (signal.aborted) return null;
    return new Promise((over) => {
      const stream = new Stream((message) => {
        this.channel.postMessage(message);
        this.hear(message);
      });
      signal.addEventListener('abort', () => { stream.close(); over(); });
    });
  }

  hear(message) {
    if (!this.turn) return;
    if (message === null) this.listener.onlost();
    else this.listener.ontick(message);
  }
}

/** The server's stream; tells each tick, and `null` where nobody answers. The browser comes back by itself where a
    connection breaks, and we do where it is refused. */
class Stream {
  constructor(tell) {
    this.tell = tell;
    this.open();
  }

  open() {
    this.source = new EventSource('/api/v1/stream');
    this.source.addEventListener('tick', (event) => this.tell(JSON.parse(event.data)));
    this.source.addEventListener('error', () => {
      this.tell(null);
      if (this.source.readyState === EventSource.CLOSED) this.again = setTimeout(() => this.open(), RETRY);
    });
  }

  close() {
    clearTimeout(this.again);
    this.source.close();
  }
}

/** Each visible tab asks once a second. */
class Polled {
  constructor(listener) {
    this.listener = listener;
    this.timer = null;
  }

  start() {
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.ask(), PERIOD);
    this.ask();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    try {
      const response = await fetch('/api/v1/overview?range=1', { headers: { accept: 'application/json' } });
      const overview = await response.json();
      if (!response.ok) throw new Error(overview.error);
      if (this.timer !== null) this.listener.ontick(overview);
    } catch {
      if (this.timer !== null) this.listener.onlost();
    }
    this.asking = false;
  }
}
