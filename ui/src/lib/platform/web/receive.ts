// Files that come, in the browser: everything by routes of this origin, which the cookie opens. What is saved is checked first.
import { t } from '$lib/i18n';
import { blobSource, type DocumentSource } from '$lib/preview/source';
import type { Attachment, SessionId } from '$lib/proto';
import { Told } from '$lib/util/errors';
import type { FileAccess, Saved, Variant } from '../types';
import { hereOf } from './direct/here';
import { API, partError, route, wireError, wireErrorOf } from './http';
import { download } from './save';
import { openStash, type Stash } from './stash';

type OnProgress = (progress: { sent: number; total: number }) => void;

/** Bytes up to which a file is held in memory while it comes. */
export const MEMORY_MAX_BYTES = 16 * 1024 * 1024;
/** The same where there is no other place; a larger file then goes to the disk unseen. */
export const MEMORY_LAST_MAX_BYTES = 128 * 1024 * 1024;
/** Ids of one zip: the address of more would be longer than servers take (8 KiB is what all of them do). */
export const ZIP_MAX_FILES = 200;
/** Milliseconds for which a saved blob is kept for the browser to read. */
const KEPT = 10 * 60_000;

/** The files of `session`; where downloads go is the browser's own setting, so that there is one way to save. */
export const filesOf = (session: SessionId): FileAccess => ({
  attachmentUrl: (attachment, variant) =>
    Promise.resolve({ url: attachmentUrl(session, attachment, variant), release: () => {} }),
  saveAttachment: (attachment, _how, onProgress, signal) =>
    saveAttachment(session, attachment, onProgress, signal),
  openDocument: (attachment) =>
    attachment.direct ? hereDocument(attachment) : Promise.resolve(openDocument(session, attachment)),
  saveAll: (attachments) => saveAll(session, attachments),
  stopsSaving: true,
});

/** Streams and pictures have the same address: the portal answers ranges. */
export function attachmentUrl(session: SessionId, attachment: Attachment, variant: Variant): string {
  const path = { session, attachment: attachment.id };
  return route(variant === 'thumbnail' ? 'get_thumbnail' : 'get_attachment', { path });
}

/** A document, of which only what is looked at is fetched. */
export function openDocument(session: SessionId, attachment: Attachment): DocumentSource {
  const url = attachmentUrl(session, attachment, 'full');
  return {
    size: attachment.size,
    read: async (offset, length, signal) => {
      const answer = await fetch(url, {
        credentials: 'same-origin',
        cache: 'no-store',
        headers: { Range: `bytes=${offset}-${offset + length - 1}` },
        ...(signal ? { signal } : {}),
      }).catch(() => {
        throw wireError('unavailable');
      });
      if (!answer.ok) throw wireErrorOf(answer.status, await answer.text().catch(() => ''));
      const bytes = await answer.arrayBuffer();
      // Whoever ignores ranges answers with everything.
      return answer.status === 206 ? bytes : bytes.slice(offset, offset + length);
    },
  };
}

/** A direct file, which the portal never had. */
async function hereDocument({ id }: Attachment): Promise<DocumentSource> {
  const blob = await hereOf(id);
  if (!blob) throw new Told(t('preview.notHere'));
  return blobSource(blob);
}

/** Hands a file to the browser's downloads once its digest is the one that the portal named; nothing of any other file. */
export async function saveAttachment(
  session: SessionId,
  attachment: Attachment,
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<Saved> {
  const { id, name, size } = attachment;
  const url = route('get_attachment', { path: { session, attachment: id }, query: { download: 1 } });
  const stash = await stashFor(size);
  if (!stash) return { ...(await download(url, name)), verified: false };
  try {
    const found = await fetched(url, attachment, stash, onProgress, signal);
    if (found !== attachment.sha256) throw damaged();
    const blob = URL.createObjectURL(await stash.take());
    setTimeout(() => URL.revokeObjectURL(blob), KEPT);
    return { ...(await download(blob, name)), verified: true };
  } catch (error) {
    await stash.drop();
    throw error;
  }
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

/** Hands what `url` answers to the browser's downloads; nothing of an answer that is an error. */
export async function saveWhole(url: string, name: string): Promise<Saved> {
  const answer = await fetch(url, { credentials: 'same-origin', cache: 'no-store' }).catch(() => {
    throw wireError('unavailable');
  });
  if (!answer.ok) throw wireErrorOf(answer.status, await answer.text().catch(() => ''));
  const whole = await answer.blob().catch(() => {
    throw wireError('unavailable');
  });
  // What its type says opens nothing here: it is saved.
  const blob = URL.createObjectURL(new Blob([whole], { type: 'application/octet-stream' }));
  setTimeout(() => URL.revokeObjectURL(blob), KEPT);
  return download(blob, name);
}

async function stashFor(size: number): Promise<Stash | null> {
  if (size <= MEMORY_MAX_BYTES) return inMemory();
  return (await openStash(size)) ?? (size <= MEMORY_LAST_MAX_BYTES ? inMemory() : null);
}

function inMemory(): Stash {
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  return {
    write: (piece) => {
      pieces.push(piece);
      return Promise.resolve();
    },
    take: () => Promise.resolve(new Blob(pieces, { type: 'application/octet-stream' })),
    drop: () => {
      pieces = [];
      return Promise.resolve();
    },
  };
}

/** Fetches a file into `stash`, piece by piece; answers its SHA-256 in hex. */
async function fetched(
  url: string,
  { size: total }: Attachment,
  stash: Stash,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): Promise<string> {
  const lost = () => {
    // A person's own stopping stays what it is.
    throw signal?.aborted ? signal.reason : wireError('unavailable');
  };
  const hasher = await newHasher();
  const answer = await fetch(url, {
    credentials: 'same-origin',
    cache: 'no-store',
    ...(signal ? { signal } : {}),
  }).catch(lost);
  if (!answer.ok) throw wireErrorOf(answer.status, await answer.text().catch(() => ''));
  let sent = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch(lost);
    if (!piece || piece.done) break;
    sent += piece.value.byteLength;
    // More than was announced is another file.
    if (sent > total) {
      void reader?.cancel().catch(() => {});
      throw damaged();
    }
    hasher.update(piece.value);
    await stash.write(piece.value);
    onProgress({ sent, total });
  }
  // A connection that ends early is no other file, but not the whole of this one.
  if (sent < total) throw wireError('unavailable');
  return hasher.digest('hex');
}

/** SHA-256 bit by bit, which browsers have no function for; fetched with the first file that is saved. */
async function newHasher() {
  const { newSha256 } = await import('./sha256').catch((error: unknown) => Promise.reject(partError(error)));
  return newSha256();
}

const damaged = () => new Told(t('save.damaged'));
