// The files of a session as a list, from the rows that are loaded.
import type { TimelineItem } from '$lib/proto';
import { asMessage } from '$lib/session/chat.svelte';
import { fileKind, visibleName } from '$lib/util/fileName';
import type { FileRef } from './fileState';

/** Every file, the oldest first. */
export const filesOf = (items: readonly TimelineItem[]): FileRef[] => new FileIndex().update(items);

/** The files of a long list that changes at its end nearly always: only what is new is looked through. */
export class FileIndex {
  #items: readonly TimelineItem[] = [];
  #found: { index: number; ref: FileRef }[] = [];

  /** Every file of `items`, the oldest first. */
  update(items: readonly TimelineItem[]): FileRef[] {
    const same = sameBeginning(this.#items, items);
    this.#items = items;
    this.#found = this.#found.filter(({ index }) => index < same);
    for (let index = same; index < items.length; index += 1) {
      const item = items[index];
      if (item?.kind.type !== 'message' || item.kind.attachments.length === 0) continue;
      const message = asMessage(item);
      if (message)
        for (const file of message.kind.attachments) this.#found.push({ index, ref: { file, message } });
    }
    return this.#found.map(({ ref }) => ref);
  }
}

function sameBeginning(before: readonly TimelineItem[], after: readonly TimelineItem[]): number {
  let index = 0;
  while (index < before.length && before[index] === after[index]) index += 1;
  return Math.min(index, after.length);
}

export const FILTERS = ['all', 'sent', 'received', 'pictures', 'documents', 'other'] as const;
export type Filter = (typeof FILTERS)[number];

const isPicture = ({ file }: FileRef) => file.thumbnail !== undefined || fileKind(file.name) === 'image';
const isDocument = ({ file }: FileRef) => ['text', 'sheet'].includes(fileKind(file.name));

const PASSES: Record<Filter, (ref: FileRef) => boolean> = {
  all: () => true,
  sent: ({ message }) => message.kind.own,
  received: ({ message }) => !message.kind.own,
  pictures: isPicture,
  documents: (ref) => isDocument(ref) && !isPicture(ref),
  other: (ref) => !isPicture(ref) && !isDocument(ref),
};

/** The newest first, by `filter` and part of the name. */
export function listed(refs: readonly FileRef[], filter: Filter, name: string): FileRef[] {
  const sought = name.trim().toLocaleLowerCase();
  const passes = PASSES[filter];
  return refs
    .filter((ref) => passes(ref) && visibleName(ref.file.name).toLocaleLowerCase().includes(sought))
    .reverse();
}
