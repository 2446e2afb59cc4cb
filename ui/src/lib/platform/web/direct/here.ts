// Direct files whose bytes this page can reach: what it sends, and what came and was not cleared away yet.
import type { AttachmentId } from '$lib/proto';

const found = new Map<AttachmentId, () => Promise<Blob>>();

/** `open` gives the bytes, for as long as the browser does. */
export const noteHere = (attachment: AttachmentId, open: () => Promise<Blob>): void =>
  void found.set(attachment, open);

export const forgetHere = (attachment: AttachmentId): void => void found.delete(attachment);

/** The bytes of a direct file; `null` where this page has them no longer. */
export async function hereOf(attachment: AttachmentId): Promise<Blob | null> {
  try {
    const blob = await found.get(attachment)?.();
    // A file that is gone or changed says so at its first byte only.
    await blob?.slice(0, 1).arrayBuffer();
    return blob ?? null;
  } catch {
    return null;
  }
}
