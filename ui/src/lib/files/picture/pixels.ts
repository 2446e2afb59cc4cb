// Pixels made unreadable. What is hidden is not there any more: nothing lies over it that could be taken away.
import type { Size } from './geometry';

export interface Pixels extends Size {
  /** Red, green, blue, alpha of each pixel, row by row. */
  data: Uint8ClampedArray;
}

/** Pixels of one block: large enough that letters and faces cannot be worked out again. */
export const blockOf = ({ width, height }: Size) => Math.max(24, Math.ceil(Math.min(width, height) / 4));

/** Every block of `pixels` in one colour, the mean of what was there. */
export function pixelate(pixels: Pixels, block: number): void {
  for (let top = 0; top < pixels.height; top += block) {
    for (let left = 0; left < pixels.width; left += block) {
      const right = Math.min(pixels.width, left + block);
      const bottom = Math.min(pixels.height, top + block);
      fill(pixels, left, top, right, bottom);
    }
  }
}

function fill({ data, width }: Pixels, left: number, top: number, right: number, bottom: number): void {
  const sum = [0, 0, 0, 0];
  const each = (act: (at: number) => void) => {
    for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) act((y * width + x) * 4);
  };
  each((at) => {
    for (let part = 0; part < 4; part += 1) sum[part] = (sum[part] ?? 0) + (data[at + part] ?? 0);
  });
  const count = (right - left) * (bottom - top);
  each((at) => {
    for (let part = 0; part < 4; part += 1) data[at + part] = Math.round((sum[part] ?? 0) / count);
  });
}
