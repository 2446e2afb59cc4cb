import { beforeEach, describe, expect, it, vi } from 'vitest';
import { announcer } from '$app/announce.svelte';
import { createPlatform } from '$lib/platform/demo';
import { message } from '$lib/platform/demo/conversation';
import type { Saved, SessionHandle } from '$lib/platform';
import type { AttachmentItem, Intent } from '$lib/proto';
import { asMessage, type MessageOf } from '$lib/session/chat.svelte';
import { Room } from '$lib/session/room.svelte';

const file = (id: string, more: Partial<AttachmentItem> = {}): AttachmentItem => ({
  id,
  name: `${id}.pdf`,
  size: 100,
  media_type: 'application/pdf',
  sha256: '00',
  recipients: [],
  ...more,
});
const of = (own: boolean, ...attachments: AttachmentItem[]) =>
  asMessage(message(0, 'Mia', own, '', { attachments })) as MessageOf;

let room: Room;
let asked: Intent[];
let outcome: () => Promise<Saved>;

beforeEach(async () => {
  room = new Room('s', await createPlatform({ delay: 0, flags: new Set(), desktop: true }));
  asked = [];
  outcome = () => Promise.resolve({ saved: true, verified: true, path: '/downloads/a.pdf' });
  room.handle = {
    intent: (intent: Intent) => (asked.push(intent), Promise.resolve()),
    saveAttachment: () => outcome(),
  } as unknown as SessionHandle;
});

describe('saving', () => {
  const save = (one: MessageOf) =>
    room.files.save({ file: one.kind.attachments[0] as AttachmentItem, message: one }, 'save');

  // A13: the sender hears that it was received once, and only of what was proven.
  it('confirms a verified file once', async () => {
    const one = of(false, file('a', { yours: 'accepted' }));
    await save(one);
    await save(one);
    expect(asked).toEqual([{ type: 'confirm', target: one.seq, attachments: ['a'] }]);
    expect(room.files.saved.has('a')).toBe(true);
    expect(room.files.jobs.get('a')).toEqual({ note: 'Saved to /downloads/a.pdf' });
    expect(announcer.text).toContain('Saved to /downloads/a.pdf');
  });

  it.each<[string, Saved, Partial<AttachmentItem>, boolean]>([
    ['the digest was not checked', { saved: true, verified: false }, { yours: 'accepted' }, false],
    ['the person thought better of it', { saved: false, verified: true }, { yours: 'accepted' }, false],
    ['it was received before', { saved: true, verified: true }, { yours: 'received' }, false],
    ['it is one’s own', { saved: true, verified: true }, {}, true],
  ])('confirms nothing where %s', async (_name, answer, more, own) => {
    outcome = () => Promise.resolve(answer);
    await save(of(own, file('a', more)));
    expect(asked).toEqual([]);
  });

  it('says why it failed, and can be tried again', async () => {
    outcome = () => Promise.reject({ code: 'checksum_mismatch', message: '' });
    const one = of(false, file('a', { yours: 'accepted' }));
    await save(one);
    expect(room.files.jobs.get('a')).toMatchObject({ failed: true });
    expect(room.files.saved.has('a')).toBe(false);
    outcome = () => Promise.resolve({ saved: true, verified: true });
    await save(one);
    expect(room.files.saved.has('a')).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('saves one file once at a time', async () => {
    let finish = (_: Saved) => {};
    const saves = vi.fn(() => new Promise<Saved>((resolve) => (finish = resolve)));
    outcome = saves;
    const one = of(false, file('a', { yours: 'accepted' }));
    const first = save(one);
    await save(one);
    expect(saves).toHaveBeenCalledOnce();
    finish({ saved: false });
    await first;
    expect(room.files.jobs.size).toBe(0);
  });
});

it('stops a save, tells so and leaves nothing behind', async () => {
  const one = of(false, file('a', { yours: 'accepted' }));
  room.handle = {
    ...room.handle,
    stopsSaving: true,
    saveAttachment: (_file, _how, onProgress, signal) =>
      new Promise((_, reject) => {
        onProgress?.({ sent: 50, total: 100 });
        signal?.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
      }),
  } as SessionHandle;
  const saving = room.files.save({ file: one.kind.attachments[0] as AttachmentItem, message: one }, 'save');
  expect(room.files.jobs.get('a')?.percent).toBe(50);
  room.files.jobs.get('a')?.stop?.();
  await saving;
  expect([room.files.jobs.size, room.files.saved.size, asked]).toEqual([0, 0, []]);
  expect(announcer.text).toContain('a.pdf is not saved');
});

describe('answering', () => {
  const files = [
    file('p', { yours: 'pending' }),
    file('d', { yours: 'declined' }),
    file('a', { yours: 'accepted' }),
    file('w', { yours: 'pending', withdrawn: 'revoked' }),
  ];

  // A02 A03
  it.each([
    [true, ['p', 'd'], '2 files accepted'],
    [false, ['p'], 'p.pdf declined'],
  ])('accept %s goes for those that wait for it', async (accept, attachments, said) => {
    const one = of(false, ...files);
    await room.files.answer(one, files, accept);
    expect(asked).toEqual([{ type: 'answer', target: one.seq, attachments, accept }]);
    expect(announcer.text).toContain(said);
  });

  it('is too late when the session has ended', async () => {
    room.connection = { state: 'ended' };
    await room.files.answer(of(false, ...files), files, true);
    expect(asked).toEqual([]);
  });
});

it('takes back everything that one still offers, message by message', async () => {
  const [first, second] = [
    of(true, file('a'), file('gone', { withdrawn: 'expired' })),
    of(true, file('b'), file('c')),
  ];
  room.items = [first, of(false, file('theirs')), message(0, 'Mia', true, 'words'), second];
  expect(await room.files.revoke('all')).toBe(3);
  expect(asked).toEqual([
    { type: 'revoke', target: first.seq, attachments: ['a'] },
    { type: 'revoke', target: second.seq, attachments: ['b', 'c'] },
  ]);
  asked = [];
  await room.files.revoke({ file: file('b'), message: second });
  expect(asked).toEqual([{ type: 'revoke', target: second.seq, attachments: ['b'] }]);
});

// A11: what is not accepted is not shown.
it('views what may be fetched and can be shown', () => {
  const picture = { media_type: 'image/png', thumbnail: { width: 1, height: 1 } };
  room.items = [
    of(true, file('own', picture), file('gone', { ...picture, withdrawn: 'expired' })),
    of(false, file('asked', { ...picture, yours: 'pending' }), file('paper', { yours: 'accepted' })),
    of(false, file('film', { media_type: 'video/webm', yours: 'received' })),
  ];
  expect(room.files.viewable.map((ref) => ref.file.id)).toEqual(['own', 'paper', 'film']);
});
