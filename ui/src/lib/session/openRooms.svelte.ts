import { SvelteMap } from 'svelte/reactivity';
import type { LostFile } from '$lib/platform';
// Of the room only its type: a first visit must not load it.
import type { Room } from './room.svelte';

/** The rooms of this window: one that is left lives on while its files are on their way, and its tray as long as it holds any. */
export class OpenRooms {
  readonly #rooms = new SvelteMap<string, Room>();

  /** The room that is shown from now on. */
  enter(id: string, make: () => Room): Room {
    let room = this.#rooms.get(id);
    if (!room) {
      room = outliving(make);
      room.uploads.onIdle = () => this.#settle(id);
      room.transfers.onIdle = () => this.#settle(id);
      this.#rooms.set(id, room);
    }
    room.shown = true;
    return room;
  }

  /** The tray of a session that was left, where there is one. */
  trayOf(id: string): Room['uploads'] | null {
    return this.#rooms.get(id)?.uploads ?? null;
  }

  leave(room: Room): void {
    room.shown = false;
    this.#settle(room.id);
  }

  /** Whether any session has files that would go with this page. */
  get holding(): boolean {
    return [...this.#rooms.values()].some(
      ({ uploads, transfers }) => transfers.busy || uploads.entries.some(({ state }) => state !== 'refused'),
    );
  }

  /** What each session has that would go with this page. */
  get unsent(): [id: string, files: LostFile[]][] {
    return [...this.#rooms].map(([id, { uploads }]) => [id, uploads.unsent]);
  }

  closeAll(): void {
    for (const room of this.#rooms.values()) {
      room.uploads.cancelAll();
      room.close();
    }
    this.#rooms.clear();
  }

  #settle(id: string): void {
    const room = this.#rooms.get(id);
    if (!room || room.shown || room.uploads.active > 0 || room.transfers.busy) return;
    room.close();
    if (room.uploads.entries.length === 0) this.#rooms.delete(id);
  }
}

/** What a page makes is of that page: its derived values stand still once the page is gone. A room is of no page. */
function outliving<T>(make: () => T): T {
  let made: T | undefined;
  // Nothing in it has to be ended.
  $effect.root(() => {
    made = make();
  });
  return made as T;
}
