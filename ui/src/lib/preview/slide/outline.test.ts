import { describe, expect, it } from 'vitest';
import { dashOf, linearOf, newId, pathOf, seenOf } from './outline';

describe('outlines', () => {
  it.each([
    ['M0 0L10.5,-3e+2A1 1 0 0 1 2 2Z', true],
    ['m0 0h1v1q1 1 2 2t3 3c1 1 1 1 1 1s2 2 2 2z', true],
    ['', true],
    ['M0 0"/><script>alert(1)</script>', false],
    ['url(#x)', false],
    ["M0 0';", false],
    ['M0 0\nL1 1', false],
    ['M0 0&#10;', false],
    ['MNaN 0', false],
    ['MInfinity 0', false],
  ])('%j is a path: %s', (data, yes) => expect(pathOf(data)).toBe(yes ? data : ''));

  it('dashes by the width of the line', () => {
    const color = '#000000';
    expect(dashOf({ color, width: 2, dash: 'dashed' })).toBe('8 6');
    expect(dashOf({ color, width: 0, dash: 'dotted' })).toBe('0.5 1');
    expect(dashOf({ color, width: 2 })).toBeUndefined();
  });

  it.each([
    [0, { x1: 0, y1: 0.5, x2: 1, y2: 0.5 }],
    [90, { x1: 0.5, y1: 0, x2: 0.5, y2: 1 }],
    [180, { x1: 1, y1: 0.5, x2: 0, y2: 0.5 }],
  ])('a gradient at %i°', (angle, line) => expect(linearOf(angle)).toEqual(line));

  it('never gives a name twice', () => expect(newId()).not.toBe(newId()));
});

it.each([
  [168, 0, { width: 168, height: 1 }],
  [0, 150, { width: 1, height: 150 }],
  [-1, 20, { width: 1, height: 20 }],
])('%d by %d points are drawn in %j', (width, height, size) =>
  expect(seenOf({ x: 0, y: 0, width, height })).toEqual(size),
);
