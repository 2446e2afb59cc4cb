// Files that come: shown, streamed and saved. Their bytes stay in Rust, but for what is shown.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Attachment, SessionId } from '$lib/proto';
import type { Saved, SaveHow, Variant } from '../types';

/** Bytes of one piece (crates/client/src/download.rs). */
const PIECE_BYTES = 4 * 1024 * 1024;

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
