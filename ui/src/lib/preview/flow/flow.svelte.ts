// A flowing document as far as it has come.
import type { PreviewDocument } from '../document';
import { type OutlineEntry, outlineOf, type PageOf, withBlocks } from './pages';

/** Blocks of the first screen, and of each step after it. */
const FIRST = 80;
const STEP = 400;

export class FlowModel {
  pages = $state.raw<readonly PageOf[]>([]);
  complete = $state(false);
  error = $state.raw<unknown>(null);
  readonly outline: readonly OutlineEntry[] = $derived(outlineOf(this.pages));
  #loading: Promise<void> | null = null;

  constructor(readonly document: PreviewDocument) {}

  more(): Promise<void> {
    if (this.complete || this.error !== null) return Promise.resolve();
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Everything, for a search or for paper. */
  async all(): Promise<void> {
    while (!this.complete && this.error === null) await this.more();
  }

  async #load(): Promise<void> {
    try {
      const count = this.pages.length === 0 ? FIRST : STEP;
      const { blocks, notes, last } = await this.document.next({ type: 'blocks', count });
      this.pages = withBlocks(this.pages, blocks, notes ?? []);
      this.complete = last;
    } catch (error) {
      this.error = error;
    }
  }
}
