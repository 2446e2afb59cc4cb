import { SvelteMap } from 'svelte/reactivity';
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

  /** Whether files are on their way in any session. */
  get sending(): boolean {
    return [...this.#rooms.values()].some(({ uploads }) => uploads.active > 0);
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
    if (!room || room.shown || room.uploads.active > 0) return;
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
