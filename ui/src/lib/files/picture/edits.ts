// What is done to a picture, one step after the other, each on what the one before made.
import { arrow, type Point, type Rect, scaled, type Size, strokeOf, turned, within } from './geometry';
import { blank, type Canvas } from './encode';
import { blockOf, pixelate } from './pixels';

export type Edit =
  | { type: 'crop'; rect: Rect }
  | { type: 'blur'; rect: Rect }
  | { type: 'arrow'; from: Point; to: Point }
  | { type: 'resize'; size: Size }
  /** Quarter turns, clockwise. */
  | { type: 'rotate'; quarters: 1 | 3 };

/** Red that is seen on light and on dark, with a white rim. */
const ARROW = { fill: '#d3222a', rim: '#ffffff' };

/** The size of a picture after `edits`. */
export function sizeAfter(size: Size, edits: readonly Edit[]): Size {
  return edits.reduce((now, edit) => {
    if (edit.type === 'crop') {
      const { width, height } = within(edit.rect, now) ?? { x: 0, y: 0, ...now };
      return { width, height };
    }
    if (edit.type === 'rotate') return turned(now, edit.quarters);
    return edit.type === 'resize' ? scaled(now, { width: edit.size.width }) : now;
  }, size);
}

/** `canvas` after `edit`, as another one: the earlier stays for undo. */
export function applied(canvas: Canvas, edit: Edit): Canvas {
  const size = sizeAfter(canvas, [edit]);
  const { canvas: made, context } = blank(size.width, size.height);
  context.imageSmoothingQuality = 'high';
  if (edit.type === 'rotate') {
    context.translate(size.width / 2, size.height / 2);
    context.rotate((edit.quarters * Math.PI) / 2);
    context.drawImage(canvas, -canvas.width / 2, -canvas.height / 2);
    return made;
  }
  const from = (edit.type === 'crop' && within(edit.rect, canvas)) || {
    x: 0,
    y: 0,
    width: canvas.width,
    height: canvas.height,
  };
  context.drawImage(canvas, from.x, from.y, from.width, from.height, 0, 0, size.width, size.height);
  if (edit.type === 'blur') blur(context, within(edit.rect, canvas));
  if (edit.type === 'arrow') point(context, arrow(edit.from, edit.to, strokeOf(size)), strokeOf(size));
  return made;
}

function blur(context: CanvasRenderingContext2D, rect: Rect | null): void {
  if (!rect) return;
  const pixels = context.getImageData(rect.x, rect.y, rect.width, rect.height);
  pixelate(pixels, blockOf(rect));
  context.putImageData(pixels, rect.x, rect.y);
}

function point(context: CanvasRenderingContext2D, outline: readonly Point[], stroke: number): void {
  const path = new Path2D();
  outline.forEach(({ x, y }, at) => (at === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  path.closePath();
  context.lineJoin = 'round';
  context.lineWidth = Math.max(2, stroke / 3);
  context.strokeStyle = ARROW.rim;
  context.stroke(path);
  context.fillStyle = ARROW.fill;
  context.fill(path);
}
