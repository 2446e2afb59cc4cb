// Where the parts of a chart stand; points.
import type { Axis, Chart, Plot, Series } from '$lib/proto/preview';
import { colorOf } from '../css';

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Colours of series that say none: Office's own, in its order. */
const PALETTE = ['#4472c4', '#ed7d31', '#a5a5a5', '#ffc000', '#5b9bd5', '#70ad47', '#264478', '#9e480e'];

export const paletteOf = (index: number): string => PALETTE[index % PALETTE.length] as string;

export const seriesColor = (series: Series, index: number): string =>
  colorOf(series.color) || paletteOf(index);

export const pointColor = (series: Series, point: number): string =>
  colorOf(series.colors?.[point] ?? undefined) || paletteOf(point);

export const isRound = ({ kind }: Plot): boolean => kind === 'pie' || kind === 'doughnut';

export interface LegendEntry {
  name: string;
  color: string;
}

export function legendOf(chart: Chart): LegendEntry[] {
  if (!chart.legend) return [];
  let index = 0;
  return chart.plots.flatMap((plot) => {
    if (isRound(plot)) {
      const [series] = plot.series;
      return series
        ? (plot.categories ?? []).map((name, point) => ({ name, color: pointColor(series, point) }))
        : [];
    }
    return plot.series.map((series) => ({ name: series.name, color: seriesColor(series, index++) }));
  });
}

export interface Layout {
  /** Of letters. */
  size: number;
  /** Names of categories stand askew: beside each other they have no room. */
  askew: boolean;
  /** Baseline of the title. */
  title: number;
  /** Base lines of the axes' titles: the one that is read upwards, and the one below. */
  titles: { aside: number; below: number };
  plot: Rect;
  legend(index: number, count: number): { x: number; y: number };
}

/** Points at the edges of a chart. */
const PAD = 8;
/** Heights of a line and of a title's, and the width of a usual letter, in sizes of letters. */
const [LINE, HEAD, LETTER] = [1.45, 2.4, 0.5] as const;
/** More names than these are left out where they have no room, instead of askew. */
const ASKEW = 40;

/** How wide the longest of some words is, in sizes of letters. */
const longest = (words: readonly string[]): number =>
  Math.max(0, ...words.map(({ length }) => length)) * LETTER;

const ticksOf = (axis: Axis | undefined): string[] =>
  axis && !axis.hidden ? (axis.ticks ?? []).map(({ label }) => label) : [];

export const categoriesOf = ({ plots }: Chart): string[] =>
  plots.find(({ categories }) => categories?.length)?.categories ?? [];

export function layoutOf(chart: Chart, width: number, height: number): Layout {
  const size = Math.max(1, Math.min(chart.font_size || 10, height / 8));
  const line = size * LINE;
  const round = chart.plots.every(isRound);
  const lying = chart.plots.some(({ kind }) => kind === 'bar');
  const hidden = round || (chart.category_axis?.hidden ?? false);
  const categories = hidden ? [] : categoriesOf(chart);
  const beside = chart.legend === 'start' || chart.legend === 'end';
  const names = legendOf(chart).map(({ name }) => name);
  const legendWidth = beside ? Math.min(width * 0.35, longest(names) * size + 2 * size) : 0;
  const legendHeight = beside || !chart.legend ? 0 : line;
  const upright = lying ? categories : ticksOf(chart.value_axis);
  const title = ({ title: words }: Axis = { min: 0, max: 1 }) => (words ? line : 0);
  const aside = Math.min(width * 0.4, longest(upright) * size + size / 2);
  const titles = [title(chart.category_axis), title(chart.value_axis)] as const;
  const left =
    PAD + (round ? 0 : aside + titles[lying ? 0 : 1]) + (chart.legend === 'start' ? legendWidth : 0);
  const second = longest(ticksOf(chart.second_axis)) * size;
  const right = PAD + (chart.legend === 'end' ? legendWidth : 0) + second;
  const across = Math.max(10, width - left - right);
  const needed = longest(categories) * size;
  const slot = across / Math.max(1, categories.length);
  const askew = !lying && needed > slot && categories.length <= ASKEW;
  const below = askew ? Math.min(height * 0.3, needed * 0.75 + size) : line;
  const top = PAD + (chart.title ? size * HEAD : 0) + (chart.legend === 'top' ? legendHeight : 0);
  const foot = round ? 0 : below + titles[lying ? 1 : 0];
  const bottom = PAD + foot + (chart.legend === 'bottom' ? legendHeight : 0);
  const plot = { x: left, y: top, width: across, height: Math.max(10, height - top - bottom) };
  const legend = (index: number, count: number) => {
    if (beside) {
      const from = plot.y + plot.height / 2 - (count * line) / 2;
      const x = chart.legend === 'start' ? PAD : Math.max(0, width - legendWidth);
      return { x, y: Math.max(0, from + index * line + size * 0.9) };
    }
    const step = (width - 2 * PAD) / Math.max(1, count);
    const y = chart.legend === 'top' ? top - line / 2 : height - PAD;
    const own = (names[index] ?? '').length * LETTER * size + size;
    return { x: PAD + index * step + Math.max(0, (step - own) / 2), y };
  };
  const baselines = { aside: left - aside - size * 0.3, below: top + plot.height + below + size };
  return { size, askew, title: PAD + size * 1.2, titles: baselines, plot, legend };
}

/** From a value to a share of the axis, 0 to 1; what is outside stays at the edge. */
export function shareOf(value: number, axis: { min: number; max: number; reversed?: boolean }): number {
  const span = axis.max - axis.min;
  const share = span > 0 ? Math.min(1, Math.max(0, (value - axis.min) / span)) : 0;
  return axis.reversed ? 1 - share : share;
}

/** The lower and upper end of each value of a stacked plot, by series and point. */
export function stackOf(plot: Plot): [number, number][][] {
  const count = Math.max(0, ...plot.series.map(({ values }) => values.length));
  const sums = Array.from({ length: count }, (_, point) =>
    plot.series.reduce((sum, { values }) => sum + Math.abs(values[point] ?? 0), 0),
  );
  const [up, down] = [new Array<number>(count).fill(0), new Array<number>(count).fill(0)];
  return plot.series.map(({ values }) =>
    values.map((value, point) => {
      const whole = plot.percent ? sums[point] || 1 : 1;
      const part = ((value ?? 0) / whole) * (plot.percent ? 100 : 1);
      const base = part < 0 ? down : up;
      const from = base[point] ?? 0;
      base[point] = from + part;
      return [from, from + part];
    }),
  );
}

/** The path of a slice of a pie; angles in turns, clockwise from the top. */
export function slicePath(
  cx: number,
  cy: number,
  outer: number,
  inner: number,
  from: number,
  to: number,
): string {
  const at = (turn: number, radius: number) => {
    const angle = (turn - 0.25) * 2 * Math.PI;
    return `${(cx + Math.cos(angle) * radius).toFixed(2)} ${(cy + Math.sin(angle) * radius).toFixed(2)}`;
  };
  // A whole circle begins and ends at one point, which an arc cannot.
  const end = to - from >= 1 ? from + 0.9999 : to;
  const large = end - from > 0.5 ? 1 : 0;
  const edge = `M${at(from, outer)}A${outer} ${outer} 0 ${large} 1 ${at(end, outer)}`;
  return inner > 0
    ? `${edge}L${at(end, inner)}A${inner} ${inner} 0 ${large} 0 ${at(from, inner)}Z`
    : `${edge}L${cx} ${cy}Z`;
}
