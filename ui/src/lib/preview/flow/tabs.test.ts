import { describe, expect, it } from 'vitest';
import type { TabStop } from '$lib/proto/preview';
import { widthOf } from './tabs';

const STOPS: TabStop[] = [
  { at: 50 },
  { at: 100, align: 'center' },
  { at: 200, align: 'decimal' },
  { at: 400, align: 'end', leader: 'dotted' },
];
const LINE = { after: 20, whole: 10, end: 450, hang: null };

describe('tabs', () => {
  it.each([
    ['the next stop', { ...LINE, from: 10 }, 40, 50],
    ['not the one that is reached', { ...LINE, from: 50 }, 40, 100],
    ['half of the text before the stop', { ...LINE, from: 60 }, 30, 100],
    ['up to the separator before the stop', { ...LINE, from: 150 }, 40, 200],
    ['the text before the stop', { ...LINE, from: 250 }, 130, 400],
    ['a text that is too long begins at once', { ...LINE, from: 390 }, 0, 400],
    ['every half inch after the last', { ...LINE, from: 401 }, 31, 432],
    ['where lines begin', { ...LINE, from: 5, hang: 18 }, 13, 18],
    ['not where they begin once past it', { ...LINE, from: 20, hang: 18 }, 30, 50],
    ['no further than the line', { ...LINE, from: 250, end: 300 }, 29.5, 400],
  ])('%s', (_name, around, width, at) => {
    const found = widthOf(STOPS, around);
    expect(found.width).toBeCloseTo(width);
    expect(found.stop.at).toBe(at);
  });

  it('has stops of its own where the paragraph has none', () =>
    expect(widthOf([], { ...LINE, from: 36 })).toEqual({ width: 36, stop: { at: 72 } }));
});
