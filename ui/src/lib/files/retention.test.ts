import { describe, expect, it } from 'vitest';
import type { AttachmentRetention } from '$lib/proto';
import { isShorter, type Kept, keptOf, keptText, retentionOf } from './retention';

describe('how long files stay', () => {
  it.each<[AttachmentRetention, Kept, string]>([
    [{ type: 'keep' }, 'forever', ''],
    [{ type: 'keep', days: 1 }, 1, 'Files are deleted after 1 day.'],
    [{ type: 'keep', days: 36_500 }, 36_500, 'Files are deleted after 36,500 days.'],
    [
      { type: 'session_only' },
      'session_only',
      'Files are deleted when the session ends. Save those you want to keep before.',
    ],
  ])('%o', (retention, kept, text) => {
    expect(keptOf(retention)).toBe(kept);
    expect(retentionOf(kept)).toEqual(retention);
    expect(keptText(retention)).toBe(text);
  });

  it.each<[Kept, Kept, boolean]>([
    ['session_only', 'forever', true],
    ['session_only', 1, true],
    [30, 'forever', true],
    [30, 31, true],
    [30, 30, false],
    [31, 30, false],
    [1, 'session_only', false],
    ['forever', 'session_only', false],
    ['forever', 30, false],
  ])('%s is shorter than %s: %s', (next, before, shorter) => expect(isShorter(next, before)).toBe(shorter));
});
