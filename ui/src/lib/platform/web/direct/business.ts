// What the session's log wants of direct transfer: which attachments are to go between this participant and whom.
import type { Attachment, AttachmentId, DirectFileItem, ParticipantId, RecipientState } from '$lib/proto';

export interface Business {
  attachment: Attachment;
  /** Place of its message in the log. */
  target: number;
  peer: ParticipantId;
  way: 'sending' | 'receiving';
  /** Sender: what the recipient proved to have. */
  confirmed?: string;
  /** It is to go on. */
  open: boolean;
  /** The log took it back: declined, revoked, deleted. */
  gone: boolean;
}

/** Accepted, and not there yet. */
const OPEN: readonly RecipientState[] = ['accepted', 'transferring', 'paused'];
const GONE: readonly RecipientState[] = ['declined', 'revoked'];

export function businessOf(items: readonly DirectFileItem[]): Business[] {
  return items.flatMap(({ target, sender, own, file }) => {
    const { recipients, yours, withdrawn, unconfirmed, ...attachment } = file;
    const there = withdrawn === undefined;
    if (!own) {
      if (yours === undefined) return [];
      const open = there && !unconfirmed && OPEN.includes(yours);
      const gone = !there || GONE.includes(yours);
      return [{ attachment, target, peer: sender, way: 'receiving', open, gone } satisfies Business];
    }
    return recipients.map(({ id: peer, state, blake3 }): Business => ({
      attachment,
      target,
      peer,
      way: 'sending',
      open: there && OPEN.includes(state),
      gone: !there || GONE.includes(state),
      ...(state === 'received' && blake3 !== undefined ? { confirmed: blake3 } : {}),
    }));
  });
}

export const keyOf = (attachment: AttachmentId, peer: ParticipantId) => `${attachment} ${peer}`;
