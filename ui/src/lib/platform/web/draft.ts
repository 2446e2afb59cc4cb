// What stands in the composer, kept while it is typed.
import type { SessionId } from '$lib/proto';
import type { LocalStore } from './store';

export class Draft {
  #next: string | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: LocalStore,
    private readonly session: SessionId,
  ) {}

  async load(): Promise<string> {
    await this.#writing;
    return this.store.draft(this.session);
  }

  /** Keeps the newest text; those that came while one was being written are skipped. */
  save(text: string): void {
    const waiting = this.#next !== null;
    this.#next = text;
    if (!waiting) this.#writing = this.#writing.then(() => this.#write());
  }

  /** Resolves when the newest text is kept. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async #write(): Promise<void> {
    const text = this.#next ?? '';
    this.#next = null;
    await this.store.putDraft(this.session, text);
  }
}
