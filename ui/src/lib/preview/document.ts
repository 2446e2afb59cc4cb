// A document that is shown: the page's half. Each has a worker of its own, which ends with it, or when it takes too long.
import type {
  Failure,
  Found,
  Overview,
  Part,
  Place,
  Search,
  Warning,
  Window as DocumentWindow,
} from '$lib/proto/preview';
import type { DocumentSource } from './source';
import { familyOf } from './worker/family';
import type { Answers, Ask, Family, FromWorker, ToWorker } from './worker/protocol';

/** Milliseconds that the worker may think about one thing; waiting for bytes is not thinking. */
export const DEADLINE = 10_000;

/** Why there is no preview: a `code` of crates/preview, or `crashed`, `timed_out`, `closed`. */
export class PreviewFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }

  get code(): string {
    return this.failure.code;
  }
}

const failed = (code: string, message: string) => new PreviewFailure({ code, message });

type WorkerLike = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

interface Waiting {
  resolve(answer: never): void;
  reject(error: PreviewFailure): void;
}

/** How far a document has come, of what must come before it opens; bytes. */
export type OnProgress = (progress: { sent: number; total: number }) => void;

type PartOf<Type extends Part['type']> = Extract<Part, { type: Type }>;
/** Which part answers which window. */
interface Parts {
  blocks: PartOf<'flow'>;
  rows: PartOf<'rows'>;
  slide: PartOf<'slide'>;
  lines: PartOf<'lines'>;
  nodes: PartOf<'nodes'>;
}

export class PreviewDocument {
  overview!: Overview;
  warnings: readonly Warning[] = [];
  readonly #waiting = new Map<number, Waiting>();
  readonly #pictures = new Map<number, Promise<string>>();
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The worker waits for bytes. */
  #bringing = false;
  #last = 0;
  #over: PreviewFailure | null = null;

  private constructor(
    readonly worker: WorkerLike,
    readonly source: DocumentSource,
    readonly onProgress: OnProgress,
  ) {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#end(failed('crashed', event.message));
    };
  }

  /** Opens `source`, whose name only decides between kinds of text. Rejects with a `PreviewFailure`. */
  static async open(
    source: DocumentSource,
    name: string,
    onProgress: OnProgress = () => {},
    worker: WorkerLike = takeWorker(familyOf(name)),
  ): Promise<PreviewDocument> {
    const document = new PreviewDocument(worker, source, onProgress);
    const { size, blob } = source;
    try {
      const opened = await document.#ask({ type: 'open', name, size, ...(blob ? { blob } : {}) });
      document.overview = opened.overview;
      document.warnings = opened.warnings;
      return document;
    } catch (error) {
      document.close();
      throw error;
    }
  }

  async next<Type extends DocumentWindow['type']>(
    window: Extract<DocumentWindow, { type: Type }>,
  ): Promise<Parts[Type]> {
    const { part, warnings } = await this.#ask({ type: 'next', window: JSON.stringify(window) });
    this.warnings = warnings;
    return JSON.parse(part) as Parts[Type];
  }

  /** One step of a search. */
  async find(text: string, from?: Place): Promise<Found> {
    const search: Search = { text, ...(from ? { from } : {}) };
    const { found } = await this.#ask({ type: 'find', search: JSON.stringify(search) });
    return JSON.parse(found) as Found;
  }

  /** The address of a picture, for as long as the document is open. */
  picture(id: number): Promise<string> {
    let url = this.#pictures.get(id);
    if (!url) {
      url = this.#ask({ type: 'picture', picture: id }).then(({ type, bytes }) =>
        URL.createObjectURL(new Blob([bytes], { type })),
      );
      this.#pictures.set(id, url);
    }
    return url;
  }

  close(): void {
    this.#end(failed('closed', 'closed'));
    for (const url of this.#pictures.values()) void url.then(URL.revokeObjectURL, () => {});
    this.source.release?.();
  }

  #ask<A extends Ask>(ask: A): Promise<Answers[A['type']]> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise((resolve, reject) => {
      this.#last += 1;
      this.#waiting.set(this.#last, { resolve, reject });
      this.#send({ type: 'ask', id: this.#last, ask });
      if (this.#timer === undefined) this.#watch();
    });
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  #hear(message: FromWorker): void {
    if (message.type === 'module') return void (compiled[message.family] = message.module);
    if (this.#over) return;
    if (message.type === 'want') return void this.#bring(message.offset, message.length, message.all);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    this.#watch();
    if (message.type === 'answer') return waiting?.resolve(message.answer as never);
    waiting?.reject(new PreviewFailure(message.failure));
    // After a trap nothing in the module can be trusted.
    if (message.failure.code === 'crashed') this.#end(new PreviewFailure(message.failure));
  }

  async #bring(offset: number, length: number, all: boolean): Promise<void> {
    this.#bringing = true;
    this.#unwatch();
    const { signal } = this.#stopping;
    const bytes = await this.source.read(offset, length, signal).catch((error: unknown) => {
      // What keeps it from coming is said by whoever asked for it.
      this.sourceError = error;
      return null;
    });
    if (this.#over) return;
    this.#bringing = false;
    if (all && bytes) this.onProgress({ sent: offset + bytes.byteLength, total: this.source.size });
    this.#send({ type: 'bytes', offset, bytes }, bytes ? [bytes] : []);
    this.#watch();
  }

  /** Why bytes could not be had. */
  sourceError: unknown = null;

  #watch(): void {
    this.#unwatch();
    if (this.#waiting.size === 0 || this.#bringing) return;
    this.#timer = setTimeout(() => this.#end(failed('timed_out', 'took too long')), DEADLINE);
  }

  #unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #end(why: PreviewFailure): void {
    if (this.#over) return;
    this.#over = why;
    this.#unwatch();
    this.#stopping.abort();
    this.worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}

/**
 * Modules that a worker compiled, for the next ones. Browsers compile a function when it is called first: a worker with a module
 * of its own does so for every document again, which takes longer than most documents take to be read.
 */
const compiled: Partial<Record<Family, WebAssembly.Module>> = {};
let spare: Worker | null = null;

const start = () => new Worker(new URL('./worker/preview.worker.ts', import.meta.url), { type: 'module' });
const load = (worker: Worker, family: Family) =>
  worker.postMessage({ type: 'load', family, module: compiled[family] } satisfies ToWorker);

/** Starts a worker for the document that is opened next, most likely one of the same kind, so that it opens at once. */
export function warmUp(name: string): void {
  if (spare) return;
  spare = start();
  spare.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === 'module') compiled[data.family] = data.module;
  };
  load(spare, familyOf(name));
}

function takeWorker(family: Family): Worker {
  const worker = spare ?? start();
  spare = null;
  load(worker, family);
  return worker;
}
