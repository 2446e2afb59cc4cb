// Where rows and columns stand: sizes that differ are few, positions are asked for at every scroll. Pixels.

/** Lines of one axis whose sizes are summed up together. */
const BLOCK = 256;

export class GridAxis {
  readonly #own = new Map<number, number>();
  /** Sums of whole blocks, where they differ from the usual. */
  readonly #blocks = new Map<number, number>();
  /** Ascending numbers of `#blocks`, made when asked for. */
  #sorted: number[] | null = null;
  count = 0;

  constructor(readonly usual: number) {}

  set(index: number, size: number): void {
    const before = this.#own.get(index) ?? this.usual;
    if (size === before) return;
    this.#own.set(index, size);
    const block = Math.floor(index / BLOCK);
    this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + size - before);
    this.#sorted = null;
  }

  sizeOf(index: number): number {
    return this.#own.get(index) ?? this.usual;
  }

  /** Where `index` begins. */
  startOf(index: number): number {
    const block = Math.floor(index / BLOCK);
    let at = index * this.usual;
    for (const number of this.#order()) {
      if (number >= block) break;
      at += this.#blocks.get(number) ?? 0;
    }
    for (let line = block * BLOCK; line < index; line += 1) {
      const own = this.#own.get(line);
      if (own !== undefined) at += own - this.usual;
    }
    return at;
  }

  /** The line that holds the pixel `at`. */
  lineAt(at: number): number {
    let [low, high] = [0, Math.max(0, this.count - 1)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.startOf(middle) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Lines that reach over `pixels`, at least `least` of them. */
  lineCount(least: number, pixels: number): number {
    const missing = pixels - this.startOf(least);
    return least + Math.max(0, Math.ceil(missing / this.usual));
  }

  get length(): number {
    return this.startOf(this.count);
  }

  #order(): number[] {
    this.#sorted ??= [...this.#blocks.keys()].sort((a, b) => a - b);
    return this.#sorted;
  }
}

/** `A`, `Z`, `AA` … */
export function columnName(index: number): string {
  let [name, rest] = ['', index + 1];
  while (rest > 0) {
    rest -= 1;
    name = String.fromCharCode(65 + (rest % 26)) + name;
    rest = Math.floor(rest / 26);
  }
  return name;
}

/** `C7` */
export const cellName = (row: number, column: number): string => `${columnName(column)}${row + 1}`;
