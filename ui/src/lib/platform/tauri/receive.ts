// Files that come: shown, streamed and saved. Their bytes stay in Rust, but for what is shown.
import { Channel, invoke } from '@tauri-apps/api/core';
import { type DocumentSource, PIECE_BYTES } from '$lib/preview/source';
import type { Attachment, SessionId } from '$lib/proto';
import type { Saved, SaveHow, Variant } from '../types';

interface Media {
  url: string;
  /** Opens this one file, until it is closed. */
  ticket: string;
}

export function saveAttachment(
  session: SessionId,
  attachment: Attachment,
  how: SaveHow,
  onProgress: (progress: { sent: number; total: number }) => void = () => {},
): Promise<Saved> {
  const progress = new Channel<{ sent: number; total: number }>(onProgress);
  return invoke('save_attachment', { session, attachment, how, progress });
}

export async function attachmentUrl(
  session: SessionId,
  attachment: Attachment,
  variant: Variant,
): Promise<{ url: string; release(): void }> {
  if (variant !== 'media') return blobUrl(session, attachment, variant);
  const { url, ticket } = await invoke<Media>('open_media', { session, attachment: attachment.id });
  return { url, release: () => void invoke('close_media', { ticket }).catch(() => {}) };
}

/** A Blob URL: a page of the app cannot fetch from the portal, and no token would be there to do it. */
async function blobUrl(
  session: SessionId,
  { id, size, media_type }: Attachment,
  variant: 'thumbnail' | 'full',
): Promise<{ url: string; release(): void }> {
  const pieces: ArrayBuffer[] = [];
  // The size of a thumbnail is not known: it ends with the first piece that is not full.
  const end = variant === 'full' ? size : Infinity;
  for (let offset = 0; offset < end;) {
    const piece = await invoke<ArrayBuffer>('attachment_piece', { session, attachment: id, variant, offset });
    if (piece.byteLength > 0) pieces.push(piece);
    offset += piece.byteLength;
    if (piece.byteLength < PIECE_BYTES) break;
  }
  const blob = new Blob(pieces, variant === 'full' ? { type: media_type } : {});
  const url = URL.createObjectURL(blob);
  return { url, release: () => URL.revokeObjectURL(url) };
}

/** A document, piece by piece as it is looked at. */
export const openDocument = (session: SessionId, { id, size, direct }: Attachment): DocumentSource =>
  piecesOf(size, (offset) =>
    direct
      ? invoke('direct_piece', { session, attachment: id, offset })
      : invoke('attachment_piece', { session, attachment: id, variant: 'full', offset }),
  );

/** `piece` gives up to `PIECE_BYTES` from `offset`, fewer only at the end. */
export const piecesOf = (size: number, piece: (offset: number) => Promise<ArrayBuffer>): DocumentSource => ({
  size,
  read: async (offset, length) => {
    const parts: ArrayBuffer[] = [];
    for (let got = 0; got < length;) {
      const part = await piece(offset + got);
      parts.push(part.byteLength > length - got ? part.slice(0, length - got) : part);
      got += part.byteLength;
      if (part.byteLength < PIECE_BYTES) break;
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : new Blob(parts).arrayBuffer();
  },
});
