// A message with any number of files: what one message cannot name goes with the ones after it.
import { batches } from '$lib/files/batches';
import type { UploadEntry } from '$lib/files/uploadEntry.svelte';
import { MAX_ATTACHMENTS } from '$lib/files/uploads.svelte';
import type { Intent } from '$lib/proto';

type Post = Extract<Intent, { type: 'post' }>;

/** What went out, and what stopped the rest. */
export interface Shared {
  messages: number;
  /** Files that no message names yet. */
  rest: readonly UploadEntry[];
  error?: unknown;
}

/** Posts `message` with the first files and, one after the other, the others without words. */
export async function share(
  intent: (intent: Intent) => Promise<void>,
  message: Omit<Post, 'attachments'>,
  entries: readonly UploadEntry[],
): Promise<Shared> {
  let messages = 0;
  for (const batch of batches(entries, MAX_ATTACHMENTS)) {
    const { reply_to: _reply, ...plain } = message;
    const words = messages === 0 ? message : { ...plain, text: '', mentions: [] };
    try {
      await intent({ ...words, attachments: batch.flatMap(({ attachment }) => attachment ?? []) });
    } catch (error) {
      return { messages, rest: entries.slice(messages * MAX_ATTACHMENTS), error };
    }
    messages += 1;
  }
  return { messages, rest: [] };
}
