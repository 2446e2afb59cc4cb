// Places that the person chooses, in browsers that have pickers (Chromium).
import type { FileList, Place } from './machine';
import { type Received, type Store, StoreError } from './store';

interface Pickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
  showDirectoryPicker?(options: { mode: 'readwrite'; id: string }): Promise<FileSystemDirectoryHandle>;
}

const pickers = globalThis as Pickers;

export const canPick = (kind: 'file' | 'folder') =>
  (kind === 'file' ? pickers.showSaveFilePicker : pickers.showDirectoryPicker) !== undefined;

/** Asks where `name` goes; only in a click. `null` where the person thought better of it. */
export async function pick(kind: 'file' | 'folder', name: string): Promise<FileSystemHandle | null> {
  try {
    if (kind === 'folder')
      return (await pickers.showDirectoryPicker?.({ mode: 'readwrite', id: 'deskside' })) ?? null;
    return (await pickers.showSaveFilePicker?.({ suggestedName: name })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/** A picked handle outlives the page, the permission to write does not. Asks for it only where `inClick`. */
export async function mayWrite(target: FileSystemHandle, inClick: boolean): Promise<boolean> {
  const asked = target as FileSystemHandle & {
    queryPermission?(descriptor: { mode: 'readwrite' }): Promise<PermissionState>;
    requestPermission?(descriptor: { mode: 'readwrite' }): Promise<PermissionState>;
  };
  const mode = { mode: 'readwrite' } as const;
  const state = (await asked.queryPermission?.(mode)) ?? 'granted';
  if (state === 'granted' || !inClick) return state === 'granted';
  return (await asked.requestPermission?.(mode)) === 'granted';
}

/** Puts what was received where the person wants it: below a folder of its own that nothing was in before. */
export async function putAt(
  target: FileSystemHandle,
  name: string,
  list: FileList,
  received: Received,
): Promise<void> {
  if (!(await mayWrite(target, false))) throw new StoreError('no_place');
  if (target.kind === 'file') return copy(received[0] ?? new Blob([]), target as FileSystemFileHandle);
  const root = await freeFolder(target as FileSystemDirectoryHandle, name);
  for (const [index, { path }] of list.entries.entries()) {
    const bytes = received[index];
    if (!bytes) await folderAt(root, path.split('/'));
    else await copy(bytes, await fileAt(root, path));
  }
}

async function copy(bytes: Blob, to: FileSystemFileHandle): Promise<void> {
  await bytes.stream().pipeTo(await to.createWritable());
}

/** `name`, or `name (2)` and so on: nothing that is there is touched. */
async function freeFolder(
  parent: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemDirectoryHandle> {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name} (${number})`;
    if (!(await isTaken(parent, free))) return parent.getDirectoryHandle(free, { create: true });
  }
}

async function isTaken(parent: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await parent.getDirectoryHandle(name);
    return true;
  } catch (error) {
    return !(error instanceof DOMException && error.name === 'NotFoundError');
  }
}

async function folderAt(
  root: FileSystemDirectoryHandle,
  parts: readonly string[],
): Promise<FileSystemDirectoryHandle> {
  let folder = root;
  for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
  return folder;
}

async function fileAt(root: FileSystemDirectoryHandle, path: string): Promise<FileSystemFileHandle> {
  const parts = path.split('/');
  const folder = await folderAt(root, parts.slice(0, -1));
  return folder.getFileHandle(parts.at(-1) ?? '', { create: true });
}

/**
 * Writes straight to what was picked, where the browser's own store has no room. The browser gives the file its name only when it
 * is closed: a reload begins anew.
 */
export class PickedStore implements Store {
  readonly durable = false;
  #list: FileList | null = null;
  #root: FileSystemDirectoryHandle | null = null;
  readonly #open = new Map<
    number,
    { writer: FileSystemWritableFileStream; left: number; has: Set<number> }
  >();

  constructor(
    private readonly target: FileSystemHandle,
    private readonly name: string,
  ) {}

  async prepare(list: FileList, resumed: boolean): Promise<void> {
    if (this.#list) return;
    if (resumed) throw new StoreError('lost');
    if (!(await mayWrite(this.target, false))) throw new StoreError('no_place');
    if (this.target.kind === 'directory') {
      this.#root = await freeFolder(this.target as FileSystemDirectoryHandle, this.name);
      for (const { path, size } of list.entries) {
        if (size === undefined) await folderAt(this.#root, path.split('/'));
        else if (size === 0) await fileAt(this.#root, path);
      }
    }
    this.#list = list;
  }

  async write({ file, offset }: Place, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const entry = await this.#writer(file);
    await entry.writer.write({ type: 'write', position: offset, data: bytes });
    // What was not yet noted when a connection ended comes again.
    if (!entry.has.has(offset)) entry.left -= bytes.byteLength;
    entry.has.add(offset);
    if (entry.left > 0) return;
    this.#open.delete(file);
    await entry.writer.close();
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  async finish(): Promise<null> {
    for (const { writer } of this.#open.values()) await writer.close();
    this.#open.clear();
    if (this.target.kind === 'file' && this.#list?.entries[0]?.size === 0)
      await (await (this.target as FileSystemFileHandle).createWritable()).close();
    return null;
  }

  async drop(): Promise<void> {
    for (const { writer } of this.#open.values()) await writer.abort().catch(() => {});
    this.#open.clear();
  }

  async #writer(file: number) {
    const known = this.#open.get(file);
    if (known) return known;
    const { path = '', size = 0 } = this.#list?.entries[file] ?? {};
    const handle = this.#root ? await fileAt(this.#root, path) : (this.target as FileSystemFileHandle);
    const entry = { writer: await handle.createWritable(), left: size, has: new Set<number>() };
    this.#open.set(file, entry);
    return entry;
  }
}
