// Z20, A10–A13: the log decides what goes on; a row tells the truth also while nothing leads to the other side.
import { describe, expect, it } from 'vitest';
import type { DirectFileItem, RecipientState, TransferView } from '$lib/proto';
import { businessOf } from './business';
import { wantsMore } from './lines';
import { mergedViews } from './views';

const FILE = '0a'.repeat(16);
const PEER = '03'.repeat(16);

function item(
  own: boolean,
  state: RecipientState,
  more: Partial<DirectFileItem['file']> = {},
): DirectFileItem {
  const file: DirectFileItem['file'] = {
    id: FILE,
    name: 'a',
    size: 9,
    media_type: 'application/octet-stream',
    sha256: '',
    direct: { kind: 'file', files: 1 },
    recipients: own ? [{ id: PEER, name: 'Mia', state, ...(state === 'received' && { blake3: 'ff' }) }] : [],
    ...(!own && { yours: state }),
    ...more,
  };
  return { target: 4, sender: own ? '01' : PEER, own, file };
}

describe('business', () => {
  const cases: [RecipientState, boolean, boolean][] = [
    ['pending', false, false],
    ['accepted', true, false],
    ['transferring', true, false],
    ['paused', true, false],
    ['received', false, false],
    ['failed', false, false],
    ['declined', false, true],
    ['revoked', false, true],
  ];
  it.each(cases)('%s: goes on %s, taken back %s', (state, open, gone) => {
    for (const own of [true, false])
      expect(businessOf([item(own, state)])).toMatchObject([{ open, gone, peer: PEER }]);
  });

  it('waits for the portal to know the answer, and ends with a withdrawal', () => {
    expect(businessOf([item(false, 'accepted', { unconfirmed: true })])).toMatchObject([
      { open: false, gone: false },
    ]);
    expect(businessOf([item(true, 'accepted', { withdrawn: 'revoked' })])).toMatchObject([
      { open: false, gone: true },
    ]);
  });

  it('knows the digest that a recipient proved', () => {
    expect(businessOf([item(true, 'received')])).toMatchObject([{ confirmed: 'ff' }]);
  });
});

describe('views', () => {
  const business = businessOf([item(false, 'accepted')]);
  const live: TransferView = {
    attachment: FILE,
    peer: PEER,
    way: 'receiving',
    state: { type: 'moving' },
    done: 5,
    size: 9,
    rate: 3,
    lane: 'webrtc',
  };

  it('says what the link says, and keeps what was done when it goes', () => {
    const first = mergedViews(business, [live], new Map(), new Set([PEER]));
    expect(first.views).toEqual([live]);
    const second = mergedViews(business, [], first.past, new Set([PEER]));
    expect(second.views).toMatchObject([{ state: { type: 'connecting' }, done: 5, rate: 0 }]);
    expect(second.views[0]).not.toHaveProperty('lane');
    const third = mergedViews(business, [], second.past, new Set());
    expect(third.views).toMatchObject([{ state: { type: 'waiting' }, done: 5 }]);
  });

  it('does not forget that it was paused or is over', () => {
    for (const state of [{ type: 'paused', by: 'you' }, { type: 'done' }] as const) {
      const { past } = mergedViews(business, [{ ...live, state }], new Map(), new Set());
      expect(mergedViews(business, [], past, new Set([PEER])).views).toMatchObject([{ state }]);
    }
  });

  it('has no row of what was never begun and is taken back', () => {
    const before = mergedViews(business, [], new Map(), new Set());
    expect(before.views).toHaveLength(1);
    expect(mergedViews(businessOf([item(false, 'revoked')]), [], before.past, new Set()).views).toEqual([]);
  });
});

describe('another connection', () => {
  it.each([
    ['on a long line', { connections: 1, roundTrip: 50, rate: 1e6, best: 0 }, true],
    ['in one network', { connections: 1, roundTrip: 2, rate: 1e8, best: 0 }, false],
    ['while nothing moves', { connections: 1, roundTrip: 50, rate: 0, best: 0 }, false],
    ['when the last one helped', { connections: 2, roundTrip: 50, rate: 2e6, best: 1e6 }, true],
    ['when the last one did not', { connections: 2, roundTrip: 50, rate: 1.1e6, best: 1e6 }, false],
    ['beyond the most', { connections: 4, roundTrip: 50, rate: 9e6, best: 1e6 }, false],
    ['on an unknown line', { connections: 1, roundTrip: null, rate: 1e6, best: 0 }, false],
  ])('%s', (_, seen, expected) => expect(wantsMore(seen)).toBe(expected));
});
