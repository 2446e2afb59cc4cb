// How long documents take to their first screen: to its model, which is the worker's part, and until it is painted.
import { mount, unmount } from 'svelte';
import { PreviewDocument, PreviewFailure, warmUp } from '$lib/preview/document';
import DocumentView from '$lib/preview/DocumentView.svelte';
import { blobSource, type DocumentSource } from '$lib/preview/source';

/** `code`: `ok`, `nothing` where no content came to be seen, or why there is no preview. */
export interface Measured {
  ms: number;
  code: string;
}

/** Milliseconds after which a document that opened has nothing to show, and after which one does not open. */
const NOTHING_AFTER = 1500;
const GIVE_UP_AFTER = 15_000;
/** What the first content of each kind of document is in the page. */
const CONTENT = '.page .body > *, [role="gridcell"], .frame .sized, .lines .line, [role="treeitem"]';

let newest: Worker | null = null;
const BrowserWorker = globalThis.Worker;
globalThis.Worker = class extends BrowserWorker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- to ask it whether it is ready
    newest = this;
  }
};

export async function fetched(file: string): Promise<DocumentSource> {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${answer.status} ${file}`);
  const bytes = await answer.arrayBuffer();
  return blobSource(new Blob([bytes]));
}

export const nameOf = (file: string) => decodeURIComponent(file.split('/').pop() ?? file);

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The worker that stands by for the next document has its module: an empty file of the same kind comes back. */
async function ready(name: string): Promise<void> {
  warmUp(name);
  const worker = newest;
  if (!worker) return;
  const id = -1;
  const answered = new Promise<void>((resolve) => {
    const hear = ({ data }: MessageEvent<{ id: number }>) => {
      if (data.id !== id) return;
      worker.removeEventListener('message', hear);
      resolve();
    };
    worker.addEventListener('message', hear);
  });
  worker.postMessage({ type: 'ask', id, ask: { type: 'open', name, size: 0, blob: new Blob() } });
  await Promise.race([answered, pause(GIVE_UP_AFTER)]);
}

/** As when the first document of a session is opened. */
async function nobodyStandsBy(): Promise<void> {
  const document = await PreviewDocument.open(blobSource(new Blob()), 'empty.txt').catch(() => null);
  document?.close();
}

const codeOf = (error: unknown) => (error instanceof PreviewFailure ? error.code : 'failed');

/** Milliseconds from a document's bytes to the model of its first screen, with a worker that stands by. */
export async function modelled(file: string): Promise<Measured> {
  const [source, name] = [await fetched(file), nameOf(file)];
  await ready(name);
  const began = performance.now();
  try {
    const document = await PreviewDocument.open(source, name);
    const { shape, sheets } = document.overview;
    const sheet = Math.max(0, sheets?.findIndex(({ hidden }) => !hidden) ?? 0);
    // As the views ask for them.
    const windows = {
      flow: { type: 'blocks', count: 80 },
      sheets: { type: 'rows', sheet, from: 0, count: 128 },
      slides: { type: 'slide', index: 0 },
      lines: { type: 'lines', from: 0, count: 500 },
      tree: { type: 'nodes', from: 0, count: 2000 },
    } as const;
    await document.next(windows[shape]);
    const ms = performance.now() - began;
    document.close();
    return { ms, code: 'ok' };
  } catch (error) {
    return { ms: performance.now() - began, code: codeOf(error) };
  }
}

/**
 * Milliseconds from a document's bytes until its first content is painted in the viewer; `standsBy`: with a worker that has
 * its module already.
 */
export async function painted(file: string, standsBy = true): Promise<Measured> {
  const target = document.getElementById('viewer');
  if (!target) throw new Error('the page has no place for the viewer');
  const [source, name] = [await fetched(file), nameOf(file)];
  await (standsBy ? ready(name) : nobodyStandsBy());
  const began = performance.now();
  const props = { source: () => Promise.resolve(source), name, download: () => {} };
  const view = mount(DocumentView, { target, props });
  const code = await shows(target);
  await frame();
  const ms = performance.now() - began;
  await unmount(view);
  return { ms, code };
}

/** How the viewer's first screen comes out. */
function shows(target: HTMLElement): Promise<string> {
  return new Promise((resolve) => {
    let last = setTimeout(() => end('hung'), GIVE_UP_AFTER);
    let opened = false;
    const end = (code: string) => {
      observer.disconnect();
      clearTimeout(last);
      resolve(code);
    };
    const look = () => {
      if (target.querySelector(CONTENT)) return end('ok');
      if (target.querySelector('[data-testid="preview-failed"]')) return end('failed');
      if (opened || !target.querySelector('[data-testid="preview"]')) return;
      opened = true;
      clearTimeout(last);
      last = setTimeout(() => end('nothing'), NOTHING_AFTER);
    };
    const observer = new MutationObserver(look);
    observer.observe(target, { childList: true, subtree: true });
    look();
  });
}

/** What is in the page now has been painted. */
function frame(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  });
}
