// Where the parts of a chart stand; points.
import type { Chart, Plot, Series } from '$lib/proto/preview';
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
  /** Baseline of the title. */
  title: number;
  plot: Rect;
  legend(index: number, count: number): { x: number; y: number };
}

/** Points kept around the plot for what is written at its axes. */
const [SIDE, FOOT, HEAD, PAD, LINE] = [38, 24, 26, 8, 13] as const;

export function layoutOf(chart: Chart, width: number, height: number): Layout {
  const round = chart.plots.every(isRound);
  const beside = chart.legend === 'start' || chart.legend === 'end';
  const legendWidth = beside ? Math.min(width * 0.3, 110) : 0;
  const top = PAD + (chart.title ? HEAD : 0) + (chart.legend === 'top' ? LINE + 4 : 0);
  const left = PAD + (round ? 0 : SIDE) + (chart.legend === 'start' ? legendWidth : 0);
  const right = PAD + (chart.legend === 'end' ? legendWidth : 0) + (chart.second_axis ? SIDE : 0);
  const bottom = PAD + (round ? 0 : FOOT) + (chart.legend === 'bottom' ? LINE + 4 : 0);
  const plot = {
    x: left,
    y: top,
    width: Math.max(10, width - left - right),
    height: Math.max(10, height - top - bottom),
  };
  const legend = (index: number, count: number) => {
    if (beside) {
      const from = plot.y + plot.height / 2 - (count * LINE) / 2;
      return { x: chart.legend === 'start' ? PAD : width - legendWidth, y: from + index * LINE + 8 };
    }
    const step = (width - 2 * PAD) / Math.max(1, count);
    const y = chart.legend === 'top' ? top - 6 : height - PAD;
    return { x: PAD + index * step + Math.max(0, step / 2 - 30), y };
  };
  return { title: PAD + 14, plot, legend };
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
