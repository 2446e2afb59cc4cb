// Outlines of shapes, checked: only numbers and path letters reach the page.
import type { Frame, Stroke } from '$lib/proto/preview';

let last = 0;

/** A name for the parts of one drawing, unique on the page. */
export function newId(): string {
  last += 1;
  return `shape-${last}`;
}

/** Path data, or nothing where it is anything else. */
export const pathOf = (data: string): string =>
  /^[MLHVCSQTAZmlhvcsqtaz0-9 .,eE+-]*$/.test(data) ? data : '';

export function dashOf({ dash, width }: Stroke): string | undefined {
  const unit = Math.max(0.5, width);
  if (dash === 'dashed') return `${unit * 4} ${unit * 3}`;
  return dash === 'dotted' ? `${unit} ${unit * 2}` : undefined;
}

/** The line of a gradient in its box; `angle` in degrees, clockwise from left to right. */
export function linearOf(angle: number): { x1: number; y1: number; x2: number; y2: number } {
  const radians = (angle * Math.PI) / 180;
  const [dx, dy] = [Math.cos(radians) / 2, Math.sin(radians) / 2];
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return { x1: round(0.5 - dx), y1: round(0.5 - dy), x2: round(0.5 + dx), y2: round(0.5 + dy) };
}

/** What is laid over the fill of a lid or side: a share of white, or below zero of black. */
export const shadeOf = (shade: number): { fill: string; 'fill-opacity': number } => ({
  fill: shade > 0 ? '#fff' : '#000',
  'fill-opacity': Math.min(1, Math.abs(shade)),
});

/** The size that an outline is drawn in: what has no height or width, as lines that lie or stand, would not be seen at all. */
export const seenOf = ({ width, height }: Frame): { width: number; height: number } => ({
  width: Math.max(1, width),
  height: Math.max(1, height),
});
