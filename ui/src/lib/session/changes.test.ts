import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '$app/announce.svelte';
import type { AttachmentItem, MessageItem, Reaction, TimelineItem, TimelinePatch } from '$lib/proto';
import { createPlatform } from '$lib/platform/demo';
import { changesOf, GATHERED } from './changes';
import { Room } from './room.svelte';

const given = (emoji: string, own: boolean, ...names: string[]): Reaction => ({
  emoji,
  own,
  names,
  count: names.length + Number(own),
});

function message(more: Partial<MessageItem> = {}, key = 'a'): TimelineItem {
  const kind = { type: 'message' as const, sender: 'm', sender_name: 'Mia', own: false, private: false };
  const rest = { text: 'The **old** words', mentions: [], attachments: [], reactions: [] };
  return { key, seq: 1, at: 1, kind: { ...kind, ...rest, delivery: { state: 'sent' }, ...more } };
}

function deleted(by: string, byOwn: boolean, own: boolean, key = 'a'): TimelineItem {
  const who = { deleted_by_name: by, deleted_by_own: byOwn, deleted_at: 2 };
  return { key, seq: 1, at: 1, kind: { type: 'deleted', sender_name: own ? 'Ada' : 'Mia', own, ...who } };
}

const file = (more: Partial<AttachmentItem> = {}): AttachmentItem => ({
  ...{ id: 'f', name: 'a.pdf', size: 10, media_type: 'application/pdf', sha256: '00', recipients: [] },
  ...more,
});
const offer = (isOwn: boolean, more: Partial<AttachmentItem> = {}) =>
  message({ own: isOwn, attachments: [file(more)] });
const by = (...states: ('pending' | 'accepted' | 'received' | 'declined')[]) => ({
  recipients: states.map((state, at) => ({ id: `p${at}`, name: ['Mia', 'Tom'][at] ?? '', state })),
});

const reactions = (...list: Reaction[]) => message({ reactions: list });
const own = (...list: Reaction[]) => message({ own: true, sender_name: 'Ada', reactions: list });

describe('what others change is said', () => {
  it.each<[string, TimelineItem, TimelineItem, string[]]>([
    [
      'an edit, as it reads now',
      message(),
      message({ text: '**New** words', edited_at: 2 }),
      ['Mia edited a message: New words'],
    ],
    ['an own edit', message({ own: true }), message({ own: true, text: 'New', edited_at: 2 }), []],
    ['a mark that comes later', message({ edited_at: 2 }), message({ edited_at: 3 }), []],
    ['a deletion', message(), deleted('Mia', false, false), ['Mia deleted a message']],
    [
      "a technician's deletion",
      message({ own: true }),
      deleted('Tom', false, true),
      ['Tom deleted a message of Ada'],
    ],
    ['an own deletion', message(), deleted('Ada', true, false), []],
    // A10 A12 A13
    [
      'an answer to an own file',
      offer(true, by('pending', 'pending')),
      offer(true, by('accepted', 'pending')),
      ['📎 a.pdf (10 B): accepted by Mia'],
    ],
    [
      'that an own file was received and declined',
      offer(true, by('accepted', 'pending')),
      offer(true, by('received', 'declined')),
      ['📎 a.pdf (10 B): received by Mia', '📎 a.pdf (10 B): declined by Tom'],
    ],
    ['an own answer', offer(false, { yours: 'pending' }), offer(false, { yours: 'accepted' }), []],
    [
      'a file that its sender takes back',
      offer(false, { yours: 'pending' }),
      offer(false, { yours: 'revoked', withdrawn: 'revoked' }),
      ['📎 a.pdf (10 B): Taken back by the sender'],
    ],
    ['an own file that is taken back', offer(true), offer(true, { withdrawn: 'revoked' }), []],
    [
      'an own file that nobody wanted',
      offer(true, by('declined')),
      offer(true, { ...by('declined'), withdrawn: 'declined_by_all' }),
      ['📎 a.pdf (10 B): Deleted: nobody wanted it'],
    ],
    [
      'a reaction to a message',
      reactions(),
      reactions(given('👍', false, 'Tom')),
      ['Tom reacted with 👍 to a message: The old words'],
    ],
    [
      'another to an own one',
      own(given('👍', true)),
      own(given('👍', true, 'Mia')),
      ['Mia reacted with 👍 to your message: The old words'],
    ],
    [
      'one that is taken back',
      own(given('🎉', false, 'Mia')),
      own(),
      ['Mia took 🎉 back from your message: The old words'],
    ],
    ['own reactions', reactions(given('👍', false, 'Tom')), reactions(given('👍', true, 'Tom')), []],
    [
      'two of one name',
      reactions(given('👍', false, 'Tom')),
      reactions(given('👍', false, 'Tom', 'Tom')),
      ['Tom reacted with 👍 to a message: The old words'],
    ],
    ['delivery, and a reply that is loaded', message(), message({ edit_until: 9 }), []],
  ])('%s', (_name, before, after, expected) => {
    expect([...changesOf(before, after).values()]).toEqual(expected);
  });

  it('only the first words of a long message, and whole characters', () => {
    const [said] = changesOf(message(), message({ text: 'a' + '😀'.repeat(400), edited_at: 2 })).values();
    expect(said).toBe(`Mia edited a message: a${'😀'.repeat(29)}…`);
  });
});

describe('in a room', () => {
  let room: Room;
  const update = (index: number, item: TimelineItem): TimelinePatch => ({ op: 'update', index, item });
  const apply = (...patches: TimelinePatch[]) => room.apply([{ type: 'timeline', patches }]);
  const caughtUp = (caught_up: boolean) =>
    room.apply([{ type: 'history', complete: true, loading: false, caught_up }]);
  const said = () => announcer.text.trim();

  beforeEach(async () => {
    vi.useFakeTimers();
    const platform = await createPlatform({ delay: 0, flags: new Set(), desktop: false });
    room = new Room('s', platform);
    announcer.say('');
    apply({ op: 'reset', items: [message(), message({}, 'b')] });
  });
  afterEach(() => {
    room.close();
    vi.useRealTimers();
  });

  it('nothing is said of what was there when one came in', () => {
    caughtUp(false);
    apply(update(0, message({ text: 'New', edited_at: 2 })));
    caughtUp(true);
    vi.advanceTimersByTime(GATHERED);
    expect(said()).toBe('');
  });

  it('one change is said as what it is, many by their number', () => {
    caughtUp(true);
    apply(update(0, message({ text: 'New', edited_at: 2 })));
    expect(said()).toBe('');
    vi.advanceTimersByTime(GATHERED);
    expect(said()).toBe('Mia edited a message: New');
    apply(update(1, message({ reactions: [given('👍', false, 'Tom', 'Mia')] }, 'b')));
    apply(update(0, deleted('Mia', false, false)));
    vi.advanceTimersByTime(GATHERED);
    expect(said()).toBe('3 changes to messages');
  });

  it('of what is edited again, or deleted, only the last is said', () => {
    caughtUp(true);
    apply(update(0, message({ text: 'Secret', edited_at: 2 })));
    apply(update(0, message({ text: 'Secret too', edited_at: 3 })));
    apply(update(0, deleted('Mia', false, false)));
    vi.advanceTimersByTime(GATHERED);
    expect(said()).toBe('Mia deleted a message');
  });

  it('nothing is said after one has left', () => {
    caughtUp(true);
    apply(update(0, deleted('Mia', false, false)));
    room.close();
    vi.advanceTimersByTime(GATHERED);
    expect(said()).toBe('');
  });
});
