// How rows stand beside each other: worked out for the few that are shown, never for the whole list.
import { dayNumber } from '$lib/i18n/time';
import type { ItemKind, TimelineItem } from '$lib/proto';

export type MessageRow = TimelineItem & { kind: Extract<ItemKind, { type: 'message' | 'deleted' }> };

export interface RowPlace {
  /** The first of its day: the day stands above it. */
  day: boolean;
  /** The first that its sender wrote in a row: the name stands above it. */
  head: boolean;
  /** The last of them: its state stands below it. */
  tail: boolean;
}

/** Messages of one sender stand together until somebody else writes or five minutes pass. */
export const GROUP_MILLIS = 5 * 60_000;

export function placeOf(items: readonly TimelineItem[], index: number): RowPlace {
  const [previous, item, next] = [items[index - 1], items[index], items[index + 1]];
  return {
    day: newDay(previous, item),
    head: !together(previous, item),
    tail: !together(item, next),
  };
}

export function isMessage(item: TimelineItem): item is MessageRow {
  return item.kind.type === 'message' || item.kind.type === 'deleted';
}

function newDay(previous: TimelineItem | undefined, item: TimelineItem | undefined): boolean {
  if (!item) return false;
  return !previous || dayNumber(previous.at) !== dayNumber(item.at);
}

function together(previous: TimelineItem | undefined, item: TimelineItem | undefined): boolean {
  if (!previous || !item || !isMessage(previous) || !isMessage(item)) return false;
  const same =
    previous.kind.own === item.kind.own &&
    previous.kind.sender_name === item.kind.sender_name &&
    isPrivate(previous) === isPrivate(item) &&
    senderOf(previous) === senderOf(item);
  return same && item.at - previous.at < GROUP_MILLIS && !newDay(previous, item);
}

/** Two people can have one name; a deleted message does not tell its sender's id. */
function senderOf(item: MessageRow): string | undefined {
  return item.kind.type === 'message' ? item.kind.sender : undefined;
}

const isPrivate = ({ kind }: MessageRow) => kind.type === 'message' && kind.private;

/** The first row whose place in the log is `seq` or later; rows without a place come last. */
export function indexOfSeq(items: readonly TimelineItem[], seq: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Place in the log of the newest row that has one; 0 without any. */
export function lastSeq(items: readonly TimelineItem[]): number {
  return items.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
}
