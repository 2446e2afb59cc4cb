// A transcript in pieces by place: any part of a hundred thousand messages can be read without the rest.
import type { TranscriptItem, TranscriptPage } from '$lib/proto';

/** Places of one piece; at most as many items, as some events are no item of their own. */
export const CHUNK = 100;
/** Pixels of an item that was not on the screen yet. */
export const ESTIMATE = 64;

export type ReadPage = (query: { after: number; limit: number }) => Promise<TranscriptPage>;

export class Chunk {
  items = $state.raw<readonly TranscriptItem[] | null>(null);
  error = $state.raw<unknown>(null);
  /** Near what is seen: its rows are in the document. */
  near = $state(false);
  /** Pixels, measured when its rows were last there. */
  height = $state(CHUNK * ESTIMATE);
  loading: Promise<void> | null = null;

  constructor(readonly index: number) {}
}

export class Transcript {
  /** `null` before the first answer. */
  chunks = $state.raw<readonly Chunk[] | null>(null);
  error = $state.raw<unknown>(null);
  last = $state(0);

  constructor(readonly read: ReadPage) {}

  /** The first piece, which says how many there are. */
  async open(): Promise<void> {
    this.error = null;
    try {
      const page = await this.read({ after: 0, limit: CHUNK });
      const count = Math.max(1, Math.ceil(page.last / CHUNK));
      const chunks = Array.from({ length: count }, (_, index) => new Chunk(index));
      this.last = page.last;
      // Where it is not all of the first piece, the rest is asked for when that is looked at.
      if (chunks[0] && (page.next === undefined || page.next >= CHUNK)) fill(chunks[0], page.items);
      const end = chunks.at(-1);
      // The last piece is rarely full: a scroll bar that promises more would jump.
      if (end && count > 1) end.height = Math.max(1, page.last - end.index * CHUNK) * ESTIMATE;
      this.chunks = chunks;
    } catch (error) {
      this.error = error;
    }
  }

  chunkOf(seq: number): Chunk | undefined {
    return this.chunks?.[Math.floor((Math.max(1, seq) - 1) / CHUNK)];
  }

  /** Fetches a piece once; again after an error. */
  load(chunk: Chunk): Promise<void> {
    if (chunk.items) return Promise.resolve();
    chunk.loading ??= this.#load(chunk).finally(() => (chunk.loading = null));
    return chunk.loading;
  }

  async all(): Promise<readonly TranscriptItem[]> {
    const items: TranscriptItem[] = [];
    for (const chunk of this.chunks ?? []) {
      await this.load(chunk);
      if (chunk.error) throw chunk.error;
      items.push(...(chunk.items ?? []));
    }
    return items;
  }

  /** The item at `seq`, or the next one after it where that place is none of its own (an edit, a reaction). */
  async itemAt(seq: number): Promise<TranscriptItem | undefined> {
    const first = this.chunkOf(seq)?.index ?? 0;
    for (const chunk of this.chunks?.slice(first) ?? []) {
      await this.load(chunk);
      const found = chunk.items?.find((item) => item.seq >= seq);
      if (found || chunk.error) return found;
    }
    return undefined;
  }

  async #load(chunk: Chunk): Promise<void> {
    chunk.error = null;
    const end = (chunk.index + 1) * CHUNK;
    const items: TranscriptItem[] = [];
    try {
      // The portal looks through so many events at once, and says how far it came.
      for (let after: number | undefined = end - CHUNK; after !== undefined && after < end;) {
        const page: TranscriptPage = await this.read({ after, limit: CHUNK });
        items.push(...page.items);
        after = page.next !== undefined && page.next > after ? page.next : undefined;
      }
      fill(chunk, items);
    } catch (error) {
      chunk.error = error;
    }
  }
}

/** What lies beyond the piece belongs to the next one. */
function fill(chunk: Chunk, items: readonly TranscriptItem[]): void {
  const end = (chunk.index + 1) * CHUNK;
  chunk.items = items.filter(({ seq }) => seq <= end);
}
