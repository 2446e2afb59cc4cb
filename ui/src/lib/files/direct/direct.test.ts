import { describe, expect, it } from 'vitest';
import type {
  AttachmentItem,
  RecipientState,
  StallReason,
  TransferFailure,
  TransferState,
  TransferView,
} from '$lib/proto';
import type { MessageOf } from '$lib/session/chat.svelte';
import { rowsOf } from './rows';
import { actsOf, amountText, codeText, hasProgress, leftText, rowWords, wordsOf } from './words';

const MB = 1024 * 1024;
const view = (state: TransferState, more: Partial<TransferView> = {}): TransferView => ({
  attachment: 'a',
  peer: 'mia',
  way: 'receiving',
  state,
  done: 430 * MB,
  size: 1000 * MB,
  rate: 0,
  ...more,
});
const moving = (more: Partial<TransferView> = {}) =>
  view({ type: 'moving' }, { rate: 61 * MB, seconds_left: 12, lane: 'webrtc', ...more });
const say = (one: TransferView) => {
  const { text, hint, tone } = wordsOf(one, 'Mia');
  return [text, hint, tone];
};

// Z20 P01: how far, how fast, how long, over what, and why not better.
describe('what is said of a transfer that moves', () => {
  it.each<[Partial<TransferView>, string]>([
    [{}, '43 % · 61.0 MB/s · 12 s left · direct over WebRTC'],
    [{ lane: 'quic' }, '43 % · 61.0 MB/s · 12 s left · direct over QUIC'],
    [{ lane: 'relay' }, '43 % · 61.0 MB/s · 12 s left · through the portal, encrypted'],
    [
      { lane: 'relay', relayed_why: 'udp_blocked' },
      '43 % · 61.0 MB/s · 12 s left · through the portal, encrypted, because this network blocks direct connections',
    ],
    [
      { lane: 'relay', relayed_why: 'no_path' },
      '43 % · 61.0 MB/s · 12 s left · through the portal, encrypted, because no direct way was found',
    ],
    // Nothing is made up: without a rate there is no time left either.
    [{ rate: 0 }, '43 % · direct over WebRTC'],
    [{ done: 999.9 * MB }, '99 % · 61.0 MB/s · 12 s left · direct over WebRTC'],
  ])('%o', (more, text) => expect(say(moving(more))).toEqual([text, '', 'plain']));

  it.each([
    [0.2, '1 s left'],
    [59, '59 s left'],
    [60, '1 minute left'],
    [7_500, '2 hours left'],
  ])('%d seconds', (seconds, text) => expect(leftText(seconds)).toBe(text));
});

