// How wide texts are drawn, without drawing them.
import type { TextStyle } from '$lib/proto/preview';
import { fontOf } from '../css';

const PX = 96 / 72;
/** The sheet's own letters, as in the grid's style. */
const USUAL = "Carlito, Calibri, 'Liberation Sans', Arial, sans-serif";

let context: CanvasRenderingContext2D | null | undefined;

/** Answers pixels of texts of a style at a zoom; where nothing can measure, any text fits. */
export function measurer(style: TextStyle | undefined, zoom: number): (text: string) => number {
  if (context === undefined)
    context = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');
  const measuring = context;
  if (!measuring) return () => 0;
  const size = Math.round((style?.size ?? 11) * PX * zoom * 10) / 10;
  const font = `${style?.italic ? 'italic ' : ''}${style?.bold ? '700 ' : ''}${size}px ${fontOf(style?.font) || USUAL}`;
  return (text) => {
    if (measuring.font !== font) measuring.font = font;
    return measuring.measureText(text).width;
  };
}
