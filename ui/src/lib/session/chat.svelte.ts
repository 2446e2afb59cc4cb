import type { MessageItem, Target, TimelineItem } from '$lib/proto';

export type MessageOf = TimelineItem & { kind: { type: 'message' } & MessageItem };

/** How many rows from the end "my last message" is looked for. */
const LAST_OWN_ROWS = 500;

export const asMessage = (item: TimelineItem | undefined): MessageOf | null =>
  item?.kind.type === 'message' ? (item as MessageOf) : null;

/** How a change names this message: by its place or, before it has one, by its sender's name for it. */
export function targetOf({ seq, kind }: MessageOf): Target | null {
  if (seq !== undefined) return seq;
  return kind.delivery.state === 'pending' ? kind.delivery.txn_id : null;
}

export const mayEdit = ({ kind }: MessageOf, now: number): boolean => (kind.edit_until ?? 0) > now;
export const mayDelete = ({ kind }: MessageOf, now: number): boolean => (kind.delete_until ?? 0) > now;
/** Answered and reacted to is what everybody has. */
export const isSent = ({ seq }: TimelineItem): boolean => seq !== undefined;

export function lastEditable(items: readonly TimelineItem[], now: number): MessageOf | null {
  const from = Math.max(0, items.length - LAST_OWN_ROWS);
  for (let index = items.length - 1; index >= from; index -= 1) {
    const message = asMessage(items[index]);
    if (message?.kind.own && mayEdit(message, now) && targetOf(message) !== null) return message;
  }
  return null;
}

/** What one is about to do with messages: set in the timeline, done in the composer, and the other way round. */
export class Chat {
  /** The message that is being answered. */
  reply = $state.raw<MessageOf | null>(null);
  /** The message that is being edited. */
  edit = $state.raw<MessageOf | null>(null);
  /** The message that somebody is asked about before it is deleted. */
  deleting = $state.raw<MessageOf | null>(null);
  /** The place that the timeline shall show. */
  jump = $state.raw<{ seq: number } | null>(null);

  startReply(message: MessageOf): void {
    this.edit = null;
    this.reply = message;
  }

  startEdit(message: MessageOf): void {
    this.reply = null;
    this.edit = message;
  }

  /** Whether something was given up. */
  cancel(): boolean {
    const had = this.reply !== null || this.edit !== null;
    this.reply = null;
    this.edit = null;
    return had;
  }

  jumpTo(seq: number): void {
    this.jump = { seq };
  }
}
