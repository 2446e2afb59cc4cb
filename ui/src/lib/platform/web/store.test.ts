import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { QueuedMessage } from '$lib/proto';
import { Draft } from './draft';
import { forgetOthers, Outbox } from './outbox';
import { LocalStore } from './store';
import type { Tab } from './tab';

const S = 's'.repeat(32);
const T = 't'.repeat(32);

function message(order: number, txn: string): QueuedMessage {
  const action = { type: 'post' as const, text: txn, attachments: [], mentions: [], private: false };
  return { txn_id: txn, order, at: 1_000 + order, action };
}

/** As some private windows have it. */
const refusing = {
  open: () => {
    throw new DOMException('private', 'SecurityError');
  },
} as unknown as IDBFactory;

const tab = (id: string, live: string[] = []): Tab => ({
  id,
  claim: (_, task) => task((other) => live.includes(other)),
});

describe('what the browser keeps', () => {
  let factory: IDBFactory;
  beforeEach(() => {
    factory = new IDBFactory();
  });

  /** N14: messages survive a reload, in the order they were written, each session by itself. */
  it('gives the outbox back after a reload', async () => {
    const before = new Outbox(await LocalStore.open(factory), tab('a'), S);
    for (const [order, txn] of [
      [1, 'x1'],
      [0, 'x9'],
      [2, 'x0'],
    ] as const) {
      await before.apply({ type: 'put', message: message(order, txn) });
    }
    await before.apply({ type: 'remove', txn_id: 'x1' });
    await new Outbox(await LocalStore.open(factory), tab('a'), T).apply({
      type: 'put',
      message: message(0, 'y'),
    });

    const after = new Outbox(await LocalStore.open(factory), tab('a'), S);
    expect(await after.restore()).toEqual([message(0, 'x9'), message(2, 'x0')]);
  });

  it('replaces a message that is put again', async () => {
    const outbox = new Outbox(await LocalStore.open(factory), tab('a'), S);
    await outbox.apply({ type: 'put', message: message(0, 'x') });
    const refused = { ...message(0, 'x'), refused: { code: 'message_empty' as const, message: 'empty' } };
    await outbox.apply({ type: 'put', message: refused });
    expect(await outbox.restore()).toEqual([refused]);
  });

  it('writes messages with strict durability', async () => {
    const store = await LocalStore.open(factory);
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await new Outbox(store, tab('a'), S).apply({ type: 'put', message: message(0, 'x') });
    expect(transaction).toHaveBeenCalledWith('outbox', 'readwrite', { durability: 'strict' });
  });

  it('lets one tab only send what is left: not the messages of a tab that lives', async () => {
    const other = new Outbox(await LocalStore.open(factory), tab('b'), S);
    await other.apply({ type: 'put', message: message(0, 'x') });
    const store = await LocalStore.open(factory);
    expect(await new Outbox(store, tab('a', ['b']), S).restore()).toEqual([]);
    // `b` is gone: `a` takes over, and a third tab gets nothing while `a` lives.
    expect(await new Outbox(store, tab('a'), S).restore()).toEqual([message(0, 'x')]);
    expect(await new Outbox(store, tab('c', ['a']), S).restore()).toEqual([]);
  });

  it('forgets what another participant wrote with this browser', async () => {
    const store = await LocalStore.open(factory);
    const outbox = new Outbox(store, tab('a'), S);
    await outbox.apply({ type: 'put', message: message(0, 'early') });
    outbox.participant = 'p1';
    await outbox.apply({ type: 'put', message: message(1, 'mine') });
    outbox.participant = 'p2';
    await outbox.apply({ type: 'put', message: message(2, 'other') });
    await forgetOthers(store, S, 'p1');
    expect((await outbox.restore()).map(({ txn_id }) => txn_id)).toEqual(['early', 'mine']);
  });

  it('says so where the browser has no database, or refuses one', async () => {
    vi.stubGlobal('indexedDB', undefined);
    expect((await LocalStore.open()).durable).toBe(false);
    vi.unstubAllGlobals();
    expect((await LocalStore.open(refusing)).durable).toBe(false);
    expect((await LocalStore.open(factory)).durable).toBe(true);
  });

  it('keeps messages and drafts of a window without storage as long as it lives', async () => {
    const store = await LocalStore.open(refusing);
    const outbox = new Outbox(store, tab('a'), S);
    await outbox.apply({ type: 'put', message: message(0, 'x') });
    await outbox.apply({ type: 'put', message: message(1, 'y') });
    await outbox.apply({ type: 'remove', txn_id: 'x' });
    expect(await outbox.restore()).toEqual([message(1, 'y')]);
    await store.putDraft(S, 'half a sent');
    expect(await store.draft(S)).toBe('half a sent');
    expect(store.durable).toBe(false);
  });

  it('says when it can no longer keep anything, and loses nothing of it', async () => {
    const store = await LocalStore.open(factory);
    const told: boolean[] = [];
    store.onDurable((durable) => told.push(durable));
    const outbox = new Outbox(store, tab('a'), S);
    await outbox.apply({ type: 'put', message: message(0, 'x') });
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await outbox.apply({ type: 'put', message: message(1, 'y') });
    expect(told).toEqual([false]);
    vi.restoreAllMocks();
    expect(await outbox.restore()).toEqual([message(0, 'x'), message(1, 'y')]);
  });

  it('keeps the newest draft of each session, and none once it is sent', async () => {
    const draft = new Draft(await LocalStore.open(factory), S);
    draft.save('h');
    draft.save('he');
    draft.save('hello');
    await draft.flush();
    const again = new Draft(await LocalStore.open(factory), S);
    expect(await again.load()).toBe('hello');
    expect(await new Draft(await LocalStore.open(factory), T).load()).toBe('');
    again.save('');
    expect(await again.load()).toBe('');
  });

  it('forgets everything at sign-out', async () => {
    const store = await LocalStore.open(factory);
    await new Outbox(store, tab('a'), S).apply({ type: 'put', message: message(0, 'x') });
    await store.putDraft(S, 'text');
    await store.clear();
    expect(await store.rows(S)).toEqual([]);
    expect(await store.draft(S)).toBe('');
  });
});
