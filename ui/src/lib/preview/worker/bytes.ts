// The document as the worker has it: a Blob that is read as needed, or pieces that the page brings.
import { PIECE_BYTES } from '../source';

/** What the module calls (crates/preview-wasm). */
export interface Bytes {
  readonly length: number;
  /** How many bytes there were; -1: not here yet, -2: they cannot be read. */
  read(offset: number, buffer: Uint8Array): number;
}

export const NOT_YET = -1;
export const UNREADABLE = -2;

/** Bytes of a Blob read at once: the module takes small bites, and each read of a Blob waits for another process. */
const STRIDE_BYTES = 1024 * 1024;
/** Strides kept: a zip is read at its end, in its middle and at its start by turns. */
const STRIDES = 8;

export class BlobBytes implements Bytes {
  readonly length: number;
  readonly #strides = new Map<number, Uint8Array>();

  constructor(
    readonly blob: Blob,
    readonly reader: Pick<FileReaderSyncLike, 'readAsArrayBuffer'> = newReader(),
  ) {
    this.length = blob.size;
  }

  read(offset: number, buffer: Uint8Array): number {
    if (offset >= this.length) return 0;
    const start = offset - (offset % STRIDE_BYTES);
    try {
      return copied(this.#strides.get(start) ?? this.#load(start), offset - start, buffer);
    } catch {
      return UNREADABLE;
    }
  }

  #load(start: number): Uint8Array {
    const stride = new Uint8Array(
      this.reader.readAsArrayBuffer(this.blob.slice(start, start + STRIDE_BYTES)),
    );
    this.#strides.set(start, stride);
    const [oldest] = this.#strides.keys();
    if (this.#strides.size > STRIDES && oldest !== undefined) this.#strides.delete(oldest);
    return stride;
  }
}

/** Workers have it; the page, whose types are checked here, has not. */
interface FileReaderSyncLike {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const newReader = (): FileReaderSyncLike =>
  new (globalThis as unknown as { FileReaderSync: new () => FileReaderSyncLike }).FileReaderSync();

/** Pieces that stay as long as there is room for them. */
export class PieceBytes implements Bytes {
  readonly #pieces = new Map<number, Uint8Array>();
  #broken = false;

  constructor(
    readonly length: number,
    /** Pieces kept; a text of many gigabytes is read in a window that moves. */
    readonly room = 32,
  ) {}

  read(offset: number, buffer: Uint8Array): number {
    if (offset >= this.length) return 0;
    const start = startOf(offset);
    const piece = this.#pieces.get(start);
    if (!piece) return this.#broken ? UNREADABLE : NOT_YET;
    return copied(piece, offset - start, buffer);
  }

  /** Takes what the page brought; the oldest piece goes where there is no room. */
  add(offset: number, bytes: ArrayBuffer | null): void {
    this.#broken = bytes === null;
    if (!bytes) return;
    this.#pieces.set(offset, new Uint8Array(bytes));
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > this.room && oldest !== undefined) this.#pieces.delete(oldest);
  }
}

/** Where the piece that holds `offset` begins. */
export const startOf = (offset: number): number => offset - (offset % PIECE_BYTES);

function copied(from: Uint8Array, at: number, buffer: Uint8Array): number {
  const found = from.subarray(at, at + buffer.length);
  buffer.set(found);
  return found.length;
}
