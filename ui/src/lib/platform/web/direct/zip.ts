// A folder as one file, for browsers that cannot write folders: a ZIP (APPNOTE 6.3.10) without compression. Made of the files
// where they lie: nothing is held in memory.
import type { FileList } from './machine';
import type { Received } from './store';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END = 0x06054b50;
/** Version 4.5: with ZIP64, used throughout so that there is one form for every size. */
const VERSION = 45;
/** Names are UTF-8 (bit 11). */
const FLAGS = 0x0800;
/** 1 January 1980, the earliest there is: when the sender changed a file is nobody's business. */
const DATE = 0x0021;
const ALL_ONES = 0xffffffff;

export async function zipped(list: FileList, received: Received): Promise<Blob> {
  const parts: BlobPart[] = [];
  const central: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const [index, { path, size }] of list.entries.entries()) {
    const content = received[index] ?? new Blob([]);
    const name = new TextEncoder().encode(size === undefined ? `${path}/` : path);
    const entry = { name, size: content.size, crc: await crc32Of(content), at };
    const local = header(LOCAL, entry);
    central.push(header(CENTRAL, entry));
    parts.push(local, content);
    at += local.byteLength + content.size;
  }
  const length = central.reduce((sum, piece) => sum + piece.byteLength, 0);
  return new Blob([...parts, ...central, end(central.length, length, at)], { type: 'application/zip' });
}

interface Entry {
  name: Uint8Array;
  size: number;
  crc: number;
  /** Where its local header is. */
  at: number;
}

function header(
  kind: typeof LOCAL | typeof CENTRAL,
  { name, size, crc, at }: Entry,
): Uint8Array<ArrayBuffer> {
  const isCentral = kind === CENTRAL;
  const extra = isCentral ? 28 : 20;
  const out = new Writer((isCentral ? 46 : 30) + name.byteLength + extra);
  out.u32(kind);
  if (isCentral) out.u16(VERSION);
  out.u16(VERSION, FLAGS, 0, 0, DATE);
  out.u32(crc, ALL_ONES, ALL_ONES);
  out.u16(name.byteLength, extra);
  // Comment, disk, attributes, and the place of the local header (in `extra`).
  if (isCentral) {
    out.u16(0, 0, 0);
    out.u32(0, ALL_ONES);
  }
  out.bytes(name);
  out.u16(1, extra - 4);
  out.u64(size, size);
  if (isCentral) out.u64(at);
  return out.done;
}

function end(entries: number, length: number, at: number): Uint8Array<ArrayBuffer> {
  const out = new Writer(56 + 20 + 22);
  out.u32(END_64);
  out.u64(44);
  out.u16(VERSION, VERSION);
  out.u32(0, 0);
  out.u64(entries, entries, length, at);
  out.u32(LOCATOR_64, 0);
  out.u64(at + length);
  out.u32(1, END);
  out.u16(0, 0, 0xffff, 0xffff);
  out.u32(ALL_ONES, ALL_ONES);
  out.u16(0);
  return out.done;
}

/** Little-endian, as all of ZIP is. */
class Writer {
  readonly done: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.done = new Uint8Array(length);
    this.#view = new DataView(this.done.buffer);
  }

  u16(...values: number[]): void {
    for (const value of values) this.#view.setUint16((this.#at += 2) - 2, value, true);
  }

  u32(...values: number[]): void {
    for (const value of values) this.#view.setUint32((this.#at += 4) - 4, value, true);
  }

  u64(...values: number[]): void {
    for (const value of values) this.#view.setBigUint64((this.#at += 8) - 8, BigInt(value), true);
  }

  bytes(bytes: Uint8Array): void {
    this.done.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }
}

/** Reversed polynomial of CRC-32 (ISO 3309). */
const POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

export async function crc32Of(content: Blob): Promise<number> {
  let crc = ALL_ONES;
  const step = 1024 * 1024;
  for (let from = 0; from < content.size; from += step) {
    const bytes = new Uint8Array(await content.slice(from, from + step).arrayBuffer());
    for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return (crc ^ ALL_ONES) >>> 0;
}