describe('what is said of a transfer that stands', () => {
  it.each<[TransferState, TransferView['way'], string[]]>([
    [{ type: 'connecting' }, 'receiving', ['Connecting to Mia…', '', 'plain']],
    [{ type: 'connecting' }, 'sending', ['Connecting…', '', 'plain']],
    [
      { type: 'waiting' },
      'receiving',
      ['Waiting for Mia', 'It goes on by itself when both of you have the session open.', 'plain'],
    ],
    [
      { type: 'paused', by: 'you' },
      'receiving',
      ['Paused by you · 430.0 MB of 1,000.0 MB', 'Press Go on to continue where it stopped.', 'plain'],
    ],
    [
      { type: 'paused', by: 'peer' },
      'sending',
      ['Paused by Mia · 430.0 MB of 1,000.0 MB', 'It goes on when Mia presses Go on.', 'plain'],
    ],
    [
      { type: 'paused', by: 'both' },
      'sending',
      [
        'Paused by both of you · 430.0 MB of 1,000.0 MB',
        'It goes on when both of you have pressed Go on.',
        'plain',
      ],
    ],
    [
      { type: 'stalled', why: 'disk_full' },
      'receiving',
      [
        'The disk is full',
        'Make room for 570.0 MB, then try again. Nothing that has arrived is lost.',
        'warn',
      ],
    ],
    [
      { type: 'stalled', why: 'needs_source' },
      'sending',
      [
        'This page does not have the file any more',
        'It was closed or loaded anew. Choose the same file again, and it goes on where it stopped.',
        'warn',
      ],
    ],
    [{ type: 'done' }, 'receiving', ['Received, verified', '', 'good']],
    [{ type: 'cancelled', by: 'you' }, 'sending', ['Cancelled by you', '', 'plain']],
    [{ type: 'cancelled', by: 'peer' }, 'sending', ['Cancelled by Mia', '', 'plain']],
    [
      { type: 'failed', failure: 'source_changed' },
      'receiving',
      [
        'The file changed while it was being sent',
        'Nothing of the mixture was kept. Ask Mia to send it again.',
        'bad',
      ],
    ],
    [
      { type: 'failed', failure: 'source_changed' },
      'sending',
      [
        'The file changed while it was being sent',
        'Nothing of the mixture was kept. Send it again when it is finished.',
        'bad',
      ],
    ],
  ])('%o, %s', (state, way, words) => expect(say(view(state, { way }))).toEqual(words));

  // P02–P07: whatever stops it is said with what to do next, on both sides.
  const STALLS: StallReason[] = ['disk_full', 'disk_error', 'needs_place', 'needs_source', 'unreachable'];
  const FAILURES: TransferFailure[] = [
    'source_changed',
    'source_gone',
    'digest_mismatch',
    'peer_broke_rules',
    'unsafe_names',
    'too_large',
    'storage_lost',
  ];
  const states: TransferState[] = [
    ...STALLS.map((why) => ({ type: 'stalled' as const, why })),
    ...FAILURES.map((failure) => ({ type: 'failed' as const, failure })),
  ];
  it.each(states)('says what to do next: %o', (state) => {
    for (const way of ['sending', 'receiving'] as const) {
      const { text, hint } = wordsOf(view(state, { way }), 'Mia');
      expect(text).not.toBe('');
      expect(hint).toMatch(/\.$/);
      expect(`${text}${hint}`).not.toMatch(/[{}_]/);
    }
  });

  it('says whose rule it is that nothing passes through the portal', () => {
    const stuck = view({ type: 'stalled', why: 'unreachable' });
    expect(wordsOf(stuck, 'Mia', 'off').hint).toContain('Your organisation does not let files pass');
    expect(wordsOf(stuck, 'Mia', 'allowed').hint).toContain('tried again by itself');
  });
});

describe('what can be done with a transfer', () => {
  const both = (state: TransferState) =>
    (['receiving', 'sending'] as const).map((way) => actsOf(view(state, { way })).join(' '));
  it.each<[TransferState, string, string]>([
    [{ type: 'waiting' }, 'pause cancel', 'pause cancel'],
    [{ type: 'connecting' }, 'pause cancel', 'pause cancel'],
    [{ type: 'moving' }, 'pause cancel', 'pause cancel'],
    [{ type: 'paused', by: 'you' }, 'resume cancel', 'resume cancel'],
    [{ type: 'paused', by: 'both' }, 'resume cancel', 'resume cancel'],
    // Who paused it lets it go on.
    [{ type: 'paused', by: 'peer' }, 'cancel', 'cancel'],
    [{ type: 'stalled', why: 'disk_full' }, 'retry cancel', 'cancel'],
    [{ type: 'stalled', why: 'disk_error' }, 'retry cancel', 'cancel'],
    [{ type: 'stalled', why: 'needs_place' }, 'place cancel', 'cancel'],
    [{ type: 'stalled', why: 'needs_source' }, 'cancel', 'source cancel'],
    [{ type: 'stalled', why: 'unreachable' }, 'retry cancel', 'retry cancel'],
    [{ type: 'done' }, '', ''],
    [{ type: 'cancelled', by: 'you' }, '', ''],
    [{ type: 'failed', failure: 'too_large' }, '', ''],
  ])('%o', (state, receiving, sending) => expect(both(state)).toEqual([receiving, sending]));

  it('shows how far it is where that says something', () => {
    const shown = (state: TransferState, done: number) => hasProgress(view(state, { done }));
    expect(shown({ type: 'moving' }, 0)).toBe(true);
    expect(shown({ type: 'waiting' }, 0)).toBe(false);
    expect(shown({ type: 'paused', by: 'you' }, 1)).toBe(true);
    expect(shown({ type: 'cancelled', by: 'you' }, 1)).toBe(false);
  });
});

