// Zoom and pan of a picture in a stage: the picture's middle is moved by `x` and `y` pixels from the stage's.

export interface View {
  /** 1: the whole picture fits. */
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const FIT: View = { scale: 1, x: 0, y: 0 };
export const ZOOM_MAX = 10;
/** One press of a button or key. */
export const STEP = 1.25;

/** Zooms by `factor`; what is at (`px`, `py`), from the stage's middle, stays there. */
export function zoomed(view: View, factor: number, px: number, py: number, fitted: Size, stage: Size): View {
  const scale = Math.min(ZOOM_MAX, Math.max(1, view.scale * factor));
  const ratio = scale / view.scale;
  return held({ scale, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio }, fitted, stage);
}

export function panned(view: View, dx: number, dy: number, fitted: Size, stage: Size): View {
  return held({ ...view, x: view.x + dx, y: view.y + dy }, fitted, stage);
}

/** No edge of the picture leaves the edge of the stage further than it has to; what fits stays in the middle. */
function held({ scale, x, y }: View, fitted: Size, stage: Size): View {
  const room = (picture: number, seen: number) => Math.max(0, (picture * scale - seen) / 2);
  const within = (value: number, most: number) => Math.min(most, Math.max(-most, value)) || 0;
  return {
    scale,
    x: within(x, room(fitted.width, stage.width)),
    y: within(y, room(fitted.height, stage.height)),
  };
}

/** Wheels tell pixels or lines; a notch is about a step. */
export function wheelFactor({ deltaY, deltaMode }: Pick<WheelEvent, 'deltaY' | 'deltaMode'>): number {
  const pixels = deltaMode === 0 ? deltaY : deltaY * 33;
  return Math.exp(-Math.max(-200, Math.min(200, pixels)) / 450);
}
