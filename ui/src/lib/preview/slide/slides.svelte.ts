// Slides as far as they were looked at.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Slide } from '$lib/proto/preview';
import type { PreviewDocument } from '../document';

export class SlidesModel {
  readonly #slides = new SvelteMap<number, Slide>();
  readonly failed = new SvelteSet<number>();
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly #asked = new Map<number, Promise<void>>();

  constructor(readonly document: PreviewDocument) {}

  get(index: number): Slide | undefined {
    return this.#slides.get(index);
  }

  load(index: number): Promise<void> {
    let loading = this.#asked.get(index);
    if (!loading) {
      loading = this.document.next({ type: 'slide', index }).then(
        (slide) => void this.#slides.set(index, slide),
        () => void this.failed.add(index),
      );
      this.#asked.set(index, loading);
    }
    return loading;
  }
}
