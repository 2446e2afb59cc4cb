// The words of the page's own search in a transcript, piece after piece.
import type { TranscriptItem } from '$lib/proto';
import { plainText } from '$lib/text/plain';
import type { Transcript } from './chunks.svelte';

/** Milliseconds without a key after which what was typed is looked for. */
const PAUSE = 200;
/** Pieces that are asked for at once. */
const AHEAD = 6;
/** More places nobody goes through. */
const PLACES_MAX = 1_000;

export class Find {
  words = $state('');
  /** Places of the items that have the words, in order. */
  places = $state.raw<readonly number[]>([]);
  /** Index of the one that is shown; -1 before the first. */
  at = $state(-1);
  busy = $state(false);
  error = $state.raw<unknown>(null);
  #round = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly transcript: Transcript,
    readonly show: (seq: number) => void,
  ) {}

  typed(words: string): void {
    this.words = words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(0), PAUSE);
  }

  /** Looks through everything; shows the first place from `from` on, or none with `null`. */
  async look(from: number | null): Promise<void> {
    const round = ++this.#round;
    const sought = this.words.trim().toLocaleLowerCase();
    [this.places, this.at, this.error] = [[], -1, null];
    if (sought === '') return void (this.busy = false);
    this.busy = true;
    try {
      const chunks = this.transcript.chunks ?? [];
      for (const chunk of chunks) {
        // The next ones are on their way meanwhile: a long way to the portal is gone once for all of them.
        for (const next of chunks.slice(chunk.index, chunk.index + AHEAD)) void this.transcript.load(next);
        await this.transcript.load(chunk);
        if (round !== this.#round) return;
        if (chunk.error) throw chunk.error;
        const found = (chunk.items ?? []).filter((item) => searchable(item).includes(sought));
        if (found.length === 0) continue;
        this.places = [...this.places, ...found.map(({ seq }) => seq)];
        if (this.at < 0 && from !== null) this.#begin(from);
        if (this.places.length >= PLACES_MAX) break;
      }
      if (this.at < 0 && from !== null) this.#begin(0);
    } catch (error) {
      if (round === this.#round) this.error = error;
    } finally {
      if (round === this.#round) this.busy = false;
    }
  }

  /** The next place, or the one before; round the ends. */
  step(by: 1 | -1): void {
    const { length } = this.places;
    if (length === 0) return;
    this.at = this.at < 0 ? (by > 0 ? 0 : length - 1) : (this.at + by + length) % length;
    this.#show();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#round += 1;
  }

  #begin(from: number): void {
    this.at = this.places.findIndex((seq) => seq >= from);
    this.#show();
  }

  #show(): void {
    const seq = this.places[this.at];
    if (seq !== undefined) this.show(seq);
  }
}

/** What of an item is looked through: the words as they are read, and the names of its files. */
export function searchable({ what }: TranscriptItem): string {
  if (what.type !== 'message') return '';
  const names = what.files?.map(({ attachment }) => attachment.name) ?? [];
  return [plainText(what.text), ...names].join('\n').toLocaleLowerCase();
}
