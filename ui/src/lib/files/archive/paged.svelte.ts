/** Milliseconds after which one is told that something is still being looked for. */
const SLOW = 400;

interface Page<T> {
  items: T[];
  /** Where the next page begins. */
  next?: string | undefined;
}

/** A list that comes in pages. A newer question makes answers to older ones void; what is shown stays until the new answer is here. */
export class Paged<T> {
  items = $state.raw<readonly T[] | null>(null);
  next = $state<string | undefined>();
  error = $state.raw<unknown>(null);
  /** The first page of a new question, or a further page, is on its way. */
  busy = $state<'first' | 'more' | null>(null);
  /** … and takes long enough to be told of. */
  slow = $state(false);
  #ask: ((after?: string) => Promise<Page<T>>) | null = null;
  #round = 0;

  /** Asks anew. */
  async start(ask: (after?: string) => Promise<Page<T>>): Promise<void> {
    this.#ask = ask;
    await this.#get('first');
  }

  /** The next page, once. */
  async more(): Promise<void> {
    if (this.next === undefined || this.busy) return;
    await this.#get('more', this.next);
  }

  /** After an error: what it was that failed. */
  again(): Promise<void> {
    return this.next === undefined || this.items === null ? this.#get('first') : this.#get('more', this.next);
  }

  /** Nothing is asked and nothing shown. */
  clear(): void {
    this.#round += 1;
    this.#ask = null;
    this.items = null;
    this.next = undefined;
    this.error = null;
    this.busy = null;
    this.slow = false;
  }

  async #get(what: 'first' | 'more', after?: string): Promise<void> {
    const ask = this.#ask;
    if (!ask) return;
    const round = ++this.#round;
    this.busy = what;
    this.error = null;
    const slow = setTimeout(() => {
      if (round === this.#round) this.slow = true;
    }, SLOW);
    try {
      const page = await ask(after);
      if (round !== this.#round) return;
      this.items = what === 'first' ? page.items : [...(this.items ?? []), ...page.items];
      this.next = page.next;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      clearTimeout(slow);
      if (round === this.#round) {
        this.busy = null;
        this.slow = false;
      }
    }
  }
}
