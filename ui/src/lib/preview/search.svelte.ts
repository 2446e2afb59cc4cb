// A search in a document: steps in the worker, or over what is drawn where everything is.
import type { Place } from '$lib/proto/preview';
import { mark, rangesOf, unmark } from './highlight';

/** One place: in the worker's words, on a page of a PDF, or a stretch of what is drawn. */
export type Hit = { place: Place } | { page: number } | { range: Range };

export interface Searchable {
  /** Gives hits to `add` step by step; ends early when `gone` says so. */
  search(text: string, add: (hits: readonly Hit[]) => void, gone: () => boolean): Promise<void>;
  /** Brings a hit into view. */
  show(hit: Hit): void;
}

/** Hits counted; further ones are found when these have been looked at by nobody. */
const HITS_MAX = 5000;

export class DocumentSearch {
  open = $state(false);
  text = $state('');
  hits = $state.raw<readonly Hit[]>([]);
  /** Index among the hits. */
  at = $state(-1);
  running = $state(false);
  /** It ended before the document did. */
  stopped = $state(false);
  #turn = 0;

  constructor(
    readonly root: () => HTMLElement | undefined,
    readonly target: () => Searchable | null,
  ) {}

  async run(text: string): Promise<void> {
    this.text = text;
    this.#turn += 1;
    const turn = this.#turn;
    const gone = () => turn !== this.#turn;
    this.hits = [];
    this.at = -1;
    this.stopped = false;
    const target = this.target();
    if (text === '' || !target) {
      this.running = false;
      return unmark();
    }
    this.running = true;
    try {
      await target.search(
        text,
        (hits) => {
          if (gone() || this.hits.length >= HITS_MAX) return;
          this.hits = [...this.hits, ...hits].slice(0, HITS_MAX);
          if (this.at < 0 && this.hits.length > 0) this.go(1);
        },
        () => gone() || this.hits.length >= HITS_MAX,
      );
    } catch {
      // Why is said where the document is drawn; what was found stays.
      if (!gone()) this.stopped = true;
    }
    if (!gone()) this.running = false;
  }

  go(by: number): void {
    const count = this.hits.length;
    if (count === 0) return;
    this.at = (this.at + by + count) % count;
    const hit = this.hits[this.at];
    if (hit) this.target()?.show(hit);
    this.paint();
  }

  /** Marks what is drawn now; called again whenever something else is. */
  paint(): void {
    const root = this.root();
    if (!root || !this.open || this.text === '') return unmark();
    const hit = this.hits[this.at];
    mark(rangesOf(root, this.text), hit && 'range' in hit ? hit.range : undefined);
  }

  close(): void {
    this.open = false;
    this.#turn += 1;
    this.hits = [];
    this.at = -1;
    this.running = false;
    unmark();
  }
}
