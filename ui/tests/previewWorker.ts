// jsdom has no workers: one that reads with the real module, in the thread of the test. `cargo xtask wasm` builds the module.
import { readFileSync } from 'node:fs';
import type { ToWorker } from '$lib/preview/worker/protocol';
import { type Opener, Reader } from '$lib/preview/worker/reader';
import type { Family } from '$lib/preview/worker/protocol';
import { initSync as initPages, Preview as Pages } from '$lib/wasm/deskside_preview_pages.js';
import { initSync as initTables, Preview as Tables } from '$lib/wasm/deskside_preview_tables.js';

export function loadModule(family: Family): Opener {
  const module = readFileSync(`src/lib/wasm/deskside_preview_${family}_bg.wasm`);
  if (family === 'pages') {
    initPages({ module });
    return (bytes, name) => new Pages(bytes, name, 0);
  }
  initTables({ module });
  return (bytes, name) => new Tables(bytes, name, 0);
}

/** Stands for `Worker`; every message takes a turn, as between threads. */
export class ThreadlessWorker {
  /** Those that have a document. */
  static readonly alive = new Set<ThreadlessWorker>();
  #over = false;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  readonly #reader = new Reader(
    (family) => Promise.resolve(family).then(loadModule),
    (data) => this.#later(() => this.onmessage?.(new MessageEvent('message', { data }))),
  );

  postMessage(message: ToWorker): void {
    if (message.type === 'load') return;
    ThreadlessWorker.alive.add(this);
    if (message.type === 'ask' && message.ask.type === 'open') {
      // Only a worker reads a Blob at once (`FileReaderSync`): here its bytes come in pieces, as those of a portal do.
      const { blob: _blob, ...ask } = message.ask;
      this.#later(() => this.#reader.take({ ...message, ask }));
    } else this.#later(() => this.#reader.take(message));
  }

  terminate(): void {
    this.#over = true;
    ThreadlessWorker.alive.delete(this);
  }

  #later(act: () => void): void {
    setTimeout(() => this.#over || act(), 0);
  }
}
