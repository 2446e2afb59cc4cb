// One sheet as far as it has been read: rows come in windows, as they are scrolled to, and the rest in the background.
import { SvelteMap } from 'svelte/reactivity';
import type { Cell, CellStyle, Columns, Merge, Row, Rows, Sheet, SheetObject } from '$lib/proto/preview';
import type { PreviewDocument } from '../document';
import { GridAxis } from './axis';

/** Rows of one window. */
export const WINDOW_ROWS = 128;
/** Windows kept: what is far away is asked for again. */
const KEPT_WINDOWS = 400;
/** Rows read in one step in the background. */
const AHEAD_ROWS = 8192;
/** What Excel has at most (ECMA-376 part 1 §18.3.1.73); tables as text may have more rows. */
const COLUMNS_MAX = 16_384;
const ROWS_MAX = 10_000_000;
/** CSS pixels of a point. */
const PX = 96 / 72;

export class SheetModel {
  layout = $state.raw<Sheet | null>(null);
  known = $state(0);
  complete = $state(false);
  columns = $state(0);
  merges = $state.raw<readonly Merge[]>([]);
  objects = $state.raw<readonly SheetObject[]>([]);
  /** Counts up with everything that came, for those who draw. */
  revision = $state(0);
  error = $state.raw<unknown>(null);
  /** Pixels at a zoom of 1. */
  rowAxis = $state.raw(new GridAxis(20));
  columnAxis = $state.raw(new GridAxis(64));
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- `revision` says when it changed
  readonly #windows = new Map<number, Map<number, Row>>();
  readonly #asked = new SvelteMap<number, true>();
  #over = false;

  constructor(
    readonly document: PreviewDocument,
    readonly index: number,
    /** Of the whole workbook: cells know them by number. */
    readonly styles: Map<number, CellStyle>,
  ) {}

  /** The first window, then the rest step by step. */
  async begin(): Promise<void> {
    await this.load(0);
    while (!this.#over && !this.complete && this.error === null) {
      // Between the steps the page draws, and a window that is scrolled to comes first.
      await new Promise((resume) => setTimeout(resume, 0));
      const from = this.known + AHEAD_ROWS;
      await this.#fetch(from, 1);
      if (this.known < from && !this.complete) return;
    }
  }

  stop(): void {
    this.#over = true;
  }

  /**
   * Counts the lines of both axes: what the sheet has, and empty ones to fill a window of this size. Answers the size of what
   * it has.
   */
  fill(width: number, height: number): { width: number; height: number } {
    const last = (read: (object: SheetObject) => number) => Math.max(0, ...this.objects.map(read));
    const rows = Math.max(
      this.known,
      last(({ row, to }) => (to?.[0] ?? row + 15) + 2),
    );
    const columns = Math.max(
      this.columns,
      last(({ column, to }) => (to?.[1] ?? column + 6) + 2),
    );
    this.rowAxis.count = Math.min(ROWS_MAX, this.rowAxis.lineCount(rows, height));
    this.columnAxis.count = Math.min(COLUMNS_MAX, this.columnAxis.lineCount(columns, width));
    return { width: this.columnAxis.startOf(columns), height: this.rowAxis.startOf(rows) };
  }

  /** The style of cells of a column that are not written. */
  columnStyle(column: number): CellStyle | undefined {
    const found = this.layout?.columns.find(({ first, last }) => column >= first && column <= last);
    return found?.style === undefined ? undefined : this.styles.get(found.style);
  }

  row(index: number): Row | undefined {
    return this.#windows.get(Math.floor(index / WINDOW_ROWS))?.get(index);
  }

  cell(row: number, column: number): Cell | undefined {
    return this.row(row)?.cells.find((cell) => cell.column === column);
  }

  /** Asks for the windows of rows `from` to `to`, unless they are there. */
  need(from: number, to: number): void {
    for (let window = Math.floor(from / WINDOW_ROWS); window * WINDOW_ROWS <= to; window += 1)
      void this.load(window);
  }

  async load(window: number): Promise<void> {
    if (this.#windows.has(window) || this.#asked.has(window)) return;
    this.#asked.set(window, true);
    const rows = await this.#fetch(window * WINDOW_ROWS, WINDOW_ROWS);
    this.#asked.delete(window);
    if (!rows) return;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- as above
    this.#windows.set(window, new Map(rows.rows.map((row) => [row.index, row])));
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > KEPT_WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    for (const { index, height, hidden } of rows.rows) {
      if (hidden) this.rowAxis.set(index, 0);
      else if (height !== undefined) this.rowAxis.set(index, Math.round(height * PX));
    }
    this.revision += 1;
  }

  async #fetch(from: number, count: number): Promise<Rows | null> {
    try {
      const rows = await this.document.next({ type: 'rows', sheet: this.index, from, count });
      if (this.#over) return null;
      this.#take(rows);
      return rows;
    } catch (error) {
      if (!this.#over) this.error = error;
      return null;
    }
  }

  #take(rows: Rows): void {
    if (rows.layout) this.#lay(rows.layout);
    for (const [number, style] of rows.styles ?? []) this.styles.set(number, style);
    if (rows.merges) this.merges = [...this.merges, ...rows.merges];
    if (rows.objects) this.objects = [...this.objects, ...rows.objects];
    this.known = Math.max(this.known, rows.known);
    this.columns = Math.max(this.columns, rows.columns);
    this.complete = rows.complete;
    this.revision += 1;
  }

  #lay(layout: Sheet): void {
    this.layout = layout;
    this.rowAxis = new GridAxis(Math.max(8, Math.round((layout.row_height || 15) * PX)));
    this.columnAxis = new GridAxis(Math.max(8, Math.round((layout.column_width || 48) * PX)));
    layout.columns.forEach((columns) => this.#widen(columns));
  }

  #widen({ first, last, width, hidden }: Columns): void {
    // A width for all columns is written as one range up to the last that Excel has.
    for (let column = first; column <= Math.min(last, first + 16_383); column += 1)
      this.columnAxis.set(column, hidden ? 0 : Math.max(2, Math.round(width * PX)));
  }
}
