import { flushSync } from 'svelte';
import { type Change, follow, Heights } from './heights';
import type { TimelineItem } from '$lib/proto';

/** Rows this many pixels above and below what is seen are there before they are seen. */
const OVERSCAN = 500;
/** After a jump first what is seen, and this many pixels around it; the rest after the frame. */
const NARROW = 60;
/** Rows in the document at most, whatever their heights. */
const ROWS_MAX = 160;
/** Within this many pixels of its end the list follows what is new. */
const NEAR_END = 64;
/** Within this many pixels of its beginning older rows are wanted. */
const NEAR_START = 2_000;
/** Milliseconds without a scroll event after which nobody is scrolling any more. */
const AT_REST = 150;
/** Where there is no layout (tests), a window of this height is assumed. */
const ASSUMED_HEIGHT = 800;

interface Anchor {
  index: number;
  /** Pixels from the top of what is seen down to this row (negative: it began above). */
  distance: number;
}

/**
 * Which rows of a long list are in the document, and where. What is seen stays where it is while rows come, go or change their
 * height above it: the rows' origin moves at once (`#shift`), and the scroll position takes that over when nobody scrolls, as
 * setting it would stop a finger's or wheel's movement.
 */
export class Viewport {
  /** Rows `first` up to, but without, `last` are in the document. */
  first = $state(0);
  last = $state(0);
  /** Pixels from the list's beginning to row `first`, and the height of the list. */
  top = $state(0);
  height = $state(0);
  atEnd = $state(true);
  /** Index of the first row that is seen. */
  seen = $state(0);

  #heights = new Heights();
  #items: readonly TimelineItem[] = [];
  #shift = 0;
  #scrollTop = 0;
  #scrolledAt = -Infinity;
  #overscan = NARROW;
  #widening: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #seenHeight = ASSUMED_HEIGHT;
  #listTop = 0;
  #scroller: HTMLElement | null = null;
  #list: HTMLElement | null = null;
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  #rows = new Set<HTMLElement>();
  #resized: ResizeObserver | null = null;

  constructor(readonly onNearStart: () => void) {}

