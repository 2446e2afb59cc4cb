import { describe, expect, it } from 'vitest';
import type { MessageItem, Participant, SessionView, TimelineItem } from '$lib/proto';
import { asMessage, lastEditable, type MessageOf, targetOf } from './chat.svelte';
import { isSendKey, MESSAGE_MAX_CHARS, textLength } from './composer';
import { type Format, formatted } from './format';
import { changeOf, follow, ESTIMATE, Heights } from './heights';
import { applyPatches } from './patch';
import { GROUP_MILLIS, indexOfSeq, lastSeq, placeOf } from './rows';
import { byWaiting, customerNames } from './sessionList';
import { mentionedIn, suggestNames, suggestReplies, triggerAt } from './suggest';
import { firstUnread } from './unread';

const noon = new Date(2026, 10, 20, 12).getTime();

function message(
  key: string,
  at: number,
  sender = 'Mia',
  own = false,
  more: Partial<MessageItem> & { seq?: number | undefined } = {},
): TimelineItem {
  const { seq = 1, ...rest } = more;
  const kind = {
    type: 'message' as const,
    sender,
    sender_name: sender,
    own,
    private: false,
    text: key,
    mentions: [],
    attachments: [],
    reactions: [],
    delivery: { state: 'sent' as const },
    ...rest,
  };
  return 'seq' in more && more.seq === undefined ? { key, at, kind } : { key, seq, at, kind };
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

describe('rows beside each other', () => {
  /** `|` before a day, `(` before a sender's first row, `)` after the last. */
  const shape = (items: TimelineItem[]) =>
    items
      .map((item, index) => {
        const { day, head, tail } = placeOf(items, index);
        return `${day ? '|' : ''}${head ? '(' : ''}${item.key}${tail ? ')' : ''}`;
      })
      .join('');

  it.each<[string, TimelineItem[], string]>([
    [
      'one sender within five minutes',
      [message('a', noon), message('b', noon + GROUP_MILLIS - 1), message('c', noon + 2 * GROUP_MILLIS)],
      '|(ab)(c)',
    ],
    [
      'senders, own and others',
      [message('a', noon), message('b', noon, 'Ada'), message('c', noon, 'Ada', true)],
      '|(a)(b)(c)',
    ],
    ['private notes', [message('a', noon), message('b', noon, 'Mia', false, { private: true })], '|(a)(b)'],
    ['notices', [message('a', noon), notice('n', noon), message('b', noon)], '|(a)(n)(b)'],
  ])('%s', (_name, items, expected) => expect(shape(items)).toBe(expected));

  it('part at midnight', () => {
    const late = new Date(2026, 10, 20, 23, 59).getTime();
    expect(shape([message('a', late), message('b', late + 30_000), message('c', late + 120_000)])).toBe(
      '|(ab)|(c)',
    );
  });

  it('are found by their place in the log; those without one come last', () => {
    const items = [3, 5, 8, undefined].map((seq, index) =>
      message(String(index), noon, 'Mia', true, { seq }),
    );
    expect([1, 3, 4, 8, 9].map((seq) => indexOfSeq(items, seq))).toEqual([0, 0, 1, 2, 3]);
    expect(lastSeq(items)).toBe(8);
    expect(lastSeq([])).toBe(0);
  });
});

describe('heights of rows', () => {
  const rows = (keys: string) => [...keys].map((key) => message(key, noon));

  it('add up to where each one begins', () => {
    const heights = new Heights();
    heights.splice(0, 0, [10, 20, 30]);
    expect([0, 1, 2, 3].map((index) => heights.offset(index))).toEqual([0, 10, 30, 60]);
    expect(heights.set(1, 25)).toBe(true);
    expect(heights.set(1, 25.2)).toBe(false);
    expect(heights.set(3, 25)).toBe(false);
    expect(heights.total).toBe(65);
    expect([-5, 0, 9, 10, 34, 35, 999].map((offset) => heights.indexAt(offset))).toEqual([
      0, 0, 0, 1, 1, 2, 2,
    ]);
  });

  it.each([
    ['abc', 'abc', { start: 3, removed: 0, added: 0 }],
    ['abc', 'abcd', { start: 3, removed: 0, added: 1 }],
    ['abc', 'xyabc', { start: 0, removed: 0, added: 2 }],
    ['abc', 'ac', { start: 1, removed: 1, added: 0 }],
    ['abc', 'xbz', { start: 0, removed: 3, added: 3 }],
    ['aaa', 'aa', { start: 2, removed: 1, added: 0 }],
    ['', 'ab', { start: 0, removed: 0, added: 2 }],
    ['ab', '', { start: 0, removed: 2, added: 0 }],
  ])('%j to %j differ in %j', (before, after, change) =>
    expect(changeOf(rows(before), rows(after))).toEqual(change),
  );

  it('stay with their rows while others come and go', () => {
    const heights = new Heights();
    heights.splice(0, 0, [10, 20, 30]);
    follow(heights, rows('abc'), rows('xabyc'));
    expect([0, 1, 2, 3, 4].map((index) => heights.heightOf(index))).toEqual([ESTIMATE, 10, 20, ESTIMATE, 30]);
    expect(heights.total).toBe(2 * ESTIMATE + 60);
  });

  it('of 100,000 rows are exact at both ends', () => {
    const heights = new Heights();
    heights.splice(0, 0, new Array<number>(100_000).fill(7));
    expect(heights.total).toBe(700_000);
    heights.set(99_999, 8);
    heights.set(0, 10);
    expect(heights.total).toBe(700_004);
    expect(heights.indexAt(700_003)).toBe(99_999);
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

describe('what a `/` or an `@` offers', () => {
  it.each<[string, number | null, unknown]>([
    ['/', null, { kind: 'reply', start: 0, query: '' }],
    ['/res', null, { kind: 'reply', start: 0, query: 'res' }],
    ['/res tart', null, null],
    ['see /res', null, null],
    ['@', null, { kind: 'mention', start: 0, query: '' }],
    ['Hi @Mia Ch', null, { kind: 'mention', start: 3, query: 'Mia Ch' }],
    ['Hi @Mia Ch', 6, { kind: 'mention', start: 3, query: 'Mi' }],
    ['(@Mia', null, { kind: 'mention', start: 1, query: 'Mia' }],
    ['ada@example.com', null, null],
    ['@a\nb', null, null],
    [`@${'a'.repeat(50)}`, null, null],
  ])('%j', (text, caret, expected) => expect(triggerAt(text, caret ?? text.length)).toEqual(expected));

  it('finds people by any of their names', () => {
    const names = ['Mia Chen', 'Ada Berger', 'Émile Adam'];
    expect(suggestNames(names, 'ad').map(({ text }) => text)).toEqual(['@Ada Berger ', '@Émile Adam ']);
    expect(suggestNames(names, 'x')).toEqual([]);
  });

  it('finds replies by their shortcut first', () => {
    const reply = (shortcut: string, text: string) => ({ id: shortcut, shortcut, text });
    const replies = [reply('bye', 'See you after the restart.'), reply('restart', 'Please restart.')];
    expect(suggestReplies(replies, 're').map(({ id }) => id)).toEqual(['restart', 'bye']);
    expect(suggestReplies(replies, '').map(({ id }) => id)).toEqual(['bye', 'restart']);
  });

  it('knows who was mentioned', () => {
    const people = [
      { id: '1', name: 'Mia Chen' },
      { id: '2', name: 'Ada' },
      { id: '3', name: '' },
    ];
    expect(mentionedIn('Hi @Mia Chen, call Ada', people)).toEqual(['1']);
  });
});

describe('formatting while one writes', () => {
  /** `[` and `]` stand where the selection begins and ends. */
  const run = (marked: string, format: Format) => {
    const start = marked.indexOf('[');
    const end = marked.indexOf(']') - 1;
    const field = formatted({ text: marked.replace(/[[\]]/g, ''), start, end }, format);
    return `${field.text.slice(0, field.start)}[${field.text.slice(field.start, field.end)}]${field.text.slice(field.end)}`;
  };
  it.each<[string, Format, string]>([
    ['a [b] c', 'bold', 'a **[b]** c'],
    ['a **[b]** c', 'bold', 'a [b] c'],
    ['[]', 'italic', '_[]_'],
    ['[ls]', 'code', '`[ls]`'],
    ['a[b\nc]d', 'code', 'a\n```\n[b\nc]\n```\nd'],
  ])('%j as %s is %j', (before, format, after) => expect(run(before, format)).toBe(after));
  it('makes lines a list, and no list again', () => {
    const list = formatted({ text: 'x\na\nb\ny', start: 2, end: 5 }, 'list');
    expect(list.text).toBe('x\n- a\n- b\ny');
    expect(formatted({ text: list.text, start: 2, end: 9 }, 'list').text).toBe('x\na\nb\ny');
  });
});

describe('changing messages', () => {
  const own = (key: string, edit_until: number | undefined, seq?: number) =>
    message(key, noon, 'Ada', true, { seq, ...(edit_until === undefined ? {} : { edit_until }) });

  it('finds the last own one that may still be edited', () => {
    const items = [own('a', noon + 9, 1), own('b', noon - 1, 2), own('c', undefined, 3), message('d', noon)];
    expect(lastEditable(items, noon)?.key).toBe('a');
    expect(lastEditable(items, noon + 9)).toBeNull();
  });

  it('names one by its place, or by its transaction while it has none', () => {
    const pending = message('a', noon, 'Ada', true, {
      seq: undefined,
      delivery: { state: 'pending', txn_id: 't1' },
    });
    expect(targetOf(asMessage(pending) as MessageOf)).toBe('t1');
    expect(targetOf(asMessage(own('b', undefined, 7)) as MessageOf)).toBe(7);
  });

  it('draws the unread line before the first message of somebody else', () => {
    const items = [
      own('a', undefined, 4),
      own('b', undefined, 5),
      message('c', noon, 'Mia', false, { seq: 6 }),
    ];
    expect(firstUnread(items, 3)).toBe(2);
    expect(firstUnread(items, 6)).toBe(-1);
    expect(firstUnread(items, null)).toBe(-1);
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
