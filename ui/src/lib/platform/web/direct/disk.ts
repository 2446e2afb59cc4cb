// What the disk's worker does: files of the browser's private file system (OPFS), written in place and synced, so that what was
// received outlives the page. Only workers have handles that can do that.

export type DiskOrder = { id: number } & (
  | { op: 'check'; attachment: string; files: number }
  | { op: 'write'; attachment: string; file: number; offset: number; bytes: Uint8Array<ArrayBuffer> }
  | { op: 'sync' | 'close' | 'drop'; attachment: string }
);

export type DiskAnswer = { id: number; error?: string };

/** What is used of a FileSystemSyncAccessHandle, which TypeScript knows in workers only. */
export interface Handle {
  /** Answers how many bytes it took. */
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

export interface Disk {
  /** Opens a file of an attachment, making it and its folder. */
  open(attachment: string, file: number): Promise<Handle>;
  /** Whether anything of an attachment is there. */
  has(attachment: string): Promise<boolean>;
  remove(attachment: string): Promise<void>;
}

/** Files open at once: a folder may have a hundred thousand. */
const OPEN_MAX = 64;

/** The worker's half: does one order after the other. */
export function diskwork(disk: Disk, post: (answer: DiskAnswer) => void): (order: DiskOrder) => void {
  const open = new Map<string, { attachment: string; handle: Handle; dirty: boolean }>();
  let turn: Promise<void> = Promise.resolve();

  const closeOne = (key: string) => {
    const entry = open.get(key);
    open.delete(key);
    if (entry?.dirty) entry.handle.flush();
    entry?.handle.close();
  };
  const closeAll = (attachment: string) => {
    for (const [key, entry] of open) if (entry.attachment === attachment) closeOne(key);
  };
  const opened = async (attachment: string, file: number) => {
    const key = `${attachment}/${file}`;
    const known = open.get(key);
    if (known) return known;
    const [oldest] = open.keys();
    if (open.size >= OPEN_MAX && oldest !== undefined) closeOne(oldest);
    const entry = { attachment, handle: await disk.open(attachment, file), dirty: false };
    open.set(key, entry);
    return entry;
  };
  const write = async (order: DiskOrder & { op: 'write' }) => {
    const entry = await opened(order.attachment, order.file);
    entry.dirty = true;
    const written = entry.handle.write(order.bytes, { at: order.offset });
    // A full disk may take a part only, without an error.
    if (written !== order.bytes.byteLength) throw new DOMException('no room', 'QuotaExceededError');
  };
  const sync = (attachment: string) => {
    for (const entry of open.values()) {
      if (entry.attachment !== attachment || !entry.dirty) continue;
      entry.handle.flush();
      entry.dirty = false;
    }
  };
  const perform = async (order: DiskOrder) => {
    switch (order.op) {
      case 'check':
        if (!(await disk.has(order.attachment))) throw new DOMException('nothing there', 'NotFoundError');
        return;
      case 'write':
        return write(order);
      case 'sync':
        return sync(order.attachment);
      case 'close':
        return closeAll(order.attachment);
      case 'drop':
        closeAll(order.attachment);
        return disk.remove(order.attachment);
    }
  };
  return (order) => {
    turn = turn.then(async () => {
      try {
        await perform(order);
        post({ id: order.id });
      } catch (error) {
        post({
          id: order.id,
          error: error instanceof Error || error instanceof DOMException ? error.name : '',
        });
      }
    });
  };
}
