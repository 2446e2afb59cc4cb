import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '$app/announce.svelte';
import type { MessageItem, Reaction, TimelineItem, TimelinePatch } from '$lib/proto';
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
