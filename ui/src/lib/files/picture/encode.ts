// Pictures between their bytes and a canvas. Only here is a canvas made, so that the rest can be tried without one.
import type { PictureType } from '../details';

/** Of 1: what JPEG and WebP lose at this is not seen. */
const QUALITY = 0.92;

export type Canvas = HTMLCanvasElement;

export function blank(width: number, height: number): { canvas: Canvas; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no canvas');
  return { canvas, context };
}

/** The picture as it is meant to be seen: the right way up. */
export async function draw(picture: Blob): Promise<Canvas> {
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' });
  try {
    const { canvas, context } = blank(bitmap.width, bitmap.height);
    context.drawImage(bitmap, 0, 0);
    return canvas;
  } finally {
    bitmap.close();
  }
}

export function encode(canvas: Canvas, type: PictureType): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('not encoded'))), type, QUALITY),
  );
}

/** The same pixels as a JPEG that says nothing else. */
export async function encodeAnew(picture: Blob): Promise<Blob> {
  return encode(await draw(picture), 'image/jpeg');
}
