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
    ['background-color', colorOf(cell.fill) || colorOf(style?.fill)],
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
  !style?.rotation &&
  !cell.text?.includes('\n') &&
  sideOf(cell, style) === 'start';

/** What is painted of cells that are not written, in a row or a column of a look of its own. */
export function bandOf(style: CellStyle | undefined): string {
  const fill = colorOf(style?.fill);
  return [fill && `background-color:${fill}`, bordersCss(style?.borders)].filter(Boolean).join(';');
}

/** Decimals above which a number is one that nobody gave a format. */
const FREE_DECIMALS = 5;

/**
 * A number's text in `room` pixels, as spreadsheets write it: decimals that nobody asked for are rounded away; a number that
 * still has no room shows no part of its digits.
 */
export function numberIn(text: string, room: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= room) return text;
  const decimals = /^-?\d+\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
  for (let left = decimals - 1; decimals >= FREE_DECIMALS && left >= 0; left -= 1) {
    const shorter = Number(text).toFixed(left);
    if (widthOf(shorter) <= room) return shorter;
  }
  return '#'.repeat(Math.max(1, Math.floor(room / Math.max(1, widthOf('#')))));
}

/** How text of a direction of its own stands: upright letters below each other, or lines that go up or down. */
export function turnOf(rotation: number | undefined): string {
  if (!rotation) return '';
  if (rotation === 255) return 'writing-mode:vertical-lr;text-orientation:upright';
  if (rotation === 90) return 'writing-mode:vertical-rl';
  if (rotation === -90) return 'writing-mode:vertical-rl;transform:rotate(180deg)';
  return `transform:rotate(${rotation}deg)`;
}

/** The first column after `cell` that has something in it. */
export function reachOf(row: Row, cell: Cell, end: number): number {
  const next = row.cells.find(({ column, text }) => column > cell.column && text);
  return Math.min(next?.column ?? end, end);
}
