// What is sent: files that the person picked, read block by block. A browser lets go of them with the page.
import type { PickedFile } from '../../types';
import type { FileList, Place, ReadFailure } from './machine';

export interface Source {
  list: FileList;
  /** When each entry was changed last (milliseconds since 1970), as the browser said when it was picked. */
  stamps: number[];
  read(place: Place, length: number): Promise<Uint8Array | ReadFailure>;
  /** The one file it is, where it is no folder. */
  file?: File;
}

/** `null` where the page was given no bytes. */
export function sourceOf(picked: PickedFile): Source | null {
  const found = filesOf(picked);
  if (!found) return null;
  const entries = found.map(({ path, file }) => ({ path, size: file.size }));
  const [only] = found;
  return {
    ...(only && !picked.tree ? { file: only.file } : {}),
    list: { kind: picked.tree ? 'folder' : 'file', entries },
    stamps: found.map(({ file }) => file.lastModified),
    read: (place, length) => readBlock(found[place.file]?.file, place.offset, length),
  };
}

/** Whether `source` is, as far as a browser tells, what was offered before. Its bytes are compared as they are read. */
export function isSame(source: Source, list: FileList, stamps: readonly number[]): boolean {
  const { entries } = source.list;
  if (source.list.kind !== list.kind || entries.length !== list.entries.length) return false;
  const same = (index: number) => {
    const [now, before] = [entries[index], list.entries[index]];
    const named = list.kind === 'file' || now?.path === before?.path;
    return named && now?.size === before?.size && source.stamps[index] === stamps[index];
  };
  return entries.every((_, index) => same(index));
}

function filesOf({ handle, name, tree }: PickedFile): { path: string; file: File }[] | null {
  // In one order, however the browser lists them: the list of a folder that is picked again is the same.
  if (tree) return tree.contents ? [...tree.contents].sort((a, b) => (a.path < b.path ? -1 : 1)) : null;
  return handle instanceof File ? [{ path: name, file: handle }] : null;
}

async function readBlock(
  file: File | undefined,
  offset: number,
  length: number,
): Promise<Uint8Array | ReadFailure> {
  if (!file) return 'gone';
  try {
    const bytes = new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
    return bytes.byteLength === length ? bytes : 'changed';
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    // Browsers refuse to read a file that is not what was picked (File API §6, "snapshot state").
    if (name === 'NotReadableError') return 'changed';
    return name === 'NotFoundError' ? 'gone' : 'disk';
  }
}
