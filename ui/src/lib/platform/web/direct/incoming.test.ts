// Z20, P: what arrived survives a reload, and is the person's only once it is right.
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attachment } from '$lib/proto';
import { download } from '../save';
import { Books } from './books';
import { Incoming } from './incoming';
import type { FileList } from './machine';
import type { Room } from './room';
import { failureOf, MemoryStore, type Received, type Store, StoreError } from './store';

vi.mock('../save', () => ({ download: vi.fn(() => Promise.resolve({ saved: true })) }));

const SESSION = '04'.repeat(16);
const file: Attachment = {
  id: '0a'.repeat(16),
  name: 'a.bin',
  size: 3,
  media_type: 'application/octet-stream',
  sha256: '',
  direct: { kind: 'file', files: 1 },
};
const LIST: FileList = { kind: 'file', entries: [{ path: 'a.bin', size: 3 }] };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** A disk that outlives pages. */
class Disk implements Store {
  readonly durable = true;
  static lies = false;
  static synced = 0;
  dropped = 0;
  prepare(_: FileList, resumed: boolean): Promise<void> {
    if (resumed && !Disk.lies) return Promise.reject(new StoreError('lost'));
    Disk.lies = true;
    return Promise.resolve();
  }
  write = () => Promise.resolve();
  sync(): Promise<void> {
    Disk.synced += 1;
    return Promise.resolve();
  }
  finish = (): Promise<Received> => Promise.resolve([new Blob(['abc'])]);
  drop(): Promise<void> {
    Disk.lies = false;
    return Promise.resolve();
  }
}

const room = (fits: boolean, fitsMemory = true) =>
  ({
    ready: () => Promise.resolve(),
    fits: () => fits,
    fitsMemory: () => fitsMemory,
    mustPick: () => false,
    obstacle: () => null,
  }) as unknown as Room;

function page(books: Books, where: Room): Incoming {
  return new Incoming(file, SESSION, books, where, {
    disk: () => new Disk(),
    memory: () => new MemoryStore(),
  });
}

describe('an attachment on its way here', () => {
  let books: Books;
  beforeEach(async () => {
    books = await Books.open(new IDBFactory());
    Disk.lies = false;
    Disk.synced = 0;
    vi.mocked(download).mockClear();
  });

  it('goes on after a reload where it stopped, having synced before it noted', async () => {
    const before = page(books, room(true));
    expect(await before.standing()).toEqual(bytes());
    await before.prepare(LIST);
    await before.write({ file: 0, offset: 0 }, bytes(1, 2, 3));
    await before.persist(bytes(7), false);
    expect(Disk.synced).toBe(1);

    const after = page(books, room(true));
    expect(await after.standing()).toEqual(bytes(7));
    await expect(after.prepare(LIST)).resolves.toBeUndefined();
  });

  it('begins anew where the browser cleared it', async () => {
    const before = page(books, room(true));
    await before.standing();
    await before.prepare(LIST);
    await before.persist(bytes(7), false);
    Disk.lies = false;
    expect(await page(books, room(true)).standing()).toEqual(bytes());
    expect(await books.standing(file.id)).toEqual(bytes());
  });

  it('in memory goes on with another client of the sender, not after a reload', async () => {
    const before = page(books, room(false));
    await before.standing();
    await before.prepare(LIST);
    await before.persist(bytes(7), false);
    expect(await before.standing()).toEqual(bytes(7));
    await expect(before.prepare(LIST)).resolves.toBeUndefined();
    expect(await page(books, room(false)).standing()).toEqual(bytes());
  });

  it('is handed over when it is finished, and nothing of it is kept on', async () => {
    const incoming = page(books, room(true));
    await incoming.standing();
    await incoming.prepare(LIST);
    await incoming.persist(bytes(7), false);
    await incoming.finish(LIST);
    expect(download).toHaveBeenCalledWith('blob:test', 'a.bin');
    expect(await books.standing(file.id)).toEqual(bytes());
  });

  it('needs a place where there is no room and nobody was asked', async () => {
    const incoming = page(books, room(false, false));
    await incoming.standing();
    expect(await incoming.prepare(LIST).catch(failureOf)).toBe('no_place');
  });

  it('is deleted with its journal when it is cancelled', async () => {
    const incoming = page(books, room(true));
    await incoming.standing();
    await incoming.prepare(LIST);
    await incoming.persist(bytes(7), false);
    await incoming.drop();
    expect(Disk.lies).toBe(false);
    expect(await books.standing(file.id)).toEqual(bytes());
  });
});
