import type { TimelineItem } from '$lib/proto';

/** Pixels of a row that was not on the screen yet; only what is far away is estimated. */
export const ESTIMATE = 56;

/** Heights of all rows and where each one begins: sums are made anew from the first change on, when asked for. */
export class Heights {
  #heights: number[] = [];
  /** `#offsets[i]` = where row `i` begins, for all i < `#valid`. */
  #offsets = new Float64Array(1);
  #valid = 1;

  get length(): number {
    return this.#heights.length;
  }

  heightOf(index: number): number {
    return this.#heights[index] ?? ESTIMATE;
  }

  /** Rows at `start`: `removed` go, `added` of these heights come. */
  splice(start: number, removed: number, added: readonly number[]): void {
    const tail = this.#heights.slice(start + removed);
    this.#heights.length = start;
    for (const height of added) this.#heights.push(height);
    for (const height of tail) this.#heights.push(height);
    this.#valid = Math.min(this.#valid, start + 1);
  }

  /** Answers whether it was another one. */
  set(index: number, height: number): boolean {
    if (index < 0 || index >= this.length || Math.abs(this.heightOf(index) - height) < 0.5) return false;
    this.#heights[index] = height;
    this.#valid = Math.min(this.#valid, index + 1);
    return true;
  }

  /** Where row `index` begins; `length` asks for the end of the last. */
  offset(index: number): number {
    this.#sum(Math.min(index, this.length));
    return this.#offsets[Math.min(index, this.length)] ?? 0;
  }

  get total(): number {
    return this.offset(this.length);
  }

  /** The row that covers `offset`; the first or last one where none does. */
  indexAt(offset: number): number {
    let [low, high] = [0, Math.max(0, this.length - 1)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.offset(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #sum(to: number): void {
    if (to < this.#valid) return;
    if (this.#offsets.length <= this.length) {
      const larger = new Float64Array(Math.max(64, (this.length + 1) * 2));
      larger.set(this.#offsets.subarray(0, this.#valid));
      this.#offsets = larger;
    }
    for (let index = this.#valid; index <= to; index += 1) {
      this.#offsets[index] = (this.#offsets[index - 1] ?? 0) + (this.#heights[index - 1] ?? ESTIMATE);
    }
    this.#valid = to + 1;
  }
}

export interface Change {
  /** From here on rows differ … */
  start: number;
  /** … this many of the old ones … */
  removed: number;
  /** … and this many of the new ones. */
  added: number;
}

/** Where two lists differ: what comes first and last in both is left out. Rows are the same by their key. */
export function changeOf(before: readonly TimelineItem[], after: readonly TimelineItem[]): Change {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && sameRow(before[start], after[start])) start += 1;
  let end = 0;
  while (end < shorter - start && sameRow(before[before.length - 1 - end], after[after.length - 1 - end]))
    end += 1;
  return { start, removed: before.length - start - end, added: after.length - start - end };
}

function sameRow(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  return a === b || a?.key === b?.key;
}

/** Brings `heights` from `before` to `after`; rows that only moved keep theirs. */
export function follow(
  heights: Heights,
  before: readonly TimelineItem[],
  after: readonly TimelineItem[],
): Change {
  const change = changeOf(before, after);
  const { start, removed, added } = change;
  if (removed === 0 && added === 0) return change;
  const moved = new Map<string, number>();
  for (let index = start; index < start + removed; index += 1) {
    moved.set(before[index]?.key ?? '', heights.heightOf(index));
  }
  const news = Array.from(
    { length: added },
    (_, index) => moved.get(after[start + index]?.key ?? '') ?? ESTIMATE,
  );
  heights.splice(start, removed, news);
  return change;
}