  attach(scroller: HTMLElement, list: HTMLElement): () => void {
    this.#scroller = scroller;
    this.#list = list;
    if (typeof ResizeObserver !== 'undefined') {
      this.#resized = new ResizeObserver(() => this.#measure());
      // The composer grows, the window turns, a line comes below the list.
      for (const element of [scroller, ...scroller.children]) this.#resized.observe(element);
      for (const row of this.#rows) this.#resized.observe(row);
    }
    this.#readFrame();
    if (this.atEnd) this.toEnd();
    return () => {
      clearTimeout(this.#rest);
      clearTimeout(this.#widening);
      this.#resized?.disconnect();
      this.#scroller = this.#list = this.#resized = null;
    };
  }

  /** Attachment of a row's element; it carries `data-index`. */
  readonly row = (element: HTMLElement): (() => void) => {
    this.#rows.add(element);
    this.#resized?.observe(element);
    return () => {
      this.#rows.delete(element);
      this.#resized?.unobserve(element);
    };
  };

  /** Takes the new list, before the document changes. */
  update(items: readonly TimelineItem[]): Change {
    const anchor = this.#anchor();
    const key = this.#items[anchor.index]?.key;
    const change = follow(this.#heights, this.#items, items);
    this.#items = items;
    if (change.removed > 0 || change.added > 0) {
      this.#hold({ ...anchor, index: movedIndex(anchor.index, key, change, items) });
    }
    return change;
  }

  /** After the document changed: what has come is measured before it is painted. */
  settle(): void {
    if (this.#readHeights() || this.atEnd) this.#place();
  }

  readonly scrolled = (): void => {
    const scroller = this.#scroller;
    if (!scroller) return;
    // Told of what was set here: nobody scrolls.
    if (scroller.scrollTop === this.#scrollTop) return;
    this.#scrollTop = scroller.scrollTop;
    this.#scrolledAt = performance.now();
    this.atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
    this.#show();
    if (this.#nearEdge()) this.#rebase();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rebase(), AT_REST);
    if (this.#scrollTop < NEAR_START) this.onNearStart();
  };

  toEnd(): void {
    this.atEnd = true;
    this.#shift = 0;
    this.#place();
  }

  /** Brings row `index` into the middle of what is seen. */
  toIndex(index: number): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    this.atEnd = false;
    this.#shift = 0;
    // Rows on the way get their real heights as they come: two rounds are enough, more do no harm.
    for (let round = 0; round < 4; round += 1) {
      const room = Math.max(0, this.#seenHeight - this.#heights.heightOf(index));
      this.height = this.#heights.total;
      flushSync();
      scroller.scrollTop = this.#listTop + this.#heights.offset(index) - room / 2;
      this.#scrollTop = scroller.scrollTop;
      this.#show();
      flushSync();
      if (!this.#readHeights()) break;
    }
    this.#show();
    flushSync();
  }

  /** Whether row `index` is seen, at least in part. */
  sees(index: number): boolean {
    const start = this.#heights.offset(index) + this.#shift;
    const from = this.#scrollTop - this.#listTop;
    return start < from + this.#seenHeight && start + this.#heights.heightOf(index) > from;
  }

  #measure(): void {
    this.#readFrame();
    if (!this.#readHeights() && !this.atEnd) return;
    this.#place();
    // What comes into the document by this is measured by `settle`, before it is painted.
    flushSync();
  }

  /** Takes the heights of the rows in the document; answers whether one was another. */
  #readHeights(): boolean {
    const anchor = this.#anchor();
    let changed = false;
    for (const element of this.#rows) {
      const height = element.getBoundingClientRect().height;
      if (height > 0) changed = this.#heights.set(Number(element.dataset.index), height) || changed;
    }
    if (changed) this.#hold(anchor);
    return changed;
  }

  #place(): void {
    this.#show();
    if (!this.atEnd || !this.#scroller) return;
    this.#paint();
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#scrollTop = this.#scroller.scrollTop;
  }

  /** The row at the top of what is seen; not the first of all, which loses its day when older ones come. */
  #anchor(): Anchor {
    const from = this.#scrollTop - this.#listTop;
    const seen = this.#heights.indexAt(from - this.#shift);
    const index = Math.min(Math.max(seen, 1), Math.max(0, this.#items.length - 1));
    return { index, distance: this.#heights.offset(index) + this.#shift - from };
  }

  /** Keeps the anchor where it was seen. */
  #hold({ index, distance }: Anchor): void {
    const from = this.#scrollTop - this.#listTop;
    this.#shift = this.atEnd ? 0 : from + distance - this.#heights.offset(index);
    this.#show();
    if (!this.#scrolling() || this.#nearEdge()) this.#rebase();
  }

  /** Chooses the rows for the document; those that are there stay as long as they cover what is seen. */
  #show(): void {
    const { first, last } = this.atEnd ? this.#rangeAtEnd() : this.#range();
    this.first = first;
    this.last = last;
    this.top = this.#heights.offset(first) + this.#shift;
    this.height = Math.max(0, this.#heights.total + this.#shift);
    const from = this.#scrollTop - this.#listTop - this.#shift;
    this.seen = this.atEnd ? this.#firstSeenAtEnd() : this.#heights.indexAt(from);
  }

  #range(): { first: number; last: number } {
    const from = this.#scrollTop - this.#listTop - this.#shift;
    const to = from + this.#seenHeight;
    const [seenFirst, seenLast] = [this.#heights.indexAt(from), this.#heights.indexAt(to) + 1];
    const spare = OVERSCAN / 2;
    const covers =
      this.first <= this.#heights.indexAt(from - spare) && this.last > this.#heights.indexAt(to + spare);
    if (covers && this.last <= this.#items.length && this.last - this.first <= ROWS_MAX) {
      return { first: this.first, last: this.last };
    }
    if (seenFirst >= this.last || seenLast <= this.first) this.#narrow();
    const overscan = this.#overscan;
    const first = Math.max(this.#heights.indexAt(from - overscan), seenFirst - ROWS_MAX / 4);
    const last = Math.min(this.#heights.indexAt(to + overscan) + 1, first + ROWS_MAX, this.#items.length);
    return { first, last: Math.max(last, Math.min(seenLast, first + ROWS_MAX)) };
  }

  #rangeAtEnd(): { first: number; last: number } {
    const last = this.#items.length;
    const seenFirst = this.#firstSeenAtEnd();
    if (seenFirst >= this.last) this.#narrow();
    const first = this.#heights.indexAt(this.#heights.offset(seenFirst) - this.#overscan);
    // Rows that are there stay until they are many: a message that comes then costs only itself.
    const kept = this.first <= first && this.first >= first - ROWS_MAX / 4 ? this.first : first;
    return { first: Math.max(kept, last - ROWS_MAX, 0), last };
  }

  /** None of the rows that are seen is there: they come first, those around them in a task of their own. */
  #narrow(): void {
    this.#overscan = NARROW;
    clearTimeout(this.#widening);
    this.#widening = setTimeout(() => {
      this.#overscan = OVERSCAN;
      this.#show();
    });
  }

  #firstSeenAtEnd(): number {
    return this.#heights.indexAt(this.#heights.total - this.#seenHeight);
  }

  /** Gives the shift to the scroll position. */
  #rebase(): void {
    const shift = this.#shift;
    if (shift === 0 || !this.#scroller) return;
    this.#shift = 0;
    const target = this.#scrollTop - shift;
    this.#show();
    // The document first: a position beyond its height would be cut.
    this.#paint();
    this.#scroller.scrollTop = target;
    this.#scrollTop = this.#scroller.scrollTop;
  }

  /** What `top` and `height` say, now: Svelte may be in the middle of something. */
  #paint(): void {
    const list = this.#list;
    if (!list) return;
    list.style.blockSize = `${this.height}px`;
    const rows = list.firstElementChild;
    if (rows instanceof HTMLElement) rows.style.insetBlockStart = `${this.top}px`;
  }

  /** Whether the shift could be noticed: nothing lies above the list's beginning, and nothing may stand empty there. */
  #nearEdge(): boolean {
    return this.#shift !== 0 && this.#scrollTop < Math.max(0, this.#shift) + OVERSCAN;
  }

  #scrolling(): boolean {
    return performance.now() - this.#scrolledAt < AT_REST;
  }

  /** What asking for would lay the page out again and again. */
  #readFrame(): void {
    this.#seenHeight = this.#scroller?.clientHeight || ASSUMED_HEIGHT;
    this.#listTop = this.#list?.offsetTop ?? 0;
  }
}

function movedIndex(
  index: number,
  key: string | undefined,
  { start, removed, added }: Change,
  items: readonly TimelineItem[],
): number {
  if (index < start) return index;
  if (index >= start + removed) return index - removed + added;
  const moved = items.findIndex((item) => item.key === key);
  return moved >= 0 ? moved : Math.max(0, Math.min(start, items.length - 1));
}
