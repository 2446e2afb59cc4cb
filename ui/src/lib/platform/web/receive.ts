// Files that come, in the browser: everything by routes of this origin, which the cookie opens.
import type { Attachment, SessionId } from '$lib/proto';
import type { Saved, Variant } from '../types';
import { API, route, wireError, wireErrorOf } from './http';
import { download } from './save';

type OnProgress = (progress: { sent: number; total: number }) => void;

/** A file up to this many bytes is fetched whole, so that its digest can be checked; a larger one goes to the disk unseen. */
export const CHECKED_MAX_BYTES = 128 * 1024 * 1024;
/** Ids of one zip: the address of more would be longer than servers take (8 KiB is what all of them do). */
export const ZIP_MAX_FILES = 200;
/** Milliseconds for which a saved blob is kept for the browser to read. */
const KEPT = 60_000;

/** Streams and pictures have the same address: the portal answers ranges. */
export function attachmentUrl(session: SessionId, attachment: Attachment, variant: Variant): string {
  const path = { session, attachment: attachment.id };
  return route(variant === 'thumbnail' ? 'get_thumbnail' : 'get_attachment', { path });
}

export async function saveAttachment(
  session: SessionId,
  attachment: Attachment,
  onProgress: OnProgress = () => {},
): Promise<Saved> {
  const path = { session, attachment: attachment.id };
  const url = route('get_attachment', { path, query: { download: 1 } });
  // Digests are there on secure origins only.
  const checkable = attachment.size <= CHECKED_MAX_BYTES && globalThis.crypto?.subtle !== undefined;
  if (!checkable) return { ...(await download(url, attachment.name)), verified: false };
  const bytes = await fetched(url, attachment.size, onProgress);
  if ((await digest(bytes)) !== attachment.sha256) throw wireError('checksum_mismatch');
  // Never the sender's type: a blob of this origin must not be a page.
  const blob = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  setTimeout(() => URL.revokeObjectURL(blob), KEPT);
  return { ...(await download(blob, attachment.name)), verified: true };
}

/** One zip, or one for each `ZIP_MAX_FILES`. */
export async function saveAll(session: SessionId, attachments: readonly Attachment[]): Promise<Saved> {
  for (let from = 0; from < attachments.length; from += ZIP_MAX_FILES) {
    const ids = attachments.slice(from, from + ZIP_MAX_FILES).map(({ id }) => id);
    const url = `${API}/sessions/${encodeURIComponent(session)}/attachments.zip?ids=${ids.join(',')}`;
    await download(url, '');
  }
  return { saved: attachments.length > 0 };
}

async function fetched(url: string, total: number, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store' }).catch(() => {
    throw wireError('unavailable');
  });
  if (!answer.ok) throw wireErrorOf(answer.status, await answer.text().catch(() => ''));
  const bytes = new Uint8Array(total);
  let sent = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch(() => {
      throw wireError('unavailable');
    });
    if (!piece || piece.done) break;
    // More than was announced is another file.
    if (sent + piece.value.byteLength > total) throw wireError('checksum_mismatch');
    bytes.set(piece.value, sent);
    sent += piece.value.byteLength;
    onProgress({ sent, total });
  }
  // A connection that ends early is no other file, but not the whole of this one.
  if (sent < total) throw wireError('unavailable');
  return bytes;
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
