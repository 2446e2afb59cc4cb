import type { SearchHit, SearchPage } from '$lib/proto';
import type { Room } from './room.svelte';

/** Milliseconds without a key after which what was typed is looked for. */
const PAUSE = 250;

/** What is looked for in a session, and what was found. */
export class Search {
  query = $state('');
  hits = $state.raw<SearchHit[]>([]);
  /** There are older ones. */
  next = $state<number | undefined>(undefined);
  /** What was written last is not in the index yet. */
  late = $state(false);
  busy = $state(false);
  /** The newest answer is about what stands in the field. */
  answered = $state(false);
  error = $state.raw<unknown>(null);
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly room: Room) {}

  typed(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
    this.answered = false;
    if (this.query.trim() === '') return this.#empty();
    this.#timer = setTimeout(() => void this.#ask(), PAUSE);
  }

  more(): Promise<void> {
    return this.#ask(this.next);
  }

  again(): Promise<void> {
    return this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  #empty(): void {
    this.hits = [];
    this.next = undefined;
    this.busy = false;
    this.error = null;
  }

  async #ask(before?: number): Promise<void> {
    const round = ++this.#round;
    this.busy = true;
    this.error = null;
    try {
      const page = await this.room.platform.call<SearchPage>('search_session', {
        path: { session: this.room.id },
        query: { q: this.query.trim(), before },
      });
      if (round !== this.#round) return;
      this.hits = before === undefined ? page.hits : [...this.hits, ...page.hits];
      this.next = page.next;
      this.late = page.indexed_to < (this.room.items.findLast(({ seq }) => seq !== undefined)?.seq ?? 0);
      this.answered = true;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) this.busy = false;
    }
  }
}
