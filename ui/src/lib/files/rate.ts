// How fast something goes, from how far it was when.

/** Milliseconds that are looked back on: long enough to be steady, short enough to be true. */
export const WINDOW = 8_000;
/** Milliseconds before a rate is more than a guess. */
const FIRST_AFTER = 1_000;

/** Bytes over time; whoever asks brings the clock. */
export class Meter {
  #samples: { at: number; sent: number }[] = [];

  add(at: number, sent: number): void {
    // Going back is going on from another place: nothing before it counts.
    if (sent < (this.#samples.at(-1)?.sent ?? 0)) this.reset();
    this.#samples.push({ at, sent });
    this.#forget(at);
  }

  get started(): boolean {
    return this.#samples.length > 0;
  }

  reset(): void {
    this.#samples = [];
  }

  /** Bytes per second; `null` while nothing can be said, 0 where nothing moves any more. */
  rate(now: number): number | null {
    this.#forget(now);
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || now - first.at < FIRST_AFTER) return null;
    return Math.max(0, ((last.sent - first.sent) / (now - first.at)) * 1000);
  }

  /** Milliseconds until `rest` more bytes are through; `null` while nothing can be said. */
  left(now: number, rest: number): number | null {
    const rate = this.rate(now);
    return rate === null || rate < 1 ? null : (rest / rate) * 1000;
  }

  #forget(now: number): void {
    // One from before the window stays: it is where the window begins.
    while ((this.#samples[1]?.at ?? Infinity) <= now - WINDOW) this.#samples.shift();
  }
}
