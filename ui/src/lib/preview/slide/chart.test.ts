import { describe, expect, it } from 'vitest';
import type { Chart, Plot, Series } from '$lib/proto/preview';
import { layoutOf, legendOf, paletteOf, pointColor, seriesColor, shareOf, slicePath, stackOf } from './chart';

const series = (name: string, values: (number | null)[], more: Partial<Series> = {}): Series => ({
  name,
  values,
  ...more,
});
const plot = (more: Partial<Plot>, ...all: Series[]): Plot => ({ kind: 'column', series: all, ...more });

describe('stacks', () => {
  it.each<[string, Plot, [number, number][][]]>([
    ['no series', plot({}), []],
    [
      'one over the other',
      plot({}, series('a', [1, 2]), series('b', [3, 4])),
      [
        [
          [0, 1],
          [0, 2],
        ],
        [
          [1, 4],
          [2, 6],
        ],
      ],
    ],
    [
      'below zero downwards',
      plot({}, series('a', [2]), series('b', [-3]), series('c', [1])),
      [[[0, 2]], [[0, -3]], [[2, 3]]],
    ],
    ['a gap is nothing', plot({}, series('a', [null]), series('b', [2])), [[[0, 0]], [[0, 2]]]],
    [
      'shorter than the others',
      plot({}, series('a', [1]), series('b', [1, 5])),
      [
        [[0, 1]],
        [
          [1, 2],
          [0, 5],
        ],
      ],
    ],
    ['up to 100 %', plot({ percent: true }, series('a', [1]), series('b', [3])), [[[0, 25]], [[25, 100]]]],
    ['nothing of 100 %', plot({ percent: true }, series('a', [0]), series('b', [0])), [[[0, 0]], [[0, 0]]]],
  ])('%s', (_name, one, ends) => expect(stackOf(one)).toEqual(ends));
});

describe('shares', () => {
  it.each([
    [5, { min: 0, max: 10 }, 0.5],
    [-5, { min: 0, max: 10 }, 0],
    [50, { min: 0, max: 10 }, 1],
    [2, { min: 0, max: 10, reversed: true }, 0.8],
    [5, { min: 3, max: 3 }, 0],
    [5, { min: 9, max: 1 }, 0],
    [0, { min: -10, max: 10 }, 0.5],
  ])('%d on %j is %d', (value, axis, share) => expect(shareOf(value, axis)).toBe(share));
});

describe('slices', () => {
  it('go clockwise from the top', () => {
    expect(slicePath(50, 50, 50, 0, 0, 0.25)).toBe('M50.00 0.00A50 50 0 0 1 100.00 50.00L50 50Z');
    expect(slicePath(50, 50, 50, 0, 0, 0.75)).toContain('0 1 1 0.00 50.00');
  });

  it('close a whole circle and leave the middle of a ring', () => {
    const whole = slicePath(50, 50, 50, 0, 0, 1);
    expect(whole).toMatch(/^M50\.00 0\.00A50 50 0 1 1 49\.97 0\.00L/);
    expect(slicePath(50, 50, 50, 20, 0, 0.5)).toBe(
      'M50.00 0.00A50 50 0 0 1 50.00 100.00L50.00 70.00A20 20 0 0 0 50.00 30.00Z',
    );
  });
});

describe('the legend', () => {
  const chart = (...plots: Plot[]): Chart => ({ plots, legend: 'end' });

  it('names series across plots, each in its colour', () => {
    const two = chart(
      plot({}, series('a', [1]), series('b', [1], { color: '#112233' })),
      plot({ kind: 'line' }, series('c', [1])),
    );
    expect(legendOf(two)).toEqual([
      { name: 'a', color: paletteOf(0) },
      { name: 'b', color: '#112233' },
      { name: 'c', color: paletteOf(2) },
    ]);
  });

  it('names the slices of a pie', () => {
    const pie = plot(
      { kind: 'pie', categories: ['x', 'y'] },
      series('a', [1, 2], { colors: [null, '#00ff00'] }),
    );
    expect(legendOf(chart(pie))).toEqual([
      { name: 'x', color: paletteOf(0) },
      { name: 'y', color: '#00ff00' },
    ]);
    expect(legendOf(chart(plot({ kind: 'pie', categories: ['x'] })))).toEqual([]);
  });

  it('is there only where the chart has one', () =>
    expect(legendOf({ plots: [plot({}, series('a', []))] })).toEqual([]));

  it('takes no colour that is none', () => {
    const bad = series('a', [1], { color: 'url(//evil.example)', colors: ['red;x'] });
    expect([seriesColor(bad, 9), pointColor(bad, 0)]).toEqual([paletteOf(1), paletteOf(0)]);
  });

  it('leaves more room to larger letters, and stands long names askew', () => {
    const categories = ['a long name', 'another long name'];
    const of = (font_size: number) =>
      layoutOf({ ...chart(plot({ categories }, series('a', [1]))), font_size }, 200, 200);
    expect([of(6).askew, of(18).askew]).toEqual([false, true]);
    expect(of(18).plot.height).toBeLessThan(of(6).plot.height);
    expect(of(99).size).toBe(25);
  });

  it.each(['start', 'end', 'top', 'bottom'] as const)(
    'leaves room for the plot, legend at the %s',
    (legend) => {
      const one: Chart = { ...chart(plot({}, series('a', [1]))), title: 'T', legend };
      const layout = layoutOf(one, 300, 200);
      expect(layout.plot.x + layout.plot.width).toBeLessThanOrEqual(300);
      expect(layout.plot.y + layout.plot.height).toBeLessThanOrEqual(200);
      const { x, y } = layout.legend(0, 1);
      expect(x >= 0 && x <= 300 && y >= 0 && y <= 200).toBe(true);
      expect(layout.size).toBe(10);
      // However small it is.
      expect(layoutOf(one, 1, 1).plot).toMatchObject({ width: 10, height: 10 });
    },
  );
});
