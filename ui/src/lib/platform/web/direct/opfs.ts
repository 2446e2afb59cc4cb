// The browser's private file system, as direct transfer uses it: a folder for each attachment, a numbered file for each entry.
import type { AttachmentId } from '$lib/proto';
import type { DiskAnswer, DiskOrder } from './disk';
import type { FileList, Place } from './machine';
import { type Received, type Store, StoreError } from './store';

const FOLDER = 'direct';

export async function folderOf(
  attachment: AttachmentId,
  create: boolean,
): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(FOLDER, { create });
  return all.getDirectoryHandle(attachment, { create });
}

export async function removeFolder(attachment: AttachmentId): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(FOLDER).catch(() => null);
  await all?.removeEntry(attachment, { recursive: true }).catch(() => {});
}

/** Removes everything that was received in part: the next person at this browser is somebody else. */
export async function forgetReceived(): Promise<void> {
  try {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true });
  } catch {
    // There is none, or no such place in this browser.
  }
}

/** Whether this browser, and this window of it, has such a place. */
export async function hasOpfs(): Promise<boolean> {
  if (typeof Worker === 'undefined' || typeof FileSystemFileHandle === 'undefined') return false;
  // Private windows have the function, but nothing behind it.
  return (
    (await navigator.storage?.getDirectory?.().then(
      () => true,
      () => false,
    )) ?? false
  );
}

type Order = DiskOrder extends infer One ? (One extends DiskOrder ? Omit<One, 'id'> : never) : never;

/** The page's half of the disk's worker. */
export class DiskPort {
  readonly #waiting = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  #next = 0;

  constructor(private readonly worker: Pick<Worker, 'postMessage' | 'onmessage' | 'onerror'>) {
    worker.onmessage = ({ data }: MessageEvent<DiskAnswer>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error === undefined) waiting?.resolve();
      else waiting?.reject(new DOMException(data.error, data.error || 'UnknownError'));
    };
    worker.onerror = () => {
      for (const { reject } of this.#waiting.values()) reject(new StoreError('disk'));
      this.#waiting.clear();
    };
  }

  /** `bytes` are handed over, not copied. */
  do(order: Order, bytes?: Uint8Array<ArrayBuffer>): Promise<void> {
    const id = (this.#next += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...order, id }, bytes ? [bytes.buffer] : []);
    });
  }
}

let own: DiskPort | undefined;

function thisDisk(): DiskPort {
  own ??= new DiskPort(new Worker(new URL('./disk.worker.ts', import.meta.url), { type: 'module' }));
  return own;
}

export class OpfsStore implements Store {
  readonly durable = true;
  #list: FileList = { kind: 'file', entries: [] };

  constructor(
    private readonly attachment: AttachmentId,
    private readonly disk: Pick<DiskPort, 'do'> = thisDisk(),
  ) {}

  async prepare(list: FileList, resumed: boolean): Promise<void> {
    this.#list = list;
    const { attachment } = this;
    if (!resumed) return this.disk.do({ op: 'drop', attachment });
    try {
      await this.disk.do({ op: 'check', attachment, files: list.entries.length });
    } catch {
      // The browser cleared what it said it would keep.
      throw new StoreError('lost');
    }
  }

  write({ file, offset }: Place, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.disk.do({ op: 'write', attachment: this.attachment, file, offset, bytes }, bytes);
  }

  sync(): Promise<void> {
    return this.disk.do({ op: 'sync', attachment: this.attachment });
  }

  async finish(): Promise<Received> {
    const { attachment } = this;
    await this.disk.do({ op: 'close', attachment });
    const folder = await folderOf(attachment, true);
    const received: Received = [];
    for (const [index, { size }] of this.#list.entries.entries()) {
      if (size === undefined) received.push(null);
      else if (size === 0) received.push(new Blob([]));
      // Never a type of the sender's: a blob of this origin must not be a page. A slice stays on the disk.
      else received.push((await fileOf(folder, index)).slice(0, size, 'application/octet-stream'));
    }
    return received;
  }

  async drop(): Promise<void> {
    await this.disk.do({ op: 'drop', attachment: this.attachment });
  }
}

async function fileOf(folder: FileSystemDirectoryHandle, index: number): Promise<File> {
  try {
    return await (await folder.getFileHandle(String(index))).getFile();
  } catch {
    throw new StoreError('lost');
  }
}
