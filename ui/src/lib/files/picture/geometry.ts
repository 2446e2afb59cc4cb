// Places and sizes in a picture, in its own pixels from the upper left.

export interface Point {
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}
export type Rect = Point & Size;

/** Pixels of the longer side: beyond it browsers refuse a canvas (Safari on phones draws 16 million pixels in all). */
export const SIDE_MAX = 8192;

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** The rectangle between two corners, whichever was first, in whole pixels. */
export function rectOf(a: Point, b: Point): Rect {
  const [x, y] = [Math.round(Math.min(a.x, b.x)), Math.round(Math.min(a.y, b.y))];
  return {
    x,
    y,
    width: Math.round(Math.max(a.x, b.x)) - x,
    height: Math.round(Math.max(a.y, b.y)) - y,
  };
}

/** As much of `rect` as lies in the picture; `null` where nothing does. */
export function within(rect: Rect, size: Size): Rect | null {
  const [x, y] = [clamp(rect.x, 0, size.width), clamp(rect.y, 0, size.height)];
  const width = clamp(rect.x + rect.width, 0, size.width) - x;
  const height = clamp(rect.y + rect.height, 0, size.height) - y;
  return width >= 1 && height >= 1 ? { x, y, width, height } : null;
}

/** `size` after quarter turns, clockwise or not. */
export function turned({ width, height }: Size, quarters: number): Size {
  return quarters % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** `size` with another width or height, in the same shape. */
export function scaled(size: Size, to: Partial<Size>): Size {
  const wanted = to.width !== undefined ? to.width / size.width : (to.height ?? size.height) / size.height;
  const most = SIDE_MAX / Math.max(size.width, size.height);
  const scale = Math.min(Number.isFinite(wanted) && wanted > 0 ? wanted : 1, most);
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}

/** Where in the picture a pointer is that is at `client` over its shown `box`; always inside. */
export function toPicture(client: Point, box: Rect, size: Size): Point {
  return {
    x: Math.round(clamp((client.x - box.x) / box.width, 0, 1) * size.width),
    y: Math.round(clamp((client.y - box.y) / box.height, 0, 1) * size.height),
  };
}

/** Pixels that a line takes so that it is seen in a picture of this size. */
export const strokeOf = ({ width, height }: Size) => Math.max(4, Math.round(Math.min(width, height) / 90));

/** The outline of an arrow, its point first; short ones are all head. */
export function arrow(from: Point, to: Point, stroke: number): Point[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length === 0) return [];
  const [dx, dy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const head = Math.min(length, stroke * 5);
  const at = (along: number, aside: number) => ({
    x: from.x + dx * along - dy * aside,
    y: from.y + dy * along + dx * aside,
  });
  const neck = length - head;
  const half = stroke / 2;
  return [
    to,
    at(neck, head * 0.6),
    at(neck, half),
    at(0, half),
    at(0, -half),
    at(neck, -half),
    at(neck, head * -0.6),
  ];
}
