// For whom a direct file is on its way, and how it stands for each: the log and the transfers, put together.
import type { AttachmentItem, ParticipantId, RecipientState, TransferView } from '$lib/proto';
import type { MessageOf } from '$lib/session/chat.svelte';

/** What is said of somebody for whom there is no transfer. */
export type Standing = 'offered' | 'accepted' | 'declined' | 'received' | 'failed' | 'revoked';

export interface Row {
  peer: ParticipantId;
  name: string;
  way: TransferView['way'];
  /** Goes before `standing`. */
  view: TransferView | null;
  standing: Standing;
  /** BLAKE3 in hex of what was received. */
  digest?: string;
}

const STANDINGS: Record<RecipientState, Standing> = {
  pending: 'offered',
  accepted: 'accepted',
  transferring: 'accepted',
  paused: 'accepted',
  declined: 'declined',
  received: 'received',
  failed: 'failed',
  revoked: 'revoked',
};

/** One row for each recipient of an own file, one for oneself of another's; none while one has not accepted. */
export function rowsOf(file: AttachmentItem, message: MessageOf, views: readonly TransferView[]): Row[] {
  const { kind } = message;
  if (kind.own)
    return file.recipients.map(({ id, name, state, blake3 }) =>
      row(id, name, 'sending', STANDINGS[state], views, blake3),
    );
  const { yours } = file;
  if (!yours || yours === 'pending' || yours === 'declined') return [];
  return [row(kind.sender ?? '', kind.sender_name, 'receiving', STANDINGS[yours], views)];
}

function row(
  peer: ParticipantId,
  name: string,
  way: Row['way'],
  standing: Standing,
  views: readonly TransferView[],
  proven?: string,
): Row {
  const found = views.find((view) => view.way === way && (view.peer === peer || way === 'receiving'));
  const digest = proven ?? found?.digest;
  // What the log says is over is over: a view may be from before.
  const view = found && standing === 'accepted' ? found : null;
  return { peer, name, way, view, standing, ...(digest ? { digest } : {}) };
}
