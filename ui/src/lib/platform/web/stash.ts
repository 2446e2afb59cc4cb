// Where a file lies while it comes: in the browser's private file system (OPFS), on the disk, until its digest is known to be right.
import { t } from '$lib/i18n';
import { Told } from '$lib/util/errors';
import { formatSize } from '$lib/util/size';

const FOLDER = 'incoming';
const LOCK = 'deskside.incoming.';
/** Bytes that shall stay free beside the file: the browser keeps books in the same place. */
const SPARE = 16 * 1024 * 1024;
/** Milliseconds for which a file that was handed to the browser's downloads is kept for it to read. */
const KEPT = 10 * 60_000;
/** Milliseconds after which a file is nobody's any more, where no lock says so. */
const FORGOTTEN = 24 * 60 * 60_000;

/** A file on its way; exactly one of `take` and `drop` ends it. */
export interface Stash {
  write(piece: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The whole file, still on the disk; it goes by itself after a while. */
  take(): Promise<Blob>;
  drop(): Promise<void>;
}

/** `null` where this browser, or this window of it, has no such place. Rejects where there is no room for `size` bytes. */
export async function openStash(size: number): Promise<Stash | null> {
  const folder = await incoming();
  if (!folder || !('createWritable' in FileSystemFileHandle.prototype)) return null;
  await sweep(folder);
  await checkRoom(size);
  const name = crypto.randomUUID();
  const release = await hold(name);
  const forget = async () => {
    release();
    await folder.removeEntry(name).catch(() => {});
  };
  try {
    const handle = await folder.getFileHandle(name, { create: true });
    const writer = await handle.createWritable();
    return {
      write: (piece) => writer.write(piece).catch((error: unknown) => Promise.reject(roomError(error, size))),
      take: async () => {
        await writer.close().catch((error: unknown) => Promise.reject(roomError(error, size)));
        setTimeout(() => void forget(), KEPT);
        // Never the sender's type: a blob of this origin must not be a page. A slice stays on the disk.
        return (await handle.getFile()).slice(0, size, 'application/octet-stream');
      },
      drop: async () => {
        await writer.abort().catch(() => {});
        await forget();
      },
    };
  } catch (error) {
    await forget();
    throw roomError(error, size);
  }
}

/** Removes what earlier pages left behind; what another tab is saving has a lock. */
export async function sweepStashes(): Promise<void> {
  const folder = await incoming().catch(() => null);
  if (folder) await sweep(folder).catch(() => {});
}

async function incoming(): Promise<FileSystemDirectoryHandle | null> {
  if (typeof FileSystemFileHandle === 'undefined' || !navigator.storage?.getDirectory) return null;
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    // Private windows have the function, but nothing behind it.
    return null;
  }
}

async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const [name, handle] of folder.entries()) {
    if (handle.kind !== 'file') continue;
    if (await isForgotten(name, handle as FileSystemFileHandle))
      await folder.removeEntry(name).catch(() => {});
  }
}

async function isForgotten(name: string, handle: FileSystemFileHandle): Promise<boolean> {
  if (navigator.locks)
    return navigator.locks.request(LOCK + name, { ifAvailable: true }, (lock) => lock !== null);
  const { lastModified } = await handle.getFile();
  return Date.now() - lastModified > FORGOTTEN;
}

/** Keeps the lock of `name` until what it answers is called, or the page goes. */
function hold(name: string): Promise<() => void> {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((held, failed) => {
    navigator.locks
      .request(LOCK + name, () => new Promise<void>((release) => held(() => release())))
      .catch(failed);
  });
}

async function checkRoom(size: number): Promise<void> {
  const { quota, usage = 0 } = (await navigator.storage.estimate?.().catch(() => null)) ?? {};
  if (quota !== undefined && quota - usage < size + SPARE) throw noRoom(size);
}

const noRoom = (size: number) => new Told(t('save.noRoom', { size: formatSize(size) }));

function roomError(error: unknown, size: number): unknown {
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? noRoom(size) : error;
}
