import { dayNumber } from '$lib/i18n/time';
import type { ItemKind, TimelineItem } from '$lib/proto';

export type MessageItem = TimelineItem & { kind: Extract<ItemKind, { type: 'message' | 'deleted' }> };

export type Row =
  | { type: 'day'; key: string; at: number }
  | { type: 'notice'; key: string; item: TimelineItem }
  | { type: 'group'; key: string; own: boolean; senderName: string; items: MessageItem[] };

/** Messages of one sender stand together until somebody else writes or five minutes pass. */
export const GROUP_MILLIS = 5 * 60_000;

export function groupRows(items: readonly TimelineItem[]): Row[] {
  const rows: Row[] = [];
  let day = Number.NaN;
  for (const item of items) {
    const itemDay = dayNumber(item.at);
    if (itemDay !== day) {
      day = itemDay;
      rows.push({ type: 'day', key: `day-${itemDay}-${item.key}`, at: item.at });
    }
    if (isMessage(item)) addMessage(rows, item);
    else rows.push({ type: 'notice', key: item.key, item });
  }
  return rows;
}

export function isMessage(item: TimelineItem): item is MessageItem {
  return item.kind.type === 'message' || item.kind.type === 'deleted';
}

function addMessage(rows: Row[], item: MessageItem): void {
  const last = rows.at(-1);
  if (last?.type === 'group' && belongs(last.items.at(-1), item)) {
    last.items.push(item);
    return;
  }
  const { own, sender_name: senderName } = item.kind;
  rows.push({ type: 'group', key: `group-${item.key}`, own, senderName, items: [item] });
}

function belongs(previous: MessageItem | undefined, item: MessageItem): boolean {
  if (!previous) return false;
  const same =
    previous.kind.own === item.kind.own &&
    previous.kind.sender_name === item.kind.sender_name &&
    senderOf(previous) === senderOf(item);
  return same && item.at - previous.at < GROUP_MILLIS;
}

/** Two people can have one name; a deleted message does not tell its sender's id. */
function senderOf(item: MessageItem): string | undefined {
  return item.kind.type === 'message' ? item.kind.sender : undefined;
}
