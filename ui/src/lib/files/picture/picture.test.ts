// N20: the geometry and the pixels of what is done to a picture before it is sent.
import { describe, expect, it } from 'vitest';
import { nameFor } from './editing.svelte';
import { type Edit, sizeAfter } from './edits';
import { arrow, rectOf, scaled, strokeOf, toPicture, turned, within } from './geometry';
import { blockOf, pixelate } from './pixels';

const size = { width: 400, height: 300 };

it.each([
  [
    { x: 10, y: 20 },
    { x: 110, y: 70 },
    { x: 10, y: 20, width: 100, height: 50 },
  ],
  [
    { x: 110, y: 70 },
    { x: 10, y: 20 },
    { x: 10, y: 20, width: 100, height: 50 },
  ],
  [
    { x: 1.4, y: 1.6 },
    { x: 9.6, y: 9.4 },
    { x: 1, y: 2, width: 9, height: 7 },
  ],
  [
    { x: 5, y: 5 },
    { x: 5, y: 5 },
    { x: 5, y: 5, width: 0, height: 0 },
  ],
])('between %j and %j lies %j', (a, b, rect) => expect(rectOf(a, b)).toEqual(rect));

it.each([
  [
    { x: 10, y: 10, width: 50, height: 50 },
    { x: 10, y: 10, width: 50, height: 50 },
  ],
  [
    { x: -20, y: -20, width: 50, height: 50 },
    { x: 0, y: 0, width: 30, height: 30 },
  ],
  [
    { x: 380, y: 280, width: 500, height: 500 },
    { x: 380, y: 280, width: 20, height: 20 },
  ],
  [{ x: 500, y: 10, width: 10, height: 10 }, null],
  [{ x: 10, y: 10, width: 0, height: 10 }, null],
])('of %j there is %j in the picture', (rect, inside) => expect(within(rect, size)).toEqual(inside));

it.each([
  [{ width: 200 }, { width: 200, height: 150 }],
  [{ height: 600 }, { width: 800, height: 600 }],
  [{ width: 1 }, { width: 1, height: 1 }],
  [{ width: 100_000 }, { width: 8192, height: 6144 }],
  [{ width: 0 }, size],
  [{ width: Number.NaN }, size],
])('scaled to %j it is %j', (to, made) => expect(scaled(size, to)).toEqual(made));

it('turns', () => {
  expect([turned(size, 1), turned(size, 2), turned(size, 3)]).toEqual([
    { width: 300, height: 400 },
    size,
    { width: 300, height: 400 },
  ]);
});

it.each([
  [
    { x: 100, y: 50 },
    { x: 0, y: 0 },
  ],
  [
    { x: 200, y: 125 },
    { x: 200, y: 150 },
  ],
  [
    { x: 900, y: -5 },
    { x: 400, y: 0 },
  ],
])('a pointer at %j is at %j of the picture', (client, point) => {
  expect(toPicture(client, { x: 100, y: 50, width: 200, height: 150 }, size)).toEqual(point);
});

it('points an arrow at its end, with a head that is never longer than itself', () => {
  const outline = arrow({ x: 0, y: 0 }, { x: 100, y: 0 }, 4);
  expect(outline).toHaveLength(7);
  expect(outline[0]).toEqual({ x: 100, y: 0 });
  expect(Math.min(...outline.map(({ x }) => x))).toBe(0);
  expect(arrow({ x: 0, y: 0 }, { x: 5, y: 0 }, 4).every(({ x }) => x >= 0 && x <= 5)).toBe(true);
  expect(arrow({ x: 3, y: 3 }, { x: 3, y: 3 }, 4)).toEqual([]);
  expect([strokeOf(size), strokeOf({ width: 9000, height: 9000 })]).toEqual([4, 100]);
});

it.each<[Edit[], { width: number; height: number }]>([
  [[], size],
  [[{ type: 'crop', rect: { x: 350, y: 0, width: 100, height: 100 } }], { width: 50, height: 100 }],
  [[{ type: 'crop', rect: { x: 999, y: 0, width: 1, height: 1 } }], size],
  [
    [
      { type: 'rotate', quarters: 1 },
      { type: 'resize', size: { width: 150, height: 200 } },
      { type: 'blur', rect: { x: 0, y: 0, width: 9, height: 9 } },
    ],
    { width: 150, height: 200 },
  ],
])('after %j the picture is %j', (edits, made) => expect(sizeAfter(size, edits)).toEqual(made));

describe('what is made unreadable', () => {
  const grey = (values: number[]) =>
    new Uint8ClampedArray(values.flatMap((value) => [value, value, value, 255]));

  it('is the mean of each block, and the rest of an uneven one', () => {
    const pixels = { width: 3, height: 2, data: grey([0, 100, 7, 200, 100, 9]) };
    pixelate(pixels, 2);
    expect([...pixels.data.filter((_, at) => at % 4 === 0)]).toEqual([100, 100, 8, 100, 100, 8]);
    expect([...pixels.data.filter((_, at) => at % 4 === 3)]).toEqual(Array(6).fill(255));
  });

  it('has nothing of the letters left: one block says one thing', () => {
    const letters = Array.from({ length: 24 * 24 }, (_, at) => (at * 37) % 256);
    const pixels = { width: 24, height: 24, data: grey(letters) };
    pixelate(pixels, blockOf(pixels));
    expect(new Set(pixels.data.filter((_, at) => at % 4 === 0)).size).toBe(1);
  });

  it.each([
    [{ width: 300, height: 20 }, 24],
    [{ width: 800, height: 400 }, 100],
  ])('%j in blocks of %d', (rect, block) => expect(blockOf(rect)).toBe(block));
});

it.each([
  ['photo.JPG', 'image/jpeg', 'photo.JPG'],
  ['photo.webp', 'image/png', 'photo.png'],
  ['photo.png', 'image/jpeg', 'photo.jpg'],
])('%s written as %s is %s', (name, type, made) => expect(nameFor(name, type)).toBe(made));
