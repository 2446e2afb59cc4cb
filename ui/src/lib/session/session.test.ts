import { describe, expect, it } from 'vitest';
import type { Participant, SessionView, TimelineItem } from '$lib/proto';
import { isSendKey, MESSAGE_MAX_CHARS, textLength } from './composer';
import { GROUP_MILLIS, groupRows } from './grouping';
import { applyPatches } from './patch';
import { byWaiting, customerNames } from './sessionList';

const noon = new Date(2026, 10, 20, 12).getTime();

function message(key: string, at: number, sender = 'Mia', own = false): TimelineItem {
  const kind = {
    type: 'message',
    sender,
    sender_name: sender,
    own,
    text: key,
    attachments: [],
    delivery: { state: 'sent' },
  };
  return { key, seq: 1, at, kind } as TimelineItem;
}
const notice = (key: string, at: number): TimelineItem => ({
  key,
  at,
  kind: { type: 'notice', notice: { what: 'joined', name: 'Mia' } },
});
const keysOf = (items: readonly TimelineItem[]) => items.map(({ key }) => key).join('');

describe('timeline patches', () => {
  const list = ['a', 'b', 'c'].map((key) => message(key, noon));

  it('insert, update, remove and reset in order', () => {
    const patched = applyPatches(list, [
      { op: 'insert', index: 1, items: [message('x', noon)] },
      { op: 'remove', index: 0 },
      { op: 'update', index: 2, item: message('z', noon) },
    ]);
    expect(keysOf(patched)).toBe('xbz');
    expect(keysOf(applyPatches(list, [{ op: 'reset', items: [] }]))).toBe('');
  });

  it('put a page of older rows before the others', () => {
    const items = ['x', 'y', 'z'].map((key) => message(key, noon));
    expect(keysOf(applyPatches(list, [{ op: 'insert', index: 0, items }]))).toBe('xyzabc');
    expect(keysOf(applyPatches(list, [{ op: 'insert', index: 2, items: [] }]))).toBe('abc');
  });

  it('leave an index outside the list alone, and the old list as it was', () => {
    const patched = applyPatches(list, [
      { op: 'insert', index: 4, items: [message('x', noon)] },
      { op: 'update', index: 3, item: message('y', noon) },
      { op: 'remove', index: 3 },
      { op: 'insert', index: 3, items: [message('d', noon)] },
    ]);
    expect(keysOf(patched)).toBe('abcd');
    expect(keysOf(list)).toBe('abc');
  });
});

describe('grouping', () => {
  const shape = (items: TimelineItem[]) =>
    groupRows(items).map((row) => (row.type === 'group' ? keysOf(row.items) : row.type));

  it('joins one sender within five minutes', () => {
    expect(
      shape([
        message('a', noon),
        message('b', noon + GROUP_MILLIS - 1),
        message('c', noon + 2 * GROUP_MILLIS),
      ]),
    ).toEqual(['day', 'ab', 'c']);
  });
  it('parts senders, own and others', () => {
    expect(shape([message('a', noon), message('b', noon, 'Ada'), message('c', noon, 'Ada', true)])).toEqual([
      'day',
      'a',
      'b',
      'c',
    ]);
  });
  it('parts at notices and at midnight', () => {
    const late = new Date(2026, 10, 20, 23, 59).getTime();
    expect(
      shape([message('a', late), notice('n', late), message('b', late), message('c', late + 120_000)]),
    ).toEqual(['day', 'a', 'notice', 'b', 'day', 'c']);
  });
  it('gives every row a key of its own', () => {
    const keys = groupRows([message('a', noon), notice('n', noon), message('b', noon)]).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the composer', () => {
  const key = (init: KeyboardEventInit) => new KeyboardEvent('keydown', init);
  it('sends on Enter alone', () => {
    expect(isSendKey(key({ key: 'Enter' }))).toBe(true);
    expect(isSendKey(key({ key: 'Enter', shiftKey: true }))).toBe(false);
    expect(isSendKey(key({ key: 'a' }))).toBe(false);
  });
  it('leaves Enter to an input method that composes', () => {
    expect(isSendKey(key({ key: 'Enter', isComposing: true }))).toBe(false);
    expect(isSendKey(key({ key: 'Enter', keyCode: 229 }))).toBe(false);
  });
  it('counts characters, not halves of them', () => {
    expect(textLength('😀'.repeat(MESSAGE_MAX_CHARS))).toBe(MESSAGE_MAX_CHARS);
  });
});

describe('the list of sessions', () => {
  const person = (at: number, state: Participant['state'], name = 'Mia'): Participant => ({
    id: at.toString(16).padStart(12, '0') + '7'.repeat(20),
    name,
    role: 'customer',
    state,
  });
  const session = (id: string, created_at: number, participants: Participant[]): SessionView =>
    ({ id, created_at, participants, state: 'open', title: '' }) as unknown as SessionView;

  it('has the longest wait on top, then the newest', () => {
    const sorted = byWaiting([
      session('old', 1, []),
      session('new', 9, [person(5, 'admitted')]),
      session('short', 2, [person(400, 'waiting')]),
      session('long', 3, [person(500, 'waiting'), person(200, 'waiting')]),
    ]);
    expect(sorted.map(({ id }) => id)).toEqual(['long', 'short', 'new', 'old']);
  });
  it('names customers who were not removed', () => {
    expect(customerNames(session('a', 1, [person(1, 'admitted'), person(2, 'removed', 'Eve')]))).toBe('Mia');
  });
});
