// The worker's half: opens one document and answers what the page asks of it, one thing after the other.
import type { Failure, Overview, Warning } from '$lib/proto/preview';
import { familyOf } from './family';
import type { Answers, Ask, Family, FromWorker, ToWorker } from './protocol';
import { BlobBytes, type Bytes, PieceBytes, startOf } from './bytes';
import { PIECE_BYTES } from '../source';

/** The module's `Preview` (crates/preview-wasm). */
export interface Module {
  overview(): string;
  next(window: string): string;
  find(search: string): string;
  picture(id: number): { media_type(): string; take(): Uint8Array; free(): void };
  warnings(): string;
}

/** What makes one; throws a JSON `Failure`. */
export type Opener = (bytes: Bytes, name: string) => Module;

/** Bytes of a container, which is read from its end and here and there: it comes whole. Larger ones are refused anyway. */
const CONTAINER_MAX_BYTES = 100 * 1024 * 1024;

export class Reader {
  #bytes: Bytes | null = null;
  #module: Module | null = null;
  #came: (() => void) | null = null;
  #queue: Promise<void> = Promise.resolve();

  constructor(
    readonly load: (family: Family) => Promise<Opener>,
    readonly post: (message: FromWorker, transfer?: Transferable[]) => void,
  ) {}

  take(message: Exclude<ToWorker, { type: 'load' }>): void {
    if (message.type === 'bytes') {
      if (this.#bytes instanceof PieceBytes) this.#bytes.add(message.offset, message.bytes);
      this.#came?.();
      this.#came = null;
      return;
    }
    this.#queue = this.#queue.then(() => this.#answer(message.id, message.ask));
  }

  async #answer(id: number, ask: Ask): Promise<void> {
    try {
      const answer = await this.#patiently(ask);
      const transfer = 'bytes' in answer ? [answer.bytes.buffer] : [];
      this.post({ type: 'answer', id, answer }, transfer);
    } catch (error) {
      this.post({ type: 'failure', id, failure: failureOf(error) });
    }
  }

  /** Does what is asked, again for as long as bytes are missing that can come. */
  async #patiently(ask: Ask): Promise<Answers[keyof Answers]> {
    if (ask.type === 'open') await this.#begin(ask);
    let family = ask.type === 'open' ? familyOf(ask.name) : 'pages';
    let opener = ask.type === 'open' ? await this.load(family) : null;
    for (;;) {
      try {
        return this.#do(ask, opener);
      } catch (error) {
        const { code, wanted } = failureOf(error);
        if (wanted) await this.#want(wanted[0], false);
        else if (code === 'elsewhere') {
          // Its name led to the wrong module.
          family = family === 'pages' ? 'tables' : 'pages';
          opener = await this.load(family);
        } else throw error;
      }
    }
  }

  async #begin({ size, blob }: Ask & { type: 'open' }): Promise<void> {
    if (blob) {
      this.#bytes = new BlobBytes(blob);
      return;
    }
    const bytes = new PieceBytes(size, Math.ceil(CONTAINER_MAX_BYTES / PIECE_BYTES) + 1);
    this.#bytes = bytes;
    await this.#want(0, false);
    if (!isContainer(bytes) || size > CONTAINER_MAX_BYTES) return;
    for (let offset = PIECE_BYTES; offset < size; offset += PIECE_BYTES) await this.#want(offset, true);
  }

  #want(offset: number, all: boolean): Promise<void> {
    const start = startOf(offset);
    return new Promise((resolve) => {
      this.#came = resolve;
      this.post({ type: 'want', offset: start, length: PIECE_BYTES, all });
    });
  }

  #do(ask: Ask, opener: Opener | null): Answers[keyof Answers] {
    if (ask.type === 'open') {
      if (!this.#bytes || !opener) throw new Error('no bytes');
      const module = opener(this.#bytes, ask.name);
      this.#module = module;
      return { overview: JSON.parse(module.overview()) as Overview, warnings: warningsOf(module) };
    }
    const module = this.#module;
    if (!module) throw new Error('not open');
    switch (ask.type) {
      case 'next':
        return { part: module.next(ask.window), warnings: warningsOf(module) };
      case 'find':
        return { found: module.find(ask.search) };
      case 'picture': {
        const picture = module.picture(ask.picture);
        const type = picture.media_type();
        const bytes = picture.take() as Uint8Array<ArrayBuffer>;
        picture.free();
        return { type, bytes };
      }
    }
  }
}

const warningsOf = (module: Module) => JSON.parse(module.warnings()) as Warning[];

/** Whether the first bytes are those of a zip, an OLE or an RTF file. */
function isContainer(bytes: Bytes): boolean {
  const head = new Uint8Array(8);
  bytes.read(0, head);
  const text = String.fromCharCode(...head);
  return text.startsWith('PK') || text.startsWith('\xd0\xcf\x11\xe0') || text.includes('{\\rt');
}

/** The module throws JSON; anything else is a trap, after which it cannot be used any more. */
function failureOf(error: unknown): Failure {
  if (typeof error === 'string') {
    try {
      return JSON.parse(error) as Failure;
    } catch {
      // Not ours.
    }
  }
  return { code: 'crashed', message: String(error) };
}
