import { describe, expect, it, vi } from 'vitest';
import { PIECE_BYTES } from '../source';
import type { Bytes } from './bytes';
import type { Ask, FromWorker } from './protocol';
import { type Module, type Opener, Reader } from './reader';

const failure = (code: string, more: object = {}) => JSON.stringify({ code, message: code, ...more });
const waiting = (offset: number) => failure('waiting', { wanted: [offset, PIECE_BYTES] });
const thrown = (what: unknown) => () => {
  throw what;
};

/** A module that answers every question; `more` instead of what it does. */
const moduleOf = (more: Partial<Module> = {}): Module => ({
  overview: () => '{"format":"text","shape":"lines"}',
  warnings: () => '["cut"]',
  next: (window) => `part of ${window}`,
  find: (search) => `found ${search}`,
  picture: () => ({ media_type: () => 'image/png', take: () => new Uint8Array([1, 2]), free: vi.fn() }),
  ...more,
});

function started(opener: Opener | Promise<Opener>) {
  const posted: FromWorker[] = [];
  const transferred: Transferable[][] = [];
  const reader = new Reader(
    () => Promise.resolve(opener),
    (message, transfer = []) => {
      posted.push(message);
      transferred.push(transfer);
    },
  );
  let last = 0;
  const ask = (one: Ask) => reader.take({ type: 'ask', id: (last += 1), ask: one });
  const bring = (offset: number, bytes: ArrayBuffer | null) => reader.take({ type: 'bytes', offset, bytes });
  /** What was posted since the last time, once nothing more comes. */
  const heard = async () => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return posted.splice(0);
  };
  return { ask, bring, heard, transferred };
}

const text = (words: string): ArrayBuffer => new TextEncoder().encode(words).buffer;
const want = (offset: number, all = false): FromWorker => ({
  type: 'want',
  offset,
  length: PIECE_BYTES,
  all,
});
const open = (size: number): Ask => ({ type: 'open', name: 'a.txt', size });

