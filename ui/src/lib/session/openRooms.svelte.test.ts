import { expect, it, vi } from 'vitest';
import type { Upload } from '$lib/platform';
import { Uploads } from '$lib/files/uploads.svelte';
import { POLICY } from '$lib/platform/demo/world';
import { OpenRooms } from './openRooms.svelte';
import type { Room } from './room.svelte';

/** A room whose uploads end when the test says so. */
function makeRoom() {
  const ends: ((id: string) => void)[] = [];
  const upload = (): Upload => ({
    done: new Promise((resolve) => ends.push(resolve)),
    pause: () => {},
    resume: () => {},
    cancel: () => {},
  });
  const handle = {
    upload,
    adopt: () => Promise.reject(new Error('none')),
    read: () => Promise.resolve(new Blob()),
    direct: null,
  };
  const uploads = new Uploads({
    handle: () => handle,
    policy: () => POLICY,
    sentBefore: () => 0,
    post: () => Promise.resolve(),
    now: () => 0,
  });
  const room = { id: 's', shown: true, uploads, transfers: { busy: false }, close: vi.fn() };
  return { room, ends };
}

// N03: a person whose files are there is in the session no longer, once they have left its page.
it('closes a room whose page is gone when its last file is there, and shows it right when one comes back', async () => {
  const rooms = new OpenRooms();
  let made: ReturnType<typeof makeRoom> | undefined;
  const leavePage = $effect.root(() => {
    rooms.enter('s', () => (made = makeRoom()).room as unknown as Room);
  });
  if (!made) throw new Error('it was made');
  const { room, ends } = made;
  room.uploads.add([
    { handle: 'a', name: 'a', size: 1 },
    { handle: 'b', name: 'b', size: 1 },
  ]);
  expect([room.uploads.active, room.uploads.done]).toEqual([2, 0]);
  rooms.leave(room as unknown as Room);
  leavePage();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[0]?.('id-a');
  await vi.waitFor(() => expect([room.uploads.active, room.uploads.done]).toEqual([1, 1]));
  expect(room.close).not.toHaveBeenCalled();
  ends[1]?.('id-b');
  await vi.waitFor(() => expect(room.close).toHaveBeenCalledOnce());
  expect([room.uploads.shareable, rooms.holding]).toEqual([2, true]);
  room.uploads.cancelAll();
  expect(rooms.holding).toBe(false);
});
