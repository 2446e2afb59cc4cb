import { describe, expect, it } from 'vitest';
import type { Cell, CellAlign, CellKind, CellStyle, Row } from '$lib/proto/preview';
import { bandOf, numberIn, reachOf, sideOf, spills, styleOf, turnOf } from './cells';

const cell = (more: Partial<Cell> = {}): Cell => ({ column: 0, text: 'a', ...more });

describe('cells', () => {
  it.each<[CellKind | undefined, CellAlign | undefined, string]>([
    [undefined, undefined, 'start'],
    ['text', 'general', 'start'],
    ['number', undefined, 'end'],
    ['number', 'general', 'end'],
    ['bool', undefined, 'center'],
    ['error', undefined, 'center'],
    ['number', 'start', 'start'],
    ['number', 'fill', 'start'],
    ['text', 'end', 'end'],
    ['text', 'across', 'center'],
    ['text', 'justify', 'start'],
  ])('%s with %s stands at the %s', (kind, align, side) =>
    expect(sideOf(cell(kind ? { kind } : {}), align ? { align } : undefined)).toBe(side),
  );

  it.each<[Partial<Cell>, CellStyle | undefined, boolean]>([
    [{}, undefined, true],
    [{ kind: 'number' }, undefined, false],
    [{ kind: 'number' }, { align: 'start' }, false],
    [{}, { wrap: true }, false],
    [{ text: 'a\nb' }, undefined, false],
    [{}, { align: 'end' }, false],
    [{}, { align: 'center' }, false],
  ])('%j in %j spills: %s', (more, style, yes) => expect(spills(cell(more), style)).toBe(yes));

  it('reaches over empty neighbours, up to the next that says something', () => {
    const [a, empty, d] = [cell({ column: 1 }), { column: 2 }, cell({ column: 4 })];
    const row: Row = { index: 0, cells: [a, empty, d] };
    expect(reachOf(row, a, 9)).toBe(4);
    expect(reachOf(row, a, 3)).toBe(3);
    expect(reachOf(row, d, 9)).toBe(9);
    expect(reachOf({ index: 0, cells: [a, cell({ column: 2, text: '' })] }, a, 9)).toBe(9);
  });

  it('takes no more than numbers, colours and names for looks', () => {
    const bad = 'red;background:url(//evil.example)';
    const css = styleOf(cell({ color: bad }), { fill: bad, text: { font: bad, color: bad } }, 1);
    expect(css).not.toMatch(/url|red/);
    expect(styleOf(cell(), undefined, 2)).toBe(
      'justify-content:flex-start;text-align:start;align-items:flex-end;font-size:29.3px;white-space:pre;',
    );
  });

  it('has the colour of its format before that of its style', () => {
    expect(styleOf(cell({ color: '#ff0000' }), { text: { color: '#00ff00' } }, 1)).toContain('color:#ff0000');
    expect(styleOf(cell({ kind: 'number' }), { indent: 2 }, 1)).toContain('padding-inline-end:21px');
  });

  it.each([
    ['12', 20, '12'],
    ['0.333333333', 50, '0.333'],
    ['-1234.56789', 50, '-1235'],
    ['1234567.89', 50, '#####'],
    ['10/18/1933 16:17', 80, '########'],
    ['12', 5, '#'],
  ])('the number %s in %d pixels is %s', (text, room, expected) =>
    expect(numberIn(text, room, (measured) => measured.length * 10)).toBe(expected),
  );

  it.each([
    [undefined, ''],
    [255, 'writing-mode:vertical-lr;text-orientation:upright'],
    [-90, 'writing-mode:vertical-rl;transform:rotate(180deg)'],
    [45, 'transform:rotate(45deg)'],
  ])('text turned by %s', (rotation, expected) => expect(turnOf(rotation)).toBe(expected));

  it('a band has a fill and lines, no text', () =>
    expect(bandOf({ fill: '#ff0000', text: { bold: true } })).toBe('background-color:#ff0000'));
});
