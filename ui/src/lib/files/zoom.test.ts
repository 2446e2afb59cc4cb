import { expect, it } from 'vitest';
import { FIT, panned, wheelFactor, zoomed, ZOOM_MAX } from './zoom';

const stage = { width: 1000, height: 800 };
const fitted = { width: 1000, height: 500 };

it.each([
  ['keeps what is under the pointer', FIT, 2, 100, 50, { scale: 2, x: -100, y: -50 }],
  ['stays in the middle', FIT, 2, 0, 0, { scale: 2, x: 0, y: 0 }],
  ['never leaves more empty than it has to', FIT, 2, 0, 400, { scale: 2, x: 0, y: -100 }],
  ['is never smaller than what fits', FIT, 0.5, 300, 0, FIT],
  ['comes back to the middle', { scale: 2, x: 500, y: 100 }, 0.5, 0, 0, FIT],
  ['has an end', { scale: ZOOM_MAX, x: 0, y: 0 }, 2, 0, 0, { scale: ZOOM_MAX, x: 0, y: 0 }],
])('zoom %s', (_name, view, factor, x, y, then) => {
  expect(zoomed(view, factor, x, y, fitted, stage)).toEqual(then);
});

it.each([
  ['what fits stays', FIT, 50, 50, FIT],
  ['what is larger moves', { scale: 2, x: 0, y: 0 }, 50, -50, { scale: 2, x: 50, y: -50 }],
  ['up to its edge', { scale: 2, x: 0, y: 0 }, 5_000, -5_000, { scale: 2, x: 500, y: -100 }],
])('pan: %s', (_name, view, dx, dy, then) => expect(panned(view, dx, dy, fitted, stage)).toEqual(then));

it('takes wheels of every kind', () => {
  expect(wheelFactor({ deltaY: -100, deltaMode: 0 })).toBeCloseTo(1.25, 1);
  expect(wheelFactor({ deltaY: 3, deltaMode: 1 })).toBeLessThan(1);
  // A touchpad's fling is no leap.
  expect(wheelFactor({ deltaY: -90_000, deltaMode: 0 })).toBeLessThan(1.6);
});
