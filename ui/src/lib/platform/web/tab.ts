// Which tab of this browser sends which unsent messages. Every tab holds a lock of its own name as long as it lives; what belongs
// to a name that nobody holds was left behind, and the next tab that opens the session takes it over. Where a browser has no
// locks, two tabs may send the same message: its txn_id lets the portal take it once.

const KEY = 'deskside.tab';
/** Milliseconds that a reload waits for its earlier self to let go. */
const PATIENCE = 2_000;

export interface Tab {
  readonly id: string;
  /** Runs `task` while no other tab does the same for `session`; `isLive` says whether a tab of that name still lives. */
  claim<T>(session: string, task: (isLive: (tab: string) => boolean) => Promise<T>): Promise<T>;
}

let own: Promise<Tab> | undefined;

/** This page's tab, once for all of its sessions. */
export function thisTab(): Promise<Tab> {
  own ??= createTab(globalThis.navigator?.locks, sessionStorage);
  return own;
}

export async function createTab(
  locks: LockManager | undefined,
  memory: Pick<Storage, 'getItem' | 'setItem'>,
): Promise<Tab> {
  const before = recall(memory);
  if (!locks) {
    const id = before ?? crypto.randomUUID();
    remember(memory, id);
    return { id, claim: (_, task) => task(() => false) };
  }
  // A duplicated tab inherits the name of one that lives: it takes a new one.
  const id = before && (await hold(locks, before, PATIENCE)) ? before : crypto.randomUUID();
  if (id !== before) await hold(locks, id, PATIENCE);
  remember(memory, id);
  return {
    id,
    claim: (session, task) =>
      locks.request(`deskside.outbox:${session}`, async () => {
        const { held = [] } = await locks.query();
        const live = new Set(held.map(({ name }) => name));
        return task((tab) => tab !== id && live.has(nameOf(tab)));
      }),
  };
}

const nameOf = (tab: string) => `deskside.tab:${tab}`;

/** Takes the lock of `tab` until the page goes; false where another page keeps it for `patience` milliseconds. */
function hold(locks: LockManager, tab: string, patience: number): Promise<boolean> {
  const impatient = new AbortController();
  const timer = setTimeout(() => impatient.abort(), patience);
  return new Promise((resolve) => {
    locks
      .request(nameOf(tab), { signal: impatient.signal }, () => {
        clearTimeout(timer);
        resolve(true);
        return new Promise<never>(() => {});
      })
      .catch(() => resolve(false));
  });
}

function recall(memory: Pick<Storage, 'getItem'>): string | null {
  try {
    return memory.getItem(KEY);
  } catch {
    return null;
  }
}

function remember(memory: Pick<Storage, 'setItem'>, id: string): void {
  try {
    memory.setItem(KEY, id);
  } catch {
    // The name then lasts as long as the page.
  }
}
