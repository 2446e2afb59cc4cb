// The types of a session as the room shows it. Everything in src/lib/session, and the hosts, take them from here.
import type {
  Attachment,
  AttachmentId,
  Delivery,
  ErrorCode,
  Intent as WireIntent,
  Millis,
  Notice,
  ParticipantId,
  TxnId,
  ViewUpdate as WireUpdate,
} from '$lib/proto';

/** Which message: by its place in the log or, while it has none, by the sender's own name for it. */
export type Target = number | TxnId;

export interface Reaction {
  emoji: string;
  /** How many people gave it. */
  count: number;
  own: boolean;
  /** Names of the others, in the order they gave it. */
  names: string[];
}

export type ChangeKind = 'edit' | 'delete' | 'react' | 'unreact';

export interface FailedChange {
  txn_id: TxnId;
  what: ChangeKind;
  code: ErrorCode;
  message: string;
}

export interface Reply {
  seq: number;
  /** Absent where the original is not loaded or was deleted. */
  quote?: string;
  sender_name: string;
  deleted: boolean;
}

export interface MessageItem {
  sender?: ParticipantId;
  sender_name: string;
  own: boolean;
  /** A note that only technicians see. */
  private: boolean;
  text: string;
  mentions: ParticipantId[];
  reply?: Reply;
  attachments: Attachment[];
  reactions: Reaction[];
  edited_at?: Millis;
  /** Until when one may edit or delete it oneself; absent = not at all. */
  edit_until?: Millis;
  delete_until?: Millis;
  delivery: Delivery;
  pending_change?: ChangeKind;
  failed_change?: FailedChange;
}

export interface DeletedItem {
  sender_name: string;
  own: boolean;
  deleted_by_name: string;
  deleted_by_own: boolean;
  deleted_at: Millis;
}

export type ItemKind =
  | ({ type: 'message' } & MessageItem)
  | ({ type: 'deleted' } & DeletedItem)
  | { type: 'notice'; notice: Notice }
  | { type: 'unknown' };

export interface TimelineItem {
  key: string;
  /** Place in the log; absent while the portal has not confirmed it. */
  seq?: number;
  at: Millis;
  kind: ItemKind;
}

export type TimelinePatch =
  | { op: 'reset'; items: TimelineItem[] }
  | { op: 'insert'; index: number; items: TimelineItem[] }
  | { op: 'update'; index: number; item: TimelineItem }
  | { op: 'remove'; index: number };

export interface ReadMark {
  participant_id: ParticipantId;
  seq: number;
}

/** A page of what was found in a session, newest first. */
export interface SearchPage {
  hits: SearchHit[];
  /** Pass it as `before` for the next page; absent on the last. */
  next?: number;
  /** The index has everything up to this place. */
  indexed_to: number;
}

export interface SearchHit {
  seq: number;
  at: Millis;
  sender?: ParticipantId;
  /** The text around what was found, in order. */
  excerpt: { text: string; hit: boolean }[];
}

export type ViewUpdate =
  | Exclude<WireUpdate, { type: 'timeline' }>
  | { type: 'timeline'; patches: TimelinePatch[] }
  | { type: 'read'; marks: ReadMark[]; own: number; unread: number }
  | { type: 'history'; complete: boolean; loading: boolean };

export type Intent =
  | Exclude<WireIntent, { type: 'post' }>
  | {
      type: 'post';
      text: string;
      reply_to?: number;
      attachments: AttachmentId[];
      mentions: ParticipantId[];
      private: boolean;
    }
  | { type: 'edit'; target: Target; text: string; notify: boolean }
  | { type: 'delete'; target: Target }
  | { type: 'react'; target: Target; emoji: string }
  | { type: 'unreact'; target: Target; emoji: string }
  | { type: 'read'; seq: number }
  | { type: 'older' }
  | { type: 'reach'; seq: number };
