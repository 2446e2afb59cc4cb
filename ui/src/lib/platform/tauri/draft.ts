import { invoke } from '@tauri-apps/api/core';
import type { SessionId } from '$lib/proto';

/** Milliseconds that typing rests before the draft goes to the disk. */
const REST_MILLIS = 250;

export interface Draft {
  load(): Promise<string>;
  save(text: string): void;
  /** Saves at once what still rests. */
  flush(): Promise<void>;
}

/** What stands in a session's composer; saves follow each other, the newest wins. */
export function draftOf(session: SessionId): Draft {
  let waiting: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    if (waiting !== null) {
      const text = waiting;
      waiting = null;
      // A draft that cannot be saved stays in the composer; the next one tries again.
      saving = saving.then(() => invoke<void>('draft_save', { session, text })).catch(() => {});
    }
    return saving;
  };

  return {
    load: () => invoke<string>('draft_load', { session }),
    save: (text) => {
      waiting = text;
      clearTimeout(timer);
      // A sent message empties the composer: its draft must not come back after a kill.
      if (text === '') void flush();
      else timer = setTimeout(() => void flush(), REST_MILLIS);
    },
    flush,
  };
}
