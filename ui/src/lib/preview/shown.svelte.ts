// What the parts of a viewer share: the document, and what it is asked to show.
import { createContext } from 'svelte';
import type { PreviewDocument } from './document';

export class Shown {
  /** Points of the document to points of the screen. */
  zoom = $state(1);
  /** The note that was asked for last. */
  note = $state<number | null>(null);

  constructor(readonly document: PreviewDocument) {}

  showNote(id: number): void {
    this.note = id;
  }
}

export const [getShown, setShown] = createContext<Shown>();
