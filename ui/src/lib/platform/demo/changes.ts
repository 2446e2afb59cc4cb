// What changes of messages do to them in the demo: once as confirmed, once as on their way or refused.
import type { AttachmentItem, ChangeKind, Intent, ItemKind, Reaction, TimelineItem } from '$lib/proto';

type Change = Extract<Intent, { target: unknown }>;

/** The row after `change`. */
export function changed(item: TimelineItem, change: Change, you: string): TimelineItem {
  const { kind } = item;
  if (kind.type !== 'message') return item;
  const { pending_change: _pending, failed_change: _failed, ...clean } = kind;
  switch (change.type) {
    case 'edit':
      return { ...item, kind: { ...clean, text: change.text, edited_at: Date.now() } };
    case 'delete':
      return {
        ...item,
        kind: {
          type: 'deleted',
          sender_name: kind.sender_name,
          own: kind.own,
          deleted_by_name: you,
          deleted_by_own: true,
          deleted_at: Date.now(),
        },
      };
    case 'answer':
    case 'confirm':
    case 'revoke':
      return {
        ...item,
        kind: { ...clean, attachments: kind.attachments.map((file) => answered(file, change)) },
      };
    case 'react':
    case 'unreact':
      return { ...item, kind: { ...clean, reactions: reacted(kind.reactions, change) } };
  }
}

/** The row while `change` is on its way, or after it was refused. */
export function withTxn(item: TimelineItem, change: Change, you: string, refused: boolean): ItemKind {
  const what: ChangeKind = change.type;
  const { kind } = refused || what === 'delete' ? item : changed(item, change, you);
  if (kind.type !== 'message') return kind;
  if (!refused) return { ...kind, pending_change: what };
  const failed_change = { txn_id: 'c1', what, code: 'forbidden' as const, message: 'not allowed' };
  return { ...kind, failed_change };
}

function answered(file: AttachmentItem, change: Change): AttachmentItem {
  if (!('attachments' in change) || !change.attachments.includes(file.id)) return file;
  if (change.type === 'revoke') return { ...file, withdrawn: 'revoked' };
  if (change.type === 'confirm') return { ...file, yours: 'received' };
  return { ...file, yours: change.type === 'answer' && change.accept ? 'accepted' : 'declined' };
}

function reacted(reactions: readonly Reaction[], change: Extract<Change, { emoji: string }>): Reaction[] {
  const { emoji } = change;
  const before = reactions.find((reaction) => reaction.emoji === emoji);
  const own = change.type === 'react';
  if (!before) return own ? [...reactions, { emoji, count: 1, own, names: [] }] : [...reactions];
  const count = before.names.length + (own ? 1 : 0);
  return reactions.flatMap((reaction) =>
    reaction.emoji !== emoji ? reaction : count > 0 ? { ...reaction, own, count } : [],
  );
}
