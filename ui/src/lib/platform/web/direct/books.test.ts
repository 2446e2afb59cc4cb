// Z20: what a reload needs is kept, and nothing of it outlives signing out.
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { Books, forgetBooks, forgetOthers, joined, type KeyRow } from './books';

const SESSION = '04'.repeat(16);
const ME = '02'.repeat(16);
const FILE = '0a'.repeat(16);
const bytes = (...values: number[]) => Uint8Array.from(values);
/** Arrays of another realm are no equals to the test's. */
const plain = (array: Uint8Array) => [...array];

const keyRow = (mark: number): KeyRow => ({
  session: SESSION,
  participant: ME,
  certificate: { expires: 1_000 } as RTCCertificate,
  secret: bytes(mark),
});

describe.each([
  ['IndexedDB', () => new IDBFactory()],
  ['memory, where the browser refuses', () => null],
])('books in %s', (_, factory) => {
  const open = () => Books.open(factory() as IDBFactory);

  it('gives one identity, however often it is asked for', async () => {
    const books = await open();
    let made = 0;
    const ask = async (isFresh: (row: KeyRow) => boolean) => {
      const make = () => Promise.resolve(keyRow((made += 1)));
      return plain((await books.keys(SESSION, ME, isFresh, make)).secret);
    };
    const kept = () => true;
    const first = await ask(kept);
    const [second, third] = await Promise.all([ask(kept), ask(kept)]);
    expect([first, second, third]).toEqual([[1], [1], [1]]);
    // One that has expired is replaced.
    expect(await ask(({ secret }) => secret[0] !== 1)).toEqual([2]);
    expect(await ask(kept)).toEqual([2]);
  });

  it('keeps a journal in its order, apart from others, until it is replaced or dropped', async () => {
    const books = await open();
    await books.append(FILE, bytes(1, 2), false);
    await books.append('other', bytes(7), false);
    await books.append(FILE, bytes(3), false);
    expect(plain(await books.standing(FILE))).toEqual([1, 2, 3]);
    await books.append(FILE, bytes(9), true);
    expect(plain(await books.standing(FILE))).toEqual([9]);
    await books.dropStanding(FILE);
    expect(plain(await books.standing(FILE))).toEqual([]);
    expect(plain(await books.standing('other'))).toEqual([7]);
  });

  it('keeps a note of each attachment', async () => {
    const books = await open();
    await books.putNote({ attachment: FILE, session: SESSION, stored: true });
    expect(await books.note(FILE)).toEqual({ attachment: FILE, session: SESSION, stored: true });
    await books.dropNote(FILE);
    expect(await books.note(FILE)).toBeUndefined();
  });
});

it('another page of the same browser reads what was kept, and nothing after signing out', async () => {
  const factory = new IDBFactory();
  const before = await Books.open(factory);
  await before.append(FILE, bytes(5), false);
  expect(plain(await (await Books.open(factory)).standing(FILE))).toEqual([5]);
  await forgetBooks(factory);
  expect(before.durable).toBe(false);
  expect(plain(await (await Books.open(factory)).standing(FILE))).toEqual([]);
});

it('forgets what is of other sessions, when somebody joins one', async () => {
  const factory = new IDBFactory();
  const books = await Books.open(factory);
  await books.putNote({ attachment: FILE, session: 'another' });
  await books.append(FILE, bytes(5), false);
  await books.putNote({ attachment: 'kept', session: SESSION });
  expect(await forgetOthers(SESSION, factory)).toEqual([FILE]);
  expect(await books.note(FILE)).toBeUndefined();
  expect(plain(await books.standing(FILE))).toEqual([]);
  expect(await books.note('kept')).toBeDefined();
});

it('joins pieces', () => {
  expect(joined([bytes(1), bytes(), bytes(2, 3)])).toEqual(bytes(1, 2, 3));
});
