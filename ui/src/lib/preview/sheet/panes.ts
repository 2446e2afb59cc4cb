// The parts of a grid: what is frozen above and beside, and what scrolls. Pixels at a zoom of 1.
import type { GridAxis } from './axis';
import type { SheetModel } from './sheet.svelte';

export interface Line {
  index: number;
  /** Where it begins on the sheet. */
  at: number;
  size: number;
}

export interface Area {
  name: 'corner' | 'above' | 'beside' | 'body';
  /** Its place in the window. */
  box: { x: number; y: number; width: number; height: number };
  /** What of the sheet stands at the box's corner. */
  shift: { x: number; y: number };
  /** First and last row and column that are seen in it. */
  rows: [number, number];
  columns: [number, number];
  rowPlaces: Line[];
  columnPlaces: Line[];
}

interface View {
  top: number;
  left: number;
  width: number;
  height: number;
}

/** At most this many frozen rows and columns: more than a window's full would leave nothing to scroll. */
const FROZEN_MAX = 50;

/** Rows and columns that stay in the window. */
export function frozenOf(sheet: SheetModel): { rows: number; columns: number } {
  return {
    rows: Math.min(sheet.layout?.frozen_rows ?? 0, sheet.known, FROZEN_MAX),
    columns: Math.min(sheet.layout?.frozen_columns ?? 0, sheet.columns, FROZEN_MAX),
  };
}

export function paneAreas(sheet: SheetModel, { top, left, width, height }: View): Area[] {
  const { rows: frozenRows, columns: frozenColumns } = frozenOf(sheet);
  const [rows, columns] = [sheet.rowAxis, sheet.columnAxis];
  const [h, w] = [rows.startOf(frozenRows), columns.startOf(frozenColumns)];
  const body = {
    rows: range(rows, frozenRows, top + h, height - h),
    columns: range(columns, frozenColumns, left + w, width - w),
  };
  const frozen = {
    rows: [0, frozenRows - 1] as [number, number],
    columns: [0, frozenColumns - 1] as [number, number],
  };
  const area = (
    name: Area['name'],
    box: Area['box'],
    shift: Area['shift'],
    r: [number, number],
    c: [number, number],
  ): Area => ({
    name,
    box,
    shift,
    rows: r,
    columns: c,
    rowPlaces: places(rows, r),
    columnPlaces: places(columns, c),
  });
  const right = Math.max(0, width - w);
  const below = Math.max(0, height - h);
  const areas = [
    area(
      'body',
      { x: w, y: h, width: right, height: below },
      { x: left + w, y: top + h },
      body.rows,
      body.columns,
    ),
  ];
  if (frozenRows > 0)
    areas.unshift(
      area(
        'above',
        { x: w, y: 0, width: right, height: h },
        { x: left + w, y: 0 },
        frozen.rows,
        body.columns,
      ),
    );
  if (frozenColumns > 0)
    areas.unshift(
      area(
        'beside',
        { x: 0, y: h, width: w, height: below },
        { x: 0, y: top + h },
        body.rows,
        frozen.columns,
      ),
    );
  if (frozenRows > 0 && frozenColumns > 0)
    areas.unshift(
      area('corner', { x: 0, y: 0, width: w, height: h }, { x: 0, y: 0 }, frozen.rows, frozen.columns),
    );
  return areas;
}

function range(axis: GridAxis, first: number, from: number, length: number): [number, number] {
  if (axis.count === 0 || length <= 0) return [first, first - 1];
  return [Math.max(first, axis.lineAt(from)), axis.lineAt(from + length)];
}

function places(axis: GridAxis, [from, to]: [number, number]): Line[] {
  const found: Line[] = [];
  let at = axis.startOf(from);
  for (let index = from; index <= to; index += 1) {
    const size = axis.sizeOf(index);
    if (size > 0) found.push({ index, at, size });
    at += size;
  }
  return found;
}
