// Z20: a connection goes to whoever holds the certificate of the meeting, and to nobody else.
import { describe, expect, it } from 'vitest';
import { announces, digestOf, fingerprints } from './sdp';

const PINNED = 'ab'.repeat(32);
const line = (byte: string, algorithm = 'sha-256') =>
  `a=fingerprint:${algorithm} ${Array(32).fill(byte).join(':')}\r\n`;

describe('the announced certificate', () => {
  it.each([
    ['the pinned one', `v=0\r\n${line('AB')}`, true],
    ['the pinned one twice, for session and media', `${line('AB')}m=x\r\n${line('ab')}`, true],
    ['none', 'v=0\r\n', false],
    ['another', line('AC'), false],
    ['another beside it', line('AB') + line('AC'), false],
    ['a weaker digest', line('AB', 'sha-1'), false],
    ['a longer one', line('AB').replace('AB\r\n', 'AB:AB\r\n'), false],
    ['an endless description', line('AB') + 'x'.repeat(20_000), false],
  ])('%s', (_, sdp, expected) => {
    expect(announces(sdp, PINNED)).toBe(expected);
  });

  it('reads digests as browsers write them', () => {
    expect(fingerprints(`v=0\n${line('0F')}`)).toEqual(['0f'.repeat(32)]);
    expect(digestOf('')).toBeNull();
  });
});
