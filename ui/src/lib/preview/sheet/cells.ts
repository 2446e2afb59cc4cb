// How cells are drawn: their looks as CSS, and over which empty neighbours a long text reaches.
import type { Cell, CellStyle, Row } from '$lib/proto/preview';
import { bordersCss, colorOf, fontOf } from '../css';

const PX = 96 / 72;

/** The side on which a cell's content stands. */
export function sideOf(cell: Cell, style: CellStyle | undefined): 'start' | 'center' | 'end' {
  switch (style?.align) {
    case 'center':
    case 'across':
      return 'center';
    case 'end':
      return 'end';
    case 'start':
    case 'fill':
    case 'justify':
      return 'start';
    default:
      return cell.kind === 'number'
        ? 'end'
        : cell.kind === 'bool' || cell.kind === 'error'
          ? 'center'
          : 'start';
  }
}

const VERTICAL = { top: 'flex-start', middle: 'center', bottom: 'flex-end' };
const JUSTIFY = { start: 'flex-start', center: 'center', end: 'flex-end' };

/** `zoom`: sizes are multiplied with it. */
export function styleOf(cell: Cell, style: CellStyle | undefined, zoom: number): string {
  const text = style?.text;
  const side = sideOf(cell, style);
  const size = (text?.size ?? 11) * PX * zoom;
  const lines = [text?.underline && 'underline', text?.strike && 'line-through'].filter(Boolean).join(' ');
  const pairs: [string, string | undefined | false][] = [
    ['justify-content', JUSTIFY[side]],
    ['text-align', side],
    ['align-items', VERTICAL[style?.vertical ?? 'bottom']],
    ['font-size', `${Math.round(size * 10) / 10}px`],
    ['font-family', fontOf(text?.font)],
    ['font-weight', text?.bold && '700'],
    ['font-style', text?.italic && 'italic'],
    ['text-decoration-line', lines],
    ['color', colorOf(cell.color) || colorOf(text?.color)],
    ['background-color', colorOf(style?.fill)],
    ['white-space', style?.wrap || cell.text?.includes('\n') ? 'pre-wrap' : 'pre'],
    [
      side === 'end' ? 'padding-inline-end' : 'padding-inline-start',
      style?.indent ? `${style.indent * 9 * zoom + 3}px` : '',
    ],
  ];
  return pairs
    .flatMap(([name, value]) => (value ? [`${name}:${value}`] : []))
    .concat(bordersCss(style?.borders))
    .join(';');
}

/** Whether a text may be drawn over empty neighbours. */
export const spills = (cell: Cell, style: CellStyle | undefined): boolean =>
  (cell.kind ?? 'text') === 'text' &&
  !style?.wrap &&
  !cell.text?.includes('\n') &&
  sideOf(cell, style) === 'start';

/** The first column after `cell` that has something in it. */
export function reachOf(row: Row, cell: Cell, end: number): number {
  const next = row.cells.find(({ column, text }) => column > cell.column && text);
  return Math.min(next?.column ?? end, end);
}
