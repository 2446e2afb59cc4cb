// Names of what a page held when it was closed: the browser gives its bytes to no other page, so the person has to choose them again.
import type { SessionId } from '$lib/proto';
import type { LostFile } from '../types';

const PREFIX = 'deskside.lost::';
/** Names of one session that are kept; a list of more would not be read. */
const MOST = 100;

/** In the place of what was kept before; none leaves nothing behind. */
export function keepLost(session: SessionId, files: readonly LostFile[]): void {
  const kept = files.slice(0, MOST).map(({ name, size }) => ({ name, size }));
  quietly(() => {
    if (kept.length === 0) localStorage.removeItem(PREFIX + session);
    else localStorage.setItem(PREFIX + session, JSON.stringify(kept));
  });
}

/** What was kept of `session`; told once. */
export function takeLost(session: SessionId): LostFile[] {
  let kept: unknown = null;
  quietly(() => {
    kept = JSON.parse(localStorage.getItem(PREFIX + session) ?? 'null');
    localStorage.removeItem(PREFIX + session);
  });
  if (!Array.isArray(kept)) return [];
  const files = kept as (Partial<LostFile> | null)[];
  return files.flatMap((file) =>
    typeof file?.name === 'string' && typeof file.size === 'number'
      ? [{ name: file.name, size: file.size }]
      : [],
  );
}

/** Forgets all of them: file names of one person are none of the next one's business. */
export function forgetLost(): void {
  quietly(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  });
}

/** A browser may refuse its storage: then a reload tells nothing. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // As said above.
  }
}
