import { describe, expect, it } from 'vitest';
import { GridAxis } from './axis';
import { paneAreas } from './panes';
import type { SheetModel } from './sheet.svelte';

interface Frozen {
  rows?: number;
  columns?: number;
  count?: number;
  hide?: number[];
}

/** Rows of 20, columns of 50. */
function sheet({ rows = 0, columns = 0, count = 1000, hide = [] }: Frozen): SheetModel {
  const [rowAxis, columnAxis] = [new GridAxis(20), new GridAxis(50)];
  [rowAxis.count, columnAxis.count] = [count, 100];
  for (const row of hide) rowAxis.set(row, 0);
  return {
    layout: { frozen_rows: rows, frozen_columns: columns },
    known: count,
    columns: 100,
    rowAxis,
    columnAxis,
  } as unknown as SheetModel;
}
const WINDOW = { top: 0, left: 0, width: 500, height: 200 };
const named = (areas: ReturnType<typeof paneAreas>) => areas.map(({ name }) => name);

describe('the parts of a grid', () => {
  it.each<[Frozen, string[]]>([
    [{}, ['body']],
    [{ rows: 1 }, ['above', 'body']],
    [{ columns: 2 }, ['beside', 'body']],
    [{ rows: 1, columns: 2 }, ['corner', 'beside', 'above', 'body']],
    // More than the sheet has.
    [{ rows: 5, count: 0 }, ['body']],
  ])('%j: %j', (frozen, names) => expect(named(paneAreas(sheet(frozen), WINDOW))).toEqual(names));

  it('keeps what is frozen and moves the rest', () => {
    const areas = paneAreas(sheet({ rows: 2, columns: 1 }), { ...WINDOW, top: 400, left: 100 });
    const part = (name: string) => areas.find((area) => area.name === name);
    expect(part('corner')).toMatchObject({
      box: { x: 0, y: 0, width: 50, height: 40 },
      shift: { x: 0, y: 0 },
      rows: [0, 1],
      columns: [0, 0],
    });
    expect(part('above')).toMatchObject({
      box: { x: 50, y: 0, width: 450, height: 40 },
      shift: { x: 150, y: 0 },
      rows: [0, 1],
    });
    expect(part('beside')).toMatchObject({
      box: { x: 0, y: 40, width: 50, height: 160 },
      shift: { x: 0, y: 440 },
      columns: [0, 0],
    });
    expect(part('body')).toMatchObject({
      box: { x: 50, y: 40, width: 450, height: 160 },
      shift: { x: 150, y: 440 },
      rows: [22, 30],
      columns: [3, 12],
    });
    // Every row that the body shows stands where the axis has it.
    expect(part('body')?.rowPlaces[0]).toEqual({ index: 22, at: 440, size: 20 });
    expect(part('above')?.columns).toEqual(part('body')?.columns);
  });

  it('never shows a frozen row again in the body', () => {
    const [, body] = paneAreas(sheet({ rows: 3 }), WINDOW);
    expect(body?.rows[0]).toBe(3);
  });

  it('draws no hidden rows', () => {
    const [body] = paneAreas(sheet({ hide: [1, 2] }), { ...WINDOW, height: 50 });
    expect(body?.rowPlaces.map(({ index }) => index)).toEqual([0, 3, 4]);
  });

  it('freezes no more than 50, and has no body in a window that they fill', () => {
    const areas = paneAreas(sheet({ rows: 900 }), WINDOW);
    expect(areas[0]).toMatchObject({ name: 'above', rows: [0, 49] });
    expect(areas[1]).toMatchObject({ name: 'body', box: { height: 0 }, rowPlaces: [] });
  });

  it('is empty without a window', () => {
    const [body] = paneAreas(sheet({}), { top: 0, left: 0, width: 0, height: 0 });
    expect([body?.rowPlaces, body?.columnPlaces]).toEqual([[], []]);
  });
});
