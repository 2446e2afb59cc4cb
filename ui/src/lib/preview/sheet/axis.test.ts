import { describe, expect, it } from 'vitest';
import { cellName, columnName, GridAxis } from './axis';

function axisOf(usual: number, count: number, own: Record<number, number> = {}): GridAxis {
  const axis = new GridAxis(usual);
  axis.count = count;
  for (const [index, size] of Object.entries(own)) axis.set(Number(index), size);
  return axis;
}

describe('an axis', () => {
  it('knows where lines begin, across blocks, whatever the order of what is told', () => {
    const own = { 700: 5, 3: 50, 255: 1, 256: 99, 511: 0, 512: 40 };
    const axis = axisOf(20, 1000, own);
    let at = 0;
    for (let index = 0; index < 1000; index += 1) {
      expect(axis.startOf(index), `line ${index}`).toBe(at);
      at += own[index as keyof typeof own] ?? 20;
    }
    expect(axis.length).toBe(at);
  });

  it.each<[string, Record<number, number>]>([
    ['all alike', {}],
    ['some larger', { 0: 100, 10: 33, 300: 7, 599: 90 }],
    ['some hidden', { 0: 0, 1: 0, 5: 0, 256: 0, 257: 0, 599: 0 }],
  ])('finds the line of a pixel: %s', (_name, own) => {
    const axis = axisOf(20, 600, own);
    for (let index = 0; index < 600; index += 1) {
      const [start, size] = [axis.startOf(index), axis.sizeOf(index)];
      if (size === 0) continue;
      // A hidden line at the very end stands where nothing is seen.
      expect(axis.lineAt(start), `first pixel of ${index}`).toBe(index);
      expect(axis.lineAt(start + size - 1), `last pixel of ${index}`).toBe(index);
    }
    expect(axis.lineAt(-5)).toBe(0);
    expect(axis.lineAt(1e9)).toBe(599);
  });

  it('takes a size again, and the last one counts', () => {
    const axis = axisOf(20, 10);
    for (const size of [40, 0, 0, 25]) axis.set(2, size);
    expect([axis.sizeOf(2), axis.startOf(3), axis.startOf(2)]).toEqual([25, 65, 40]);
    axis.set(2, 20);
    expect(axis.startOf(3)).toBe(60);
  });

  it('holds a million rows', () => {
    const axis = axisOf(20, 1_000_000);
    for (let index = 0; index < 1_000_000; index += 1000) axis.set(index, 30);
    expect(axis.startOf(1_000_000)).toBe(20_000_000 + 1000 * 10);
    for (const index of [0, 1, 999, 1000, 123_456, 999_000, 999_999])
      expect(axis.lineAt(axis.startOf(index))).toBe(index);
  });

  it('counts lines that fill a window', () => {
    expect(axisOf(20, 0).lineCount(3, 100)).toBe(5);
    expect(axisOf(20, 0).lineCount(30, 100)).toBe(30);
    expect(axisOf(20, 0, { 0: 0, 1: 0 }).lineCount(3, 100)).toBe(7);
    expect(axisOf(20, 0).lineAt(50)).toBe(0);
  });
});

describe('names', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [701, 'ZZ'],
    [702, 'AAA'],
    [16_383, 'XFD'],
  ])('column %i is %s', (index, name) => expect(columnName(index)).toBe(name));

  it('of cells', () => expect(cellName(6, 2)).toBe('C7'));
});
