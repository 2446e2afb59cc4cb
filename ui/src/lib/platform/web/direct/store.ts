// Where bytes lie while they come, until they are known to be right.
import type { FileList, Place, WriteFailure } from './machine';

/** What was received, entry by entry; none for folders. */
export type Received = (File | Blob | null)[];

export interface Store {
  /** Whether it outlives the page. */
  readonly durable: boolean;
  /** Makes room for `list`, keeping what is there. `resumed`: something must be there already. */
  prepare(list: FileList, resumed: boolean): Promise<void>;
  write(place: Place, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  sync(): Promise<void>;
  /** The whole; `null` where it already lies where the person wants it. */
  finish(): Promise<Received | null>;
  drop(): Promise<void>;
}

/** A failure whose kind the engine has to know. */
export class StoreError extends Error {
  constructor(readonly failure: WriteFailure) {
    super(failure);
  }
}

export function failureOf(error: unknown): WriteFailure {
  if (error instanceof StoreError) return error.failure;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError') return 'disk_full';
  return name === 'NotAllowedError' || name === 'NotFoundError' ? 'no_place' : 'disk';
}

/** In memory, where a browser has no other place. */
export class MemoryStore implements Store {
  readonly durable = false;
  #files: Map<number, Uint8Array<ArrayBuffer>>[] = [];
  #list: FileList = { kind: 'file', entries: [] };

  prepare(list: FileList, resumed: boolean): Promise<void> {
    if (resumed && this.#files.length === 0) return Promise.reject(new StoreError('lost'));
    if (this.#files.length > 0) return Promise.resolve();
    this.#list = list;
    this.#files = list.entries.map(() => new Map());
    return Promise.resolve();
  }

  write({ file, offset }: Place, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#files[file]?.set(offset, bytes);
    return Promise.resolve();
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<Received> {
    const blobs = this.#list.entries.map(({ size }, index) => {
      if (size === undefined) return null;
      const blocks = [...(this.#files[index] ?? [])].sort(([a], [b]) => a - b);
      return new Blob(
        blocks.map(([, bytes]) => bytes),
        { type: 'application/octet-stream' },
      );
    });
    return Promise.resolve(blobs);
  }

  drop(): Promise<void> {
    this.#files = [];
    return Promise.resolve();
  }
}
