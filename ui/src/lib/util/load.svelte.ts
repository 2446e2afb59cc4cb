/** Something that is asked for once and again: its newest good answer stays while a later one fails. */
export class Loadable<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  #round = 0;

  constructor(readonly ask: () => Promise<T>) {}

  async refresh(): Promise<void> {
    const round = ++this.#round;
    this.loading = true;
    try {
      const data = await this.ask();
      if (round !== this.#round) return;
      this.data = data;
      this.error = null;
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) this.loading = false;
    }
  }

  /** Forgets the answer, for another organisation or session. */
  reset(): void {
    this.#round += 1;
    this.data = null;
    this.error = null;
    this.loading = false;
  }
}
