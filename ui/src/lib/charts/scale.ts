// Where values stand in a drawing, and which lines beside it are worth a number.

/** Up to `most` round values from 0 on that reach `highest`: 0, 5, 10, 15. The last is the height of the drawing. */
export function ticks(highest: number, most = 4, steps: readonly number[] = [1, 2, 5]): number[] {
  if (!(highest > 0)) return [0, 1];
  let scale = 10 ** Math.floor(Math.log10(highest / most));
  // Things that are counted have no halves.
  if (Number.isInteger(highest) && steps[0] === 1) scale = Math.max(1, scale);
  for (; ; scale *= 10) {
    for (const factor of steps) {
      const step = factor * scale;
      const count = Math.ceil(highest / step - 1e-9);
      if (count <= most) return Array.from({ length: count + 1 }, (_, at) => rounded(at * step));
    }
  }
}

/** The same of bytes: whole numbers of a unit of 1024. */
export function byteTicks(highest: number, most = 4): number[] {
  let unit = 1;
  while (highest / unit >= 1024) unit *= 1024;
  return ticks(highest / unit, most, [1, 2, 5]).map((value) => value * unit);
}

/** The same of times in milliseconds: whole seconds, minutes or hours as clocks divide them. */
export function timeTicks(highest: number, most = 4): number[] {
  const SECOND = 1000;
  const nice = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  if (!(highest > 0)) return [0, SECOND];
  const step = (nice.find((seconds) => Math.ceil(highest / (seconds * SECOND)) <= most) ?? 0) * SECOND;
  if (step === 0) return ticks(highest, most);
  return Array.from({ length: Math.ceil(highest / step) + 1 }, (_, at) => at * step);
}

/** Binary fractions of decimal steps: 0.30000000000000004 is 0.3. */
const rounded = (value: number) => Number(value.toPrecision(12));

/** Every how manyth of `count` places has room for a name, where `room` of them have. */
export const labelStep = (count: number, room: number): number => Math.max(1, Math.ceil(count / room));

/** `M0 10 L10 5 …` through the points that are there; a gap begins anew. */
export function linePath(points: readonly ({ x: number; y: number } | null)[]): string {
  let path = '';
  let pen = false;
  for (const point of points) {
    if (point) path += `${pen ? 'L' : 'M'}${fixed(point.x)} ${fixed(point.y)}`;
    pen = point !== null;
  }
  return path;
}

const fixed = (value: number) => String(Math.round(value * 10) / 10);
