// Reads one document. The module is the sandbox: it has the document's bytes and nothing else, and a ceiling of memory.
import pagesUrl from '$lib/wasm/deskside_preview_pages_bg.wasm?url';
import tablesUrl from '$lib/wasm/deskside_preview_tables_bg.wasm?url';
import initPages, { Preview as Pages } from '$lib/wasm/deskside_preview_pages';
import initTables, { Preview as Tables } from '$lib/wasm/deskside_preview_tables';
import type { Family, ToWorker } from './protocol';
import { type Opener, Reader } from './reader';

/** What a clock here shows, for documents that say "today": seconds since 1970 began on it. */
function wallClock(): number {
  const now = new Date();
  return Math.floor(now.getTime() / 1000) - now.getTimezoneOffset() * 60;
}

/** One module for each family of formats, loaded when it is needed. */
const modules: Record<Family, () => Promise<Opener>> = {
  pages: () =>
    initPages({ module_or_path: pagesUrl }).then(
      () => (bytes, name) => new Pages(bytes as never, name, wallClock()),
    ),
  tables: () =>
    initTables({ module_or_path: tablesUrl }).then(
      () => (bytes, name) => new Tables(bytes as never, name, wallClock()),
    ),
};
const loading: Partial<Record<Family, Promise<Opener>>> = {};
const load = (family: Family) => (loading[family] ??= modules[family]());

const reader = new Reader(load, (message, transfer = []) => self.postMessage(message, { transfer }));
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  // Ahead of the document; what goes wrong is said when it is asked for.
  if (data.type === 'load') load(data.family).catch(() => {});
  else reader.take(data);
};