describe('the rows of a file', () => {
  const file = (more: Partial<AttachmentItem> = {}): AttachmentItem => ({
    ...{ id: 'a', name: 'disk.img', size: 10, media_type: 'application/octet-stream', sha256: '' },
    direct: { kind: 'file', files: 1 },
    recipients: [],
    ...more,
  });
  const message = (own: boolean) =>
    ({ seq: 1, kind: { own, sender: 'mia', sender_name: 'Mia' } }) as unknown as MessageOf;
  const to = (id: string, state: RecipientState, blake3?: string) => ({
    id,
    name: id,
    state,
    ...(blake3 ? { blake3 } : {}),
  });
  const told = (one: AttachmentItem, own: boolean, views: TransferView[] = [], ended = false) =>
    rowsOf(one, message(own), views).map((row) => `${row.name}: ${rowWords(row, ended).text}`);

  // A03 A10 A12 A13: each person by name, by the log where nothing moves.
  it('tells the sender how it stands for each person', () => {
    const recipients = [
      to('mia', 'accepted'),
      to('jonas', 'pending'),
      to('priya', 'declined'),
      to('tom', 'received', 'ff00'),
      to('eva', 'accepted'),
      to('bao', 'revoked'),
      to('emre', 'failed'),
    ];
    expect(told(file({ recipients }), true, [moving({ way: 'sending' })])).toEqual([
      'mia: 43 % · 61.0 MB/s · 12 s left · direct over WebRTC',
      'jonas: Offered, not answered yet',
      'priya: Declined',
      'tom: Received, verified',
      'eva: Accepted, begins when both of you are connected',
      'bao: Taken back',
      'emre: Did not arrive',
    ]);
  });

  // A11: nothing is on its way to somebody who has not accepted.
  it('has one row for who accepted, and none before', () => {
    expect(told(file({ yours: 'pending' }), false)).toEqual([]);
    expect(told(file({ yours: 'declined' }), false)).toEqual([]);
    expect(told(file({ yours: 'accepted' }), false)).toEqual(['Mia: Accepted. Waiting for Mia to send it']);
    expect(told(file({ yours: 'accepted' }), false, [view({ type: 'connecting' })])).toEqual([
      'Mia: Connecting to Mia…',
    ]);
  });

  it('believes the log of what is over, and shows what was proven', () => {
    const [row] = rowsOf(file({ yours: 'received' }), message(false), [
      view({ type: 'done' }, { digest: 'ab12' }),
    ]);
    expect(row).toMatchObject({ standing: 'received', view: null, digest: 'ab12' });
    const [sent] = rowsOf(file({ recipients: [to('mia', 'received', 'cd34')] }), message(true), []);
    expect(sent?.digest).toBe('cd34');
    // A view of another file's peer, or of the other way, is not this one's.
    const [other] = rowsOf(file({ recipients: [to('jonas', 'accepted')] }), message(true), [
      moving({ way: 'sending' }),
      moving({ peer: 'jonas' }),
    ]);
    expect(other?.view).toBeNull();
  });

  it('promises nothing once the session has ended', () => {
    expect(told(file({ yours: 'accepted' }), false, [moving()], true)).toEqual([
      'Mia: Not finished before the session ended',
    ]);
    expect(
      told(file({ yours: 'accepted' }), false, [view({ type: 'failed', failure: 'source_gone' })], true),
    ).toEqual(['Mia: The file is not where it was any more']);
  });

  it('says how much it is, and reads a code in two halves', () => {
    expect(amountText(file({ size: 2048 }))).toBe('2.0 KB');
    expect(amountText(file({ size: 2048, direct: { kind: 'folder', files: 214 } }))).toBe(
      '214 files, 2.0 KB',
    );
    expect(codeText('K7M4QX')).toBe('K7M 4QX');
  });
});
