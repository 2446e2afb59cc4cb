// Files and whole folders that were dropped on the page (File and Directory Entries API).
import type { PickedFile } from '$lib/platform';

/** What was dropped, folders walked through; `unread`: names of what the browser could not read. */
export interface Dropped {
  files: PickedFile[];
  unread: string[];
}

export function pickedFrom(handle: File, folder?: string): PickedFile {
  const picked = { handle, name: handle.name, size: handle.size };
  return folder ? { ...picked, folder } : picked;
}

/** What a browser gives of a folder: its files, each with a path that begins with the folder's own name. */
export function folderFrom(files: readonly File[]): PickedFile | null {
  const [name = ''] = files[0]?.webkitRelativePath.split('/') ?? [];
  if (name === '') return null;
  const contents = files.map((file) => ({ path: file.webkitRelativePath.slice(name.length + 1), file }));
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { handle: '', name, size, tree: { files: files.length, contents } };
}

/** Asked of the event while it lasts: afterwards it has nothing any more. */
export function droppedFiles(data: Pick<DataTransfer, 'items' | 'files'>): Promise<Dropped> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length > 0) return walkAll(entries);
  return Promise.resolve({ files: [...data.files].map((file) => pickedFrom(file)), unread: [] });
}

export async function walkAll(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const dropped: Dropped = { files: [], unread: [] };
  for (const entry of entries) await walk(entry, '', dropped);
  return dropped;
}

/** In the order of the folders: one after the other, so that thousands are not open at once. */
async function walk(entry: FileSystemEntry, folder: string, into: Dropped): Promise<void> {
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      into.files.push(pickedFrom(file, folder));
    } else {
      const inner = folder === '' ? entry.name : `${folder}/${entry.name}`;
      for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) await walk(child, inner, into);
    }
  } catch {
    into.unread.push(entry.name);
  }
}

/** A reader gives at most 100 at a time, and none at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Files of the clipboard, where they are what was meant: text that office programs copy has a picture of itself beside it. */
export function pastedFiles(data: Pick<DataTransfer, 'files' | 'types' | 'getData'>): File[] {
  const written = data.types.includes('text/html') && data.getData('text/plain').trim() !== '';
  return written ? [] : [...data.files];
}
