// Reads one document. The module is the sandbox: it has the document's bytes and nothing else, and a ceiling of memory.
import pagesUrl from '$lib/wasm/deskside_preview_pages_bg.wasm?url';
import tablesUrl from '$lib/wasm/deskside_preview_tables_bg.wasm?url';
import initPages, { Preview as Pages } from '$lib/wasm/deskside_preview_pages';
import initTables, { Preview as Tables } from '$lib/wasm/deskside_preview_tables';
import type { Family, FromWorker, ToWorker } from './protocol';
import { type Opener, Reader } from './reader';

/** What a clock here shows, for documents that say "today": seconds since 1970 began on it. */
function wallClock(): number {
  const now = new Date();
  return Math.floor(now.getTime() / 1000) - now.getTimezoneOffset() * 60;
}

/** One module for each family of formats, loaded when it is needed. */
const urls: Record<Family, string> = { pages: pagesUrl, tables: tablesUrl };
const openers: Record<Family, (module: WebAssembly.Module) => Promise<Opener>> = {
  pages: (module) =>
    initPages({ module_or_path: module }).then(
      () => (bytes, name) => new Pages(bytes as never, name, wallClock()),
    ),
  tables: (module) =>
    initTables({ module_or_path: module }).then(
      () => (bytes, name) => new Tables(bytes as never, name, wallClock()),
    ),
};
const loading: Partial<Record<Family, Promise<Opener>>> = {};
const load = (family: Family, module?: WebAssembly.Module) => (loading[family] ??= begin(family, module));
const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

async function begin(family: Family, given?: WebAssembly.Module): Promise<Opener> {
  const module = given ?? (await compile(urls[family]));
  // The page hands it to the workers after this one.
  if (!given) post({ type: 'module', family, module });
  return openers[family](module);
}

/** While it comes; a server that does not know what it is has it compiled afterwards. */
const compile = (url: string): Promise<WebAssembly.Module> =>
  WebAssembly.compileStreaming(fetch(url)).catch(async () =>
    WebAssembly.compile(await (await fetch(url)).arrayBuffer()),
  );

const reader = new Reader(load, post);
self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  // Ahead of the document; what goes wrong is said when it is asked for.
  if (data.type === 'load') load(data.family, data.module).catch(() => {});
  else reader.take(data);
};
