import { describe, expect, it } from 'vitest';
import type { Cell, CellAlign, CellKind, CellStyle, Row } from '$lib/proto/preview';
import { reachOf, sideOf, spills, styleOf } from './cells';

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
});