describe('the worker', () => {
  it('has the first piece before it opens, and answers in order', async () => {
    const { ask, bring, heard } = started(() => moduleOf());
    ask(open(5));
    ask({ type: 'next', window: 'w' });
    ask({ type: 'find', search: 's' });
    expect(await heard()).toEqual([want(0)]);
    bring(0, text('hello'));
    expect(await heard()).toEqual([
      { type: 'answer', id: 1, answer: { overview: { format: 'text', shape: 'lines' }, warnings: ['cut'] } },
      { type: 'answer', id: 2, answer: { part: 'part of w', warnings: ['cut'] } },
      { type: 'answer', id: 3, answer: { found: 'found s' } },
    ]);
  });

  it('wants bytes that are missing and does again what needed them', async () => {
    let bytes: Bytes | undefined;
    const next = vi.fn(() => {
      const buffer = new Uint8Array(1);
      if ((bytes?.read(PIECE_BYTES + 9, buffer) ?? 0) < 0) throw waiting(PIECE_BYTES + 9);
      return `read ${buffer[0]}`;
    });
    const { ask, bring, heard } = started((from) => ((bytes = from), moduleOf({ next })));
    ask(open(PIECE_BYTES + 10));
    bring(0, new ArrayBuffer(PIECE_BYTES));
    await heard();
    bring(0, new ArrayBuffer(PIECE_BYTES));
    await heard();
    ask({ type: 'next', window: 'w' });
    ask({ type: 'find', search: 's' });
    // Whole pieces, and nothing else meanwhile.
    expect(await heard()).toEqual([want(PIECE_BYTES)]);
    bring(PIECE_BYTES, new Uint8Array(10).fill(7).buffer);
    expect(await heard()).toMatchObject([
      { id: 2, answer: { part: 'read 7' } },
      { id: 3, answer: { found: 'found s' } },
    ]);
    expect(next).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['zip', 'PK\x03\x04....'],
    ['OLE', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
    ['RTF', '{\\rtf1..'],
  ])('has the whole of a %s before it opens it', async (_name, head) => {
    const opener = vi.fn(() => moduleOf());
    const { ask, bring, heard } = started(opener);
    ask(open(2 * PIECE_BYTES + 1));
    expect(await heard()).toEqual([want(0)]);
    const first = new Uint8Array(PIECE_BYTES);
    first.set([...head].map((letter) => letter.charCodeAt(0)));
    bring(0, first.buffer);
    expect(await heard()).toEqual([want(PIECE_BYTES, true)]);
    bring(PIECE_BYTES, new ArrayBuffer(PIECE_BYTES));
    expect(await heard()).toEqual([want(2 * PIECE_BYTES, true)]);
    expect(opener).not.toHaveBeenCalled();
    bring(2 * PIECE_BYTES, new ArrayBuffer(1));
    expect(await heard()).toMatchObject([{ type: 'answer', id: 1 }]);
  });

  it('does not fetch a container that is refused anyway', async () => {
    const { ask, bring, heard } = started(thrown(failure('too_large')));
    ask(open(500 * 1024 * 1024));
    await heard();
    bring(0, text('PK\x03\x04....'));
    expect(await heard()).toMatchObject([{ type: 'failure', id: 1, failure: { code: 'too_large' } }]);
  });

  it.each<[string, unknown, object]>([
    ['a failure with its code', failure('encrypted'), { code: 'encrypted', message: 'encrypted' }],
    ['and what it names', failure('unsupported', { format: 'odt' }), { code: 'unsupported', format: 'odt' }],
    [
      'a trap',
      new WebAssembly.RuntimeError('unreachable'),
      { code: 'crashed', message: 'RuntimeError: unreachable' },
    ],
    ['a stack that is full', new RangeError('Maximum call stack'), { code: 'crashed' }],
    ['a word that is no failure', 'nonsense', { code: 'crashed', message: 'nonsense' }],
  ])('tells %s', async (_name, error, told) => {
    const { ask, bring, heard } = started(thrown(error));
    ask(open(5));
    await heard();
    bring(0, text('hello'));
    expect(await heard()).toMatchObject([{ type: 'failure', id: 1, failure: told }]);
  });

  it('goes on after a failure', async () => {
    const { ask, bring, heard } = started(() => moduleOf({ find: thrown(failure('malformed')) as never }));
    ask(open(5));
    await heard();
    bring(0, text('hello'));
    await heard();
    ask({ type: 'find', search: 's' });
    ask({ type: 'next', window: 'w' });
    expect(await heard()).toMatchObject([
      { type: 'failure', id: 2 },
      { type: 'answer', id: 3 },
    ]);
  });

  it('gives the bytes of a picture away', async () => {
    const { ask, bring, heard, transferred } = started(() => moduleOf());
    ask(open(5));
    await heard();
    bring(0, text('hello'));
    await heard();
    ask({ type: 'picture', picture: 4 });
    const [answer] = await heard();
    expect(answer).toMatchObject({ id: 2, answer: { type: 'image/png', bytes: new Uint8Array([1, 2]) } });
    expect(transferred.at(-1)).toHaveLength(1);
  });

  it.each<[string, Ask]>([
    ['nothing open', { type: 'find', search: 's' }],
    ['nothing open', { type: 'picture', picture: 1 }],
  ])('%s: crashed', async (_name, one) => {
    const { ask, heard } = started(() => moduleOf());
    ask(one);
    expect(await heard()).toMatchObject([{ type: 'failure', failure: { code: 'crashed' } }]);
  });

  it('says that the module could not be loaded', async () => {
    const gone = Promise.reject<Opener>(new Error('404'));
    // As the worker does.
    gone.catch(() => {});
    const { ask, bring, heard } = started(gone);
    ask(open(5));
    await heard();
    bring(0, text('hello'));
    expect(await heard()).toMatchObject([{ type: 'failure', failure: { code: 'crashed' } }]);
  });
});
