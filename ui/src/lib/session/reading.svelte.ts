import type { Room } from './room.svelte';
import { lastSeq } from './rows';
import { firstUnread } from './unread';

/** Milliseconds between two words about how far one has read. */
const TELL_EVERY = 300;

/** How far one has read: tells the session, and keeps the unread line where it was when one came back. */
export class Reading {
  /** Place after which everything was new when the line was drawn; `null` without a line. */
  #drawn = $state<number | null>(null);
  /** How much was unread then. */
  count = $state(0);
  lineSeen = $state(false);
  #opened = false;
  #told = 0;
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly room: Room) {
    $effect(() => {
      if (room.ownRead === null || this.#opened || room.items.length === 0) return;
      this.#opened = true;
      if (firstUnread(room.items, room.ownRead) >= 0) this.#draw();
    });
    $effect(() => () => clearTimeout(this.#telling));
  }

  /** The row above which the line stands; -1 without one. */
  readonly line = $derived.by(() => firstUnread(this.room.items, this.#drawn));

  /** Messages of others came. */
  came(wasAtEnd: boolean): void {
    if (!wasAtEnd || !this.#looking()) this.#draw();
    else this.atEnd();
  }

  /** Who answers has read. */
  wrote(): void {
    this.#drawn = null;
  }

  /** Somebody turned to another window: what comes now is new when they come back. */
  away(): void {
    if (this.room.unread === 0) this.#drawn = null;
  }

  /** The newest message is on the screen. */
  atEnd(): void {
    clearTimeout(this.#telling);
    this.#telling = setTimeout(() => this.#tell(), TELL_EVERY);
  }

  #tell(): void {
    const { room } = this;
    const seq = lastSeq(room.items);
    if (!this.#looking() || room.ownRead === null || seq <= Math.max(room.ownRead, this.#told)) return;
    this.#told = seq;
    room.intent({ type: 'read', seq }).catch(() => (this.#told = 0));
  }

  #draw(): void {
    if (this.#drawn !== null || this.room.ownRead === null) return;
    this.#drawn = this.room.ownRead;
    this.count = Math.max(1, this.room.unread);
    this.lineSeen = false;
  }

  #looking(): boolean {
    return document.visibilityState === 'visible' && document.hasFocus();
  }
}
