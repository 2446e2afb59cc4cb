import type { TimelineItem } from '$lib/proto';
import { indexOfSeq } from './rows';

/** Rows after the mark that are looked at for the first message of somebody else. */
const LOOK_AHEAD = 200;

/** The row above which the unread line stands: the first message of somebody else after `read`; -1 where there is none. */
export function firstUnread(items: readonly TimelineItem[], read: number | null): number {
  if (read === null) return -1;
  const from = indexOfSeq(items, read + 1);
  for (let index = from; index < Math.min(items.length, from + LOOK_AHEAD); index += 1) {
    const item = items[index];
    if (item?.seq !== undefined && item.kind.type === 'message' && !item.kind.own) return index;
  }
  return -1;
}
