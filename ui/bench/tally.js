// What was measured of each document, and what comes of it.

/** @param {readonly number[]} values @param {number} share the value below which so many of them lie */
export function quantile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

export class Tally {
  /** @type {Map<string, Map<string, number>>} milliseconds by who and document */
  #times = new Map();
  /** @type {Map<string, Record<string, number>>} */
  #codes = new Map();

  /** @param {string} who @param {string} document @param {{ ms: number, code: string }} measured */
  note(who, document, { ms, code }) {
    const codes = this.#codes.get(who) ?? {};
    const short = code.split('\n')[0]?.slice(0, 60) ?? code;
    codes[short] = (codes[short] ?? 0) + 1;
    this.#codes.set(who, codes);
    if (code !== 'ok') return;
    const times = this.#times.get(who) ?? new Map();
    times.set(document, ms);
    this.#times.set(who, times);
  }

  /** @param {string} who @param {(document: string) => boolean} [which] */
  row(who, which = () => true) {
    const times = [...(this.#times.get(who) ?? [])].filter(([document]) => which(document));
    const values = times.map(([, ms]) => ms);
    return {
      name: who,
      n: values.length,
      p50_ms: quantile(values, 0.5),
      p95_ms: quantile(values, 0.95),
      max_ms: quantile(values, 1),
    };
  }

  /**
   * A peer beside ours, over the documents that both show.
   * @param {string} who @param {string} ours
   */
  beside(who, ours) {
    const mine = this.#times.get(ours) ?? new Map();
    const pairs = [...(this.#times.get(who) ?? [])].flatMap(([document, theirs]) => {
      const own = mine.get(document);
      return own === undefined ? [] : [{ own, theirs }];
    });
    const own = pairs.map((pair) => pair.own);
    const theirs = pairs.map((pair) => pair.theirs);
    return {
      name: who,
      n: pairs.length,
      p50_ms: quantile(theirs, 0.5),
      p95_ms: quantile(theirs, 0.95),
      ours_p50_ms: quantile(own, 0.5),
      ours_p95_ms: quantile(own, 0.95),
      /** Median of what the peer takes for a document by what we take. */
      ratio: quantile(
        pairs.map((pair) => pair.theirs / pair.own),
        0.5,
      ),
    };
  }

  /** @param {string} who */
  codes(who) {
    return this.#codes.get(who) ?? {};
  }

  /** @param {string} who @param {number} count */
  slowest(who, count) {
    const times = [...(this.#times.get(who) ?? [])].sort(([, one], [, other]) => other - one);
    return times.slice(0, count).map(([document, ms]) => ({ document, ms: Math.round(ms * 10) / 10 }));
  }

  names() {
    return [...this.#codes.keys()];
  }
}
