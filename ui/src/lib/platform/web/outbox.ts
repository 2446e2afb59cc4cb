// The outbox of one session as this tab sees it.
import type { PersistOp, QueuedMessage, SessionId } from '$lib/proto';
import type { LocalStore } from './store';
import type { Tab } from './tab';

export class Outbox {
  /** Who writes here, once the portal said so. */
  participant: string | null = null;

  constructor(
    private readonly store: LocalStore,
    private readonly tab: Tab,
    private readonly session: SessionId,
  ) {}

  /** What this tab left behind before a reload, and what tabs that are gone left; it is this tab's from now on. */
  restore(): Promise<QueuedMessage[]> {
    return this.tab.claim(this.session, async (isLive) => {
      const left = (await this.store.rows(this.session)).filter((row) => !isLive(row.tab));
      for (const row of left) if (row.tab !== this.tab.id) await this.store.put({ ...row, tab: this.tab.id });
      return left.map(({ message }) => message);
    });
  }

  async apply(op: PersistOp): Promise<void> {
    if (op.type === 'remove') return this.store.remove(this.session, op.txn_id);
    const { session, participant } = this;
    const { txn_id } = op.message;
    await this.store.put({ session, txn_id, tab: this.tab.id, participant, message: op.message });
  }
}

/** Forgets what somebody else wrote in `session` with this browser, so that nobody sends it under another name. */
export async function forgetOthers(
  store: LocalStore,
  session: SessionId,
  participant: string,
): Promise<void> {
  for (const row of await store.rows(session)) {
    if (row.participant !== null && row.participant !== participant) await store.remove(session, row.txn_id);
  }
}
