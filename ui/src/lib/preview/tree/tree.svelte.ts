// The nodes of a tree as far as they were read, and which of them are folded away.
import { SvelteSet } from 'svelte/reactivity';
import type { TreeNode } from '$lib/proto/preview';
import type { PreviewDocument } from '../document';

const WINDOW = 2000;
/** Nodes that the page holds; the tree goes on in windows, but nobody reads further than this by scrolling. */
const HELD_MAX = 400_000;

export class TreeModel {
  nodes = $state.raw<readonly TreeNode[]>([]);
  complete = $state(false);
  error = $state.raw<unknown>(null);
  readonly folded = new SvelteSet<number>();
  /** Nodes that are shown, by their index. */
  readonly visible = $derived.by(() => {
    const shown: number[] = [];
    let hiddenBelow = Infinity;
    for (const [index, node] of this.nodes.entries()) {
      if (node.depth > hiddenBelow) continue;
      hiddenBelow = this.folded.has(index) ? node.depth : Infinity;
      shown.push(index);
    }
    return shown;
  });
  #loading: Promise<void> | null = null;

  constructor(readonly document: PreviewDocument) {}

  /** Reads on; answers when there is more, or nothing more comes. */
  more(): Promise<void> {
    if (this.complete || this.error !== null || this.nodes.length >= HELD_MAX) return Promise.resolve();
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Reads until node `index` is there, and unfolds what it is in. */
  async reach(index: number): Promise<void> {
    while (
      this.nodes.length <= index &&
      !this.complete &&
      this.nodes.length < HELD_MAX &&
      this.error === null
    )
      await this.more();
    let depth = this.nodes[index]?.depth ?? 0;
    for (let at = index - 1; at >= 0 && depth > 0; at -= 1) {
      const node = this.nodes[at];
      if (!node || node.depth >= depth) continue;
      depth = node.depth;
      this.folded.delete(at);
    }
  }

  isParent(index: number): boolean {
    const node = this.nodes[index];
    return node?.type === 'element' && node.parent === true;
  }

  toggle(index: number, fold = !this.folded.has(index)): void {
    if (!this.isParent(index)) return;
    if (fold) this.folded.add(index);
    else this.folded.delete(index);
  }

  async #load(): Promise<void> {
    try {
      const from = this.nodes.length;
      const part = await this.document.next({ type: 'nodes', from, count: WINDOW });
      this.nodes = [...this.nodes, ...part.nodes];
      this.complete = part.nodes.length === 0 || (part.complete && this.nodes.length >= part.known);
    } catch (error) {
      this.error = error;
    }
  }
}
