import { describe, expect, it } from 'vitest';
import { byteTicks, labelStep, linePath, ticks, timeTicks } from './scale';

const KB = 1024;

describe('lines beside a drawing', () => {
  it.each<[number, number[]]>([
    [0, [0, 1]],
    [-3, [0, 1]],
    [Number.NaN, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [5, [0, 2, 4, 6]],
    [11, [0, 5, 10, 15]],
    [40, [0, 10, 20, 30, 40]],
    [99, [0, 50, 100]],
    [1234, [0, 500, 1000, 1500]],
    [0.3, [0, 0.1, 0.2, 0.3]],
  ])('up to %d', (highest, expected) => expect(ticks(highest)).toEqual(expected));

  it.each<[number, number[]]>([
    [0, [0, 1]],
    [900, [0, 500, 1000]],
    [3 * KB, [0, KB, 2 * KB, 3 * KB]],
    [11 * KB ** 3, [0, 5 * KB ** 3, 10 * KB ** 3, 15 * KB ** 3]],
  ])('up to %d bytes', (highest, expected) => expect(byteTicks(highest)).toEqual(expected));

  it.each<[number, number[]]>([
    [0, [0, 1000]],
    [4_200, [0, 2000, 4000, 6000]],
    [95_000, [0, 30_000, 60_000, 90_000, 120_000]],
    [3_000_000, [0, 900_000, 1_800_000, 2_700_000, 3_600_000]],
  ])('up to %d ms', (highest, expected) => expect(timeTicks(highest)).toEqual(expected));

  it.each(Array.from({ length: 60 }, (_, power) => 1.37 ** power))('hold all of %d', (highest) => {
    for (const list of [ticks(highest), byteTicks(highest), timeTicks(highest)]) {
      expect(list.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
      expect(list.length).toBeLessThanOrEqual(5);
    }
  });
});

it.each([
  [7, 8, 1],
  [30, 8, 4],
  [90, 8, 12],
])('of %d days with room for %d, every %d. has a name', (count, room, step) =>
  expect(labelStep(count, room)).toBe(step),
);

it('draws no line over a day without a value', () => {
  const at = (x: number) => ({ x, y: x / 3 });
  expect(linePath([at(0), at(1), null, at(3), at(4)])).toBe('M0 0L1 0.3M3 1L4 1.3');
  expect(linePath([])).toBe('');
});
