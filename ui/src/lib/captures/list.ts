// What a technician has captured in a session: on its way, in its messages, joined after its end.
import type { FileRef } from '$lib/files/fileState';
import type { Taken } from '$lib/files/uploads.svelte';
import type { UploadEntry } from '$lib/files/uploadEntry.svelte';

export type CaptureItem =
  | { type: 'sending'; key: string; name: string; entry: UploadEntry }
  | { type: 'posted'; key: string; name: string; ref: FileRef }
  | { type: 'joined'; key: string; name: string; taken: Taken };

/** Own captures, the newest first. */
export function captureItems(
  sending: readonly UploadEntry[],
  files: readonly FileRef[],
  joined: readonly Taken[],
): CaptureItem[] {
  const posted = files.filter(
    ({ file, message }) => file.capture !== undefined && message.kind.own && file.withdrawn === undefined,
  );
  return [
    ...sending.map((entry): CaptureItem => ({
      type: 'sending',
      key: `s${entry.id}`,
      name: entry.file.name,
      entry,
    })),
    ...joined.map((taken): CaptureItem => ({
      type: 'joined',
      key: taken.attachment,
      name: taken.file.name,
      taken,
    })),
    ...posted.map((ref): CaptureItem => ({ type: 'posted', key: ref.file.id, name: ref.file.name, ref })),
  ].sort((a, b) => RANK[a.type] - RANK[b.type] || compareNewest(a, b));
}

const RANK = { sending: 0, joined: 1, posted: 2 };

const compareNewest = (a: CaptureItem, b: CaptureItem) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0);
